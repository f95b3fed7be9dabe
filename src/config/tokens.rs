//! Lifetimes of what is issued and taken, and who must use PKCE.

use serde::{Deserialize, Serialize};

/// `[tokens]`; lifetimes in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenSettings {
    /// Authorization codes.
    pub code_lifetime: u32,
    /// Access tokens.
    pub access_token_lifetime: u32,
    /// ID tokens.
    pub id_token_lifetime: u32,
    /// Refresh tokens, unused.
    pub refresh_token_idle: u32,
    /// Refresh tokens, from the grant on.
    pub refresh_token_lifetime: u32,
    /// How long redeeming a refresh token again returns the same successor.
    pub refresh_retry_window: u32,
    /// Who must use PKCE.
    pub require_pkce: RequirePkce,
    /// The longest life of a JWT-bearer or client assertion.
    pub assertion_lifetime: u32,
    /// Clock skew allowed in assertions.
    pub assertion_skew: u32,
    /// Days between signing keys.
    pub key_rotation_days: u32,
    /// Seconds a new key is published before it signs.
    pub key_publish_lead: u32,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            code_lifetime: 60,
            access_token_lifetime: 900,
            id_token_lifetime: 900,
            refresh_token_idle: 30 * 86_400,
            refresh_token_lifetime: 365 * 86_400,
            refresh_retry_window: 30,
            require_pkce: RequirePkce::All,
            assertion_lifetime: 300,
            assertion_skew: 60,
            key_rotation_days: 90,
            key_publish_lead: 86_400,
        }
    }
}

/// Who must use PKCE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RequirePkce {
    /// Every client.
    #[default]
    All,
    /// Public clients.
    Public,
}
