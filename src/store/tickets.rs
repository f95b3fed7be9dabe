//! Tickets: short-lived single-use secrets, stored by digest.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::tickets;
use crate::error::Result;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// Adds a ticket for a purpose, with what it carries.
pub fn insert(tx: &mut Tx, digest: &Digest, purpose: &str, doc: &str, expires_at: Timestamp) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(tickets::table).values((
            tickets::digest.eq(digest.as_bytes().as_slice()),
            tickets::purpose.eq(purpose),
            tickets::doc.eq(doc),
            tickets::expires_at.eq(expires_at.as_micros()),
        ))
    )?;
    Ok(())
}

/// What an open ticket carries.
pub fn find(tx: &mut Tx, digest: &Digest, purpose: &str, now: Timestamp) -> Result<Option<String>> {
    Ok(run!(
        tx,
        get_result,
        tickets::table
            .find(digest.as_bytes().as_slice())
            .filter(tickets::purpose.eq(purpose))
            .filter(tickets::expires_at.gt(now.as_micros()))
            .filter(tickets::consumed_at.is_null())
            .select(tickets::doc)
    )
    .optional()?)
}

/// Uses a ticket, once; `false` when it was used before.
pub fn consume(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<bool> {
    let open = tickets::table
        .find(digest.as_bytes().as_slice())
        .filter(tickets::consumed_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(open).set(tickets::consumed_at.eq(now.as_micros()))
    )? == 1)
}

/// Voids every open ticket of a purpose.
pub fn void(tx: &mut Tx, purpose: &str) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::delete(
            tickets::table
                .filter(tickets::purpose.eq(purpose))
                .filter(tickets::consumed_at.is_null()),
        )
    )?;
    Ok(())
}
