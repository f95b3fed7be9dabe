//! What settings and organisation say.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::is_empty;
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::evidence::FactorKind;
use crate::model::ip_range::IpRange;
use crate::model::organisation::Organisation;
use crate::policy::assurance::Ages;

/// Settings that bear on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Rules {
    /// How long evidence holds a level.
    pub ages: Ages,
    /// What the kinds of login reach.
    #[serde(default)]
    pub columns: Columns,
    /// The kinds of second factor that are switched on.
    pub kinds: Vec<FactorKind>,
    /// Whether unmet `acr_values` are an error rather than the best that could be had.
    #[serde(default)]
    pub acr_values_strict: bool,
    /// Whether a person without a usable factor may enrol one in the middle of a step-up.
    #[serde(default)]
    pub enrol_at_step_up: bool,
    /// Whether login ranges are checked before factors are asked for (check 7 before 5).
    #[serde(default)]
    pub early_ip_deny: bool,
    /// What happens on an unknown device.
    #[serde(default)]
    pub device_activation: DeviceActivation,
    /// What an API login does under `mfa_api` before a factor is enrolled (C5).
    #[serde(default)]
    pub api_mfa_before_enrolment: ApiMfaBeforeEnrolment,
    /// Whether a missing API-login token has a fault text of its own, which reveals a right password.
    #[serde(default)]
    pub distinct_api_token_fault: bool,
    /// Whether a bridge carries a token's evidence into the browser; `false` only to compare with servers that do not (C14).
    #[serde(default = "yes")]
    pub bridge_carries_assurance: bool,
    /// Where anybody may sign in from.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub login_ip_ranges: Arc<[IpRange]>,
    /// From where devices need no activation.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub trusted_ip_ranges: Arc<[IpRange]>,
    /// Whether each request, and not the login alone, must come from the login ranges.
    #[serde(default)]
    pub enforce_ip_on_every_request: bool,
    /// The directory's version.
    pub policy_version: i64,
}

const fn yes() -> bool {
    true
}

impl Rules {
    /// With what the organisation says.
    #[must_use]
    pub fn under(mut self, organisation: &Organisation) -> Self {
        self.login_ip_ranges = Arc::clone(&organisation.login_ip_ranges);
        self.trusted_ip_ranges = Arc::clone(&organisation.trusted_ip_ranges);
        self.enforce_ip_on_every_request = organisation.enforce_ip_on_every_request;
        self
    }
}
