//! Where the assurance of a client's grants comes from, and what they are excused from.

use serde::{Deserialize, Serialize};

/// What a refresh does when a requirement was raised after its grant (ASSURANCE.md §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnRequirementRaised {
    /// The next refresh is refused.
    #[default]
    Refuse,
    /// Refreshing goes on, and the level stays as it was.
    Honour,
}

/// Where the assurance of JWT-bearer grants comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum JwtBearerAssurance {
    /// An administrator approved client, users and key beforehand; the token says `acr: none`.
    #[default]
    Preapproved,
    /// Refused wherever a level is required.
    Deny,
    /// From a live session of that very user.
    SessionBacked,
    /// From the assertion of a listed issuer, up to that issuer's ceiling.
    Asserted,
}

/// Where the assurance of a device grant or a token exchange comes from (ASSURANCE.md §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum InheritedAssurance {
    /// Refused wherever a level is required.
    #[default]
    Deny,
    /// From the browser session that approves the device, or from the token that is exchanged.
    Inherit,
}

/// Which of a client's requests the login ranges do not hold for (ASSURANCE.md §3, check 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum IpRelaxation {
    /// They hold for all.
    #[default]
    Enforce,
    /// They do not hold where the device is known or a second factor was verified.
    BypassForActivated,
    /// They hold for logins, not for refreshes.
    EnforceExceptRefresh,
    /// They hold for none.
    Bypass,
}
