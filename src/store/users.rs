//! Users.

use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::users;
use crate::error::Result;
use crate::model::id::UserId;
use crate::model::user::User;

/// The user of this identifier.
pub fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    let doc: Option<String> = run!(
        tx,
        get_result,
        users::table.find(id.as_bytes().as_slice()).select(users::doc)
    )
    .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// The user of this name, without regard to case.
pub fn find_by_username(tx: &mut Tx, username: &str) -> Result<Option<User>> {
    // PostgreSQL takes no such text, and nobody is called so.
    if username.contains('\0') {
        return Ok(None);
    }
    let doc: Option<String> = run!(
        tx,
        get_result,
        users::table
            .filter(users::username_key.eq(User::key_of(username)))
            .select(users::doc)
    )
    .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// The users who have this mail address.
pub fn find_by_email(tx: &mut Tx, email: &str) -> Result<Vec<User>> {
    if email.contains('\0') {
        return Ok(Vec::new());
    }
    let docs: Vec<String> = run!(
        tx,
        load,
        users::table
            .filter(users::email_key.eq(User::email_key_of(email)))
            .order(users::id)
            .select(users::doc)
    )?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// Adds a user; `false` when the name is taken.
pub fn insert_new(tx: &mut Tx, user: &User) -> Result<bool> {
    let doc = to_doc(user)?;
    let added = run!(
        tx,
        execute,
        diesel::insert_into(users::table)
            .values((
                users::id.eq(user.id.as_bytes().as_slice()),
                users::username_key.eq(User::key_of(&user.username)),
                users::profile.eq(&user.profile),
                users::doc.eq(&doc),
                users::email_key.eq(user.email().map(User::email_key_of)),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(added > 0)
}

/// Stores a changed user; the name stays.
pub fn update(tx: &mut Tx, user: &User) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(users::table.find(user.id.as_bytes().as_slice())).set((
            users::profile.eq(&user.profile),
            users::doc.eq(to_doc(user)?),
            users::email_key.eq(user.email().map(User::email_key_of)),
        ))
    )?;
    Ok(())
}

/// Removes a user and all that is theirs.
pub fn delete(tx: &mut Tx, id: UserId) -> Result<bool> {
    Ok(run!(tx, execute, diesel::delete(users::table.find(id.as_bytes().as_slice())))? > 0)
}

/// Every user, by name.
pub fn list(tx: &mut Tx) -> Result<Vec<User>> {
    let docs: Vec<String> = run!(tx, load, users::table.order(users::username_key).select(users::doc))?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// Whether there is any user.
pub fn any(tx: &mut Tx) -> Result<bool> {
    let first: Option<Vec<u8>> = run!(tx, get_result, users::table.select(users::id).limit(1)).optional()?;
    Ok(first.is_some())
}
