//! Profiles: the named settings a user belongs to.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;

/// Named settings of a group of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The level every login of these users must reach.
    pub required_acr: Acr,
    /// Whether interactive logins need `high` (the seed's first permission).
    pub mfa_ui: bool,
}

/// The profile of users who name none.
pub const DEFAULT_PROFILE: &str = "default";
