//! `tls_client_auth` and `self_signed_tls_client_auth`. RFC 8705 §2.

use std::sync::Arc;

use crate::crypto::client_certificate::{ClientCertificate, ExpectedName};
use crate::crypto::jwk_set::JwkSet;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::{AuthMethod, Client};
use crate::model::time::Timestamp;

/// A certificate that was found to be a client's.
#[derive(Debug)]
pub struct VerifiedCertificate {
    pub(super) client: Arc<Client>,
    pub(super) method: AuthMethod,
}

/// Why a certificate may be believed.
#[derive(Debug, Clone, Copy)]
pub enum Grounds<'a> {
    /// An authority vouches for it (RFC 8705 §2.1); the name in it must then be the client's.
    Vouched,
    /// The client registered these keys (RFC 8705 §2.2).
    Keys(&'a JwkSet),
}

/// Judges whether a certificate, whose key its sender has, is this client's at `now`.
///
/// # Errors
/// `invalid_client`, whatever is wrong.
pub fn verify_certificate(
    certificate: &ClientCertificate,
    client: &Arc<Client>,
    grounds: Grounds<'_>,
    now: Timestamp,
) -> Result<VerifiedCertificate, OAuthError> {
    let (method, is_own) = match grounds {
        Grounds::Vouched => {
            let is_named = expected_name(client).is_some_and(|name| certificate.has(name));
            (AuthMethod::TlsClientAuth, is_named)
        }
        Grounds::Keys(keys) => {
            let is_registered = keys.keys().iter().any(|key| certificate.is_of(key));
            (AuthMethod::SelfSignedTlsClientAuth, is_registered)
        }
    };
    let may = !client.disabled && client.token_endpoint_auth_method == method;
    if may && is_own && certificate.is_valid_at(now) {
        return Ok(VerifiedCertificate {
            client: Arc::clone(client),
            method,
        });
    }
    Err(OAuthErrorCode::InvalidClient.into())
}

/// The one name that the client registered (RFC 8705 §2.1.2).
fn expected_name(client: &Client) -> Option<ExpectedName<'_>> {
    let names = [
        client.tls_client_auth_subject_dn.as_deref().map(ExpectedName::Subject),
        client.tls_client_auth_san_dns.as_deref().map(ExpectedName::Dns),
        client.tls_client_auth_san_uri.as_deref().map(ExpectedName::Uri),
        client.tls_client_auth_san_ip.map(ExpectedName::Ip),
        client.tls_client_auth_san_email.as_deref().map(ExpectedName::Email),
    ];
    let mut names = names.into_iter().flatten();
    names.next().filter(|_| names.next().is_none())
}
