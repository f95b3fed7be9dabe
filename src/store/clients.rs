//! Clients.

use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::clients;
use crate::error::Result;
use crate::model::client::Client;

/// The client of this identifier.
pub fn find(tx: &mut Tx, client_id: &str) -> Result<Option<Client>> {
    // PostgreSQL takes no such text, and nothing is called so.
    if client_id.contains('\0') {
        return Ok(None);
    }
    let doc: Option<String> = run!(tx, get_result, clients::table.find(client_id).select(clients::doc)).optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Stores a client in place of the one of the same identifier.
pub fn put(tx: &mut Tx, client: &Client) -> Result<()> {
    let doc = to_doc(client)?;
    let updated = run!(
        tx,
        execute,
        diesel::update(clients::table.find(&client.client_id)).set(clients::doc.eq(&doc))
    )?;
    if updated == 0 {
        let row = (clients::client_id.eq(&client.client_id), clients::doc.eq(&doc));
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
