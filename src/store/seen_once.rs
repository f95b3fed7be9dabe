//! What may be seen once: `jti` values, whole assertions.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::seen_once;
use crate::error::Result;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// Whether this is the first time; remembered until `expires_at`.
pub fn first_time(tx: &mut Tx, digest: &Digest, expires_at: Timestamp) -> Result<bool> {
    let added = run!(
        tx,
        execute,
        diesel::insert_into(seen_once::table)
            .values((
                seen_once::digest.eq(digest.as_bytes().as_slice()),
                seen_once::expires_at.eq(expires_at.as_micros()),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(added > 0)
}
