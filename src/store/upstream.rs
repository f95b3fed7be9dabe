//! Accounts at other providers: whose they are, and which sessions began with them.

use diesel::prelude::*;

use super::columns::bytes;
use super::db::Tx;
use super::fixed::run;
use super::schema::{credentials, upstream_links, upstream_sessions};
use crate::error::Result;
use crate::model::id::{CredentialId, SessionId, UserId};

/// Whose an account at another provider is, and the credential that says so. Issuer and subject alone name it.
pub fn find(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<(UserId, CredentialId)>> {
    let row: Option<(Vec<u8>, Vec<u8>)> = run!(
        tx,
        get_result,
        upstream_links::table
            .inner_join(credentials::table.on(credentials::id.eq(upstream_links::credential_id)))
            .filter(upstream_links::issuer.eq(issuer))
            .filter(upstream_links::subject.eq(subject))
            .select((credentials::user_id, credentials::id))
    )
    .optional()?;
    row.map(|(user, credential)| {
        Ok((
            UserId::from_bytes(bytes(user)?),
            CredentialId::from_bytes(bytes(credential)?),
        ))
    })
    .transpose()
}

/// Notes that an account at another provider is that of a credential; `false` when it is somebody's already.
pub fn insert_new(tx: &mut Tx, issuer: &str, subject: &str, credential: CredentialId) -> Result<bool> {
    let row = (
        upstream_links::issuer.eq(issuer),
        upstream_links::subject.eq(subject),
        upstream_links::credential_id.eq(credential.as_bytes().as_slice()),
    );
    let insert = diesel::insert_into(upstream_links::table)
        .values(row)
        .on_conflict_do_nothing();
    Ok(run!(tx, execute, insert)? > 0)
}

/// Notes that a session was signed in to with an account at another provider, and what that provider calls its own session.
pub fn join(
    tx: &mut Tx,
    session: SessionId,
    credential: CredentialId,
    (issuer, sid): (&str, Option<&str>),
) -> Result<()> {
    let known = upstream_sessions::table.find((session.as_bytes().as_slice(), credential.as_bytes().as_slice()));
    run!(tx, execute, diesel::delete(known))?;
    let row = (
        upstream_sessions::session_id.eq(session.as_bytes().as_slice()),
        upstream_sessions::credential_id.eq(credential.as_bytes().as_slice()),
        upstream_sessions::issuer.eq(issuer),
        upstream_sessions::sid.eq(sid),
    );
    run!(tx, execute, diesel::insert_into(upstream_sessions::table).values(row))?;
    Ok(())
}

/// The sessions that were signed in to with an account.
pub fn sessions_of(tx: &mut Tx, credential: CredentialId) -> Result<Vec<SessionId>> {
    let rows: Vec<Vec<u8>> = run!(
        tx,
        load,
        upstream_sessions::table
            .filter(upstream_sessions::credential_id.eq(credential.as_bytes().as_slice()))
            .order(upstream_sessions::session_id)
            .select(upstream_sessions::session_id)
    )?;
    rows.into_iter()
        .map(|id| Ok(SessionId::from_bytes(bytes(id)?)))
        .collect()
}

/// The sessions that came from a session of another provider, each with the account it was signed in to with.
pub fn sessions_from(tx: &mut Tx, issuer: &str, sid: &str) -> Result<Vec<(SessionId, CredentialId)>> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> = run!(
        tx,
        load,
        upstream_sessions::table
            .filter(upstream_sessions::issuer.eq(issuer))
            .filter(upstream_sessions::sid.eq(sid))
            .order(upstream_sessions::session_id)
            .select((upstream_sessions::session_id, upstream_sessions::credential_id))
    )?;
    rows.into_iter()
        .map(|(session, credential)| {
            Ok((
                SessionId::from_bytes(bytes(session)?),
                CredentialId::from_bytes(bytes(credential)?),
            ))
        })
        .collect()
}
