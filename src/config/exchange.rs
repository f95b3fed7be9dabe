//! Tokens that are exchanged for others. RFC 8693.

use serde::Deserialize;

use crate::error::FieldError;

/// `[exchange]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExchangeSettings {
    /// Whether clients that are registered for it may exchange tokens.
    pub enabled: bool,
    /// How many exchanges may follow one another: as many actors does a token name at most.
    pub max_chain: u32,
}

impl Default for ExchangeSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            max_chain: 4,
        }
    }
}

impl ExchangeSettings {
    /// Checks what types alone cannot.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if (1..=16).contains(&self.max_chain) {
            return Ok(());
        }
        Err(FieldError::new("exchange.max_chain", "must be from 1 to 16"))
    }
}
