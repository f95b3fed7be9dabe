//! Authorization requests with their request objects, fetched and verified.

use std::sync::Arc;

use super::{KeySource, client_with_keys};
use crate::crypto::jwk_set::JwkSet;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::client::{Client, ClientSecret};
use crate::oauth::authorize::Received;
use crate::oauth::authorize::request_object::{Named, RequestObject, has_hash, named, registered_address, unavailable};
use crate::oauth::client_auth::KeysOf;
use crate::oauth::params::Params;
use crate::server::Server;
use crate::work::Purposes;

/// A request as it arrived, its request object verified where it names one.
pub(in crate::web) async fn request(server: &Arc<Server>, params: Params) -> Result<Received> {
    let object = match named(&params, &server.shared().settings) {
        Ok(Named::Here) => return Ok(Received::plain(params)),
        Ok(Named::Pushed(name)) => return Ok(Received::named(params, name)),
        Ok(object) => object,
        Err(problem) => return Ok(Received::wrong(params, problem)),
    };
    let known = client_with_keys(server, params.get("client_id").unwrap_or_default()).await?;
    // Whoever is no client is told so, whatever else is wrong.
    let Some((client, source)) = known.filter(|(client, _)| !client.disabled) else {
        return Ok(Received::plain(params));
    };
    match verified(server, &params, (&client, &source), object).await {
        Ok((inside, signed)) => Ok(Received::object(inside, signed)),
        Err(problem) => Ok(Received::wrong(params, problem)),
    }
}

async fn verified(
    server: &Arc<Server>,
    outer: &Params,
    (client, source): (&Client, &KeySource),
    object: Named,
) -> std::result::Result<(Params, bool), OAuthError> {
    let text = match object {
        Named::Address(address) => fetch(server, client, &address).await?,
        Named::Object(text) => text,
        Named::Here | Named::Pushed(_) => return Err(OAuthErrorCode::InvalidRequest.into()),
    };
    let object = RequestObject::read(text.trim())?;
    let settings = &server.shared().settings;
    object.check_algorithm(client, settings)?;
    if object.is_signed_with_secret() {
        check_under_secret(server, client, &object)?;
    } else if object.is_signed() {
        let attempt = |keys: &JwkSet| object.check_signature(KeysOf::Public(keys));
        source.verify(server, attempt).await?;
    }
    let at = (settings, server.clock().now());
    Ok((object.parameters(outer, client, at)?, object.is_signed()))
}

fn check_under_secret(server: &Server, client: &Client, object: &RequestObject) -> std::result::Result<(), OAuthError> {
    let Some(ClientSecret::Sealed(sealed)) = &client.secret else {
        return Err(OAuthErrorCode::InvalidRequestObject.into());
    };
    let secret = server.shared().master.open(Purposes::CLIENT_SECRET, sealed);
    let secret = secret.map_err(|error| {
        tracing::error!(%error, "a client's secret cannot be opened");
        OAuthErrorCode::ServerError
    })?;
    object.check_signature(KeysOf::Secret(&secret))
}

/// The document at an address that the client registered. One that has the hash of its address may be kept; any other is
/// fetched each time, as the hash tells of changes and nothing of what must be there (OpenID Connect Core §6.2).
async fn fetch(server: &Server, client: &Client, address: &str) -> std::result::Result<String, OAuthError> {
    let (address, hash) = registered_address(client, address)?;
    let fetch = async |version: Option<&str>| {
        let fetched = server.documents.fetch_text(&address, version).await;
        fetched.map_err(|error| {
            tracing::warn!(%error, "a request object cannot be fetched");
            unavailable()
        })
    };
    if let Some(hash) = hash {
        let text = fetch(Some(&hash)).await?;
        if has_hash(&text, &hash) {
            return Ok(text);
        }
    }
    fetch(None).await
}
