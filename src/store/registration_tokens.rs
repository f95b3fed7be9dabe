//! Tokens that let their holders register clients, by digest.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::registration_tokens;
use crate::error::Result;
use crate::model::registration::RegistrationToken;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// Adds a token; `false` when its name is taken.
pub fn insert_new(tx: &mut Tx, token: &RegistrationToken, digest: &Digest) -> Result<bool> {
    let row = (
        registration_tokens::name.eq(&token.name),
        registration_tokens::digest.eq(digest.as_bytes().as_slice()),
        registration_tokens::created_at.eq(token.created_at.as_micros()),
        registration_tokens::expires_at.eq(token.expires_at.as_micros()),
        registration_tokens::uses_left.eq(token.uses_left),
    );
    let added = diesel::insert_into(registration_tokens::table)
        .values(row)
        .on_conflict_do_nothing();
    Ok(run!(tx, execute, added)? == 1)
}

/// The name of a token that may still be used.
pub fn find(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<Option<String>> {
    let good = registration_tokens::table
        .filter(registration_tokens::digest.eq(digest.as_bytes().as_slice()))
        .filter(registration_tokens::uses_left.gt(0))
        .filter(registration_tokens::expires_at.gt(now.as_micros()))
        .select(registration_tokens::name);
    Ok(run!(tx, get_result, good).optional()?)
}

/// Uses a token once more; `false` when it may not be used any more.
pub fn consume(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<bool> {
    let good = registration_tokens::table
        .filter(registration_tokens::digest.eq(digest.as_bytes().as_slice()))
        .filter(registration_tokens::uses_left.gt(0))
        .filter(registration_tokens::expires_at.gt(now.as_micros()));
    let used = registration_tokens::uses_left.eq(registration_tokens::uses_left - 1);
    Ok(run!(tx, update, diesel::update(good).set(used))? == 1)
}

/// Every token, by name.
pub fn list(tx: &mut Tx) -> Result<Vec<RegistrationToken>> {
    let rows: Vec<(String, i64, i64, i64)> = run!(
        tx,
        load,
        registration_tokens::table.order(registration_tokens::name).select((
            registration_tokens::name,
            registration_tokens::created_at,
            registration_tokens::expires_at,
            registration_tokens::uses_left,
        ))
    )?;
    let token = |(name, created_at, expires_at, uses_left)| RegistrationToken {
        name,
        created_at: Timestamp::from_micros(created_at),
        expires_at: Timestamp::from_micros(expires_at),
        uses_left,
    };
    Ok(rows.into_iter().map(token).collect())
}

/// Removes a token; `false` when there is none of this name.
pub fn delete(tx: &mut Tx, name: &str) -> Result<bool> {
    Ok(run!(tx, execute, diesel::delete(registration_tokens::table.find(name)))? == 1)
}
