//! Limits of the codes that are sent by SMS, voice and e-mail. ASSURANCE.md §9, §10.

use serde::Deserialize;

use crate::error::FieldError;

/// `[limits.codes]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CodeLimits {
    /// Seconds for which a code sent by SMS or voice counts.
    pub lifetime: u32,
    /// Seconds for which a code sent by e-mail counts.
    pub email_lifetime: u32,
    /// Wrong codes after which another one is sent; the next wrong one blocks.
    pub retries: u32,
    /// Seconds for which no code of that person is then sent or taken.
    pub block: u32,
    /// Seconds between two codes in one transaction.
    pub cooldown: u32,
    /// Codes to one number or address in 15 minutes.
    pub per_number: u32,
    /// Codes to one number or address in a day.
    pub per_number_daily: u32,
    /// Codes of one person in an hour.
    pub per_user: u32,
    /// Codes asked for from one address in an hour.
    pub per_ip: u32,
    /// Codes to the numbers of one calling code in an hour.
    pub per_country: u32,
    /// Codes by SMS and voice in an hour, to whomever.
    pub per_server: u32,
    /// Codes to one calling code in an hour that were sent and not used, at which an alarm is raised.
    pub unused_alarm: u32,
    /// The calling codes (`+49`) that codes may go to; all where none is listed.
    pub countries: Vec<String>,
}

impl Default for CodeLimits {
    fn default() -> Self {
        Self {
            lifetime: 300,
            email_lifetime: 600,
            retries: 3,
            block: 900,
            cooldown: 30,
            per_number: 5,
            per_number_daily: 10,
            per_user: 10,
            per_ip: 20,
            per_country: 1_000,
            per_server: 5_000,
            unused_alarm: 50,
            countries: Vec::new(),
        }
    }
}

impl CodeLimits {
    /// How many wrong codes there may be: each is followed by another code but the last, which blocks.
    #[must_use]
    pub fn tries(&self) -> i64 {
        i64::from(self.retries) + 1
    }

    /// Checks each limit.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        // SP 800-63B-4 §3.1.3.2: a code counts for ten minutes at most.
        let bounded = [
            ("lifetime", self.lifetime, 60, 600, " seconds"),
            ("email_lifetime", self.email_lifetime, 60, 600, " seconds"),
            ("retries", self.retries, 0, 10, ""),
            ("block", self.block, 60, 86_400, " seconds"),
            ("cooldown", self.cooldown, 0, 300, " seconds"),
            ("per_number", self.per_number, 1, 1_000, ""),
            ("per_number_daily", self.per_number_daily, 1, 1_000, ""),
            ("per_user", self.per_user, 1, 1_000, ""),
            ("per_ip", self.per_ip, 1, 100_000, ""),
            ("per_country", self.per_country, 1, 10_000_000, ""),
            ("per_server", self.per_server, 1, 10_000_000, ""),
            ("unused_alarm", self.unused_alarm, 1, 10_000_000, ""),
        ];
        for (name, value, least, most, unit) in bounded {
            if !(least..=most).contains(&value) {
                let problem = format!("must be from {least} to {most}{unit}");
                return Err(FieldError::new(format!("limits.codes.{name}"), problem));
            }
        }
        let is_code = |text: &String| {
            let digits = text.strip_prefix('+').unwrap_or_default();
            (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
        };
        match self.countries.iter().find(|code| !is_code(code)) {
            Some(wrong) => {
                let problem = format!("{wrong} is no calling code; write it as +49");
                Err(FieldError::new("limits.codes.countries", problem))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::config::load_text;

    #[test]
    fn limits_of_codes_are_checked() {
        for (toml, told) in [
            (
                "lifetime = 601",
                "limits.codes.lifetime: must be from 60 to 600 seconds",
            ),
            ("retries = 11", "limits.codes.retries: must be from 0 to 10"),
            ("per_user = 0", "limits.codes.per_user: must be from 1 to 1000"),
            (
                "countries = [\"+49\", \"de\"]",
                "limits.codes.countries: de is no calling code; write it as +49",
            ),
        ] {
            let loaded = load_text(&format!("[limits.codes]\n{toml}"), BTreeMap::new());
            assert_eq!(loaded.unwrap_err().to_string(), told);
        }
        let loaded = load_text("[limits.codes]\ncountries = [\"+1\", \"+353\"]", BTreeMap::new()).unwrap();
        assert_eq!(loaded.settings.limits.codes.tries(), 4);
    }
}
