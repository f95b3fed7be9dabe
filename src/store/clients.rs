//! Clients.

use diesel::prelude::*;

use super::columns::{from_doc, to_doc};
use super::db::Tx;
use super::schema::clients;
use crate::error::Result;
use crate::model::client::Client;

/// The client of this identifier.
pub fn find(tx: &mut Tx, client_id: &str) -> Result<Option<Client>> {
    // PostgreSQL takes no such text, and nothing is called so.
    if client_id.contains('\0') {
        return Ok(None);
    }
    let doc: Option<String> = clients::table
        .find(client_id)
        .select(clients::doc)
        .get_result(tx)
        .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// Stores a client in place of the one of the same identifier.
pub fn put(tx: &mut Tx, client: &Client) -> Result<()> {
    let doc = to_doc(client)?;
    let updated = diesel::update(clients::table.find(&client.client_id))
        .set(clients::doc.eq(&doc))
        .execute(tx)?;
    if updated == 0 {
        let row = (clients::client_id.eq(&client.client_id), clients::doc.eq(&doc));
        diesel::insert_into(clients::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Removes a client.
pub fn delete(tx: &mut Tx, client_id: &str) -> Result<bool> {
    Ok(diesel::delete(clients::table.find(client_id)).execute(tx)? > 0)
}

/// Every client, by identifier.
pub fn list(tx: &mut Tx) -> Result<Vec<Client>> {
    let docs: Vec<String> = clients::table.order(clients::client_id).select(clients::doc).load(tx)?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}
