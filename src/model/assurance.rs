//! Settings of the assurance engine that are more than a number. ASSURANCE.md §1, §3.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;

/// Which column a kind of login sits in (ASSURANCE.md §1, CLAUSES.md S6). Defaults are the strongest that each reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// What two factors reach: `high`, or `standard`.
    pub multi_factor: Acr,
    /// What a passkey reaches: `phr`, `high` or `standard`.
    pub passkey: Acr,
    /// What SMS and voice reach: `high`, `standard`, or `none` where they are switched off.
    pub restricted: Acr,
    /// What SMS and voice reach where the number is on the internet (`VoIP`) and may be anybody's: `high`, `standard`, or
    /// `none` (CLAUSES.md S37).
    pub voip: Acr,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            multi_factor: Acr::High,
            passkey: Acr::Phr,
            restricted: Acr::High,
            voip: Acr::Standard,
        }
    }
}

/// What happens on an unknown device (check 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum DeviceActivation {
    /// A factor, or an API-login token, must be shown.
    Verify,
    /// The user is told.
    Notify,
    /// Nothing.
    #[default]
    Off,
}

/// What an API login does under `mfa_api` before a factor is enrolled (C5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ApiMfaBeforeEnrolment {
    /// It is refused.
    #[default]
    Deny,
    /// The API-login token will do.
    SecurityToken,
}
