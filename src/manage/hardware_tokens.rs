//! Hardware tokens whose secrets came with them: given to users by an operator. CLAUSES.md S39.

use serde_json::json;

use super::authority::check_may_change;
use super::users::{load, record_user};
use crate::authn::factor::hotp;
use crate::error::{FieldError, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::credential::Credential;
use crate::model::evidence::FactorKind;
use crate::model::id::{CredentialId, UserId};
use crate::model::job::{Job, Notice};
use crate::model::user::Permission;
use crate::store;
use crate::work::Work;

/// A token (HOTP) as its maker's list has it.
pub struct HardwareToken {
    /// What is printed on it; the credential's label.
    pub serial: String,
    /// Its secret.
    pub secret: zeroize::Zeroizing<Vec<u8>>,
    /// Digits of a code: 6 or 8.
    pub digits: u8,
    /// The counter of its next code.
    pub counter: i64,
}

/// The longest serial number.
const MAX_SERIAL: usize = 64;

/// Gives a user a token, which counts at once: whoever hands it over has seen whose it is.
///
/// # Errors
/// A refusal when there is no such user, when they have a token of this serial number or as many as may be, or when the token
/// is not as it must be; a fault of the database.
pub fn add(work: &mut Work<'_>, actor: &Actor, user: UserId, token: &HardwareToken) -> Result<CredentialId> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    let user = load(work, actor, user)?;
    let wrong = |field: &str, problem: &str| FieldError::new(format!("users.{}.{field}", user.username), problem);
    if token.serial.trim().is_empty() || token.serial.len() > MAX_SERIAL {
        return Err(wrong("serial", "must have from 1 to 64 characters").into());
    }
    if token.counter < 0 {
        return Err(wrong("counter", "must not be below 0").into());
    }
    let mut known = store::credentials::of_user(work.tx, user.id)?;
    known.retain(|credential| credential.kind() == FactorKind::Hotp && credential.confirmed_at.is_some());
    if known.iter().any(|credential| credential.label == token.serial) {
        return Err(wrong("serial", "is of a token that this user has already").into());
    }
    if known.len() >= work.shared.settings.limits.factors_per_kind {
        return Err(wrong("credentials", "are as many tokens as may be; remove one first").into());
    }
    let material = hotp::import(work.shared, &mut work.random, (&token.secret, token.digits))?;
    let material = material.ok_or_else(|| {
        let problem = "a secret has from 16 to 64 bytes, and a code 6 or 8 digits";
        wrong("secret", problem)
    })?;
    let credential = Credential {
        label: token.serial.clone(),
        confirmed_at: Some(work.now),
        last_step: token.counter,
        ..Credential::begun(work.new_id(), user.id, material, work.now)
    };
    store::credentials::insert(work.tx, &credential)?;
    let detail = json!({ "factor": FactorKind::Hotp, "credential": credential.id, "serial": token.serial });
    let enrolled = Entry::new(Event::FactorEnrolled).actor(actor).user(user.id);
    work.audit(enrolled.detail(detail))?;
    record_user(work, actor, Some(&user), Some(&user), vec!["credentials".to_owned()])?;
    let notice = Notice::FactorAdded {
        factor: FactorKind::Hotp,
        at: work.now,
        ip: String::new(),
    };
    work.enqueue(&Job::Notify { user: user.id, notice })?;
    Ok(credential.id)
}
