//! Proof key for code exchange. RFC 7636: S256 alone, never `plain`; downgrades are refused both ways.

use crate::config::RequirePkce;
use crate::crypto::digest::base64url_decode;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::Client;
use crate::oauth::params::Params;

/// Whether this client must send a challenge: as it was registered, or as the installation says.
#[must_use]
pub(super) fn is_required(client: &Client, policy: RequirePkce) -> bool {
    client.is_public() || client.require_pkce.unwrap_or(policy == RequirePkce::All)
}

/// The S256 challenge of an authorization request, if it has one.
///
/// # Errors
/// `invalid_request` when it is required and absent, malformed, or not S256.
pub(super) fn challenge(params: &Params, required: bool) -> Result<Option<String>, OAuthError> {
    let invalid = |description: &'static str| OAuthError::new(OAuthErrorCode::InvalidRequest, description);
    let Some(challenge) = params.get("code_challenge") else {
        // RFC 9700 §2.1.1
        return match (required, params.get("code_challenge_method")) {
            (true, _) => Err(invalid("code_challenge is missing (PKCE with S256 is required)")),
            (false, Some(_)) => Err(invalid("code_challenge_method without code_challenge")),
            (false, None) => Ok(None),
        };
    };
    // RFC 7636 §4.3: an absent method means plain, which is not supported.
    if params.get("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    if challenge.len() != 43 || base64url_decode(challenge).is_none_or(|digest| digest.len() != 32) {
        return Err(invalid("code_challenge is not the base64url form of a SHA-256 digest"));
    }
    Ok(Some(challenge.to_owned()))
}

/// Whether a verifier has the form of RFC 7636 §4.1: 43 to `longest` unreserved characters.
#[must_use]
pub(super) fn is_verifier(verifier: &str, longest: usize) -> bool {
    (43..=longest).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}
