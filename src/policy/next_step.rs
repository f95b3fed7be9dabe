//! THE decision: what must this visitor do next? The ordered checks of ASSURANCE.md §3, in that order and nowhere else.

use super::approval::Approval;
use super::assurance::{Ages, Pair, Shown, meets, pairs};
use super::consent;
use super::reason::Reason;
use super::requirements::Required;
use super::trace::{Outcome, Trace};
use crate::model::client::Client;
use crate::model::evidence::{Acr, Evidence, FactorKind};
use crate::model::grant::Snapshot;
use crate::model::id::SessionId;
use crate::model::interaction::ConsentAnswer;
use crate::model::profile::Profile;
use crate::model::request::AuthorizationRequest;
use crate::model::requirement::Requirement;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::model::user::{User, UserStatus};

/// Settings that bear on decisions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// How long evidence holds a level.
    pub ages: Ages,
    /// Whether unmet `acr_values` are an error rather than the best that could be had.
    pub acr_values_strict: bool,
    /// Whether a person without a usable factor may enrol one in the middle of a step-up.
    pub enrol_at_step_up: bool,
    /// The directory's version.
    pub policy_version: i64,
}

/// Who is signed in here, and with what.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn<'a> {
    /// The user.
    pub user: &'a User,
    /// The user's profile.
    pub profile: &'a Profile,
    /// The session.
    pub session: SessionId,
    /// The session's evidence.
    pub evidence: &'a [Evidence],
    /// When the session was last used.
    pub last_seen: Timestamp,
    /// The second factors that the user has confirmed.
    pub enrolled: &'a [FactorKind],
    /// The scopes that the user agreed this client may have.
    pub agreed: &'a ScopeSet,
    /// Whether this errand's own login form bound it to the user.
    pub bound_here: bool,
}

/// Everything the decision rests on: all values.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The instant of the decision.
    pub now: Timestamp,
    /// When the errand began; proof since then is fresh enough for it.
    pub began: Timestamp,
    /// Settings.
    pub rules: Rules,
    /// The client.
    pub client: &'a Client,
    /// The request.
    pub request: &'a AuthorizationRequest,
    /// What organisation, client, scopes and resources require.
    pub required: Required,
    /// Who is signed in, if anyone.
    pub signed_in: Option<SignedIn<'a>>,
    /// What the person answered on the consent page of this errand.
    pub consent_answer: Option<ConsentAnswer>,
}

/// What must happen next, and why.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What must happen next.
    pub step: NextStep,
    /// Every check with its facts.
    pub trace: Trace,
}

/// What must happen next.
#[derive(Debug, Clone, PartialEq)]
pub enum NextStep {
    /// The errand ends without success.
    Refuse(Reason),
    /// The person must do this first.
    Interact(Page),
    /// Everything was shown.
    Proceed(Box<Approval>),
}

/// A page the person must get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Name and password.
    Login,
    /// One of these enrolled factors, strongest first.
    Challenge {
        /// The factors that will do.
        allowed: Vec<FactorKind>,
        /// The level that is needed.
        needed: Acr,
        /// Who needs it.
        wanted_by: String,
    },
    /// Enrol one of these kinds; the ceremony that confirms it is the proof.
    Enrol {
        /// The kinds that will do, strongest first.
        allowed: Vec<FactorKind>,
        /// The level that is needed.
        needed: Acr,
        /// Who needs it.
        wanted_by: String,
    },
    /// Agree to these scopes.
    Consent {
        /// The scopes not agreed to yet.
        missing: ScopeSet,
    },
}

/// Decides what must happen next.
#[must_use]
pub fn next_step(facts: &Facts<'_>) -> Decision {
    let mut trace = Trace::default();
    let step = checks(facts, &mut trace).unwrap_or_else(|stop| stop);
    Decision { step, trace }
}

type Stop = NextStep;

