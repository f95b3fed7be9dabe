//! The user, with what profile and permission sets say.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ProfileFlow, is_default, is_empty};
use crate::model::client::Client;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::UserId;
use crate::model::ip_range::IpRange;
use crate::model::login_hours::{LoginHours, TimeZone};
use crate::model::permission_set::PermissionSet;
use crate::model::profile::Profile;
use crate::model::requirement::Enforcement;
use crate::model::time::Timestamp;
use crate::model::user::{User, UserStatus};

/// What of a user bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserFacts {
    /// The identifier.
    pub id: UserId,
    /// The name.
    pub username: String,
    /// Whether the user may sign in.
    #[serde(default)]
    pub status: UserStatus,
    /// Until when too many wrong answers bar this side of the account; live sessions and refreshes go on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub locked_until: Option<Timestamp>,
    /// Whether our own pages are for enrolling a factor alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub api_only: bool,
    /// What the profile says.
    pub profile: ProfileFacts,
    /// What each permission set adds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission_sets: Vec<SetFacts>,
    /// The kinds of second factor that the user has confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrolled: Vec<FactorKind>,
    /// What those kinds reach at most that reach less for this user than for others: numbers that were changed lately, or
    /// typed at login.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ceilings: BTreeMap<FactorKind, Acr>,
    /// Whether the record has a telephone number that nobody vouched for, and that can be confirmed by a code.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unconfirmed_number: bool,
    /// Whether an administrator approved the client for this user beforehand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub preapproved: bool,
}

impl UserFacts {
    /// What of this user bears on decisions about `client`.
    #[must_use]
    pub fn of(user: &User, belonging: (&Profile, &[&PermissionSet]), zone: TimeZone, client: &Client) -> Self {
        let (profile, sets) = belonging;
        let key = User::key_of(&user.username);
        let named = client.preapproved_users.iter().any(|name| User::key_of(name) == key);
        Self {
            id: user.id,
            username: user.username.clone(),
            status: user.status,
            locked_until: None,
            api_only: user.api_only,
            profile: ProfileFacts::of(profile, zone),
            permission_sets: sets.iter().map(|set| SetFacts::from(*set)).collect(),
            enrolled: Vec::new(),
            ceilings: BTreeMap::new(),
            unconfirmed_number: false,
            preapproved: named || client.preapproved_profiles.contains(&user.profile),
        }
    }
}

impl UserFacts {
    /// Whether interactive logins of this user need a second factor, by profile or permission set.
    #[must_use]
    pub fn demands_high(&self) -> bool {
        let profile = &self.profile;
        let mut sets = self.permission_sets.iter();
        profile.mfa_ui
            || profile.required_acr >= Acr::High
            || sets.any(|set| set.mfa_ui || set.required_acr >= Acr::High)
    }
}

/// What of a profile bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ProfileFacts {
    /// The name.
    pub name: String,
    /// The level every login must reach.
    #[serde(skip_serializing_if = "is_default")]
    pub required_acr: Acr,
    /// Whether interactive logins need `high`.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_ui: bool,
    /// Whether API logins need a one-time code.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_api: bool,
    /// Whether these requirements stop anybody.
    #[serde(skip_serializing_if = "is_default")]
    pub enforcement: Enforcement,
    /// When these users may sign in.
    #[serde(skip_serializing_if = "is_default")]
    pub login_hours: Option<Arc<LoginHours>>,
    /// The zone whose clock tells the hours.
    #[serde(skip_serializing_if = "is_default")]
    pub time_zone: TimeZone,
    /// Whether sessions and refreshes stop outside the hours too.
    #[serde(skip_serializing_if = "is_default")]
    pub hours_end_sessions: bool,
    /// Where these users may sign in from.
    #[serde(skip_serializing_if = "is_empty")]
    pub login_ip_ranges: Arc<[IpRange]>,
    /// Whether these users need not activate devices.
    #[serde(skip_serializing_if = "is_default")]
    pub activation_exempt: bool,
    /// The login flow that runs for this user.
    #[serde(skip_serializing_if = "is_default")]
    pub login_flow: Option<ProfileFlow>,
}

impl ProfileFacts {
    /// What of a profile bears on decisions, where the organisation keeps the time of `zone`.
    #[must_use]
    pub fn of(profile: &Profile, zone: TimeZone) -> Self {
        Self {
            name: profile.name.clone(),
            required_acr: profile.required_acr,
            mfa_ui: profile.mfa_ui,
            mfa_api: profile.mfa_api,
            enforcement: profile.enforcement,
            login_hours: profile.login_hours.clone(),
            time_zone: profile.time_zone.unwrap_or(zone),
            hours_end_sessions: profile.hours_end_sessions,
            login_ip_ranges: Arc::clone(&profile.login_ip_ranges),
            activation_exempt: profile.activation_exempt,
            login_flow: None,
        }
    }
}

/// What of a permission set bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SetFacts {
    /// The name.
    pub name: String,
    /// The level every login must reach.
    #[serde(skip_serializing_if = "is_default")]
    pub required_acr: Acr,
    /// Whether interactive logins need `high`.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_ui: bool,
    /// Whether API logins need a one-time code.
    #[serde(skip_serializing_if = "is_default")]
    pub mfa_api: bool,
    /// Whether these requirements stop anybody.
    #[serde(skip_serializing_if = "is_default")]
    pub enforcement: Enforcement,
}

impl From<&PermissionSet> for SetFacts {
    fn from(set: &PermissionSet) -> Self {
        Self {
            name: set.name.clone(),
            required_acr: set.required_acr,
            mfa_ui: set.mfa_ui,
            mfa_api: set.mfa_api,
            enforcement: set.enforcement,
        }
    }
}
