//! The second factor: challenges with one that is enrolled.

use serde_json::{Value, json};

use crate::authn::attempts::{self, Consecutive};
use crate::authn::ceremony::{self, Aim};
use crate::authn::factor::passkey::{self, Against};
use crate::authn::factor::{self, Factor, recovery_code};
use crate::authn::interaction::Gathered;
use crate::authn::one_time_codes::{self, Binding};
use crate::authn::session::{self, Renewed};
use crate::authn::{credentials, device, recovery_codes, throttle};
use crate::error::{Denial, Error, PasskeyDenial, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::interaction::Interaction;
use crate::model::job::{Job, Notice};
use crate::model::one_time_code::CodePurpose;
use crate::model::session::Session;
use crate::model::user::User;
use crate::policy::assurance::is_first;
use crate::policy::lockout::{self, Attempt, Side};
use crate::store;
use crate::work::{View, Work};

/// Charges one answer against its address and the side of the account it comes from, before it is looked at.
pub(super) fn charge(work: &mut Work<'_>, gathered: &Gathered, asked: bool) -> Result<(User, Session, Side)> {
    let (user, session) = gathered.signed_in().ok_or(Denial::StepNotDue)?;
    attempts::hold(work, &lockout::subject(Some(user.id), &user.username))?;
    let counts = throttle::charge_address(work)?;
    throttle::refuse_if_over(work, &mut gathered.facts.clone(), counts)?;
    let side = attempts::side(&mut work.view(), Some(user.id), &user.username)?;
    attempts::charge_answer(work, &side, user.id, asked)?;
    Ok((user.clone(), session.clone(), side))
}

/// The confirmed credentials of a user that are of `kind` and count.
pub(super) fn confirmed(work: &mut Work<'_>, user: &User, kind: FactorKind) -> Result<Vec<Credential>> {
    let mut credentials = credentials::of_user(&mut work.view(), user)?;
    credentials.retain(|credential| credential.is_of(kind) && credential.is_usable(work.now));
    Ok(credentials)
}

/// Of the kinds that would do, the one that this user proved last; never a code that is kept for when nothing else is there.
///
/// # Errors
/// A fault of the database.
pub fn used_last(view: &mut View<'_>, user: &User, allowed: &[FactorKind]) -> Result<Option<FactorKind>> {
    let credentials = credentials::of_user(view, user)?;
    let counts = |credential: &&Credential| {
        credential.confirmed_at.is_some()
            && credential.last_used_at.is_some()
            && !credential.material.is_for_recovery()
            && credential.material.kinds().iter().any(|kind| allowed.contains(kind))
    };
    let last = credentials.iter().filter(counts).max_by_key(|one| one.last_used_at);
    Ok(last.and_then(|last| {
        last.material
            .kinds()
            .iter()
            .copied()
            .find(|kind| allowed.contains(kind))
    }))
}

/// The kind of factor that is asked for first: of those that would do, the one this person proved last, or the strongest.
///
/// # Errors
/// A fault of the database.
pub fn asked_first(view: &mut View<'_>, user: &User, allowed: &[FactorKind]) -> Result<Option<FactorKind>> {
    Ok(used_last(view, user, allowed)?.or(allowed.first().copied()))
}

/// Begins the proof of one of the user's passkeys and security keys: the options for the browser.
///
/// # Errors
/// A denial when nobody is signed in, a fault of the database.
pub fn begin_passkey_proof(work: &mut Work<'_>, errand: &Interaction, gathered: &Gathered) -> Result<Value> {
    let (user, session) = gathered.signed_in().ok_or(Denial::StepNotDue)?;
    let mut enrolled = confirmed(work, user, FactorKind::Passkey)?;
    if !session.evidence.iter().any(|one| is_first(one.kind())) {
        // A key that notices a presence alone is worth something beside a password.
        enrolled.retain(passkey::verifies_user);
    }
    let begun = passkey::begin_proof(&work.shared.settings, &enrolled)?;
    ceremony::keep(work, errand.id, Aim::Prove(user.id), &begun)?;
    Ok(begun.options)
}

/// The evidence of a passkey's answer to a challenge of this errand.
fn check_passkey(
    work: &mut Work<'_>,
    errand: &Interaction,
    (session, enrolled): (&Session, &[Credential]),
    answer: &str,
) -> Result<Evidence> {
    let state = ceremony::take(work, errand.id, Aim::Prove(session.user), answer)?;
    let is_another = |one: &Evidence| is_first(one.kind()) || one.is_user_verified();
    let against = Against {
        credentials: enrolled,
        beside_another: session
            .evidence
            .iter()
            .any(|one| one.at() >= errand.created_at && is_another(one)),
        now: work.now,
    };
    let proven = passkey::finish_proof(&work.shared.settings, &state, answer, against)?;
    if !store::credentials::record_use(work.tx, &proven.credential, work.now)? {
        return Err(PasskeyDenial::Unknown.into());
    }
    Ok(proven.evidence.from(work.ip()))
}

/// Checks an answer to a challenge with a confirmed factor of `kind`; right, it is added to the session.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn answer_challenge(
    work: &mut Work<'_>,
    (errand, gathered): (&Interaction, &Gathered),
    kind: FactorKind,
    answer: &str,
) -> Result<Renewed> {
    let (user, session, side) = charge(work, gathered, true)?;
    let enrolled = confirmed(work, &user, kind)?;
    let checked = match kind {
        FactorKind::Passkey => check_passkey(work, errand, (&session, &enrolled), answer),
        FactorKind::Sms | FactorKind::Voice | FactorKind::Email => {
            let binding = Binding::of(errand, user.id, CodePurpose::Challenge);
            let credentials = store::credentials::of_user(work.tx, user.id)?;
            let confirmed: Vec<Credential> = credentials
                .into_iter()
                .filter(|one| one.confirmed_at.is_some())
                .collect();
            one_time_codes::answer(work, &binding, &confirmed, answer)
        }
        _ => check_enrolled(work, &enrolled, answer),
    };
    let evidence = match checked {
        Ok(evidence) => evidence,
        Err(error) => {
            if let Error::Refused(refusal) = &error {
                record_failure(work, &session, kind, &refusal.to_string())?;
                tell_of_copy(work, user.id, refusal)?;
            }
            return Err(error);
        }
    };
    passed(work, session, evidence, &side)
}

