//! Permission sets: named permissions added to a user beside the profile. They add; none takes away.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;
use super::requirement::Enforcement;
use super::user::Permission;

/// Named permissions and requirements added to a user beside the profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct PermissionSet {
    /// The set's name.
    pub name: String,
    /// Whether interactive logins need `high`.
    pub mfa_ui: bool,
    /// Whether API logins need a one-time code; has no effect on a user without `mfa_ui`.
    pub mfa_api: bool,
    /// The level every login of these users must reach.
    pub required_acr: Acr,
    /// Whether these requirements stop anybody, or are only reported.
    pub enforcement: Enforcement,
    /// What these users may do in this server.
    pub permissions: Vec<Permission>,
}
