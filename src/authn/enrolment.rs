//! The enrolment of a second factor, whose confirmation is itself the proof.

use serde_json::{Value, json};

use crate::authn::ceremony::{self, Aim};
use crate::authn::credentials;
use crate::authn::factor::{self, Account, Setup, passkey};
use crate::authn::facts;
use crate::authn::interaction::Gathered;
use crate::authn::one_time_codes::{self, Binding, Hold, Request, Sending};
use crate::authn::second_factor::{charge, check_any, confirmed, proven};
use crate::authn::session::Renewed;
use crate::error::{Denial, Error, Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material, Phone, Standing};
use crate::model::evidence::{Acr, Evidence, FactorKind};
use crate::model::interaction::{Interaction, Purpose};
use crate::model::job::{Job, Notice};
use crate::model::mail_address::is_mail_address;
use crate::model::message::Channel;
use crate::model::one_time_code::CodePurpose;
use crate::model::phone_number::PhoneNumber;
use crate::model::session::Session;
use crate::model::user::User;
use crate::policy::lockout::Side;
use crate::store;
use crate::work::Work;

/// The enrolment of `kind` that this errand has begun, begun anew when there is none.
///
/// Each errand has a secret of its own: one that somebody else saw before, with the password alone, is never what a person
/// confirms later.
///
/// # Errors
/// A fault of the database.
pub fn begin_enrolment(work: &mut Work<'_>, errand: &mut Interaction, user: &User, kind: FactorKind) -> Result<Setup> {
    let factor = factor::of(kind).ok_or_else(|| Fault::new("passwords are not enrolled here"))?;
    let known = store::credentials::of_user(work.tx, user.id)?;
    let organisation = work.directory.organisation.name.clone();
    let account = Account {
        organisation: &organisation,
        username: &user.username,
    };
    if let Some(begun) = unfinished(&known, errand, kind) {
        return factor.setup(work.shared, begun, account);
    }
    remove_abandoned(work, errand, &known)?;
    let material = factor.begin_enrolment(work.shared, &mut work.random)?;
    let credential = Credential::begun(work.new_id(), user.id, material, work.now);
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

/// Removes what errands that are over began to enrol and never confirmed, and what this one began of another kind.
fn remove_abandoned(work: &mut Work<'_>, errand: &Interaction, credentials: &[Credential]) -> Result<()> {
    let lifetime = i64::from(work.shared.settings.limits.interaction_lifetime);
    for credential in credentials {
        let is_over = credential.created_at.plus_seconds(lifetime) <= work.now;
        if credential.confirmed_at.is_none() && (is_over || errand.enrolling == Some(credential.id)) {
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
    let known = store::credentials::of_user(work.tx, user)?;
    let begun = unfinished(&known, errand, kind).ok_or(Denial::StepNotDue)?.clone();
    let evidence = check_any(work, std::slice::from_ref(&begun), answer)?;
    if !store::credentials::confirm(work.tx, begun.id, work.now)? {
        return Err(Denial::StepNotDue.into());
    }
    enrolled(work, (session, &side), evidence)
}

/// Begins the registration of a passkey: the options for the browser.
///
/// # Errors
/// A fault of the database.
pub fn begin_passkey(work: &mut Work<'_>, errand: &Interaction, user: &User) -> Result<Value> {
    let known = confirmed(work, user, FactorKind::Passkey)?;
    let (settings, directory) = (&work.shared.settings, &work.directory);
    let attested = directory.profile(&user.profile)?.attested_authenticators.is_some();
    let organisation = &directory.organisation.name;
    let begun = passkey::begin_registration(settings, organisation, user, (&known, attested))?;
    ceremony::keep(work, errand.id, Aim::Register(user.id), &begun)?;
    Ok(begun.options)
}

/// Registers the passkey that an answer is about: having made it is the proof.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn confirm_passkey(
    work: &mut Work<'_>,
    errand: &Interaction,
    gathered: &Gathered,
    answer: &str,
) -> Result<Renewed> {
    let (user, session, side) = charge(work, gathered, false)?;
    let material = match check_registration(work, errand, &user, answer) {
        Ok(material) => material,
        Err(error) => {
            if let Error::Refused(refusal) = &error {
                let detail = json!({ "factor": FactorKind::Passkey, "enrolment": true, "reason": refusal.to_string() });
                let failed = Entry::new(Event::ChallengeFailed).user(user.id).session(session.id);
                work.audit(failed.detail(detail))?;
            }
            return Err(error);
        }
    };
    let credential = Credential {
        confirmed_at: Some(work.now),
        last_used_at: Some(work.now),
        ..Credential::begun(work.new_id(), user.id, material, work.now)
    };
    store::credentials::insert(work.tx, &credential)?;
    let enrolled_here = Interaction {
        enrolling: Some(credential.id),
        ..errand.clone()
    };
    store::interactions::update(work.tx, &enrolled_here)?;
    let evidence = passkey::registered(&credential, work.now).from(work.ip());
    enrolled(work, (session, &side), evidence)
}

/// What answers of the passkey are checked against that an answer registers, of an authenticator that counts for this user.
fn check_registration(work: &mut Work<'_>, errand: &Interaction, user: &User, answer: &str) -> Result<Material> {
    let state = ceremony::take(work, errand.id, Aim::Register(user.id), answer)?;
    let accepted = credentials::accepted(work.directory.profile(&user.profile)?)?;
    passkey::finish_registration(&work.shared.settings, &state, answer, accepted.as_ref())
}

/// Sends a code to the number or address that somebody adds, and begins to enrol it. At the request of a client that is the
/// number on the user's record; where there is none, and nothing stronger either, what was typed, which never reaches `high`:
/// it proves nothing about the account's owner (CLAUSES.md S35, C7). On a page of our own it is what was typed, by somebody
/// who gave fresh proof of all that the account has.
///
/// # Errors
/// A fault of the database.
pub fn send_code(
    work: &mut Work<'_>,
    (errand, gathered): (&mut Interaction, &Gathered),
    (channel, typed): (Channel, &str),
    needed: Acr,
) -> Result<Sending> {
    let user = gathered.user().ok_or(Denial::StepNotDue)?;
    let credentials = store::credentials::of_user(work.tx, user.id)?;
    let material = match &errand.purpose {
        Purpose::Authorize { .. } | Purpose::Device(_) => match facts::unconfirmed_number(user, &credentials) {
            Some(number) if channel != Channel::Email => Some(number_of(number, Standing::Confirmed)),
            _ if has_stronger(work, &credentials) => return Ok(Sending::Held(Hold::Unreachable)),
            _ => typed_material(channel, typed, Standing::Typed),
        },
        Purpose::Visit(_) => {
            let shows_enough = gathered.level() >= Acr::High;
            let standing = if shows_enough {
                Standing::Confirmed
            } else {
                Standing::Typed
            };
            typed_material(channel, typed, standing)
        }
    };
    let Some(material) = material else {
        return Ok(Sending::Held(Hold::Malformed));
    };
    let destination = material.destination(channel).map(str::to_owned);
    let is_typed = material.standing() == Some(Standing::Typed);
    let is_same = |one: &&Credential| one.material.destination(channel) == destination.as_deref();
    if credentials.iter().filter(is_same).any(|one| one.confirmed_at.is_some()) {
        return Ok(Sending::Held(Hold::Unreachable));
    }
    let begun = credentials
        .iter()
        .find(|one| Some(one.id) == errand.enrolling && one.confirmed_at.is_none());
    let credential = match begun {
        Some(begun) if is_same(&begun) => begun.clone(),
        _ => {
            remove_abandoned(work, errand, &credentials)?;
            let credential = Credential::begun(work.new_id(), user.id, material, work.now);
            store::credentials::insert(work.tx, &credential)?;
            errand.enrolling = Some(credential.id);
            store::interactions::update(work.tx, errand)?;
            credential
        }
    };
    let calls = channel == Channel::Sms && gathered.facts.rules.kinds.contains(&FactorKind::Voice);
    let request = Request {
        credential: &credential,
        channel,
        others: if calls { vec![Channel::Voice] } else { Vec::new() },
        needed: if is_typed { Acr::Low } else { needed },
        message: None,
    };
    let binding = Binding::of(errand, user.id, CodePurpose::Enrolment);
    one_time_codes::send(work, &binding, &request, true)
}

/// Whether a user has a factor that reaches `high`: then none is added at login on the word of whoever typed it.
fn has_stronger(work: &Work<'_>, credentials: &[Credential]) -> bool {
    let columns = work.shared.settings.assurance.columns;
    let reach_high = |kind: &FactorKind| columns.with_first(*kind) >= Acr::High;
    facts::enrolled_in_full(credentials, columns, work.now)
        .iter()
        .any(reach_high)
}

const fn number_of(number: PhoneNumber, standing: Standing) -> Material {
    Material::Phone(Phone {
        number,
        line_type: None,
        standing,
        changed_at: None,
    })
}

fn typed_material(channel: Channel, typed: &str, standing: Standing) -> Option<Material> {
    match channel {
        Channel::Sms | Channel::Voice => typed.parse().ok().map(|number| number_of(number, standing)),
        Channel::Email => {
            let address = is_mail_address(typed.trim()).then(|| typed.trim().to_owned())?;
            Some(Material::Email { address, standing })
        }
    }
}

/// Checks the code that was sent to what this errand enrols: right, that is confirmed and the code is the proof.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn confirm_code(work: &mut Work<'_>, errand: &Interaction, gathered: &Gathered, answer: &str) -> Result<Renewed> {
    let (User { id: user, .. }, session, side) = charge(work, gathered, false)?;
    let mut credentials = store::credentials::of_user(work.tx, user)?;
    credentials.retain(|one| Some(one.id) == errand.enrolling && one.confirmed_at.is_none());
    let binding = Binding::of(errand, user, CodePurpose::Enrolment);
    let evidence = one_time_codes::answer(work, &binding, &credentials, answer)?;
    if !store::credentials::confirm(work.tx, evidence.credential(), work.now)? {
        return Err(Denial::StepNotDue.into());
    }
    enrolled(work, (session, &side), evidence)
}

/// What the proof of a new factor does: it counts, it is recorded, and its owner is told.
pub(super) fn enrolled(work: &mut Work<'_>, (session, side): (Session, &Side), evidence: Evidence) -> Result<Renewed> {
    let (user, kind, credential) = (session.user, evidence.kind(), evidence.credential());
    let renewed = proven(work, session, evidence, side)?;
    let about = |event| Entry::new(event).user(user).session(renewed.session.id);
    let detail = json!({ "factor": kind, "credential": credential });
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
