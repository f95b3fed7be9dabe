//! What must be true of an ID token before anybody is signed in by it (OpenID Connect Core §3.1.3.7).

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreIdTokenClaims, CoreIdTokenVerifier, CoreTokenResponse};
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, Nonce, OAuth2TokenResponse, SignatureVerificationError, TokenResponse,
};

use crate::problem::Problem;
use crate::provider::{Client, Proof};

/// Why an ID token does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unverified {
    #[error("the provider sent no ID token")]
    Missing,
    #[error("the access token is not the one that the ID token vouches for")]
    OtherAccessToken,
    #[error(transparent)]
    Claims(#[from] ClaimsVerificationError),
    #[error(transparent)]
    Signing(#[from] openidconnect::SigningError),
    #[error(transparent)]
    Signature(#[from] SignatureVerificationError),
}

/// Signature, issuer, audience, expiry and nonce of the ID token, and that the access token belongs to it (`at_hash`).
/// A refreshed ID token may leave the nonce out (OpenID Connect Core §12.2).
pub(crate) fn verify(
    client: &Client,
    tokens: &CoreTokenResponse,
    nonce: &Nonce,
    refreshed: bool,
) -> Result<CoreIdTokenClaims, Unverified> {
    let id_token = tokens.id_token().ok_or(Unverified::Missing)?;
    let verifier: CoreIdTokenVerifier<'_> = client.id_token_verifier();
    let same_nonce = |said: Option<&Nonce>| match said {
        Some(said) if said.secret() == nonce.secret() => Ok(()),
        None if refreshed => Ok(()),
        _ => Err("the nonce is not the one that was sent".to_owned()),
    };
    let claims = id_token.claims(&verifier, same_nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg()?;
        let key = id_token.signing_key(&verifier)?;
        if AccessTokenHash::from_token(tokens.access_token(), algorithm, key)? != *expected {
            return Err(Unverified::OtherAccessToken);
        }
    }
    Ok(claims.clone())
}

/// `acr_values` is a wish: whoever relies on it must look at what came (OpenID Connect Core §3.1.2.1).
pub(crate) fn check_proof(claims: &CoreIdTokenClaims, proof: &Proof, begun_at: DateTime<Utc>) -> Result<(), Problem> {
    if let Some(wished) = &proof.acr_values {
        let reached = claims.auth_context_ref().map_or("none", |acr| acr.as_str());
        if !wished.split_whitespace().any(|acr| acr == reached) {
            return Err(Problem::new(format!(
                "this needs {wished}, and the sign-in reached {reached}"
            )));
        }
    }
    if let Some(seconds) = proof.max_age {
        // Proof that was young enough when we asked will do; `auth_time` has whole seconds, so allow one.
        let oldest = begun_at - TimeDelta::seconds(i64::from(seconds) + 1);
        if claims.auth_time().is_none_or(|at| at < oldest) {
            return Err(Problem::new("the proof is older than was asked for"));
        }
    }
    Ok(())
}
