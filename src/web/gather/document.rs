//! Clients that are described where their identifier points to (Client ID Metadata Documents), looked at before their requests are read.

use std::sync::Arc;

use actix_web::HttpRequest;
use serde_json::Value;

use super::sector;
use crate::error::{Error, OAuthError, OAuthErrorCode, Refusal, Result};
use crate::manage::registration::document;
use crate::model::client::Client;
use crate::outbound::Lately;
use crate::server::Server;
use crate::web::visitor;
use crate::work::Origin;

/// What a client is named for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Occasion {
    /// Something begins: nothing does without the document.
    Beginning,
    /// Something goes on: what is known of a client will do while its document cannot be fetched.
    Sequel,
}

/// Sees that the client of this identifier is known as its document describes it now; does nothing for every other client.
///
/// # Errors
/// `invalid_client` with what is wrong with the document, a refusal when too many were asked for; a fault of the database.
pub(in crate::web) async fn introduced(
    request: &HttpRequest,
    server: &Arc<Server>,
    (client_id, occasion): (Option<&str>, Occasion),
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
    let lately = server.documents.lately(address);
    let is_charged = known.is_none() || lately.is_some();
    let given = match fetch(server, &origin, (address, is_charged)).await {
        Ok(given) => given,
        Err(error) if known.is_some() && occasion == Occasion::Sequel && is_away(&error, lately) => return Ok(()),
        Err(error) => return Err(error),
    };
    let taken = take(server, origin, (address, known), &given).await;
    if taken.is_err() {
        // What is malformed or invalid must not be kept: it may be right the next time.
        server.documents.forget(address, &given);
    }
    taken
}

/// Whether this is for want of the document, rather than of a good one.
fn is_away(error: &Error, lately: Option<Lately>) -> bool {
    match error {
        Error::Refused(Refusal::OAuth(_)) => true,
        Error::Refused(Refusal::Denied(_)) => lately == Some(Lately::Failed),
        _ => false,
    }
}

/// What the document says. Whoever asks for one that was never seen, or was of no use a moment ago, is charged for it: no failure is
/// answered from memory, and its host is not asked without end.
async fn fetch(server: &Arc<Server>, origin: &Origin, (address, is_charged): (&str, bool)) -> Result<Arc<Value>> {
    let unavailable = || {
        OAuthError::new(
            OAuthErrorCode::InvalidClient,
            "the client metadata document cannot be fetched",
        )
    };
    if !server.documents.may_ask(address) {
        return Err(unavailable().into());
    }
    if is_charged {
        server.perform(origin.clone(), document::charge).await?;
    }
    let fetched = server.documents.describe_json(address).await.map_err(|error| {
        tracing::warn!(%error, client_id = address, "a client metadata document cannot be fetched");
        unavailable()
    })?;
    Ok(fetched)
}

/// Sees that the client is as its document says.
async fn take(
    server: &Arc<Server>,
    origin: Origin,
    (address, known): (&str, Option<Arc<Client>>),
    given: &Value,
) -> Result<()> {
    let application = document::read(&server.shared().settings.registration, address, given)?;
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
