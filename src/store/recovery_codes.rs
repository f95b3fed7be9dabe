//! Recovery codes: known by an HMAC alone, each used once.

use diesel::prelude::*;

use super::columns::digest;
use super::db::Tx;
use super::fixed::run;
use super::schema::recovery_codes;
use crate::error::Result;
use crate::model::id::CredentialId;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// Adds a code to a set.
pub fn insert(tx: &mut Tx, set: CredentialId, digest: &Digest) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(recovery_codes::table).values((
            recovery_codes::credential_id.eq(set.as_bytes().as_slice()),
            recovery_codes::digest.eq(digest.as_bytes().as_slice()),
        ))
    )?;
    Ok(())
}

/// The codes of a set that were not used yet.
pub fn unused(tx: &mut Tx, set: CredentialId) -> Result<Vec<Digest>> {
    let stored: Vec<Vec<u8>> = run!(
        tx,
        load,
        recovery_codes::table
            .filter(recovery_codes::credential_id.eq(set.as_bytes().as_slice()))
            .filter(recovery_codes::used_at.is_null())
            .select(recovery_codes::digest)
    )?;
    stored.into_iter().map(digest).collect()
}

/// Uses a code, once; `false` when it was used before.
pub fn consume(tx: &mut Tx, set: CredentialId, digest: &Digest, now: Timestamp) -> Result<bool> {
    let unused = recovery_codes::table
        .find((set.as_bytes().as_slice(), digest.as_bytes().as_slice()))
        .filter(recovery_codes::used_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(unused).set(recovery_codes::used_at.eq(now.as_micros()))
    )? == 1)
}
