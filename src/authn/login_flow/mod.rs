//! Login flows under way: begun once a login, taken on from page to page, and what becomes of the session. CLAUSES.md S12 to S24.
//!
//! A login owes the flow of its user's profile as it was at primary authentication ([`Duty`], kept with the session). An
//! errand that the session is in runs it, and keeps it as it was when it began ([`Progress`]).

mod answer;
mod call;
mod code;

pub use answer::{Answer, answer, change_password, dismiss, due_page};
pub use call::{Call, charge_call, settle_call};
pub use code::send_again;

use serde_json::{Map, Value as Json, json};

use crate::authn::interaction::Gathered;
use crate::authn::session::{self, Renewed};
use crate::error::{Denial, Result};
use crate::model::audit::{Entry, Event};
use crate::model::interaction::Interaction;
use crate::model::login_flow::{Action, Denied, Duty, FieldKind, Finished, Outcome, Progress, Value, Variables};
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::assurance::{is_first, newest};
use crate::policy::facts::{DueStep, FlowFacts, Standing};
use crate::policy::login_flow::{Halt, Known, Taken, follow, run};
use crate::store;
use crate::work::{Directory, View, Work};

/// What a login that happens now owes.
#[must_use]
pub fn duty(directory: &Directory, user: &User, now: Timestamp) -> Duty {
    Duty {
        flow: directory.login_flow_of(user).map(|flow| flow.name.clone()),
        since: now,
        finished: None,
    }
}

/// The flow that a session's login must finish, and how far it is in an errand.
pub(super) fn facts(
    view: &View<'_>,
    errand: Option<&Interaction>,
    signed_in: Option<(&User, &Session)>,
) -> Option<FlowFacts> {
    let progress = errand.and_then(|errand| errand.flow.as_deref());
    if let Some(progress) = progress
        && let Some(Outcome::Denied(denied)) = &progress.outcome
    {
        return Some(FlowFacts {
            name: progress.flow.name.clone(),
            version: progress.flow.version,
            standing: Standing::Denied {
                dismissed: denied.dismissed,
            },
        });
    }
    let (user, session) = signed_in?;
    let duty = match &session.duty {
        Some(duty) => duty.clone(),
        // Nobody signed in to this session here: what it owes is what its user would owe.
        None => duty(view.directory, user, session.created_at),
    };
    let name = duty.flow.clone()?;
    let current = view.directory.login_flows.get(&name);
    if let Some(finished) = duty.finished {
        return Some(FlowFacts {
            name,
            version: finished.version,
            standing: Standing::Finished,
        });
    }
    let by = |seconds: u32| duty.since.plus_seconds(i64::from(seconds));
    if let Some(progress) = progress.filter(|progress| is_of(progress, session, &duty)) {
        let idle = i64::from(view.shared.settings.limits.flow_step_timeout);
        let ends_at = by(progress.flow.deadline).min(progress.moved_at.plus_seconds(idle));
        return Some(FlowFacts {
            version: progress.flow.version,
            standing: Standing::Due(DueStep::of(&progress.flow, progress.at, ends_at)),
            name,
        });
    }
    let standing = FlowFacts {
        name,
        version: 0,
        standing: Standing::Gone,
    };
    Some(current.map_or(standing, |flow| FlowFacts::first(flow, by(flow.deadline))))
}

/// That the login was denied by a flow in this errand.
#[must_use]
pub fn denied(errand: &Interaction) -> Option<&Denied> {
    match errand.flow.as_deref()?.outcome.as_ref()? {
        Outcome::Denied(denied) => Some(denied),
        Outcome::Finished(_) => None,
    }
}

/// Whether what is under way in an errand belongs to the session's present login.
fn is_of(progress: &Progress, session: &Session, duty: &Duty) -> bool {
    progress.session == session.id
        && duty.flow.as_ref() == Some(&progress.flow.name)
        && progress.began_at >= duty.since
        && progress.outcome.is_none()
}

/// Whether a session may not be used yet: its login owes a flow.
#[must_use]
pub fn is_half(view: &View<'_>, user: &User, session: &Session) -> bool {
    facts(view, None, Some((user, session))).is_some_and(|facts| facts.is_unfinished())
}

