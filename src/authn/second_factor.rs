//! The second factor: challenges with an enrolled one, and the enrolment whose confirmation is itself the proof.

use serde_json::json;

use crate::authn::attempts::{self, Consecutive};
use crate::authn::factor::{self, Account, Setup};
use crate::authn::interaction::Gathered;
use crate::authn::session::{self, Renewed};
use crate::authn::{device, throttle};
use crate::error::{Denial, Error, Fault, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::Credential;
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::interaction::Interaction;
use crate::model::job::{Job, Notice};
use crate::model::session::Session;
use crate::model::user::User;
use crate::policy::lockout::{self, Attempt, Side};
use crate::store;
use crate::work::Work;

/// Charges one answer against its address and the side of the account it comes from, before it is looked at.
fn charge(work: &mut Work<'_>, gathered: &Gathered, asked: bool) -> Result<(User, Session, Side)> {
    let (user, session) = gathered.signed_in().ok_or(Denial::StepNotDue)?;
    attempts::hold(work, &lockout::subject(Some(user.id), &user.username))?;
    let counts = throttle::charge_address(work)?;
    throttle::refuse_if_over(work, &mut gathered.facts.clone(), counts)?;
    let side = attempts::side(&mut work.view(), Some(user.id), &user.username)?;
    attempts::charge_answer(work, &side, user.id, asked)?;
    Ok((user.clone(), session.clone(), side))
}

/// Checks an answer to a challenge with a confirmed factor of `kind`; right, it is added to the session.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn answer_challenge(work: &mut Work<'_>, gathered: &Gathered, kind: FactorKind, answer: &str) -> Result<Renewed> {
    let (user, session, side) = charge(work, gathered, true)?;
    let enrolled: Vec<Credential> = store::credentials::of_user(work.tx, user.id)?
        .into_iter()
        .filter(|credential| credential.kind() == kind && credential.confirmed_at.is_some())
        .collect();
    let evidence = match check_enrolled(work, &enrolled, answer) {
        Ok(evidence) => evidence,
        Err(error) => {
            if let Error::Refused(refusal) = &error {
                let detail = json!({ "factor": kind, "reason": refusal.to_string() });
                let failed = Entry::new(Event::ChallengeFailed).user(user.id).session(session.id);
                work.audit(failed.detail(detail))?;
            }
            return Err(error);
        }
    };
    let before = session.evidence.len();
    let renewed = proven(work, session, evidence, &side)?;
    let about = |event| Entry::new(event).user(user.id).session(renewed.session.id);
    work.audit(about(Event::ChallengePassed))?;
    if renewed.session.evidence.len() > before {
        work.audit(about(Event::AssuranceStepup))?;
    }
    Ok(renewed)
}

/// What a right answer does: it forgets wrong ones, adds to the session, and makes the browser known.
fn proven(work: &mut Work<'_>, session: Session, evidence: Evidence, side: &Side) -> Result<Renewed> {
    attempts::forgive(work, side, Attempt::Code)?;
    throttle::refund_address(work)?;
    let (user, user_agent) = (session.user, session.user_agent.clone());
    let renewed = session::add_evidence(work, Some(session), user, evidence, &user_agent)?;
    let device = device::activate(work, user, &user_agent)?;
    Ok(Renewed { device, ..renewed })
}

/// The evidence of an answer to one of these factors. Wrong answers in a row disable a factor: no more are looked at.
fn check_enrolled(work: &mut Work<'_>, credentials: &[Credential], answer: &str) -> Result<Evidence> {
    let (mut open, mut last) = (Vec::new(), Vec::new());
    for credential in credentials {
        match attempts::charge_factor(work, credential.id)? {
            Consecutive::Open => open.push(credential.clone()),
            Consecutive::Last => last.push(credential.clone()),
            Consecutive::Disabled => {}
        }
    }
    let looked_at = [open, last.clone()].concat();
    let outcome = check_any(work, &looked_at, answer);
    match &outcome {
        Ok(evidence) => {
            for credential in &looked_at {
                attempts::forgive_factor(work, credential.id, credential.id == evidence.credential())?;
            }
        }
        Err(Error::Refused(_)) => {
            for credential in &last {
                disable(work, credential)?;
            }
        }
        Err(Error::Fault(_)) => {}
    }
    outcome
}

/// Records that a factor is disabled, and tells its owner.
fn disable(work: &mut Work<'_>, credential: &Credential) -> Result<()> {
    let (user, factor) = (credential.user, credential.kind());
    let detail = json!({ "factor": factor, "credential": credential.id });
    work.audit(Entry::new(Event::FactorDisabled).user(user).detail(detail))?;
    let notice = Notice::FactorDisabled { factor, at: work.now };
    work.enqueue(&Job::Notify { user, notice })
}

