//! The terms that users accepted in login flows, each version once.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::accepted_terms;
use crate::error::Result;
use crate::model::id::UserId;
use crate::model::time::Timestamp;

/// The terms that a user accepted, with the version of each.
pub fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<(String, String)>> {
    Ok(run!(
        tx,
        load,
        accepted_terms::table
            .filter(accepted_terms::user_id.eq(user.as_bytes().as_slice()))
            .select((accepted_terms::terms, accepted_terms::version))
    )?)
}

/// Remembers that a user accepted a version of these terms; the first time counts.
pub fn insert(tx: &mut Tx, user: UserId, (terms, version): (&str, &str), at: Timestamp) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(accepted_terms::table)
            .values((
                accepted_terms::user_id.eq(user.as_bytes().as_slice()),
                accepted_terms::terms.eq(terms),
                accepted_terms::version.eq(version),
                accepted_terms::accepted_at.eq(at.as_micros()),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(())
}