/// Where a flow waits or how it ended, and the session with its new cookie where a code proved something on the way.
#[derive(Debug)]
pub struct Ran {
    /// Where it waits, or that it is over.
    pub halt: Halt,
    /// The session, where it rose.
    pub renewed: Option<Renewed>,
}

/// Begins the flow that is due in an errand, or takes it on, until a page or a call is due, or it ends. Checks 1 to 9 let the
/// person come here.
///
/// # Errors
/// [`Denial::StepNotDue`] where no flow is due, a fault of the database.
pub fn go_on(work: &mut Work<'_>, errand: &mut Interaction, gathered: &Gathered) -> Result<Ran> {
    let user = gathered.user().ok_or(Denial::StepNotDue)?.clone();
    let mut progress = match running(errand, gathered) {
        Some(progress) => progress.clone(),
        None => begin(work, gathered)?,
    };
    errand.user = errand.user.or(Some(user.id));
    progress.variables.extend(inputs(gathered));
    let accepted = store::accepted_terms::of_user(work.tx, user.id)?;
    let enrolled = gathered.facts.user.as_ref().map(|user| user.enrolled.clone());
    let enrolled = enrolled.unwrap_or_default();
    let known = Known {
        user: &user,
        enrolled: &enrolled,
        accepted: &accepted,
    };
    let mut rising = Rising {
        gathered,
        risen: None,
        renewed: None,
    };
    let halt = loop {
        let (taken, halt) = run(&mut progress, &known);
        for step in &taken {
            record(work, (rising.gathered(), &progress), Event::FlowStep, told(step))?;
        }
        if !taken.is_empty() {
            progress.moved_at = work.now;
        }
        let (way, mut detail) = match halt {
            Halt::Send => code::send(work, errand, rising.gathered(), &mut progress)?,
            Halt::Compare => code::compare(work, errand, &mut rising, &progress)?,
            Halt::Page | Halt::Call | Halt::Over => break halt,
        };
        let step = follow(&mut progress, way);
        detail.append(&mut told(&step));
        record(work, (rising.gathered(), &progress), Event::FlowStep, detail)?;
        progress.moved_at = work.now;
    };
    if halt == Halt::Page {
        forget_codes(&mut progress);
    }
    let session = rising.gathered().session().ok_or(Denial::StepNotDue)?;
    end(work, (rising.gathered(), session), &progress)?;
    keep(work, errand, progress)?;
    Ok(Ran {
        halt,
        renewed: rising.renewed,
    })
}

/// Who is signed in, and the session as it rose on the way.
struct Rising<'a> {
    gathered: &'a Gathered,
    risen: Option<Gathered>,
    renewed: Option<Renewed>,
}

impl Rising<'_> {
    fn gathered(&self) -> &Gathered {
        self.risen.as_ref().unwrap_or(self.gathered)
    }
}

/// The flow that is under way in an errand for the session's present login.
#[must_use]
pub fn running<'a>(errand: &'a Interaction, gathered: &Gathered) -> Option<&'a Progress> {
    let session = gathered.session()?;
    let since = session.duty.as_ref().map_or(session.created_at, |duty| duty.since);
    errand.flow.as_deref().filter(|progress| {
        let is_ours = progress.session == session.id && progress.began_at >= since;
        is_ours && progress.outcome.is_none()
    })
}

fn begin(work: &mut Work<'_>, gathered: &Gathered) -> Result<Progress> {
    let session = gathered.session().ok_or(Denial::StepNotDue)?;
    let due = gathered.facts.flow.as_ref().filter(|flow| flow.is_unfinished());
    let name = &due.ok_or(Denial::StepNotDue)?.name;
    let flow = work.directory.login_flows.get(name).ok_or(Denial::StepNotDue)?.clone();
    let progress = Progress {
        flow,
        session: session.id,
        at: 0,
        turn: 0,
        variables: Variables::new(),
        answered: std::collections::BTreeSet::new(),
        calling: None,
        began_at: work.now,
        moved_at: work.now,
        outcome: None,
    };
    record(work, (gathered, &progress), Event::FlowStarted, Map::new())?;
    Ok(progress)
}

