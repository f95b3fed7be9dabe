//! Client authentication. RFC 6749 §2.3, OpenID Connect Core §9. One method per request.

mod assertion;
mod basic;
mod certificate;

pub use assertion::{Assertion, KeysOf, VerifiedAssertion, verify_assertion};
pub(super) use assertion::{Life, numeric_date, signed_claims};
pub use certificate::{Grounds, VerifiedCertificate, verify_certificate};

use std::sync::Arc;

use crate::crypto::digest::{constant_time_eq, digest_of};
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::client::{AuthMethod, Client, ClientSecret};
use crate::model::secret::Secret;
use crate::oauth::params::Params;
use crate::store;
use crate::work::{Purposes, View, Work};

/// The credentials that a request presents, before any is believed.
#[derive(Debug)]
pub enum Presented {
    /// An identifier alone.
    Nothing {
        /// The client it names, if any.
        client_id: Option<String>,
    },
    /// HTTP Basic.
    Basic {
        /// The client.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// In the body.
    Post {
        /// The client.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// A signed assertion (RFC 7523 §2.2).
    Assertion(Assertion),
}

impl Presented {
    /// The client that it is said to be of.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Nothing { client_id } => client_id.as_deref(),
            Self::Basic { client_id, .. } | Self::Post { client_id, .. } => Some(client_id),
            Self::Assertion(assertion) => Some(assertion.client_id()),
        }
    }
}

/// Reads what a request presents: the `Authorization` header and the parameters.
///
/// # Errors
/// `invalid_request` for more than one method, `invalid_client` for a malformed one.
pub fn presented(authorization: Option<&str>, params: &Params) -> std::result::Result<Presented, OAuthError> {
    let named = params.get("client_id");
    let in_body = params.get("client_secret");
    let assertion = params.get("client_assertion");
    let header = authorization.map(basic::parse).transpose()?;
    let methods = [header.is_some(), in_body.is_some(), assertion.is_some()]
        .into_iter()
        .filter(|used| *used)
        .count();
    if methods > 1 {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidRequest,
            "more than one client authentication method",
        ));
    }
    let same = |client_id: &str| named.is_none_or(|named| named == client_id);
    if let Some((client_id, secret)) = header {
        if !same(&client_id) {
            return Err(OAuthError::new(
                OAuthErrorCode::InvalidRequest,
                "client_id differs from the Authorization header",
            ));
        }
        return Ok(Presented::Basic { client_id, secret });
    }
    if let Some(secret) = in_body {
        let client_id = params.require("client_id")?.to_owned();
        return Ok(Presented::Post {
            client_id,
            secret: Secret::new(secret),
        });
    }
    if let Some(assertion) = assertion {
        let assertion = Assertion::read(params.get("client_assertion_type"), assertion)?;
        if !same(assertion.client_id()) {
            return Err(OAuthError::new(
                OAuthErrorCode::InvalidRequest,
                "client_id differs from the assertion",
            ));
        }
        return Ok(Presented::Assertion(assertion));
    }
    Ok(Presented::Nothing {
        client_id: named.map(str::to_owned),
    })
}

/// Presented credentials with an assertion's signature verified: ready to be judged.
#[derive(Debug)]
pub enum Credentials {
    /// Anything but an assertion.
    Plain(Presented),
    /// A verified assertion; its replay is judged in the unit of work.
    Verified(VerifiedAssertion),
    /// A TLS certificate that was found to be a client's (RFC 8705 §2).
    Certificate(VerifiedCertificate),
}

impl Credentials {
    /// The client that they are said to be of.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::Plain(presented) => presented.client_id(),
            Self::Verified(verified) => Some(&verified.client_id),
            Self::Certificate(verified) => Some(&verified.client.client_id),
        }
    }
}

/// The client that these credentials authenticate, in a unit of work: an assertion counts once.
///
/// # Errors
/// `invalid_client`, the same for unknown, disabled and wrong.
pub fn authenticate(work: &mut Work<'_>, credentials: &Credentials) -> Result<Arc<Client>> {
    let client = check(&mut work.view(), credentials)?;
    if let Credentials::Verified(verified) = credentials
        && !store::seen_once::first_time(work.tx, &verified.replay, verified.forget_at)?
    {
        return Err(OAuthError::new(OAuthErrorCode::InvalidClient, "this assertion was used before").into());
    }
    Ok(client)
}

/// The same as [`authenticate`] where nothing may be written, for credentials that are not assertions.
///
/// # Errors
/// `invalid_client`, the same for unknown, disabled and wrong.
pub fn check(view: &mut View<'_>, credentials: &Credentials) -> Result<Arc<Client>> {
    let failed = || OAuthError::from(OAuthErrorCode::InvalidClient);
    let client_id = match credentials {
        Credentials::Plain(Presented::Nothing { client_id }) => client_id.as_deref().ok_or_else(failed)?,
        Credentials::Plain(Presented::Basic { client_id, .. } | Presented::Post { client_id, .. }) => client_id,
        Credentials::Plain(Presented::Assertion(_)) => return Err(failed().into()),
        Credentials::Verified(verified) => &verified.client_id,
        Credentials::Certificate(verified) => &verified.client.client_id,
    };
    let client = view
        .directory
        .client(view.tx, client_id)?
        .filter(|client| !client.disabled)
        .ok_or_else(failed)?;
    let proven = match (credentials, client.token_endpoint_auth_method) {
        (Credentials::Plain(Presented::Nothing { .. }), AuthMethod::None) => true,
        (Credentials::Plain(Presented::Basic { secret, .. }), AuthMethod::ClientSecretBasic)
        | (Credentials::Plain(Presented::Post { secret, .. }), AuthMethod::ClientSecretPost) => {
            is_secret(view, &client, secret)?
        }
        (Credentials::Verified(verified), method) => method == verified.method && *client == *verified.client,
        (Credentials::Certificate(verified), method) => method == verified.method && *client == *verified.client,
        _ => false,
    };
    if proven { Ok(client) } else { Err(failed().into()) }
}

fn is_secret(view: &View<'_>, client: &Client, secret: &Secret) -> Result<bool> {
    Ok(match &client.secret {
        Some(ClientSecret::Digest(digest)) => {
            constant_time_eq(digest.as_bytes(), digest_of(secret.expose()).as_bytes())
        }
        // A client that signs with its secret besides.
        Some(ClientSecret::Sealed(sealed)) => {
            let known = view.shared.master.open(Purposes::CLIENT_SECRET, sealed)?;
            constant_time_eq(&known, secret.expose().as_bytes())
        }
        None => false,
    })
}
