//! What is said where an answer must be encrypted and cannot be. OpenID Connect Registration §2.

use crate::crypto::jwe::Recipient;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::Client;
use crate::model::encryption::Encrypted;

/// That the client has no key for what it registered.
#[must_use]
pub fn no_key(what: Encrypted) -> OAuthError {
    let description = format!("no key of the client fits {}_encrypted_response_alg", what.as_str());
    OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description)
}

/// Checks that ID tokens for a client can be encrypted, if they must be, before anything is consumed for one.
///
/// # Errors
/// `invalid_client_metadata`.
pub(super) fn check_ready(client: &Client, recipient: Option<&Recipient>) -> Result<(), OAuthError> {
    match client.sealing(Encrypted::IdToken) {
        Some(sealing) if recipient.is_none_or(|ready| ready.encryption() != sealing.encryption) => {
            Err(no_key(Encrypted::IdToken))
        }
        _ => Ok(()),
    }
}