/// What every flow is given: facts of the login, never of a form (S16).
fn inputs(gathered: &Gathered) -> Variables {
    let Some((user, session)) = gathered.signed_in() else {
        return Variables::new();
    };
    let first = newest(session.evidence.iter().filter(|evidence| is_first(evidence.kind())));
    let login = first.or_else(|| newest(session.evidence.iter()));
    let ip = gathered.facts.place.ip;
    let named = [
        ("user_id", user.id.to_string()),
        ("username", user.username.clone()),
        (
            "login_type",
            login.map_or("", |evidence| evidence.kind().as_str()).to_owned(),
        ),
        ("ip", ip.map_or_else(String::new, |ip| ip.to_string())),
        ("user_agent", session.user_agent.clone()),
        ("application", gathered.facts.client.id.clone()),
        ("session_level", gathered.level().as_str().to_owned()),
    ];
    named.map(|(name, text)| (name.to_owned(), Value::Text(text))).into()
}

/// One-time codes are of no use once a page asks for something again.
fn forget_codes(progress: &mut Progress) {
    let screens = progress.flow.steps.iter().filter_map(|step| match &step.action {
        Action::Screen { fields, .. } => Some(fields),
        _ => None,
    });
    let codes = screens.flatten().filter(|field| field.kind == FieldKind::Code);
    for name in codes.map(|field| field.name.clone()).collect::<Vec<_>>() {
        progress.variables.remove(&name);
    }
}

fn told(taken: &Taken) -> Map<String, Json> {
    Map::from_iter([
        ("step".to_owned(), taken.step.as_str().into()),
        ("kind".to_owned(), taken.kind.into()),
        ("way".to_owned(), taken.way.into()),
    ])
}

/// Records something about a flow: which, in which version, and these details; never what a variable holds.
fn record(
    work: &mut Work<'_>,
    (gathered, progress): (&Gathered, &Progress),
    event: Event,
    mut detail: Map<String, Json>,
) -> Result<()> {
    detail.insert("flow".to_owned(), progress.flow.name.as_str().into());
    detail.insert("version".to_owned(), progress.flow.version.into());
    let mut entry = Entry::new(event).client(&gathered.facts.client.id);
    entry.user = gathered.user().map(|user| user.id);
    entry.session = gathered.session().map(|session| session.id);
    work.audit(entry.detail(detail.into()))
}

/// What the end of a flow does to its session: it may be used from now on, or it is no more.
fn end(work: &mut Work<'_>, (gathered, session): (&Gathered, &Session), progress: &Progress) -> Result<()> {
    match &progress.outcome {
        None => Ok(()),
        Some(Outcome::Finished(_)) => {
            let duty = session.duty.clone().unwrap_or(Duty {
                flow: None,
                since: session.created_at,
                finished: None,
            });
            let finished = Session {
                duty: Some(Duty {
                    flow: Some(progress.flow.name.clone()),
                    finished: Some(Finished {
                        version: progress.flow.version,
                        at: work.now,
                    }),
                    ..duty
                }),
                ..session.clone()
            };
            store::sessions::touch(work.tx, &finished)?;
            record(work, (gathered, progress), Event::FlowFinished, Map::new())
        }
        Some(Outcome::Denied(_)) => {
            let step = progress.flow.steps.get(progress.at).map(|step| step.name.clone());
            let detail = Map::from_iter([("step".to_owned(), json!(step))]);
            record(work, (gathered, progress), Event::FlowDenied, detail)?;
            session::end(work, session).map(drop)
        }
    }
}

fn keep(work: &mut Work<'_>, errand: &mut Interaction, progress: Progress) -> Result<()> {
    errand.flow = Some(Box::new(progress));
    store::interactions::update(work.tx, errand)
}

/// Takes a flow on from its step on this way.
fn move_on(
    work: &mut Work<'_>,
    errand: &mut Interaction,
    gathered: &Gathered,
    (mut progress, way, mut detail): (Progress, &'static str, Map<String, Json>),
) -> Result<Ran> {
    let taken = follow(&mut progress, way);
    progress.answered.insert(taken.step.clone());
    progress.moved_at = work.now;
    detail.append(&mut told(&taken));
    record(work, (gathered, &progress), Event::FlowStep, detail)?;
    if progress.outcome.is_some() {
        let session = gathered.session().ok_or(Denial::StepNotDue)?;
        end(work, (gathered, session), &progress)?;
        keep(work, errand, progress)?;
        return Ok(Ran {
            halt: Halt::Over,
            renewed: None,
        });
    }
    errand.flow = Some(Box::new(progress));
    go_on(work, errand, gathered)
}
