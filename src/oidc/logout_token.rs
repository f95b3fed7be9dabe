//! Logout tokens. OpenID Connect Back-Channel Logout §2.4.

use serde::Serialize;
use serde_json::{Value, json};

use super::sid;
use crate::crypto::digest::base64url;
use crate::crypto::jwe::{self, Content, Recipient};
use crate::crypto::jwt;
use crate::crypto::random::Random;
use crate::error::Fault;
use crate::model::client::Client;
use crate::model::encryption::Encrypted;
use crate::model::id::SessionId;
use crate::model::time::Timestamp;
use crate::work::{Directory, Shared};

/// The event that a logout token tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds that a logout token is good for: "preferably at most two minutes in the future".
const LIFETIME: i64 = 120;
/// The `typ` of its header.
const TYP: &str = "logout+jwt";

/// The claims of a logout token. There is never a `nonce`, so that it cannot pass for an ID token.
#[derive(Debug, Clone, Serialize)]
pub struct LogoutToken {
    iss: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    aud: String,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    events: Value,
}

impl LogoutToken {
    /// What tells a client at `now` that this session of whom it calls so ended. Each attempt to tell it makes another token: a
    /// client that failed half-way may remember the `jti` of the one before.
    #[must_use]
    pub fn of(shared: &Shared, client: &Client, (sub, session): (Option<String>, SessionId), now: Timestamp) -> Self {
        Self {
            iss: shared.settings.server.issuer.clone(),
            sub,
            aud: client.client_id.clone(),
            iat: now.as_seconds(),
            exp: now.plus_seconds(LIFETIME).as_seconds(),
            jti: base64url(&Random::from_os().bytes::<16>()),
            sid: sid(shared, client, session),
            events: json!({ EVENT: {} }),
        }
    }

    /// The token, signed and encrypted as the client's ID tokens are (§2.4, §2.6). Not for use inside a unit of work.
    ///
    /// # Errors
    /// A fault when there is no key for the algorithm, or no recipient where there must be one.
    pub fn sign(
        &self,
        client: &Client,
        (directory, now): (&Directory, Timestamp),
        recipient: Option<&Recipient>,
    ) -> Result<String, Fault> {
        let algorithm = client.id_token_signed_response_alg;
        let signer = directory.keys.signer(algorithm, now);
        let signer = signer.ok_or_else(|| Fault::new(format!("there is no signing key for {algorithm}")))?;
        let plain = jwt::sign(signer, TYP, self)?;
        match (client.sealing(Encrypted::IdToken), recipient) {
            // §2.4: an encrypted one names its issuer in its header too.
            (Some(sealing), Some(recipient)) if recipient.encryption() == sealing.encryption => {
                jwe::encrypt(recipient, TYP, Content::Signed(&plain, Some(&self.iss)))
            }
            (sealing, recipient) => jwe::finish(sealing.as_ref(), recipient, (TYP, plain)),
        }
    }
}
