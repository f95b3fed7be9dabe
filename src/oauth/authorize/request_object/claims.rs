//! What a request object says, and what it must not say. RFC 9101 §4, §10.8; OpenID Connect Core §6.1.

use serde_json::{Map, Value};

use super::{REFERENCES, refused};
use crate::config::Settings;
use crate::error::OAuthError;
use crate::model::client::Client;
use crate::model::time::Timestamp;
use crate::oauth::client_auth::numeric_date;
use crate::oauth::params::{MAX_PARAMETERS, Params};

/// Claims of the JWT itself, which are no parameters (RFC 7519 §4.1).
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

pub(super) fn check_claims(
    claims: &Map<String, Value>,
    client: &Client,
    settings: &Settings,
) -> Result<(), OAuthError> {
    if REFERENCES.iter().any(|name| claims.contains_key(*name)) {
        return Err(refused("request and request_uri must not be in a request object"));
    }
    let own = Value::from(client.client_id.as_str());
    if claims.get("iss").is_some_and(|issuer| *issuer != own) {
        return Err(refused("iss of the request object is not the client"));
    }
    // RFC 9101 §10.8: what has the client as its subject authenticates it, and is no request.
    if claims.get("sub") == Some(&own) {
        return Err(refused("sub of the request object must not be the client"));
    }
    let us = Value::from(settings.server.issuer.as_str());
    let names_us = |audience: &Value| match audience {
        Value::Array(several) => several.contains(&us),
        one => *one == us,
    };
    if !claims.get("aud").is_none_or(names_us) {
        return Err(refused("aud of the request object is not this server"));
    }
    Ok(())
}

pub(super) fn check_times(claims: &Map<String, Value>, now: Timestamp, skew: i64) -> Result<(), OAuthError> {
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => numeric_date(value)
            .map(Some)
            .ok_or_else(|| refused("exp and nbf of the request object must be numbers")),
    };
    let now = now.as_seconds();
    if seconds("exp")?.is_some_and(|expires| expires.saturating_add(skew) <= now) {
        return Err(refused("the request object has expired"));
    }
    if seconds("nbf")?.is_some_and(|from| from > now.saturating_add(skew)) {
        return Err(refused("the request object is not valid yet"));
    }
    Ok(())
}

/// The claims that are parameters, as a query would have them (RFC 9101 §4).
pub(super) fn parameters_of(claims: &Map<String, Value>) -> Result<Vec<(String, String)>, OAuthError> {
    let mut parameters = Vec::new();
    for (name, value) in claims.iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str())) {
        match value {
            Value::Null => {}
            Value::String(text) => parameters.push((name.clone(), text.clone())),
            // RFC 8707 §2: a resource may be named more than once.
            Value::Array(several) if name == "resource" => {
                for one in several {
                    let one = one.as_str().ok_or_else(|| refused("resource must hold texts"))?;
                    parameters.push((name.clone(), one.to_owned()));
                }
            }
            other => parameters.push((name.clone(), other.to_string())),
        }
    }
    let is_plain = |(name, value): &(String, String)| !name.contains('\0') && !value.contains('\0');
    if parameters.len() > MAX_PARAMETERS || !parameters.iter().all(is_plain) {
        return Err(refused(
            "the request object has too many parameters, or one with U+0000",
        ));
    }
    Ok(parameters)
}

/// `client_id` is the same inside and outside (RFC 9101 §5), and so is `response_type` (OpenID Connect Core §6.1).
pub(super) fn check_same(inside: &[(String, String)], outer: &Params, client: &Client) -> Result<(), OAuthError> {
    let value = |wanted: &str| {
        inside
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    if value("client_id").is_some_and(|client_id| client_id != client.client_id) {
        return Err(refused("client_id in the request object is another one"));
    }
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    if let (Some(within), Some(outside)) = (value("response_type"), outer.get("response_type"))
        && words(within) != words(outside)
    {
        return Err(refused("response_type in the request object is another one"));
    }
    Ok(())
}