/// Checks a one-time code that came without a challenge, beside a password, in an attempt that was charged: each step once.
///
/// # Errors
/// A denial, or a fault of the database.
pub(super) fn check_code(work: &mut Work<'_>, credentials: &[Credential], answer: &str) -> Result<Evidence> {
    let confirmed =
        |credential: &&Credential| credential.kind() == FactorKind::Totp && credential.confirmed_at.is_some();
    let enrolled: Vec<Credential> = credentials.iter().filter(confirmed).cloned().collect();
    check_enrolled(work, &enrolled, answer)
}

/// The evidence of the first credential that accepts the answer; a used code is told apart from a wrong one.
fn check_any(work: &mut Work<'_>, credentials: &[Credential], answer: &str) -> Result<Evidence> {
    let mut denial = Denial::BadCredentials;
    for credential in credentials {
        let Some(factor) = factor::of(credential.kind()) else {
            continue;
        };
        match factor.check(work.shared, credential, answer, work.now) {
            Ok(proof) => {
                // One conditional update: of two answers with one code, one wins.
                if store::credentials::use_step(work.tx, credential.id, proof.step, work.now)? {
                    return Ok(proof.evidence);
                }
                denial = Denial::CodeUsed(30);
            }
            Err(Error::Refused(Refusal::Denied(used @ Denial::CodeUsed(_)))) => denial = used,
            Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Err(denial.into())
}

/// The enrolment of `kind` that this errand has begun, begun anew when there is none.
///
/// Each errand has a secret of its own: one that somebody else saw before, with the password alone, is never what a person
/// confirms later.
///
/// # Errors
/// A fault of the database.
pub fn begin_enrolment(work: &mut Work<'_>, errand: &mut Interaction, user: &User, kind: FactorKind) -> Result<Setup> {
    let factor = factor::of(kind).ok_or_else(|| Fault::new("passwords are not enrolled here"))?;
    let credentials = store::credentials::of_user(work.tx, user.id)?;
    let organisation = work.directory.organisation.name.clone();
    let account = Account {
        organisation: &organisation,
        username: &user.username,
    };
    if let Some(begun) = unfinished(&credentials, errand, kind) {
        return factor.setup(work.shared, begun, account);
    }
    remove_abandoned(work, &credentials)?;
    let material = factor.begin_enrolment(work.shared, &mut work.random)?;
    let credential = Credential {
        id: work.new_id(),
        user: user.id,
        label: String::new(),
        confirmed_at: None,
        created_at: work.now,
        last_used_at: None,
        last_step: 0,
        material,
    };
    store::credentials::insert(work.tx, &credential)?;
    errand.enrolling = Some(credential.id);
    store::interactions::update(work.tx, errand)?;
    factor.setup(work.shared, &credential, account)
}

fn unfinished<'a>(credentials: &'a [Credential], errand: &Interaction, kind: FactorKind) -> Option<&'a Credential> {
    credentials.iter().find(|credential| {
        Some(credential.id) == errand.enrolling && credential.kind() == kind && credential.confirmed_at.is_none()
    })
}

/// Removes what errands that are over began to enrol and never confirmed.
fn remove_abandoned(work: &mut Work<'_>, credentials: &[Credential]) -> Result<()> {
    let lifetime = i64::from(work.shared.settings.limits.interaction_lifetime);
    for credential in credentials {
        if credential.confirmed_at.is_none() && credential.created_at.plus_seconds(lifetime) <= work.now {
            store::credentials::delete(work.tx, credential.id)?;
        }
    }
    Ok(())
}

/// Checks the first answer of the enrolment that this errand began: right, the factor is confirmed and the answer is the proof.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn confirm_enrolment(
    work: &mut Work<'_>,
    errand: &Interaction,
    gathered: &Gathered,
    kind: FactorKind,
    answer: &str,
) -> Result<Renewed> {
    let (User { id: user, .. }, session, side) = charge(work, gathered, false)?;
    let credentials = store::credentials::of_user(work.tx, user)?;
    let begun = unfinished(&credentials, errand, kind)
        .ok_or(Denial::StepNotDue)?
        .clone();
    let evidence = check_any(work, std::slice::from_ref(&begun), answer)?;
    if !store::credentials::confirm(work.tx, begun.id, work.now)? {
        return Err(Denial::StepNotDue.into());
    }
    let renewed = proven(work, session, evidence, &side)?;
    let about = |event| Entry::new(event).user(user).session(renewed.session.id);
    let detail = json!({ "factor": kind, "credential": begun.id });
    work.audit(about(Event::FactorEnrolled).detail(detail))?;
    work.audit(about(Event::AssuranceStepup))?;
    let ip = work.ip().map_or_else(String::new, |ip| ip.to_string());
    let notice = Notice::FactorAdded {
        factor: kind,
        at: work.now,
        ip,
    };
    work.enqueue(&Job::Notify { user, notice })?;
    Ok(renewed)
}
