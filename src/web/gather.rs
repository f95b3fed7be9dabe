//! Network facts fetched, and signatures verified, before a unit of work.

mod certificate;
mod document;
mod recipient;
mod request;

pub(super) use document::{Occasion, introduced};
pub(super) use recipient::{recipient, recipient_of_tokens, recipients};
pub(super) use request::request;

use std::sync::Arc;

use serde_json::Value;

use crate::crypto::client_certificate::ClientCertificate;
use crate::crypto::jwk_set::{JwkSet, StoredKeys};
use crate::error::{Error, OAuthError, OAuthErrorCode, Result};
use crate::manage::registration::{Application, Statement, issuer_of};
use crate::model::client::{AuthMethod, Client, ClientSecret};
use crate::model::compat::Compat;
use crate::oauth::client_auth::{Assertion, Credentials, KeysOf, Presented, VerifiedAssertion, verify_assertion};
use crate::oauth::grant_type::jwt_bearer::{self, PresentedGrant, Signer, VerifiedGrant};
use crate::oauth::params::Params;
use crate::server::Server;
use crate::work::{Purposes, View};

/// Where the keys of a signer are: stored, and at an address.
pub(super) struct KeySource {
    pub(super) stored: Arc<StoredKeys>,
    pub(super) jwks_uri: Option<String>,
}

impl KeySource {
    /// Tries the stored keys, then those at the address, fetched anew once when the cached ones do not fit.
    pub(super) async fn verify<T, E>(
        &self,
        server: &Server,
        attempt: impl Fn(&JwkSet) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let stored = attempt(&self.stored.at(server.clock().now()));
        let Some(uri) = self.jwks_uri.as_deref() else {
            return stored;
        };
        if stored.is_ok() {
            return stored;
        }
        let parse = |document: Arc<Value>| JwkSet::parse(&document).unwrap_or_else(|_| JwkSet::default());
        let cached = match server.documents.fetch_json(uri).await {
            Ok(document) => attempt(&parse(document)),
            Err(error) => {
                tracing::warn!(%error, "keys cannot be fetched");
                stored
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

/// The credentials of a request that came with this certificate, what can be verified of them verified.
pub(super) async fn credentials(
    server: &Arc<Server>,
    presented: Presented,
    certificate: Option<Arc<ClientCertificate>>,
) -> Result<Credentials> {
    match (presented, certificate) {
        (Presented::Assertion(assertion), _) => verify_client(server, assertion).await.map(Credentials::Verified),
        (plain @ Presented::Nothing { .. }, Some(certificate)) => {
            certificate::credentials(server, plain, &certificate).await
        }
        (plain, _) => Ok(Credentials::Plain(plain)),
    }
}

/// A client with where its keys are.
pub(super) async fn client_with_keys(
    server: &Arc<Server>,
    client_id: &str,
) -> Result<Option<(Arc<Client>, KeySource)>> {
    let client_id = client_id.to_owned();
    server
        .read(move |view| {
            let Some(client) = view.directory.client(view.tx, &client_id)? else {
                return Ok(None);
            };
            let source = KeySource {
                stored: view.directory.keys_of_client(&client)?,
                jwks_uri: client.jwks_uri.clone(),
            };
            Ok(Some((client, source)))
        })
        .await
}

async fn verify_client(server: &Arc<Server>, assertion: Assertion) -> Result<VerifiedAssertion> {
    let known = client_with_keys(server, assertion.client_id()).await?;
    let (client, source) = known.ok_or(OAuthErrorCode::InvalidClient)?;
    let at = (&server.shared().settings, server.clock().now());
    if client.token_endpoint_auth_method == AuthMethod::ClientSecretJwt {
        let Some(ClientSecret::Sealed(sealed)) = &client.secret else {
            return Err(OAuthErrorCode::InvalidClient.into());
        };
        let secret = server.shared().master.open(Purposes::CLIENT_SECRET, sealed)?;
        return Ok(verify_assertion(&assertion, &client, KeysOf::Secret(&secret), at)?);
    }
    let attempt = |keys: &JwkSet| verify_assertion(&assertion, &client, KeysOf::Public(keys), at);
    Ok(source.verify(server, attempt).await?)
}

/// The JWT-bearer assertion of a token request, verified.
pub(super) async fn assertion(server: &Arc<Server>, params: &Params) -> Result<VerifiedGrant> {
    let presented = PresentedGrant::read(params)?;
    let issuer = presented.issuer().to_owned();
    let known = server.read(move |view| signer(view, &issuer)).await?;
    let Some((signer, source)) = known else {
        let description = "iss of the assertion is neither a client nor a listed issuer";
        return Err(Error::from(OAuthError::new(OAuthErrorCode::InvalidGrant, description)));
    };
    let at = (&server.shared().settings, server.clock().now());
    let attempt = |keys: &JwkSet| jwt_bearer::verify(&presented, signer.clone(), keys, at);
    Ok(source.verify(server, attempt).await?)
}

/// Who signs under this name: a listed issuer, or a client.
fn signer(view: &mut View<'_>, issuer: &str) -> Result<Option<(Signer, KeySource)>> {
    let directory = view.directory;
    if let Some(listed) = directory.issuers.iter().find(|listed| listed.issuer == issuer) {
        let source = KeySource {
            stored: directory.keys_of_issuer(listed)?,
            jwks_uri: listed.jwks_uri.clone(),
        };
        return Ok(Some((Signer::Issuer(Box::new(listed.clone())), source)));
    }
    let client = directory.client(view.tx, issuer)?.filter(|client| !client.disabled);
    let Some(client) = client else { return Ok(None) };
    let source = KeySource {
        stored: directory.keys_of_client(&client)?,
        jwks_uri: client.jwks_uri.clone(),
    };
    let signer = Signer::Client {
        client_id: client.client_id.clone(),
        audiences: client.assertion_audiences.clone(),
        lenient: client.is_excused(Compat::LenientAssertionExp),
    };
    Ok(Some((signer, source)))
}

/// The software statement of a registration, verified.
pub(super) async fn software_statement(server: &Arc<Server>, text: &str) -> Result<Statement> {
    let settings = &server.shared().settings;
    let (issuer, statement) = issuer_of(&settings.registration, text)?;
    let source = KeySource {
        stored: Arc::new(StoredKeys::read(issuer.jwks.as_ref(), None)),
        jwks_uri: issuer.jwks_uri.clone(),
    };
    let now = server.clock().now();
    let attempt = |keys: &JwkSet| statement.verify(keys, &settings.server.issuer, now);
    Ok(source.verify(server, attempt).await?)
}

/// Checks that the document of an application's sector lists its redirect URIs (OpenID Connect Registration §5).
pub(super) async fn sector(server: &Arc<Server>, application: &Application) -> Result<()> {
    let Some(uri) = application.sector_identifier_uri() else {
        return Ok(());
    };
    let document = server.documents.refresh_json(uri).await.map_err(|error| {
        tracing::warn!(%error, "the redirect URIs of a sector cannot be fetched");
        let description = "sector_identifier_uri: the document cannot be fetched";
        OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description)
    })?;
    Ok(application.check_sector(&document)?)
}
