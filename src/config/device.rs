//! Devices without a browser of their own. RFC 8628.

use serde::Deserialize;

use crate::error::FieldError;

/// `[device]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceSettings {
    /// Whether devices may ask, and people answer them.
    pub enabled: bool,
    /// Seconds in which somebody must answer.
    pub code_lifetime: u32,
    /// Seconds between two questions of a device.
    pub interval: u32,
    /// Codes that an address, and that an account, may type in vain in an hour.
    pub wrong_codes: u32,
    /// Devices that may ask from one address in a minute.
    pub per_address: u32,
}

impl Default for DeviceSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            code_lifetime: 600,
            interval: 5,
            wrong_codes: 20,
            per_address: 60,
        }
    }
}

impl DeviceSettings {
    /// Checks what types alone cannot.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        for (name, value, least, most, unit) in [
            ("code_lifetime", self.code_lifetime, 60, 1_800, " seconds"),
            ("interval", self.interval, 1, 60, " seconds"),
            // RFC 8628 §5.1: so few tries that nobody guesses a code while it lives.
            ("wrong_codes", self.wrong_codes, 1, 1_000, " an hour"),
            ("per_address", self.per_address, 1, 1_000_000, " a minute"),
        ] {
            if !(least..=most).contains(&value) {
                let problem = format!("must be from {least} to {most}{unit}");
                return Err(FieldError::new(format!("device.{name}"), problem));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::config::load_text;

    #[test]
    fn what_would_let_codes_be_guessed_is_refused() {
        for (toml, told) in [
            (
                "code_lifetime = 3600",
                "device.code_lifetime: must be from 60 to 1800 seconds",
            ),
            ("interval = 0", "device.interval: must be from 1 to 60 seconds"),
            (
                "wrong_codes = 100000",
                "device.wrong_codes: must be from 1 to 1000 an hour",
            ),
            (
                "per_address = 0",
                "device.per_address: must be from 1 to 1000000 a minute",
            ),
        ] {
            let error = load_text(&format!("[device]\n{toml}"), BTreeMap::new()).unwrap_err();
            assert_eq!(error.to_string(), told);
        }
    }
}
