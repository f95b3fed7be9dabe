//! ID tokens. OpenID Connect Core §2, §3.1.3.6, §3.2.2.9.

use serde::Serialize;
use serde_json::{Map, Value};

use super::sid;
use crate::crypto::digest::left_half_hash;
use crate::crypto::jwt::verify_own;
use crate::model::client::Client;
use crate::model::evidence::Assurance;
use crate::model::grant::{Grant, Snapshot};
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::work::{Shared, View};

/// The claims of an ID token, before the hashes of what is issued beside it.
#[derive(Debug, Clone, Serialize)]
pub struct IdToken {
    iss: String,
    sub: String,
    aud: String,
    azp: String,
    iat: i64,
    exp: i64,
    acr: String,
    amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl IdToken {
    /// The ID token of a client's grant, issued at `now`, with further claims about the user. `None` for a grant that is about
    /// no user.
    #[must_use]
    pub fn of(
        (shared, now): (&Shared, Timestamp),
        client: &Client,
        grant: &Grant,
        claims: Map<String, Value>,
    ) -> Option<Self> {
        let lifetime = i64::from(shared.settings.tokens.id_token_lifetime);
        let Snapshot {
            assurance: Assurance { amr, auth_time, .. },
            session,
            ..
        } = &grant.snapshot;
        Some(Self {
            iss: shared.settings.server.issuer.clone(),
            sub: grant.subject()?,
            aud: grant.client_id.clone(),
            azp: grant.client_id.clone(),
            iat: now.as_seconds(),
            exp: now.plus_seconds(lifetime).as_seconds(),
            acr: grant.snapshot.acr().to_owned(),
            amr: amr.clone(),
            auth_time: auth_time.map(Timestamp::as_seconds),
            nonce: grant.nonce.clone(),
            sid: session.map(|session| sid(shared, client, session)),
            at_hash: None,
            c_hash: None,
            claims,
        })
    }

    /// With the hash of the access token issued beside it (OpenID Connect Core §3.1.3.6).
    #[must_use]
    pub fn beside_access_token(mut self, token: &str, algorithm: Algorithm) -> Self {
        self.at_hash = Some(left_half_hash(token, algorithm));
        self
    }

    /// With the hash of the code issued beside it (OpenID Connect Core §3.3.2.11).
    #[must_use]
    pub fn beside_code(mut self, code: &str, algorithm: Algorithm) -> Self {
        self.c_hash = Some(left_half_hash(code, algorithm));
        self
    }
}

/// The claims of an ID token that this server issued, expired or not, as clients send one along as a hint. Answers of the
/// userinfo endpoint and signed authorization responses are of the same `typ`, but have no `exp` or no `sub` (RFC 8725 §3.12).
#[must_use]
pub fn own_claims(view: &View<'_>, token: &str) -> Option<Map<String, Value>> {
    let claims = verify_own(token, &view.directory.keys, Some("JWT"))?;
    let issuer = claims.get("iss").and_then(Value::as_str);
    let is_ours = issuer == Some(&view.shared.settings.server.issuer);
    let is_id_token = claims.get("exp").is_some_and(Value::is_i64) && claims.get("sub").is_some_and(Value::is_string);
    (is_ours && is_id_token).then_some(claims)
}
