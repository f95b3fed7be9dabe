//! Values that several commands take as arguments.

use serde::de::DeserializeOwned;

use crate::model::time::Timestamp;

/// An instant (RFC 3339), or a day in UTC.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
        .ok_or_else(|| "an instant is written 2026-03-01T20:00:00Z, a day 2026-03-01".to_owned())
}

/// A value by the name that directory files give it.
pub(super) fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// A time span in seconds: `7d`, `12h`, `30m`, `90s`.
pub(super) fn span(text: &str) -> Result<i64, String> {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let found = units.into_iter().find_map(|(unit, seconds)| {
        let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
        Some(i64::from(count) * seconds)
    });
    found
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| "a time span is written 7d, 12h, 30m or 90s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_name_that_files_give_it() {
        use crate::model::evidence::{Acr, FactorKind};
        assert_eq!(named("high"), Ok(Acr::High));
        assert_eq!(named("yubikey_otp"), Ok(FactorKind::YubikeyOtp));
        assert!(named::<Acr>("highest").unwrap_err().contains("`high`"));
    }

    #[test]
    fn a_span_has_a_unit() {
        assert_eq!(span("7d"), Ok(604_800));
        assert_eq!(span("12h"), Ok(43_200));
        for wrong in ["7", "d", "0d", "-1d", "1w", "7 d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let midnight = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
        assert_eq!(instant("2026-03-01"), Ok(midnight));
        assert_eq!(instant("2026-03-01T01:00:00+01:00"), Ok(midnight));
        assert!(instant("yesterday").is_err());
    }
}
