//! API-login tokens: one a user at most, known by an HMAC alone.

use diesel::prelude::*;

use super::columns::digest;
use super::db::Tx;
use super::fixed::run;
use super::schema::api_login_tokens;
use crate::error::Result;
use crate::model::id::UserId;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// The digest of a user's token, if there is one.
pub fn find(tx: &mut Tx, user: UserId) -> Result<Option<Digest>> {
    let stored: Option<Vec<u8>> = run!(
        tx,
        get_result,
        api_login_tokens::table
            .find(user.as_bytes().as_slice())
            .select(api_login_tokens::digest)
    )
    .optional()?;
    stored.map(digest).transpose()
}

/// Puts a digest in place of the one there was.
pub fn put(tx: &mut Tx, user: UserId, digest: &Digest, created_at: Timestamp) -> Result<()> {
    let values = (
        api_login_tokens::digest.eq(digest.as_bytes().as_slice()),
        api_login_tokens::created_at.eq(created_at.as_micros()),
    );
    let of_user = || api_login_tokens::table.find(user.as_bytes().as_slice());
    if run!(tx, update, diesel::update(of_user()).set(values))? > 0 {
        return Ok(());
    }
    let added = run!(
        tx,
        execute,
        diesel::insert_into(api_login_tokens::table)
            .values((api_login_tokens::user_id.eq(user.as_bytes().as_slice()), values))
            .on_conflict_do_nothing()
    )?;
    if added == 0 {
        // Another connection put one between our look and our insert.
        run!(tx, update, diesel::update(of_user()).set(values))?;
    }
    Ok(())
}

/// Puts a digest in place of the one put at `created_at`; `false` when that was voided or replaced since.
pub fn replace(tx: &mut Tx, user: UserId, digest: &Digest, created_at: Timestamp) -> Result<bool> {
    let row = api_login_tokens::table
        .find(user.as_bytes().as_slice())
        .filter(api_login_tokens::created_at.eq(created_at.as_micros()));
    Ok(run!(
        tx,
        update,
        diesel::update(row).set(api_login_tokens::digest.eq(digest.as_bytes().as_slice()))
    )? == 1)
}

/// Removes a user's token; `false` when there was none.
pub fn delete(tx: &mut Tx, user: UserId) -> Result<bool> {
    let row = api_login_tokens::table.find(user.as_bytes().as_slice());
    Ok(run!(tx, execute, diesel::delete(row))? > 0)
}
