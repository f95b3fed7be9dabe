//! Clients that are described where their identifier points to (Client ID Metadata Documents), looked at before their requests are read.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::sector;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::manage::registration::document;
use crate::server::Server;
use crate::web::visitor;

/// Sees that the client of this identifier is known as its document describes it now; does nothing for every other client.
///
/// # Errors
/// `invalid_client` with what is wrong with the document, a refusal when too many were asked for; a fault of the database.
pub(in crate::web) async fn introduced(
    request: &HttpRequest,
    server: &Arc<Server>,
    client_id: Option<&str>,
) -> Result<()> {
    let settings = &server.shared().settings;
    let Some(address) = client_id.and_then(|id| document::address(settings, id)) else {
        return Ok(());
    };
    let name = address.to_owned();
    let known = server.read(move |view| view.directory.client(view.tx, &name)).await?;
    // Those of the directory are as it says, and one that was disabled is told so.
    if known
        .as_ref()
        .is_some_and(|client| !client.is_document() || client.disabled)
    {
        return Ok(());
    }
    let origin = visitor::origin(request, server);
    if known.is_none() {
        server.perform(origin.clone(), document::charge).await?;
    }
    let fetched = server.documents.fetch_json(address).await.map_err(|error| {
        tracing::warn!(%error, client_id = address, "a client metadata document cannot be fetched");
        OAuthError::new(
            OAuthErrorCode::InvalidClient,
            "the client metadata document cannot be fetched",
        )
    })?;
    let application = document::read(&settings.registration, address, &fetched)?;
    if let Some(client) = known {
        let application = application.clone();
        let current = server.read(move |view| document::is_current(view, &client, &application));
        if current.await? {
            return Ok(());
        }
    }
    sector(server, &application).await?;
    let name = address.to_owned();
    server
        .perform(origin, move |work| document::adopt(work, &name, &application))
        .await
}
