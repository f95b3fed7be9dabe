//! Counters and sizes.

use serde::Deserialize;

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Wrong passwords or codes per account within `lockout_window`.
    pub invalid_attempts: u32,
    /// Seconds in which wrong attempts are counted, and for which the account is then locked.
    pub lockout_window: u32,
    /// Seconds that an interaction lives.
    pub interaction_lifetime: u32,
    /// Refreshes per grant within five minutes; retries of one token count once.
    pub refreshes_per_grant: u32,
    /// Bytes of a request body.
    pub body_size: usize,
    /// TOTP credentials per user.
    pub factors_per_kind: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            invalid_attempts: 10,
            lockout_window: 900,
            interaction_lifetime: 600,
            refreshes_per_grant: 30,
            body_size: 65_536,
            factors_per_kind: 5,
        }
    }
}
