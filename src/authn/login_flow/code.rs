//! Codes that a flow sends, and what is typed for them. A right one is a factor that was proven, here as on a challenge page.
//! CLAUSES.md S17 to S22, S25, S36.

use serde_json::{Map, Value as Json};

use super::Rising;
use crate::authn::interaction::{self, Gathered};
use crate::authn::one_time_codes::{self, Binding, Hold, Request, Sending};
use crate::authn::second_factor::{charge, proven};
use crate::error::{Denial, Error, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::evidence::Acr;
use crate::model::interaction::Interaction;
use crate::model::login_flow::{Action, Progress, Value};
use crate::model::message::Channel;
use crate::model::one_time_code::CodePurpose;
use crate::policy::login_flow::{INVALID, NEXT, ON_FAILURE, VALID, typed_code};
use crate::store;
use crate::work::Work;

/// Which way the flow goes, and what the audit log keeps of why.
type Way = (&'static str, Map<String, Json>);

/// Sends the code that is due to a number or an address that is known as the user's. After a wrong answer another code is on
/// its way already (S22).
pub(super) fn send(
    work: &mut Work<'_>,
    errand: &Interaction,
    gathered: &Gathered,
    progress: &mut Progress,
) -> Result<Way> {
    let user = gathered.user().ok_or(Denial::StepNotDue)?.id;
    let step = progress.flow.steps.get(progress.at).ok_or(Denial::StepNotDue)?;
    let Action::SendCode {
        channel,
        to,
        message,
        output,
        ..
    } = &step.action
    else {
        return Err(Denial::StepNotDue.into());
    };
    let (channel, output) = (*channel, output.clone());
    let failed = |why: &str| Ok((ON_FAILURE, Map::from_iter([("failure".to_owned(), why.into())])));
    let Some(Value::Text(destination)) = progress.variables.get(to) else {
        return failed("nowhere to send it");
    };
    let credentials = store::credentials::of_user(work.tx, user)?;
    let goes_there = credentials.iter().find(|credential| {
        credential.confirmed_at.is_some() && credential.material.destination(channel) == Some(destination.as_str())
    });
    let Some(credential) = goes_there else {
        return failed("the number or address is not known as the user's");
    };
    let latest = one_time_codes::shown(&mut work.view(), errand.id, CodePurpose::LoginFlow)?;
    let is_under_way = latest.is_some_and(|latest| latest.is_open && latest.created_at >= work.now);
    if !is_under_way {
        let binding = Binding::of(errand, user, CodePurpose::LoginFlow);
        let request = Request {
            credential,
            channel,
            others: if channel == Channel::Sms {
                vec![Channel::Voice]
            } else {
                Vec::new()
            },
            needed: Acr::Low,
            message: message.clone(),
        };
        if let Sending::Held(hold) = one_time_codes::send(work, &binding, &request, false)? {
            return failed(told(hold));
        }
    }
    progress.variables.insert(output, Value::Text("sent".to_owned()));
    Ok((NEXT, Map::new()))
}

/// Sends another code in place of the one that a page of the flow asks for, because the person asks for it.
///
/// # Errors
/// [`Denial::StepNotDue`] where no code was sent, a fault of the database.
pub fn send_again(work: &mut Work<'_>, errand: &Interaction, gathered: &Gathered) -> Result<(Channel, Sending)> {
    let user = gathered.user().ok_or(Denial::StepNotDue)?.id;
    let mut credentials = store::credentials::of_user(work.tx, user)?;
    credentials.retain(|credential| credential.confirmed_at.is_some());
    let binding = Binding::of(errand, user, CodePurpose::LoginFlow);
    let sending = one_time_codes::send_again(work, &binding, &credentials)?.ok_or(Denial::StepNotDue)?;
    let latest = one_time_codes::shown(&mut work.view(), errand.id, CodePurpose::LoginFlow)?;
    Ok((latest.ok_or(Denial::StepNotDue)?.channel, sending))
}

const fn told(hold: Hold) -> &'static str {
    match hold {
        Hold::Blocked(_) => "codes are blocked",
        Hold::TooSoon(_) => "too soon",
        Hold::Exhausted => "too many were sent",
        Hold::Unreachable | Hold::Malformed => "none can be sent there",
    }
}

/// Compares what was typed with the code that was sent in this errand: right, the session rises; anything else is invalid.
pub(super) fn compare(
    work: &mut Work<'_>,
    errand: &Interaction,
    rising: &mut Rising<'_>,
    progress: &Progress,
) -> Result<Way> {
    let typed = typed_code(progress).unwrap_or_default().to_owned();
    let outcome = answer(work, errand, rising.gathered(), &typed);
    match outcome {
        Ok(renewed) => {
            let session = renewed.session.clone();
            rising.risen = Some(interaction::gather_errand(&mut work.view(), errand, Some(session))?);
            rising.renewed = Some(renewed);
            Ok((VALID, Map::new()))
        }
        Err(Error::Refused(Refusal::Denied(denial))) => {
            let gathered = rising.gathered();
            let mut entry = Entry::new(Event::ChallengeFailed);
            entry.user = gathered.user().map(|user| user.id);
            entry.session = gathered.session().map(|session| session.id);
            let detail = Map::from_iter([("reason".to_owned(), denial.to_string().into())]);
            work.audit(entry.detail(detail.clone().into()))?;
            Ok((INVALID, detail))
        }
        Err(error) => Err(error),
    }
}

fn answer(
    work: &mut Work<'_>,
    errand: &Interaction,
    gathered: &Gathered,
    typed: &str,
) -> Result<crate::authn::session::Renewed> {
    let (user, session, side) = charge(work, gathered, false)?;
    let mut credentials = store::credentials::of_user(work.tx, user.id)?;
    credentials.retain(|credential| credential.confirmed_at.is_some());
    let binding = Binding::of(errand, user.id, CodePurpose::LoginFlow);
    let evidence = one_time_codes::answer(work, &binding, &credentials, typed)?;
    let renewed = proven(work, session, evidence, &side)?;
    let passed = Entry::new(Event::ChallengePassed).user(user.id);
    work.audit(passed.session(renewed.session.id))?;
    Ok(renewed)
}
