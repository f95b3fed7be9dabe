//! Tokens that are bound to a key of their holder.

use serde::Deserialize;

use crate::error::FieldError;

/// `[dpop]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DpopSettings {
    /// Whether proofs are taken (RFC 9449).
    pub enabled: bool,
    /// Whether a proof must have a nonce of this server (RFC 9449 §8).
    pub require_nonce: bool,
    /// Seconds that the time of a proof may be from now, and after which a nonce changes.
    pub proof_lifetime: u32,
}

impl Default for DpopSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            require_nonce: false,
            proof_lifetime: 120,
        }
    }
}

impl DpopSettings {
    /// Checks what types alone cannot.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if (5..=600).contains(&self.proof_lifetime) {
            return Ok(());
        }
        Err(FieldError::new("dpop.proof_lifetime", "must be from 5 to 600 seconds"))
    }
}
