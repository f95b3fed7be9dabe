//! Clients, and what is stored beside those that registered themselves.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::{clients, grants};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// The client of this identifier.
pub fn find(tx: &mut Tx, client_id: &str) -> Result<Option<Client>> {
    // PostgreSQL takes no such text, and nothing is called so.
    if client_id.contains('\0') {
        return Ok(None);
    }
    let doc: Option<String> = run!(tx, get_result, clients::table.find(client_id).select(clients::doc)).optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Stores a client in place of the one of the same identifier. The token that manages a registered one stays as it is.
pub fn put(tx: &mut Tx, client: &Client) -> Result<()> {
    let values = (
        clients::doc.eq(to_doc(client)?),
        clients::registered_at.eq(registered_at(client)),
    );
    let updated = run!(
        tx,
        update,
        diesel::update(clients::table.find(&client.client_id)).set(values.clone())
    )?;
    if updated == 0 {
        let row = (clients::client_id.eq(&client.client_id), values);
        run!(tx, execute, diesel::insert_into(clients::table).values(row))?;
    }
    Ok(())
}

/// Removes a client.
pub fn delete(tx: &mut Tx, client_id: &str) -> Result<bool> {
    Ok(run!(tx, execute, diesel::delete(clients::table.find(client_id)))? > 0)
}

/// Every client, by identifier.
pub fn list(tx: &mut Tx) -> Result<Vec<Client>> {
    let docs: Vec<String> = run!(tx, load, clients::table.order(clients::client_id).select(clients::doc))?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

fn registered_at(client: &Client) -> Option<i64> {
    let registration = client.registration.as_ref();
    registration.map(|registration| registration.issued_at.as_micros())
}

/// Adds a client that registers itself, with the digest of the token that manages it.
pub fn insert_registered(tx: &mut Tx, client: &Client, token: &Digest) -> Result<()> {
    let row = (
        clients::client_id.eq(&client.client_id),
        clients::doc.eq(to_doc(client)?),
        clients::registered_at.eq(registered_at(client)),
        clients::registration_token.eq(token.as_bytes().as_slice()),
    );
    run!(tx, execute, diesel::insert_into(clients::table).values(row))?;
    Ok(())
}

/// The registered client that this token manages.
pub fn find_registered(tx: &mut Tx, client_id: &str, token: &Digest) -> Result<Option<Client>> {
    if client_id.contains('\0') {
        return Ok(None);
    }
    let managed = clients::table
        .find(client_id)
        .filter(clients::registered_at.is_not_null())
        .filter(clients::registration_token.eq(token.as_bytes().as_slice()))
        .select(clients::doc);
    let doc: Option<String> = run!(tx, get_result, managed).optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Puts another token in place of the one that manages a client, once, and keeps others from the client until our commit;
/// `false` when that token does not manage it any more.
pub fn rotate_token(tx: &mut Tx, client_id: &str, token: &Digest, next: &Digest) -> Result<bool> {
    let managed = clients::table
        .find(client_id)
        .filter(clients::registered_at.is_not_null())
        .filter(clients::registration_token.eq(token.as_bytes().as_slice()));
    Ok(run!(
        tx,
        update,
        diesel::update(managed).set(clients::registration_token.eq(next.as_bytes().as_slice()))
    )? == 1)
}

/// How many clients registered themselves.
pub fn count_registered(tx: &mut Tx) -> Result<i64> {
    Ok(run!(
        tx,
        get_result,
        clients::table.filter(clients::registered_at.is_not_null()).count()
    )?)
}

/// Some of the clients that registered themselves before an instant and have no grant, oldest first.
pub fn unused_registered(tx: &mut Tx, before: Timestamp) -> Result<Vec<Client>> {
    let granted = grants::table.filter(grants::client_id.eq(clients::client_id));
    let docs: Vec<String> = run!(
        tx,
        load,
        clients::table
            .filter(clients::registered_at.lt(before.as_micros()))
            .filter(not(exists(granted)))
            .order(clients::registered_at)
            .limit(1_000)
            .select(clients::doc)
    )?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}