fn checks(facts: &Facts<'_>, trace: &mut Trace) -> Result<NextStep, Stop> {
    client_state(facts, trace)?;
    let signed_in = primary_authentication(facts, trace)?;
    let pairs = first_factor(facts, &signed_in, trace)?;
    interactive_mfa(&signed_in, &pairs, trace)?;
    let (pair, base) = required_level(facts, &signed_in, &pairs, trace)?;
    let acr_value = requested_level(facts, &signed_in, (&pair, base), trace)?;
    consent_on_file(facts, &signed_in, trace)?;
    let snapshot = Snapshot {
        assurance: pair.assurance,
        acr_value,
        credentials: pair.credentials,
        session: Some(signed_in.session),
        policy_version: facts.rules.policy_version,
    };
    let approval = Approval::new(
        facts.client.client_id.clone(),
        Some(signed_in.user.id),
        facts.request.scope.clone(),
        snapshot,
    );
    Ok(NextStep::Proceed(Box::new(approval)))
}

/// Check 2: the client may still act.
fn client_state(facts: &Facts<'_>, trace: &mut Trace) -> Result<(), Stop> {
    if facts.client.disabled {
        trace.push(
            2,
            "client",
            Outcome::Deny,
            format!("client {} is disabled", facts.client.client_id),
        );
        return Err(NextStep::Refuse(Reason::ClientDisabled));
    }
    trace.push(
        2,
        "client",
        Outcome::Pass,
        format!("client {} is active", facts.client.client_id),
    );
    Ok(())
}

/// Check 3: somebody is signed in, may be, and is who the request names.
fn primary_authentication<'a>(facts: &Facts<'a>, trace: &mut Trace) -> Result<SignedIn<'a>, Stop> {
    let Some(signed_in) = facts.signed_in else {
        trace.push(3, "primary authentication", Outcome::Ask, "nobody is signed in");
        return Err(NextStep::Interact(Page::Login));
    };
    if signed_in.user.status == UserStatus::Disabled {
        trace.push(
            3,
            "user status",
            Outcome::Deny,
            format!("user {} is disabled", signed_in.user.username),
        );
        return Err(NextStep::Refuse(Reason::UserDisabled));
    }
    // `id_token_hint` and the `sub` of `claims` may both name somebody: both must be right (§3.1.2.1, §5.5.1).
    let demanded = [&facts.request.hinted_subject, &facts.request.claims.subject];
    let here = signed_in.user.id.to_string();
    if demanded.into_iter().flatten().any(|subject| *subject != here) {
        // OpenID Connect Core §3.1.2.1: an error when the named user is not the one who signs in.
        if signed_in.bound_here {
            trace.push(
                3,
                "primary authentication",
                Outcome::Deny,
                "the request names another user",
            );
            return Err(NextStep::Refuse(Reason::OtherUser));
        }
        trace.push(
            3,
            "primary authentication",
            Outcome::Ask,
            "the request names another user",
        );
        return Err(NextStep::Interact(Page::Login));
    }
    Ok(signed_in)
}

/// Check 3, continued: the first factor still counts.
fn first_factor(facts: &Facts<'_>, signed_in: &SignedIn<'_>, trace: &mut Trace) -> Result<Vec<Pair>, Stop> {
    let Facts {
        request, began, now, ..
    } = facts;
    let anew = request.prompt.login || request.prompt.select_account || request.max_age == Some(0);
    let shown = Shown {
        evidence: signed_in.evidence,
        last_seen: signed_in.last_seen,
        since: anew.then_some(*began),
    };
    let pairs = pairs(shown, *now, &facts.rules.ages);
    let told = |pairs: &[Pair]| {
        let best = pairs.first().map(|pair| &pair.assurance);
        match best {
            Some(a) => format!(
                "user {} shows {} since {}",
                signed_in.user.username,
                a.acr,
                time(a.auth_time)
            ),
            None if anew => format!(
                "user {} must sign in anew, as the request asks",
                signed_in.user.username
            ),
            None => format!("user {} has no proof that still counts", signed_in.user.username),
        }
    };
    if pairs.iter().all(|pair| pair.assurance.acr < Acr::Standard) {
        trace.push(3, "primary authentication", Outcome::Ask, told(&pairs));
        return Err(NextStep::Interact(Page::Login));
    }
    trace.push(3, "primary authentication", Outcome::Pass, told(&pairs));
    Ok(pairs)
}

