//! Instants as a language writes them; the order of day, month and time is a message too.

use chrono::{DateTime, Datelike, Utc};
use fluent_bundle::FluentArgs;
use serde::{Deserialize, Serialize};

use super::Messages;
use crate::error::Fault;
use crate::model::lang::Lang;
use crate::model::time::Timestamp;

/// An instant in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    moment: Timestamp,
    now: Option<Timestamp>,
}

impl Moment {
    /// With its date, year and time.
    #[must_use]
    pub const fn dated(at: Timestamp) -> Self {
        Self { moment: at, now: None }
    }

    /// With its time alone where it is of the same day as `now`, of another day with its date.
    #[must_use]
    pub const fn near(at: Timestamp, now: Timestamp) -> Self {
        Self {
            moment: at,
            now: Some(now),
        }
    }

    pub(super) fn worded(self, messages: &Messages, lang: Lang) -> Result<String, Fault> {
        let at = instant(self.moment);
        let form = match self.now.map(instant) {
            None => "time-dated",
            Some(now) if now.date_naive() == at.date_naive() => "time-today",
            Some(_) => "time-another-day",
        };
        let mut number = FluentArgs::new();
        number.set("number", at.month());
        let mut parts = FluentArgs::new();
        parts.set("month", messages.format(lang, "time-month", &number)?);
        parts.set("day", at.day().to_string());
        parts.set("year", at.year().to_string());
        parts.set("clock", at.format("%H:%M").to_string());
        messages.format(lang, form, &parts)
    }
}

fn instant(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default()
}
