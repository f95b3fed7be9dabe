//! What clients learn of sessions and their ends.

use serde::Deserialize;

/// `[logout]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogoutSettings {
    /// Whether clients can watch a browser's session from a frame (OpenID Connect Session Management).
    pub session_management: bool,
    /// Whether the signed-out page loads clients' pages (OpenID Connect Front-Channel Logout).
    pub front_channel: bool,
    /// Whether clients are sent logout tokens (OpenID Connect Back-Channel Logout).
    pub back_channel: bool,
}

impl Default for LogoutSettings {
    fn default() -> Self {
        Self {
            session_management: true,
            front_channel: true,
            back_channel: true,
        }
    }
}
