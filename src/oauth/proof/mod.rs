//! Keys that a sender proves to hold, and the tokens that are bound to them. RFC 8705, RFC 9449.

pub mod dpop;

use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::client::Client;
use crate::model::confirmation::Confirmation;
use crate::store;
use crate::work::Work;

use dpop::Proof;

/// Settles what a request for tokens has shown, before anything of it is spent.
///
/// # Errors
/// `invalid_dpop_proof` when a proof was seen before, or is missing where this client's tokens must be bound.
pub(super) fn settle(work: &mut Work<'_>, client: &Client, proof: Option<&Proof>) -> Result<()> {
    use_up(work, proof)?;
    confirmation(work, client)?;
    Ok(())
}

/// Settles a proof in the unit of work that acts upon it: it counts once.
///
/// # Errors
/// `invalid_dpop_proof` when it was seen before.
pub fn use_up(work: &mut Work<'_>, proof: Option<&Proof>) -> Result<()> {
    let Some(proof) = proof else { return Ok(()) };
    // RFC 9449 §11.1
    if store::seen_once::first_time(work.tx, &proof.replay, proof.forget_at)? {
        return Ok(());
    }
    Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, "the DPoP proof was used before").into())
}

/// The keys that tokens of this client, minted now, are bound to: those that the sender has shown.
///
/// # Errors
/// `invalid_dpop_proof` or `invalid_request` where the client's tokens must be bound to a key and none was shown.
pub(super) fn confirmation(work: &Work<'_>, client: &Client) -> std::result::Result<Option<Confirmation>, OAuthError> {
    let shown = &work.origin().shown;
    // RFC 9449 §5.2: "the authorization server MUST reject token requests from this client that do not contain the DPoP
    // header."
    if client.dpop_bound_access_tokens && shown.jkt.is_none() {
        let description = "this client's requests for tokens must have a DPoP proof";
        return Err(OAuthError::new(OAuthErrorCode::InvalidDpopProof, description));
    }
    let by_certificate = client.tls_client_certificate_bound_access_tokens;
    if by_certificate && shown.x5t_s256.is_none() {
        // RFC 8705 §3.4 leaves it to us; a token that the client does not want is worth nothing to it.
        let description = "this client's requests for tokens must come with its TLS certificate";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    }
    Ok(Confirmation {
        jkt: shown.jkt.clone(),
        x5t_s256: shown.x5t_s256.clone().filter(|_| by_certificate),
    }
    .non_empty())
}
