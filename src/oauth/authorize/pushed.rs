//! Pushed authorization requests. RFC 9126.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::received::Received;
use super::request_object::PUSHED;
use super::validate::{Invalid, PageError};
use crate::crypto::digest::digest_of;
use crate::error::{Denial, Fault, OAuthError, OAuthErrorCode, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;
use crate::oauth::params::Params;
use crate::store;
use crate::work::Work;

const PURPOSE: &str = "pushed request";
/// Parameters that authenticate the client, and are no part of its request.
const AUTHENTICATION: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// What was pushed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    client_id: String,
    /// The parameters.
    pub(super) params: Vec<(String, String)>,
    /// Whether they came in a signed request object.
    pub(super) signed: bool,
    /// Until when it may be taken up.
    until: Timestamp,
}

/// The answer to a pushed request (RFC 9126 §2.2).
#[derive(Debug, Serialize)]
pub struct PushedAnswer {
    /// What to name at the authorization endpoint.
    pub request_uri: String,
    /// Seconds until then.
    pub expires_in: u32,
}

/// The parameters of a request that `client_id` pushes: without what authenticates it, and with its identifier.
///
/// # Errors
/// `invalid_request` for a reference in place of a request.
pub fn pushed_parameters(params: &Params, client_id: &str) -> std::result::Result<Params, OAuthError> {
    // RFC 9126 §2.1: "The 'request_uri' authorization request parameter is one exception, and it MUST NOT be provided."
    if params.get("request_uri").is_some() {
        let description = "request_uri must not be pushed";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    }
    let mut pairs = params.pairs().to_vec();
    pairs.retain(|(name, _)| !AUTHENTICATION.contains(&name.as_str()) && name != "request_uri");
    if params.get("client_id").is_none() {
        pairs.retain(|(name, _)| name != "client_id");
        pairs.push(("client_id".to_owned(), client_id.to_owned()));
    }
    Ok(Params::from_pairs(pairs))
}

/// Stores a good request of an authenticated client under a name that nobody can guess.
///
/// # Errors
/// What is wrong with the request, as the authorization endpoint would say it, or a fault of the database.
pub fn push(work: &mut Work<'_>, client: &Client, received: &Received) -> Result<PushedAnswer> {
    if let Some(problem) = received.problem() {
        return Err(problem.clone().into());
    }
    if received.params.get("client_id") != Some(&client.client_id) {
        let description = "client_id is not the client that authenticated";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description).into());
    }
    if let Err(invalid) = super::validate::validate(&mut work.view(), &received.params)? {
        return Err(as_json(invalid).into());
    }
    if let Some(problem) = received.unsigned(client, &work.shared.settings) {
        return Err(problem.into());
    }
    let settings = &work.shared.settings;
    let (lifetime, errand) = (settings.requests.pushed_lifetime, settings.limits.interaction_lifetime);
    let name = work.random.token(PUSHED);
    let stored = Stored {
        client_id: client.client_id.clone(),
        params: received.params.pairs().to_vec(),
        signed: received.is_signed(),
        until: work.now.plus_seconds(i64::from(lifetime)),
    };
    let doc = serde_json::to_string(&stored).map_err(|error| Fault::from_error("write a pushed request", error))?;
    // It is used up by its response, which may take an errand's time from when it is taken up.
    let kept = work.now.plus_seconds(i64::from(lifetime) + i64::from(errand) + 60);
    store::tickets::insert(work.tx, &digest_of(name.expose()), PURPOSE, &doc, kept)?;
    Ok(PushedAnswer {
        request_uri: name.expose().to_owned(),
        expires_in: lifetime,
    })
}

/// The request that this client pushed under this name, while it may be taken up. A person who reloads takes it up again;
/// it is its response that there is one of ([`use_up`]).
pub(super) fn find(work: &mut Work<'_>, name: &str, client_id: Option<&str>) -> Result<Option<(Digest, Stored)>> {
    let ticket = digest_of(name);
    let Some(doc) = store::tickets::find(work.tx, &ticket, PURPOSE, work.now)? else {
        return Ok(None);
    };
    let stored: Stored =
        serde_json::from_str(&doc).map_err(|error| Fault::from_error("read a pushed request", error))?;
    let is_open = stored.until > work.now && Some(stored.client_id.as_str()) == client_id;
    Ok(is_open.then_some((ticket, stored)))
}

/// Uses a pushed request up, before its response is made.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when it had its response.
pub(super) fn use_up(work: &mut Work<'_>, ticket: Option<&Digest>) -> Result<()> {
    let Some(ticket) = ticket else {
        return Ok(());
    };
    if store::tickets::consume(work.tx, ticket, work.now)? {
        return Ok(());
    }
    work.audit(Entry::new(Event::AuthorizationRefused).detail(json!({ "error": "pushed_request_used" })))?;
    Err(Denial::ExpiredInteraction.into())
}

/// RFC 9126 §2.3: nothing is redirected here.
fn as_json(invalid: Invalid) -> OAuthError {
    let refused = |description: String| OAuthError::new(OAuthErrorCode::InvalidRequest, description);
    match invalid {
        Invalid::Redirect(_, error) => error,
        Invalid::Page(PageError::InvalidRequest(problem)) => refused(problem),
        Invalid::Page(PageError::InvalidRedirectUri) => refused("redirect_uri is not registered".to_owned()),
        Invalid::Page(PageError::UnknownClient | PageError::Undescribed(_)) => OAuthErrorCode::InvalidClient.into(),
    }
}
