//! Network facts fetched, and signatures verified, before a unit of work.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::crypto::jwk::PublicKey;
use crate::crypto::jwk_set::JwkSet;
use crate::error::{Error, OAuthError, OAuthErrorCode, Result};
use crate::model::client::{AuthMethod, Client, ClientSecret};
use crate::model::time::Timestamp;
use crate::oauth::client_auth::{Assertion, Credentials, KeysOf, Presented, VerifiedAssertion, verify_assertion};
use crate::oauth::grant_type::jwt_bearer::{self, PresentedGrant, Signer, VerifiedGrant};
use crate::oauth::params::Params;
use crate::server::Server;
use crate::work::Purposes;

/// Where the keys of a signer are.
struct KeySource {
    jwks: Option<Value>,
    jwks_uri: Option<String>,
    certificate: Option<String>,
}

impl KeySource {
    fn of_client(client: &Client) -> Self {
        Self {
            jwks: client.jwks.clone(),
            jwks_uri: client.jwks_uri.clone(),
            certificate: client.certificate.clone(),
        }
    }

    /// The keys in place: listed ones and the certificate's, while it is valid.
    fn in_place(&self, now: Timestamp) -> JwkSet {
        let mut keys: Vec<Value> = Vec::new();
        if let Some(listed) = self
            .jwks
            .as_ref()
            .and_then(|set| set.get("keys"))
            .and_then(Value::as_array)
        {
            keys.extend(listed.iter().cloned());
        }
        let certificate = self
            .certificate
            .as_deref()
            .and_then(|pem| PublicKey::from_certificate_pem(pem).ok());
        if let Some(valid) = certificate.filter(|c| c.not_before <= now && now <= c.not_after) {
            keys.push(valid.key.to_jwk());
        }
        JwkSet::parse(&json!({ "keys": keys })).unwrap_or_else(|_| JwkSet::default())
    }

    /// Tries the keys in place, then those at the address, fetched anew once when the cached ones do not fit.
    async fn verify<T>(
        &self,
        server: &Server,
        attempt: impl Fn(&JwkSet) -> std::result::Result<T, OAuthError>,
    ) -> std::result::Result<T, OAuthError> {
        let in_place = attempt(&self.in_place(server.clock().now()));
        let Some(uri) = self.jwks_uri.as_deref() else {
            return in_place;
        };
        if in_place.is_ok() {
            return in_place;
        }
        let parse = |document: Arc<Value>| JwkSet::parse(&document).unwrap_or_else(|_| JwkSet::default());
        let cached = match server.documents.fetch_json(uri).await {
            Ok(document) => attempt(&parse(document)),
            Err(error) => {
                tracing::warn!(%error, "keys cannot be fetched");
                in_place
            }
        };
        if cached.is_ok() {
            return cached;
        }
        match server.documents.refresh_json(uri).await {
            Ok(document) => attempt(&parse(document)),
            Err(_) => cached,
        }
    }
}

/// The credentials of a request, an assertion's signature verified.
pub(super) async fn credentials(server: &Arc<Server>, presented: Presented) -> Result<Credentials> {
    match presented {
        Presented::Assertion(assertion) => verify_client(server, assertion).await.map(Credentials::Verified),
        plain => Ok(Credentials::Plain(plain)),
    }
}

async fn verify_client(server: &Arc<Server>, assertion: Assertion) -> Result<VerifiedAssertion> {
    let client_id = assertion.client_id().to_owned();
    let client = server
        .read(move |view| view.directory.client(view.tx, &client_id))
        .await?;
    let client = client.ok_or(OAuthErrorCode::InvalidClient)?;
    let at = (&server.shared().settings, server.clock().now());
    if client.token_endpoint_auth_method == AuthMethod::ClientSecretJwt {
        let Some(ClientSecret::Sealed(sealed)) = &client.secret else {
            return Err(OAuthErrorCode::InvalidClient.into());
        };
        let secret = server.shared().master.open(Purposes::CLIENT_SECRET, sealed)?;
        return Ok(verify_assertion(&assertion, &client, KeysOf::Secret(&secret), at)?);
    }
    let attempt = |keys: &JwkSet| verify_assertion(&assertion, &client, KeysOf::Public(keys), at);
    Ok(KeySource::of_client(&client).verify(server, attempt).await?)
}

/// The JWT-bearer assertion of a token request, verified.
pub(super) async fn assertion(server: &Arc<Server>, params: &Params) -> Result<VerifiedGrant> {
    let presented = PresentedGrant::read(params)?;
    let issuer = presented.issuer().to_owned();
    let known = server
        .read(move |view| {
            let listed = view
                .directory
                .issuers
                .iter()
                .find(|listed| listed.issuer == issuer)
                .cloned();
            let client = view.directory.client(view.tx, &issuer)?;
            Ok((listed, client))
        })
        .await?;
    let (signer, source) = match known {
        (Some(issuer), _) => {
            let source = KeySource {
                jwks: issuer.jwks.clone(),
                jwks_uri: issuer.jwks_uri.clone(),
                certificate: issuer.certificate.clone(),
            };
            (Signer::Issuer(Box::new(issuer)), source)
        }
        (None, Some(client)) if !client.disabled => {
            let audiences = client.assertion_audiences.clone();
            (
                Signer::Client {
                    client_id: client.client_id.clone(),
                    audiences,
                },
                KeySource::of_client(&client),
            )
        }
        _ => {
            let description = "iss of the assertion is neither a client nor a listed issuer";
            return Err(Error::from(OAuthError::new(OAuthErrorCode::InvalidGrant, description)));
        }
    };
    let at = (&server.shared().settings, server.clock().now());
    let attempt = |keys: &JwkSet| jwt_bearer::verify(&presented, signer.clone(), keys, at);
    Ok(source.verify(server, attempt).await?)
}
