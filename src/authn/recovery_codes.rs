//! Recovery codes: ten, shown once, each used once; a new set voids the one before. ASSURANCE.md §7.
//!
//! The set is a credential, so that what its codes prove ends with it; the codes are rows of their own.

use serde_json::json;

use crate::authn::factor::recovery_code;
use crate::error::{Fault, Result};
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::job::{Job, Notice};
use crate::model::secret::Secret;
use crate::store;
use crate::work::{View, Work};

/// Codes of a set.
pub const COUNT: u8 = 10;

/// Makes a new set of codes for a user, to be shown once; the set before it is void, with what it proved.
///
/// # Errors
/// A fault of the database.
pub fn generate(work: &mut Work<'_>, user: UserId) -> Result<Vec<Secret>> {
    let mut had_codes = false;
    for earlier in store::credentials::of_user(work.tx, user)? {
        if matches!(earlier.material, Material::RecoveryCodes { .. }) {
            had_codes |= store::credentials::delete(work.tx, earlier.id)?;
        }
    }
    let set = Credential {
        confirmed_at: Some(work.now),
        ..Credential::begun(work.new_id(), user, Material::RecoveryCodes { count: COUNT }, work.now)
    };
    store::credentials::insert(work.tx, &set)?;
    let codes: Vec<Secret> = (0..COUNT).map(|_| recovery_code::generate(&mut work.random)).collect();
    for code in &codes {
        let digest = recovery_code::digest(work.shared, user, code);
        let digest = digest.ok_or_else(|| Fault::new("a recovery code that was made is none"))?;
        store::recovery_codes::insert(work.tx, set.id, &digest)?;
    }
    let detail = json!({ "factor": FactorKind::RecoveryCode, "credential": set.id, "replaced": had_codes });
    work.audit(Entry::new(Event::FactorEnrolled).user(user).detail(detail))?;
    Ok(codes)
}

/// How many codes a user has left; none where there never were any.
///
/// # Errors
/// A fault of the database.
pub fn remaining(view: &mut View<'_>, user: UserId) -> Result<Option<usize>> {
    let credentials = store::credentials::of_user(view.tx, user)?;
    let is_set = |credential: &&Credential| matches!(credential.material, Material::RecoveryCodes { .. });
    match credentials.iter().find(is_set) {
        Some(set) => Ok(Some(store::recovery_codes::unused(view.tx, set.id)?.len())),
        None => Ok(None),
    }
}

/// Uses the code that was typed, once; the evidence of it, or none where it is no unused code of this set. The owner is told.
pub(super) fn redeem(work: &mut Work<'_>, set: &Credential, answer: &str) -> Result<Option<Evidence>> {
    let unused = store::recovery_codes::unused(work.tx, set.id)?;
    let Some(digest) = recovery_code::find(work.shared, set.user, answer, &unused) else {
        return Ok(None);
    };
    // One conditional update: of two answers with one code, one wins.
    if !store::recovery_codes::consume(work.tx, set.id, &digest, work.now)? {
        return Ok(None);
    }
    store::credentials::count_use(work.tx, set.id, work.now)?;
    let left = unused.len().saturating_sub(1);
    record_use(work, set, Some(left))?;
    Ok(Some(recovery_code::evidence(set, work.now)))
}

/// Records that a recovery code, or a temporary one, was used, and tells the owner.
pub(super) fn record_use(work: &mut Work<'_>, used: &Credential, left: Option<usize>) -> Result<()> {
    let detail = match left {
        Some(left) => json!({ "credential": used.id, "left": left }),
        None => json!({ "credential": used.id, "temporary": true }),
    };
    work.audit(Entry::new(Event::RecoveryUsed).user(used.user).detail(detail))?;
    let notice = Notice::RecoveryCodeUsed {
        at: work.now,
        ip: work.ip().map_or_else(String::new, |ip| ip.to_string()),
        left,
    };
    work.enqueue(&Job::Notify {
        user: used.user,
        notice,
    })
}
