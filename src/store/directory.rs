//! The directory's version, and its small objects: organisation, profiles, scopes, resources, issuers.

use diesel::prelude::*;

use super::db::Tx;
use super::fixed::run;
use super::schema::{directory, directory_objects};
use crate::error::Result;

/// The number that every change to the directory raises.
pub fn version(tx: &mut Tx) -> Result<i64> {
    Ok(run!(
        tx,
        get_result,
        directory::table.find(1).select(directory::version)
    )?)
}

/// Raises the directory's version: what was cached under an older one is dropped everywhere.
pub fn raise_version(tx: &mut Tx) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(directory::table.find(1)).set(directory::version.eq(directory::version + 1))
    )?;
    Ok(())
}

/// Every object as `(kind, name, JSON)`, ordered.
pub fn objects(tx: &mut Tx) -> Result<Vec<(String, String, String)>> {
    Ok(run!(
        tx,
        load,
        directory_objects::table.order((directory_objects::kind, directory_objects::name))
    )?)
}

/// Stores an object in place of the one of the same kind and name.
pub fn put_object(tx: &mut Tx, kind: &str, name: &str, doc: &str) -> Result<()> {
    let updated = run!(
        tx,
        update,
        diesel::update(directory_objects::table.find((kind, name))).set(directory_objects::doc.eq(doc))
    )?;
    if updated == 0 {
        let row = (
            directory_objects::kind.eq(kind),
            directory_objects::name.eq(name),
            directory_objects::doc.eq(doc),
        );
        run!(tx, execute, diesel::insert_into(directory_objects::table).values(row))?;
    }
    Ok(())
}

/// Removes an object.
pub fn delete_object(tx: &mut Tx, kind: &str, name: &str) -> Result<bool> {
    Ok(run!(tx, execute, diesel::delete(directory_objects::table.find((kind, name))))? > 0)
}
