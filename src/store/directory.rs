//! The directory's version, and its small objects: organisation, profiles, scopes, resources, issuers.

use diesel::prelude::*;

use super::db::Tx;
use super::schema::{directory, directory_objects};
use crate::error::Result;

/// The number that every change to the directory raises.
pub fn version(tx: &mut Tx) -> Result<i64> {
    Ok(directory::table.find(1).select(directory::version).get_result(tx)?)
}

/// Raises the directory's version: what was cached under an older one is dropped everywhere.
pub fn raise_version(tx: &mut Tx) -> Result<()> {
    diesel::update(directory::table.find(1))
        .set(directory::version.eq(directory::version + 1))
        .execute(tx)?;
    Ok(())
}

/// Every object as `(kind, name, JSON)`, ordered.
pub fn objects(tx: &mut Tx) -> Result<Vec<(String, String, String)>> {
    Ok(directory_objects::table
        .order((directory_objects::kind, directory_objects::name))
        .load(tx)?)
}

/// Stores an object in place of the one of the same kind and name.
pub fn put_object(tx: &mut Tx, kind: &str, name: &str, doc: &str) -> Result<()> {
    let updated = diesel::update(directory_objects::table.find((kind, name)))
        .set(directory_objects::doc.eq(doc))
        .execute(tx)?;
    if updated == 0 {
        let row = (
            directory_objects::kind.eq(kind),
            directory_objects::name.eq(name),
            directory_objects::doc.eq(doc),
        );
        diesel::insert_into(directory_objects::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Removes an object.
pub fn delete_object(tx: &mut Tx, kind: &str, name: &str) -> Result<bool> {
    Ok(diesel::delete(directory_objects::table.find((kind, name))).execute(tx)? > 0)
}