/// Records an answer that was not right.
pub(super) fn record_failure(work: &mut Work<'_>, session: &Session, kind: FactorKind, reason: &str) -> Result<()> {
    let failed = Entry::new(Event::ChallengeFailed)
        .user(session.user)
        .session(session.id);
    work.audit(failed.detail(json!({ "factor": kind, "reason": reason })))
}

/// What a right answer to a challenge does: it counts, and is recorded.
pub(super) fn passed(work: &mut Work<'_>, session: Session, evidence: Evidence, side: &Side) -> Result<Renewed> {
    let user = session.user;
    let before = session.evidence.len();
    let renewed = proven(work, session, evidence, side)?;
    let about = |event| Entry::new(event).user(user).session(renewed.session.id);
    work.audit(about(Event::ChallengePassed))?;
    if renewed.session.evidence.len() > before {
        work.audit(about(Event::AssuranceStepup))?;
    }
    Ok(renewed)
}

/// Tells a user that a passkey of theirs may have been copied, where that is why it was refused.
pub(super) fn tell_of_copy(work: &mut Work<'_>, user: UserId, refusal: &Refusal) -> Result<()> {
    if !matches!(refusal, Refusal::Denied(Denial::Passkey(PasskeyDenial::Counter))) {
        return Ok(());
    }
    let ip = work.ip().map_or_else(String::new, |ip| ip.to_string());
    let notice = Notice::PasskeyCopied { at: work.now, ip };
    work.enqueue(&Job::Notify { user, notice })
}

/// What a right answer does: it forgets wrong ones, adds to the session, and makes the browser known.
pub(super) fn proven(work: &mut Work<'_>, session: Session, evidence: Evidence, side: &Side) -> Result<Renewed> {
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
pub(super) fn disable(work: &mut Work<'_>, credential: &Credential) -> Result<()> {
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
pub fn check_code(work: &mut Work<'_>, credentials: &[Credential], answer: &str) -> Result<Evidence> {
    let confirmed =
        |credential: &&Credential| credential.kind() == FactorKind::Totp && credential.confirmed_at.is_some();
    let enrolled: Vec<Credential> = credentials.iter().filter(confirmed).cloned().collect();
    check_enrolled(work, &enrolled, answer)
}

/// The evidence of the first credential that accepts the answer; a used code is told apart from a wrong one.
pub(super) fn check_any(work: &mut Work<'_>, credentials: &[Credential], answer: &str) -> Result<Evidence> {
    let mut denial = Denial::BadCredentials;
    for credential in credentials {
        if credential.material.is_for_recovery() {
            match check_recovery(work, credential, answer)? {
                Some(evidence) => return Ok(evidence),
                None => continue,
            }
        }
        let Some(factor) = factor::of(credential.kind()) else {
            continue;
        };
        match factor.check(work.shared, credential, answer, work.now) {
            Ok(proof) => {
                // One conditional update: of two answers with one code, one wins.
                if store::credentials::use_step(work.tx, credential.id, proof.step, work.now)? {
                    return Ok(proof.evidence);
                }
                if credential.kind() == FactorKind::Totp {
                    denial = Denial::CodeUsed(30);
                }
            }
            Err(Error::Refused(Refusal::Denied(used @ Denial::CodeUsed(_)))) => denial = used,
            Err(Error::Refused(_)) => missed(work, factor, credential, answer)?,
            Err(fault) => return Err(fault),
        }
    }
    Err(denial.into())
}

/// The evidence of a recovery code or a temporary code, used once; none where it is not right.
fn check_recovery(work: &mut Work<'_>, credential: &Credential, answer: &str) -> Result<Option<Evidence>> {
    if matches!(credential.material, Material::RecoveryCodes { .. }) {
        return recovery_codes::redeem(work, credential, answer);
    }
    let proof = match recovery_code::check_temporary(work.shared, credential, answer, work.now) {
        Ok(proof) => proof,
        Err(Error::Refused(_)) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    if !store::credentials::use_step(work.tx, credential.id, proof.step, work.now)? {
        return Ok(None);
    }
    recovery_codes::record_use(work, credential, None)?;
    Ok(Some(proof.evidence))
}

/// Keeps what a factor wants kept of an answer that was not right.
fn missed(work: &mut Work<'_>, factor: &dyn Factor, credential: &Credential, answer: &str) -> Result<()> {
    let Some(material) = factor.missed(work.shared, credential, answer)? else {
        return Ok(());
    };
    let kept = Credential {
        material,
        ..credential.clone()
    };
    store::credentials::update_material(work.tx, &kept)
}
