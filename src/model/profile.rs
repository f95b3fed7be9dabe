//! Profiles: the named settings a user belongs to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::branding::Branding;
use super::evidence::Acr;
use super::ip_range::IpRange;
use super::login_hours::{LoginHours, TimeZone};
use super::requirement::Enforcement;

/// Named settings of a group of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The level every login of these users must reach.
    pub required_acr: Acr,
    /// Whether interactive logins need `high`.
    pub mfa_ui: bool,
    /// Whether API logins need a one-time code; has no effect without `mfa_ui`.
    pub mfa_api: bool,
    /// Whether these requirements stop anybody, or are only reported.
    pub enforcement: Enforcement,
    /// Whether `mfa_ui` and `mfa_api` may be given to these users at all (CLAUSES.md S8).
    pub mfa_assignable: bool,
    /// When these users may sign in; always where absent.
    pub login_hours: Option<Arc<LoginHours>>,
    /// The zone whose clock tells the hours; the organisation's where absent.
    pub time_zone: Option<TimeZone>,
    /// Whether sessions and refreshes stop outside the hours too, and not logins alone.
    pub hours_end_sessions: bool,
    /// Where these users may sign in from; anywhere where empty.
    pub login_ip_ranges: Arc<[IpRange]>,
    /// Whether these users sign in from unknown devices without more ado.
    pub activation_exempt: bool,
    /// The flow that these users go through at each login.
    pub login_flow: Option<String>,
    /// The passkeys and security keys that count for these users; all where absent.
    pub attested_authenticators: Option<Arc<AttestedAuthenticators>>,
    /// The longest life of a session in seconds; the server's where absent.
    pub session_lifetime: Option<u32>,
    /// The longest pause in a session in seconds; the server's where absent.
    pub session_idle: Option<u32>,
    /// What pages and mails show to these users instead of the organisation's.
    pub branding: Branding,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: String::new(),
            required_acr: Acr::None,
            mfa_ui: false,
            mfa_api: false,
            enforcement: Enforcement::Enforced,
            mfa_assignable: true,
            login_hours: None,
            time_zone: None,
            hours_end_sessions: false,
            login_ip_ranges: Arc::default(),
            activation_exempt: false,
            login_flow: None,
            attested_authenticators: None,
            session_lifetime: None,
            session_idle: None,
            branding: Branding::default(),
        }
    }
}

/// Authenticators that prove what they are (WebAuthn §6.5), and that no key of theirs leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestedAuthenticators {
    /// The certificates, in PEM, of the authorities that vouch for them.
    pub authorities: Vec<String>,
    /// Their models (AAGUIDs); whatever the authorities vouch for where empty.
    #[serde(default)]
    pub models: Vec<Uuid>,
}

/// The profile of users who name none.
pub const DEFAULT_PROFILE: &str = "default";