/// Check 5: the profile's permission `mfa_ui`.
fn interactive_mfa(signed_in: &SignedIn<'_>, pairs: &[Pair], trace: &mut Trace) -> Result<(), Stop> {
    if !signed_in.profile.mfa_ui {
        trace.push(
            5,
            "mfa_ui",
            Outcome::Pass,
            format!("profile {} does not ask for it", signed_in.profile.name),
        );
        return Ok(());
    }
    if pairs.iter().any(|pair| pair.assurance.acr >= Acr::High) {
        trace.push(5, "mfa_ui", Outcome::Pass, "the session shows high");
        return Ok(());
    }
    let wanted_by = format!("profile {}", signed_in.profile.name);
    Err(prove(
        signed_in,
        Acr::High,
        wanted_by,
        Proving {
            number: 5,
            name: "mfa_ui",
            may_enrol: true,
        },
        trace,
    ))
}

/// Check 9: the level that organisation, profile, client, scopes and resources require, fresh enough.
fn required_level(
    facts: &Facts<'_>,
    signed_in: &SignedIn<'_>,
    pairs: &[Pair],
    trace: &mut Trace,
) -> Result<(Pair, Requirement), Stop> {
    let mut required = facts.required.clone();
    required.add_profile(signed_in.profile);
    // `max_age=0` was answered by counting only proof of this errand.
    let asked = Requirement {
        acr: Acr::None,
        max_age: facts.request.max_age.filter(|age| *age > 0),
    };
    let base = required.joined().join(asked);
    if let Some(pair) = pairs.iter().find(|pair| meets(pair, base, facts.now, facts.began)) {
        trace.push(9, "required level", Outcome::Pass, told(&required, base));
        return Ok((pair.clone(), base));
    }
    let best = pairs.first().map_or(Acr::None, |pair| pair.assurance.acr);
    if let Some(source) = required.blocking(best) {
        let facts = format!("{} blocks below {}", source.name, source.requirement.acr);
        trace.push(9, "required level", Outcome::Deny, facts);
        return Err(NextStep::Refuse(Reason::LevelBlocked));
    }
    if base.acr <= Acr::Standard {
        trace.push(9, "required level", Outcome::Ask, told(&required, base));
        return Err(NextStep::Interact(Page::Login));
    }
    let wanted_by = required
        .strictest()
        .map_or_else(|| "request".to_owned(), |source| source.name.clone());
    let may_enrol = facts.rules.enrol_at_step_up || wanted_by.starts_with("profile ");
    Err(prove(
        signed_in,
        base.acr,
        wanted_by,
        Proving {
            number: 9,
            name: "required level",
            may_enrol,
        },
        trace,
    ))
}

/// Check 9, continued: the level that the request itself prefers (`acr_values`, `claims`).
fn requested_level(
    facts: &Facts<'_>,
    signed_in: &SignedIn<'_>,
    (pair, base): (&Pair, Requirement),
    trace: &mut Trace,
) -> Result<Option<String>, Stop> {
    let request = facts.request;
    if request.acr_values.is_empty() {
        return Ok(None);
    }
    let known: Vec<(&str, Acr)> = request
        .acr_values
        .iter()
        // `none` is not a proof that can be asked for: a token must not say less than was shown.
        .filter_map(|asked| Some((asked.value.as_str(), asked.acr.filter(|acr| *acr > Acr::None)?)))
        .collect();
    let shown = |acr: Acr| meets(pair, base.join(Requirement::of(acr)), facts.now, facts.began);
    if let Some((value, _)) = known.iter().find(|(_, acr)| shown(*acr)) {
        trace.push(9, "requested level", Outcome::Pass, format!("{value} is shown"));
        return Ok(Some((*value).to_owned()));
    }
    let reachable = |kinds: &[FactorKind], acr: Acr| kinds.iter().any(|kind| kind.level_with_password() >= acr);
    let target = known
        .iter()
        .find(|(_, acr)| reachable(signed_in.enrolled, *acr))
        .or_else(|| known.iter().find(|(_, acr)| may_enrol(facts, signed_in, *acr)));
    if let Some((_, acr)) = target {
        let proving = Proving {
            number: 9,
            name: "requested level",
            may_enrol: facts.rules.enrol_at_step_up,
        };
        return Err(prove(signed_in, *acr, "request".into(), proving, trace));
    }
    if request.acr_essential || facts.rules.acr_values_strict {
        trace.push(9, "requested level", Outcome::Deny, "no requested level can be reached");
        return Err(NextStep::Refuse(Reason::UnmetAcr));
    }
    trace.push(
        9,
        "requested level",
        Outcome::Pass,
        "no requested level can be reached; none is essential",
    );
    Ok(None)
}

