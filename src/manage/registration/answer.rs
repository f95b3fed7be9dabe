//! What a client is told of its registration. RFC 7591 §3.2.1, RFC 7592 §3.

use serde_json::{Map, Value};

use super::metadata;
use crate::model::client::Client;
use crate::model::secret::Secret;

/// A registration as its client is told it.
#[derive(Debug)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its secret, where it was just made: it is shown this once.
    pub secret: Option<Secret>,
    /// The token that manages it from now on.
    pub token: Secret,
}

impl Registered {
    /// The client information response; `issuer` is ours.
    #[must_use]
    pub fn answer(&self, issuer: &str) -> Map<String, Value> {
        let (client, mut told) = (&self.client, metadata::members(&self.client));
        let mut tell = |name: &str, value: Value| drop(told.insert(name.to_owned(), value));
        tell("client_id", client.client_id.as_str().into());
        if let Some(registration) = &client.registration {
            tell("client_id_issued_at", registration.issued_at.as_seconds().into());
        }
        if let Some(secret) = &self.secret {
            tell("client_secret", secret.expose().into());
        }
        if client.secret.is_some() {
            // It does not expire.
            tell("client_secret_expires_at", 0.into());
        }
        tell("registration_access_token", self.token.expose().into());
        let uri = format!("{issuer}/oauth2/register/{}", client.client_id);
        tell("registration_client_uri", uri.into());
        told
    }
}
