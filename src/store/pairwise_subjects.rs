//! Subject identifiers that each sector has for itself.

use diesel::prelude::*;

use super::columns::bytes;
use super::db::Tx;
use super::fixed::run;
use super::schema::pairwise_subjects;
use crate::error::Result;
use crate::model::id::UserId;

/// What a sector calls a user, if it ever did.
pub fn find(tx: &mut Tx, user: UserId, sector: &str) -> Result<Option<String>> {
    let known = pairwise_subjects::table.find((user.as_bytes().as_slice(), sector));
    Ok(run!(tx, get_result, known.select(pairwise_subjects::subject)).optional()?)
}

/// What a sector calls a user from now on; whatever another transaction stored first stays.
pub fn insert(tx: &mut Tx, user: UserId, sector: &str, subject: &str) -> Result<()> {
    let row = (
        pairwise_subjects::user_id.eq(user.as_bytes().as_slice()),
        pairwise_subjects::sector.eq(sector),
        pairwise_subjects::subject.eq(subject),
    );
    let insert = diesel::insert_into(pairwise_subjects::table)
        .values(row)
        .on_conflict_do_nothing();
    run!(tx, execute, insert)?;
    Ok(())
}

/// Whom a sector calls this.
pub fn user_of(tx: &mut Tx, sector: &str, subject: &str) -> Result<Option<UserId>> {
    let named = pairwise_subjects::table
        .filter(pairwise_subjects::subject.eq(subject))
        .filter(pairwise_subjects::sector.eq(sector));
    let id: Option<Vec<u8>> = run!(tx, get_result, named.select(pairwise_subjects::user_id)).optional()?;
    id.map(|id| Ok(UserId::from_bytes(bytes(id)?))).transpose()
}