fn may_enrol(facts: &Facts<'_>, signed_in: &SignedIn<'_>, acr: Acr) -> bool {
    facts.rules.enrol_at_step_up
        && signed_in.enrolled.is_empty()
        && FactorKind::SECOND_FACTORS
            .iter()
            .any(|kind| kind.level_with_password() >= acr)
}

#[derive(Clone, Copy)]
struct Proving {
    number: u8,
    name: &'static str,
    may_enrol: bool,
}

/// Asks for proof of `needed`: a challenge with an enrolled factor, or the enrolment of one, or neither is possible.
fn prove(signed_in: &SignedIn<'_>, needed: Acr, wanted_by: String, proving: Proving, trace: &mut Trace) -> NextStep {
    let reaching = |kinds: &[FactorKind]| -> Vec<FactorKind> {
        kinds
            .iter()
            .copied()
            .filter(|kind| kind.level_with_password() >= needed)
            .collect()
    };
    let Proving {
        number,
        name,
        may_enrol,
    } = proving;
    let allowed = reaching(signed_in.enrolled);
    if !allowed.is_empty() {
        trace.push(
            number,
            name,
            Outcome::Ask,
            format!("{wanted_by} needs {needed}; a factor is enrolled"),
        );
        return NextStep::Interact(Page::Challenge {
            allowed,
            needed,
            wanted_by,
        });
    }
    let allowed = reaching(&FactorKind::SECOND_FACTORS);
    if may_enrol && signed_in.enrolled.is_empty() && !allowed.is_empty() {
        trace.push(
            number,
            name,
            Outcome::Ask,
            format!("{wanted_by} needs {needed}; no factor is enrolled"),
        );
        return NextStep::Interact(Page::Enrol {
            allowed,
            needed,
            wanted_by,
        });
    }
    trace.push(
        number,
        name,
        Outcome::Deny,
        format!("{wanted_by} needs {needed}, which cannot be reached"),
    );
    NextStep::Refuse(Reason::UnmetAcr)
}

/// Check 11: the person agreed.
fn consent_on_file(facts: &Facts<'_>, signed_in: &SignedIn<'_>, trace: &mut Trace) -> Result<(), Stop> {
    let request = facts.request;
    if facts.consent_answer == Some(ConsentAnswer::Denied) {
        trace.push(11, "consent", Outcome::Deny, "the person declined");
        return Err(NextStep::Refuse(Reason::ConsentDenied));
    }
    let missing = consent::missing(facts.client, &request.scope, signed_in.agreed);
    let asked_anew = request.prompt.consent && facts.consent_answer.is_none();
    if missing.is_empty() && !asked_anew {
        trace.push(11, "consent", Outcome::Pass, "every scope was agreed to");
        return Ok(());
    }
    trace.push(11, "consent", Outcome::Ask, format!("scopes not agreed to: {missing}"));
    let missing = if asked_anew { request.scope.clone() } else { missing };
    Err(NextStep::Interact(Page::Consent { missing }))
}

fn told(required: &Required, base: Requirement) -> String {
    let names: Vec<&str> = required.sources.iter().map(|source| source.name.as_str()).collect();
    let age = base.max_age.map_or_else(String::new, |age| format!(" within {age} s"));
    if names.is_empty() {
        format!("{}{age} required", base.acr)
    } else {
        format!("{}{age} required by {}", base.acr, names.join(", "))
    }
}

fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}
