//! Sessions.

use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::fixed::{Fixed, run};
use super::schema::{session_clients, sessions};
use crate::error::Result;
use crate::model::id::{SessionId, UserId};
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::model::time::Timestamp;

/// The session whose cookie has this digest, unless it expired.
pub fn find(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<Option<Session>> {
    let doc: Option<String> = run!(
        tx,
        get_result,
        sessions::table
            .filter(sessions::digest.eq(digest.as_bytes().as_slice()))
            .filter(sessions::expires_at.gt(now.as_micros()))
            .select(sessions::doc)
    )
    .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Adds a session.
pub fn insert(tx: &mut Tx, session: &Session, digest: &Digest, expires_at: Timestamp) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(sessions::table).values((
            sessions::id.eq(session.id.as_bytes().as_slice()),
            sessions::digest.eq(digest.as_bytes().as_slice()),
            sessions::user_id.eq(session.user.as_bytes().as_slice()),
            sessions::expires_at.eq(expires_at.as_micros()),
            sessions::doc.eq(to_doc(session)?),
        ))
    )?;
    Ok(())
}

/// Stores a session under a new cookie: the old one is dead. `false` when the session ended meanwhile.
pub fn rotate(tx: &mut Tx, session: &Session, digest: &Digest, expires_at: Timestamp) -> Result<bool> {
    let changed = run!(
        tx,
        update,
        diesel::update(sessions::table.find(session.id.as_bytes().as_slice())).set((
            sessions::digest.eq(digest.as_bytes().as_slice()),
            sessions::expires_at.eq(expires_at.as_micros()),
            sessions::doc.eq(to_doc(session)?),
        ))
    )?;
    Ok(changed == 1)
}

/// Stores a session that was used, under the same cookie.
pub fn touch(tx: &mut Tx, session: &Session) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(sessions::table.find(session.id.as_bytes().as_slice())).set(sessions::doc.eq(to_doc(session)?))
    )?;
    Ok(())
}

/// The live sessions of one user.
pub fn of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
    let docs: Vec<String> = run!(
        tx,
        load,
        sessions::table
            .filter(sessions::user_id.eq(user.as_bytes().as_slice()))
            .filter(sessions::expires_at.gt(now.as_micros()))
            .order(sessions::id)
            .select(sessions::doc)
    )?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// Every live session, oldest first, at most `limit`.
pub fn list(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Session>> {
    let docs: Vec<String> = run!(
        tx,
        load,
        sessions::table
            .filter(sessions::expires_at.gt(now.as_micros()))
            .order(sessions::id)
            .limit(limit)
            .select(sessions::doc)
    )?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// The session of this identifier, held back until our commit from whoever else would end it or sign a client in with it.
pub fn lock(tx: &mut Tx, id: SessionId) -> Result<Option<Session>> {
    locked(tx, id)?.as_deref().map(from_doc).transpose()
}

/// Holds the session of this identifier back in the same way; `false` when it ended.
pub fn hold(tx: &mut Tx, id: SessionId) -> Result<bool> {
    Ok(locked(tx, id)?.is_some())
}

fn locked(tx: &mut Tx, id: SessionId) -> Result<Option<String>> {
    struct Locked;
    let row = sessions::table.find(id.as_bytes().as_slice()).select(sessions::doc);
    let doc = match tx {
        Tx::Postgres(connection) => Fixed::<_, Locked>::new(row.for_update()).get_result(connection),
        // SQLite has one writer.
        Tx::Sqlite(connection) => Fixed::<_, Locked>::new(row).get_result(connection),
    };
    Ok(doc.optional()?)
}

/// Notes that a client was told of a session.
pub fn join(tx: &mut Tx, id: SessionId, client_id: &str) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(session_clients::table)
            .values((
                session_clients::session_id.eq(id.as_bytes().as_slice()),
                session_clients::client_id.eq(client_id),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(())
}

/// The clients that were told of a session.
pub fn clients(tx: &mut Tx, id: SessionId) -> Result<Vec<String>> {
    Ok(run!(
        tx,
        load,
        session_clients::table
            .filter(session_clients::session_id.eq(id.as_bytes().as_slice()))
            .order(session_clients::client_id)
            .select(session_clients::client_id)
    )?)
}

/// Ends a session.
pub fn delete(tx: &mut Tx, id: SessionId) -> Result<bool> {
    Ok(run!(
        tx,
        execute,
        diesel::delete(sessions::table.find(id.as_bytes().as_slice()))
    )? > 0)
}

/// Ends every session of a user.
pub fn delete_of_user(tx: &mut Tx, user: UserId) -> Result<usize> {
    Ok(run!(
        tx,
        execute,
        diesel::delete(sessions::table.filter(sessions::user_id.eq(user.as_bytes().as_slice())))
    )?)
}
