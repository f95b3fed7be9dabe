//! Levels, their ages, and what the assurance engine is set to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::evidence::Acr;

/// `[assurance]`: how long evidence holds a level, in seconds (ASSURANCE.md §1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct AssuranceSettings {
    /// `standard`, overall.
    pub standard_age: u32,
    /// `standard`, idle.
    pub standard_idle: u32,
    /// `high`, overall.
    pub high_age: u32,
    /// `high`, idle.
    pub high_idle: u32,
    /// `phr`, overall.
    pub phr_age: u32,
    /// `phr`, idle.
    pub phr_idle: u32,
    /// What the kinds of login reach.
    pub columns: Columns,
    /// Whether login ranges are checked before factors are asked for.
    pub early_ip_deny: bool,
    /// What happens on an unknown device; where absent, what the server can do.
    pub device_activation: Option<DeviceActivation>,
    /// What an API login does under `mfa_api` before a factor is enrolled.
    pub api_mfa_before_enrolment: ApiMfaBeforeEnrolment,
    /// Whether a missing API-login token has a fault text of its own, which reveals that the password was right.
    pub distinct_api_token_fault: bool,
    /// Whether a bridge carries a token's evidence into the browser; `false` only to compare with servers that do not.
    pub bridge_carries_assurance: bool,
    /// Whether an unmet `acr_values` is an error rather than the best that could be had.
    pub acr_values_strict: bool,
    /// Whether a person without a usable factor may enrol one in the middle of a step-up.
    pub enrol_at_step_up: bool,
    /// Foreign names of levels, as clients write them in `acr_values`.
    pub acr_aliases: BTreeMap<String, Acr>,
}

impl Default for AssuranceSettings {
    fn default() -> Self {
        Self {
            standard_age: 86_400,
            standard_idle: 7_200,
            high_age: 43_200,
            high_idle: 3_600,
            phr_age: 43_200,
            phr_idle: 900,
            columns: Columns::default(),
            early_ip_deny: false,
            device_activation: None,
            api_mfa_before_enrolment: ApiMfaBeforeEnrolment::Deny,
            distinct_api_token_fault: false,
            bridge_carries_assurance: true,
            acr_values_strict: false,
            enrol_at_step_up: true,
            acr_aliases: BTreeMap::from([("https://refeds.org/profile/mfa".to_owned(), Acr::High)]),
        }
    }
}

impl AssuranceSettings {
    /// Columns only go down from what a kind of login reaches (CLAUSES.md S6).
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let columns: [(&str, Acr, &[Acr]); 4] = [
            ("multi_factor", self.columns.multi_factor, &[Acr::High, Acr::Standard]),
            ("passkey", self.columns.passkey, &[Acr::Phr, Acr::High, Acr::Standard]),
            (
                "restricted",
                self.columns.restricted,
                &[Acr::High, Acr::Standard, Acr::None],
            ),
            ("voip", self.columns.voip, &[Acr::High, Acr::Standard, Acr::None]),
        ];
        for (name, chosen, allowed) in columns {
            if !allowed.contains(&chosen) {
                let names: Vec<&str> = allowed.iter().map(|acr| acr.as_str()).collect();
                let problem = format!("cannot be {chosen}; choose one of {}", names.join(", "));
                return Err(FieldError::new(format!("assurance.columns.{name}"), problem));
            }
        }
        Ok(())
    }

    /// The level that a value of `acr_values` names: by its own name, or by a foreign one.
    #[must_use]
    pub fn level_named(&self, value: &str) -> Option<Acr> {
        value.parse().ok().or_else(|| self.acr_aliases.get(value).copied())
    }
}
