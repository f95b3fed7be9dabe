//! The second factor: challenges with an enrolled one, and the enrolment whose confirmation is itself the proof.

use serde_json::json;

use crate::authn::attempts;
use crate::authn::factor::{self, Account, Setup};
use crate::authn::session::{self, Renewed};
use crate::error::{Denial, Error, Fault, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::Credential;
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::interaction::Interaction;
use crate::model::job::{Job, Notice};
use crate::model::session::Session;
use crate::model::user::User;
use crate::policy::lockout;
use crate::store;
use crate::work::Work;

/// Charges one answer against the account before it is looked at.
fn charge(work: &mut Work<'_>, user: UserId) -> Result<()> {
    let limit = work.shared.settings.limits.invalid_attempts;
    let charged = attempts::charge(work, &lockout::code_counter(user))?;
    if charged == i64::from(limit) + 1 {
        work.audit(
            Entry::new(Event::LockoutSet)
                .user(user)
                .detail(json!({ "counter": "code" })),
        )?;
    }
    if lockout::is_open(charged, limit) {
        Ok(())
    } else {
        Err(Denial::LockedOut.into())
    }
}

/// Checks an answer to a challenge with a confirmed factor of `kind`; right, it is added to the session.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn answer_challenge(
    work: &mut Work<'_>,
    user: &User,
    session: Session,
    kind: FactorKind,
    answer: &str,
) -> Result<Renewed> {
    charge(work, user.id)?;
    let enrolled: Vec<Credential> = store::credentials::of_user(work.tx, user.id)?
        .into_iter()
        .filter(|credential| credential.kind() == kind && credential.confirmed_at.is_some())
        .collect();
    let outcome = check_any(work, &enrolled, answer);
    match outcome {
        Ok(evidence) => {
            store::counters::reset(work.tx, &lockout::code_counter(user.id))?;
            let before = session.evidence.len();
            let renewed = session::add_evidence(work, Some(session), user.id, evidence, "")?;
            work.audit(
                Entry::new(Event::ChallengePassed)
                    .user(user.id)
                    .session(renewed.session.id),
            )?;
            if renewed.session.evidence.len() > before {
                work.audit(
                    Entry::new(Event::AssuranceStepup)
                        .user(user.id)
                        .session(renewed.session.id),
                )?;
            }
            Ok(renewed)
        }
        Err(error) => {
            if let Error::Refused(refusal) = &error {
                let detail = json!({ "factor": kind, "reason": refusal.to_string() });
                work.audit(
                    Entry::new(Event::ChallengeFailed)
                        .user(user.id)
                        .session(session.id)
                        .detail(detail),
                )?;
            }
            Err(error)
        }
    }
}

/// Charges and checks a one-time code that came without a challenge, beside a password: the same count, each step once.
///
/// # Errors
/// A denial, or a fault of the database.
pub(super) fn check_code(
    work: &mut Work<'_>,
    user: UserId,
    credentials: &[Credential],
    answer: &str,
) -> Result<Evidence> {
    charge(work, user)?;
    let confirmed =
        |credential: &&Credential| credential.kind() == FactorKind::Totp && credential.confirmed_at.is_some();
    let enrolled: Vec<Credential> = credentials.iter().filter(confirmed).cloned().collect();
    let evidence = check_any(work, &enrolled, answer)?;
    store::counters::reset(work.tx, &lockout::code_counter(user))?;
    Ok(evidence)
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
    session: Session,
    kind: FactorKind,
    answer: &str,
) -> Result<Renewed> {
    let user = session.user;
    charge(work, user)?;
    let credentials = store::credentials::of_user(work.tx, user)?;
    let begun = unfinished(&credentials, errand, kind)
        .ok_or(Denial::StepNotDue)?
        .clone();
    let evidence = check_any(work, std::slice::from_ref(&begun), answer)?;
    if !store::credentials::confirm(work.tx, begun.id, work.now)? {
        return Err(Denial::StepNotDue.into());
    }
    store::counters::reset(work.tx, &lockout::code_counter(user))?;
    let renewed = session::add_evidence(work, Some(session), user, evidence, "")?;
    let detail = json!({ "factor": kind, "credential": begun.id });
    work.audit(
        Entry::new(Event::FactorEnrolled)
            .user(user)
            .session(renewed.session.id)
            .detail(detail),
    )?;
    work.audit(
        Entry::new(Event::AssuranceStepup)
            .user(user)
            .session(renewed.session.id),
    )?;
    let ip = work.ip().map_or_else(String::new, |ip| ip.to_string());
    let notice = Notice::FactorAdded {
        factor: kind,
        at: work.now,
        ip,
    };
    work.enqueue(&Job::Notify { user, notice })?;
    Ok(renewed)
}
