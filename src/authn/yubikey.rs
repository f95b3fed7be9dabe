//! One-time passwords of `YubiKey`s: an attempt is charged, a validation server asked outside any unit of work, and what it
//! said settled. Each counts once there, and once here.

use crate::authn::attempts::{self, Consecutive};
use crate::authn::enrolment::enrolled;
use crate::authn::factor::yubikey_otp::{self, Otp};
use crate::authn::interaction::Gathered;
use crate::authn::second_factor::{charge, confirmed, disable, passed, record_failure};
use crate::authn::session::Renewed;
use crate::authn::throttle;
use crate::crypto::digest::digest_of;
use crate::error::{Denial, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::FactorKind;
use crate::model::interaction::Interaction;
use crate::model::session::Session;
use crate::model::user::User;
use crate::policy::lockout::{self, Attempt, Side};
use crate::store;
use crate::work::Work;

/// Seconds for which a password that was accepted is remembered; its key's counter is remembered for good.
const REMEMBERED: i64 = 30 * 86_400;

/// An attempt that was charged, about which a server may be asked.
#[derive(Debug)]
pub struct Charged {
    /// What was typed.
    pub otp: Otp,
    user: User,
    side: Side,
    /// The credential that it names, where one is proved.
    credential: Option<(Credential, Consecutive)>,
}

/// Charges an answer to a challenge.
///
/// # Errors
/// A denial, where no server need be asked; a fault of the database.
pub fn charge_proof(work: &mut Work<'_>, gathered: &Gathered, answer: &str) -> Result<Charged> {
    let (user, session, side) = charge(work, gathered, true)?;
    let known = confirmed(work, &user, FactorKind::YubikeyOtp)?;
    let named = Otp::read(answer).and_then(|otp| {
        let credential = known.iter().find(|credential| otp.is_of(credential))?.clone();
        Some((otp, credential))
    });
    let Some((otp, credential)) = named else {
        return Err(refused(work, &session)?.into());
    };
    let consecutive = attempts::charge_factor(work, credential.id)?;
    if consecutive == Consecutive::Disabled {
        return Err(refused(work, &session)?.into());
    }
    Ok(Charged {
        otp,
        user,
        side,
        credential: Some((credential, consecutive)),
    })
}

fn refused(work: &mut Work<'_>, session: &Session) -> Result<Denial> {
    record_failure(
        work,
        session,
        FactorKind::YubikeyOtp,
        &Denial::BadCredentials.to_string(),
    )?;
    Ok(Denial::BadCredentials)
}

/// Charges the password that is to enrol a key.
///
/// # Errors
/// A denial, where no server need be asked; a fault of the database.
pub fn charge_enrolment(work: &mut Work<'_>, gathered: &Gathered, answer: &str) -> Result<Charged> {
    let (user, _, side) = charge(work, gathered, false)?;
    let otp = Otp::read(answer).ok_or(Denial::BadCredentials)?;
    let known = confirmed(work, &user, FactorKind::YubikeyOtp)?;
    if known.iter().any(|credential| otp.is_of(credential)) {
        return Err(Denial::BadCredentials.into());
    }
    Ok(Charged {
        otp,
        user,
        side,
        credential: None,
    })
}

/// What a validation server said, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It accepted the password.
    Accepted {
        /// The key's counter, where it told.
        counter: Option<i64>,
    },
    /// It did not.
    Refused,
    /// No server could be asked.
    Nothing,
}

/// Settles a challenge: accepted, the proof is added to the session.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn settle_proof(work: &mut Work<'_>, gathered: &Gathered, charged: Charged, said: Said) -> Result<Renewed> {
    let session = resumed(work, gathered, &charged)?;
    if said == Said::Nothing {
        return Err(taken_back(work, &charged)?.into());
    }
    let (credential, consecutive) = charged.credential.ok_or(Denial::StepNotDue)?;
    let known = confirmed(work, &charged.user, FactorKind::YubikeyOtp)?;
    let still = known.iter().any(|known| known.id == credential.id);
    let is_right = match said {
        Said::Accepted { counter } if still => use_once(work, &credential, (&charged.otp, counter))?,
        _ => false,
    };
    if !is_right {
        if consecutive == Consecutive::Last && said == Said::Refused {
            disable(work, &credential)?;
        }
        return Err(refused(work, &session)?.into());
    }
    attempts::forgive_factor(work, credential.id, true)?;
    let evidence = yubikey_otp::evidence(&credential, work.now).from(work.ip());
    passed(work, session, evidence, &charged.side)
}

/// Settles an enrolment: accepted, the key is enrolled, and that is the proof.
///
/// # Errors
/// A denial, or a fault of the database.
pub fn settle_enrolment(
    work: &mut Work<'_>,
    (errand, gathered): (&Interaction, &Gathered),
    charged: &Charged,
    said: Said,
) -> Result<Renewed> {
    let session = resumed(work, gathered, charged)?;
    let counter = match said {
        Said::Accepted { counter } => counter,
        Said::Refused => return Err(Denial::BadCredentials.into()),
        Said::Nothing => return Err(taken_back(work, charged)?.into()),
    };
    let known = confirmed(work, &charged.user, FactorKind::YubikeyOtp)?;
    if known.iter().any(|credential| charged.otp.is_of(credential)) {
        return Err(Denial::BadCredentials.into());
    }
    let material = Material::YubikeyOtp {
        public_id: charged.otp.public_id.clone(),
    };
    let credential = Credential {
        label: charged.otp.public_id.clone(),
        confirmed_at: Some(work.now),
        ..Credential::begun(work.new_id(), charged.user.id, material, work.now)
    };
    store::credentials::insert(work.tx, &credential)?;
    if !use_once(work, &credential, (&charged.otp, counter))? {
        store::credentials::delete(work.tx, credential.id)?;
        return Err(Denial::BadCredentials.into());
    }
    let enrolled_here = Interaction {
        enrolling: Some(credential.id),
        ..errand.clone()
    };
    store::interactions::update(work.tx, &enrolled_here)?;
    let evidence = yubikey_otp::evidence(&credential, work.now).from(work.ip());
    enrolled(work, (session, &charged.side), evidence)
}

/// Takes back what an answer was charged that nobody looked at.
fn taken_back(work: &mut Work<'_>, charged: &Charged) -> Result<Denial> {
    attempts::take_back(work, &charged.side, Attempt::Code)?;
    throttle::refund_address(work)?;
    if let Some((credential, _)) = &charged.credential {
        attempts::forgive_factor(work, credential.id, false)?;
    }
    Ok(Denial::Uncheckable)
}

/// The session of whoever was charged, who is still the one who is signed in.
fn resumed(work: &mut Work<'_>, gathered: &Gathered, charged: &Charged) -> Result<Session> {
    let user = &charged.user;
    attempts::hold(work, &lockout::subject(Some(user.id), &user.username))?;
    let session = gathered.session().filter(|session| session.user == user.id);
    Ok(session.cloned().ok_or(Denial::StepNotDue)?)
}

/// Uses a password that was accepted; `false` when it was used here before, or a later one of its key was.
fn use_once(work: &mut Work<'_>, credential: &Credential, (otp, counter): (&Otp, Option<i64>)) -> Result<bool> {
    let remembered = work.now.plus_seconds(REMEMBERED);
    if !store::seen_once::first_time(work.tx, &digest_of(otp.text.expose()), remembered)? {
        return Ok(false);
    }
    match counter {
        Some(counter) => store::credentials::use_step(work.tx, credential.id, counter, work.now),
        None => store::credentials::record_use(work.tx, credential, work.now),
    }
}
