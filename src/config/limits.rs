//! Limits that are more than a number, and the checks of all of them. ASSURANCE.md §10.

use serde::Deserialize;

use super::CodeLimits;
use crate::error::FieldError;

/// How many failures lock an account: a number, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum AttemptLimit {
    /// So many.
    Of(u32),
    /// However many.
    No(No),
}

/// `none`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum No {
    /// `none`
    None,
}

/// For how long an account is locked: seconds, or `forever`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum LockoutLength {
    /// So many seconds.
    Seconds(u32),
    /// Until an operator unlocks it.
    Forever(Forever),
}

/// `forever`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forever {
    /// `forever`
    Forever,
}

impl LockoutLength {
    /// The seconds; none where only an operator ends it.
    #[must_use]
    pub const fn seconds(self) -> Option<u32> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::Forever(Forever::Forever) => None,
        }
    }
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Wrong passwords and codes, and requests for codes, within `lockout_window` that lock an account or a known device.
    pub invalid_attempts: AttemptLimit,
    /// Seconds in which they are counted.
    pub lockout_window: u32,
    /// For how long it is then locked.
    pub lockout_length: LockoutLength,
    /// Whether a page that asks for a code counts until the code is right.
    pub prompts_count: bool,
    /// Wrong answers in a row that disable a second factor.
    pub factor_failures: u32,
    /// Failed logins a minute from one address.
    pub failed_logins_per_ip: u32,
    /// Logins an hour of one account.
    pub logins_per_user: u32,
    /// Mails with the link of a forgotten password that one address may order in an hour.
    pub resets_per_ip: u32,
    /// The same of one account.
    pub resets_per_account: u32,
    /// Seconds for which proof of `high` lets an administrator make changes.
    pub step_up_freshness: u32,
    /// Seconds that an interaction lives.
    pub interaction_lifetime: u32,
    /// Seconds that a person may take for one step of a login flow.
    pub flow_step_timeout: u32,
    /// Refreshes per grant within five minutes; retries of one token count once.
    pub refreshes_per_grant: u32,
    /// Bytes of a request body.
    pub body_size: usize,
    /// Seconds in which it must have come.
    pub body_timeout: u32,
    /// TOTP credentials per user.
    pub factors_per_kind: usize,
    /// Codes of a hardware token that are looked at from the next one on: presses of its button that nobody typed.
    pub hotp_look_ahead: u32,
    /// Codes among which two in a row show how far a token is ahead.
    pub hotp_resync_window: u32,
    /// Codes sent by SMS, voice and e-mail.
    pub codes: CodeLimits,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            invalid_attempts: AttemptLimit::Of(10),
            lockout_window: 900,
            lockout_length: LockoutLength::Seconds(900),
            prompts_count: true,
            factor_failures: 30,
            failed_logins_per_ip: 60,
            logins_per_user: 3_600,
            resets_per_ip: 20,
            resets_per_account: 5,
            step_up_freshness: 900,
            interaction_lifetime: 600,
            flow_step_timeout: 300,
            refreshes_per_grant: 30,
            body_size: 65_536,
            body_timeout: 10,
            factors_per_kind: 5,
            hotp_look_ahead: 10,
            hotp_resync_window: 100,
            codes: CodeLimits::default(),
        }
    }
}

impl LimitSettings {
    /// How many failures lock an account; none where however many do not.
    #[must_use]
    pub const fn invalid_attempts(&self) -> Option<u32> {
        match self.invalid_attempts {
            AttemptLimit::Of(limit) => Some(limit),
            AttemptLimit::No(No::None) => None,
        }
    }

    /// Checks each limit.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let within = |name: &str, value: u32, least: u32, most: u32, unit: &str| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            let problem = format!("must be from {least} to {most}{unit}");
            Err(FieldError::new(format!("limits.{name}"), problem))
        };
        let or_none = ", or \"none\"";
        within(
            "invalid_attempts",
            self.invalid_attempts().unwrap_or(1),
            1,
            100,
            or_none,
        )?;
        within("lockout_window", self.lockout_window, 60, 86_400, " seconds")?;
        let length = self.lockout_length.seconds().unwrap_or(60);
        within("lockout_length", length, 60, 86_400, " seconds, or \"forever\"")?;
        // SP 800-63B-4 §3.2.2: no more than 100.
        within("factor_failures", self.factor_failures, 1, 100, "")?;
        within(
            "failed_logins_per_ip",
            self.failed_logins_per_ip,
            1,
            1_000_000,
            " a minute",
        )?;
        within("logins_per_user", self.logins_per_user, 1, 1_000_000, " an hour")?;
        within("body_timeout", self.body_timeout, 1, 300, " seconds")?;
        within("flow_step_timeout", self.flow_step_timeout, 30, 3_600, " seconds")?;
        within("resets_per_ip", self.resets_per_ip, 1, 1_000_000, " an hour")?;
        within("resets_per_account", self.resets_per_account, 1, 1_000, " an hour")?;
        // RFC 4226 §7.4: as low as can be, as each code more is one more that a guess may hit.
        within("hotp_look_ahead", self.hotp_look_ahead, 1, 50, " codes")?;
        within("hotp_resync_window", self.hotp_resync_window, 1, 1_000, " codes")?;
        self.codes.check()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::config::{Settings, load_text};

    fn limits(toml: &str) -> Result<Settings, String> {
        load_text(&format!("[limits]\n{toml}"), BTreeMap::new())
            .map(|loaded| loaded.settings)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn lockout_takes_numbers_none_and_forever() {
        for (toml, attempts, seconds) in [
            ("", Some(10), Some(900)),
            ("invalid_attempts = 3\nlockout_length = 1800", Some(3), Some(1800)),
            ("invalid_attempts = \"none\"", None, Some(900)),
            ("lockout_length = \"forever\"", Some(10), None),
        ] {
            let limits = limits(toml).unwrap().limits;
            assert_eq!(
                (limits.invalid_attempts(), limits.lockout_length.seconds()),
                (attempts, seconds),
                "{toml}"
            );
        }
    }

    #[test]
    fn limits_out_of_bounds_are_refused_with_their_bounds() {
        for (toml, told) in [
            (
                "invalid_attempts = 0",
                "limits.invalid_attempts: must be from 1 to 100, or \"none\"",
            ),
            (
                "lockout_length = 5",
                "limits.lockout_length: must be from 60 to 86400 seconds, or \"forever\"",
            ),
            (
                "lockout_window = 0",
                "limits.lockout_window: must be from 60 to 86400 seconds",
            ),
            ("factor_failures = 101", "limits.factor_failures: must be from 1 to 100"),
            (
                "failed_logins_per_ip = 0",
                "limits.failed_logins_per_ip: must be from 1 to 1000000 a minute",
            ),
            (
                "hotp_look_ahead = 51",
                "limits.hotp_look_ahead: must be from 1 to 50 codes",
            ),
            (
                "hotp_resync_window = 0",
                "limits.hotp_resync_window: must be from 1 to 1000 codes",
            ),
            (
                "logins_per_user = 0",
                "limits.logins_per_user: must be from 1 to 1000000 an hour",
            ),
        ] {
            assert_eq!(limits(toml).unwrap_err(), told);
        }
        assert!(limits("invalid_attempts = \"some\"").is_err() && limits("lockout_length = \"ever\"").is_err());
    }
}
