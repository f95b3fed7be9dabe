//! Grants.

use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::grants;
use crate::error::Result;
use crate::model::grant::Grant;
use crate::model::id::{GrantId, UserId};
use crate::model::time::Timestamp;

/// Adds a grant that is kept until `expires_at`.
pub fn insert(tx: &mut Tx, grant: &Grant, expires_at: Timestamp) -> Result<()> {
    let user = grant.user.map(|user| user.as_bytes().to_vec());
    run!(
        tx,
        execute,
        diesel::insert_into(grants::table).values((
            grants::id.eq(grant.id.as_bytes().as_slice()),
            grants::user_id.eq(user),
            grants::client_id.eq(&grant.client_id),
            grants::expires_at.eq(expires_at.as_micros()),
            grants::doc.eq(to_doc(grant)?),
        ))
    )?;
    Ok(())
}

/// The grant of this identifier, unless it was revoked, or the one that its session was bridged from, or one that it was
/// exchanged for.
pub fn find_live(tx: &mut Tx, id: GrantId) -> Result<Option<Grant>> {
    let Some(grant) = find_unrevoked(tx, id)? else {
        return Ok(None);
    };
    let exchanged = grant.exchanged.iter().flat_map(|exchanged| &exchanged.grants);
    for origin in grant.bridged_from.iter().chain(exchanged) {
        if find_unrevoked(tx, *origin)?.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(grant))
}

fn find_unrevoked(tx: &mut Tx, id: GrantId) -> Result<Option<Grant>> {
    let doc: Option<String> = run!(
        tx,
        get_result,
        grants::table
            .find(id.as_bytes().as_slice())
            .filter(grants::revoked_at.is_null())
            .select(grants::doc)
    )
    .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Holds back whoever else would move this grant's tokens on, until our commit; returns whether others may have done so
/// since we looked. SQLite has one writer, so nobody can.
pub fn lock(tx: &mut Tx, id: GrantId) -> Result<bool> {
    let Tx::Postgres(connection) = tx else {
        return Ok(false);
    };
    let locked = grants::table
        .find(id.as_bytes().as_slice())
        .select(grants::id)
        .for_update();
    locked.first::<Vec<u8>>(connection).optional()?;
    Ok(true)
}

/// Keeps a grant at least until `expires_at`.
pub fn extend(tx: &mut Tx, id: GrantId, expires_at: Timestamp) -> Result<()> {
    let shorter = grants::table
        .find(id.as_bytes().as_slice())
        .filter(grants::expires_at.lt(expires_at.as_micros()));
    run!(
        tx,
        update,
        diesel::update(shorter).set(grants::expires_at.eq(expires_at.as_micros()))
    )?;
    Ok(())
}

/// Ends a grant and with it every code and token that names it; `false` when it was ended before.
pub fn revoke(tx: &mut Tx, id: GrantId, now: Timestamp) -> Result<bool> {
    let live = grants::table
        .find(id.as_bytes().as_slice())
        .filter(grants::revoked_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(live).set(grants::revoked_at.eq(now.as_micros()))
    )? == 1)
}

/// The grants of a user that were not revoked.
pub fn live_of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Grant>> {
    let docs: Vec<String> = run!(
        tx,
        load,
        grants::table
            .filter(grants::user_id.eq(user.as_bytes().as_slice()))
            .filter(grants::revoked_at.is_null())
            .select(grants::doc)
    )?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// Ends every grant of a user.
pub fn revoke_of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<usize> {
    let live = grants::table
        .filter(grants::user_id.eq(user.as_bytes().as_slice()))
        .filter(grants::revoked_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(live).set(grants::revoked_at.eq(now.as_micros()))
    )?)
}

/// Ends every grant of a client.
pub fn revoke_of_client(tx: &mut Tx, client_id: &str, now: Timestamp) -> Result<usize> {
    let live = grants::table
        .filter(grants::client_id.eq(client_id))
        .filter(grants::revoked_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(live).set(grants::revoked_at.eq(now.as_micros()))
    )?)
}
