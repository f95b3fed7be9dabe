//! The whole installation: its own name, minimum and ranges.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::branding::Branding;
use super::evidence::Acr;
use super::ip_range::IpRange;
use super::login_hours::TimeZone;
use super::requirement::Enforcement;

/// Settings of the installation as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organisation {
    /// The name pages show.
    pub name: String,
    /// The level every authorization must reach.
    pub required_acr: Acr,
    /// Whether that stops anybody, or is only reported.
    pub enforcement: Enforcement,
    /// Where anybody may sign in from; anywhere where empty. A profile's ranges narrow it further.
    pub login_ip_ranges: Arc<[IpRange]>,
    /// From where devices need no activation and API logins no token. Waives nothing else.
    pub trusted_ip_ranges: Arc<[IpRange]>,
    /// Whether each request, and not the login alone, must come from the login ranges.
    pub enforce_ip_on_every_request: bool,
    /// The zone of login hours where a profile names none.
    pub time_zone: TimeZone,
    /// What pages and mails show of it, but for what profiles and clients show instead.
    pub branding: Branding,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            name: "Countersign".into(),
            required_acr: Acr::None,
            enforcement: Enforcement::Enforced,
            login_ip_ranges: Arc::default(),
            trusted_ip_ranges: Arc::default(),
            enforce_ip_on_every_request: false,
            time_zone: TimeZone::default(),
            branding: Branding::default(),
        }
    }
}
