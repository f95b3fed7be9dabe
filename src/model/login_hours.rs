//! Login hours: when users of a profile may sign in, by weekday and in their time zone.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Timelike as _, Weekday};
use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// When users may sign in. A weekday that is not named has no hours: nobody signs in on it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoginHours {
    /// Monday's hours; a range that passes midnight ends on Tuesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub monday: Vec<Hours>,
    /// Tuesday's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tuesday: Vec<Hours>,
    /// Wednesday's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wednesday: Vec<Hours>,
    /// Thursday's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thursday: Vec<Hours>,
    /// Friday's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub friday: Vec<Hours>,
    /// Saturday's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saturday: Vec<Hours>,
    /// Sunday's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sunday: Vec<Hours>,
}

/// From one minute of a day to another, both inclusive: `08:00-17:59`. One that ends before it begins passes midnight; one
/// that ends when it begins is never (CLAUSES.md S66).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: u16,
    until: u16,
}

const DAY: u16 = 24 * 60;

/// A text that is no range of hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not hours of a day; write 08:00-17:59, or 00:00-23:59 for all of it")]
pub struct InvalidHours;

impl LoginHours {
    /// Whether `at` is within the hours, told by the clock of `zone`.
    #[must_use]
    pub fn contain(&self, at: Timestamp, zone: TimeZone) -> bool {
        // An instant has exactly one local time, in the hour that a clock change repeats as well as in any other.
        let Some((day, minute)) = zone.local(at) else {
            return false;
        };
        let today = self.of(day).iter().any(|hours| hours.contain(minute));
        let since_yesterday = self
            .of(day.pred())
            .iter()
            .any(|hours| hours.reach_into_next_day(minute));
        today || since_yesterday
    }

    /// Whether they never come.
    #[must_use]
    pub fn are_never(&self) -> bool {
        let week = [
            &self.monday,
            &self.tuesday,
            &self.wednesday,
            &self.thursday,
            &self.friday,
            &self.saturday,
            &self.sunday,
        ];
        week.into_iter().flatten().all(|hours| hours.from == hours.until)
    }

    fn of(&self, day: Weekday) -> &[Hours] {
        match day {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        }
    }

    /// The hours by weekday, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let days = [
            ("Mon", &self.monday),
            ("Tue", &self.tuesday),
            ("Wed", &self.wednesday),
            ("Thu", &self.thursday),
            ("Fri", &self.friday),
            ("Sat", &self.saturday),
            ("Sun", &self.sunday),
        ];
        let mut by_hours: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (day, hours) in days {
            if !hours.is_empty() {
                let hours: Vec<String> = hours.iter().map(ToString::to_string).collect();
                by_hours.entry(hours.join(" ")).or_default().push(day);
            }
        }
        let told: Vec<String> = by_hours
            .iter()
            .map(|(hours, days)| format!("{} {hours}", days.join(" ")))
            .collect();
        if told.is_empty() {
            "never".to_owned()
        } else {
            told.join(", ")
        }
    }
}

impl Hours {
    const fn contain(self, minute: u16) -> bool {
        if self.from < self.until {
            self.from <= minute && minute <= self.until
        } else {
            self.from > self.until && self.from <= minute
        }
    }

    const fn reach_into_next_day(self, minute: u16) -> bool {
        self.from > self.until && minute <= self.until
    }
}

impl FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let minute = |text: &str| {
            let (hour, minute) = text.trim().split_once(':').ok_or(InvalidHours)?;
            let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(hour) || !digits(minute) {
                return Err(InvalidHours);
            }
            let (hour, minute): (u16, u16) = (
                hour.parse().map_err(|_| InvalidHours)?,
                minute.parse().map_err(|_| InvalidHours)?,
            );
            let of_day = hour * 60 + minute;
            if minute < 60 && of_day < DAY {
                Ok(of_day)
            } else {
                Err(InvalidHours)
            }
        };
        let (from, until) = text.split_once('-').ok_or(InvalidHours)?;
        Ok(Self {
            from: minute(from)?,
            until: minute(until)?,
        })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

impl TryFrom<String> for Hours {
    type Error = InvalidHours;

    fn try_from(text: String) -> Result<Self, InvalidHours> {
        text.parse()
    }
}

/// A time zone of the IANA database: `Europe/Zurich`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

/// A name that is no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time zone of the IANA database; write Europe/Zurich or UTC")]
pub struct InvalidTimeZone;

impl TimeZone {
    /// Weekday and minute of the day at an instant; none for an instant that no calendar has.
    fn local(self, at: Timestamp) -> Option<(Weekday, u16)> {
        let local = DateTime::from_timestamp_micros(at.as_micros())?.with_timezone(&self.0);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).ok()?;
        Some((local.weekday(), minute))
    }

    /// An instant as the zone's clock shows it: `Tue 10:00`.
    #[must_use]
    pub fn told(self, at: Timestamp) -> String {
        self.local(at).map_or_else(
            || "no time".to_owned(),
            |(day, minute)| format!("{day} {:02}:{:02}", minute / 60, minute % 60),
        )
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self(chrono_tz::Tz::UTC)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl FromStr for TimeZone {
    type Err = InvalidTimeZone;

    fn from_str(text: &str) -> Result<Self, InvalidTimeZone> {
        text.parse().map(Self).map_err(|_| InvalidTimeZone)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.to_string()
    }
}

impl TryFrom<String> for TimeZone {
    type Error = InvalidTimeZone;

    fn try_from(text: String) -> Result<Self, InvalidTimeZone> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn hours(day: &str, ranges: &[&str]) -> LoginHours {
        serde_json::from_value(serde_json::json!({ day: ranges })).unwrap()
    }

    // 2026-11-24 is a Tuesday.
    #[test]
    fn s66_both_ends_count_and_unnamed_days_have_no_hours() {
        let tuesday = hours("tuesday", &["08:00-17:59"]);
        for (when, inside) in [
            ("2026-11-24T07:59:59Z", false),
            ("2026-11-24T08:00:00Z", true),
            ("2026-11-24T17:59:59Z", true),
            ("2026-11-24T18:00:00Z", false),
            ("2026-11-25T12:00:00Z", false),
        ] {
            assert_eq!(tuesday.contain(at(when), TimeZone::default()), inside, "{when}");
        }
    }

    #[test]
    fn s66_a_range_passes_midnight_and_an_empty_one_is_never() {
        let night = hours("monday", &["22:00-06:00"]);
        for (when, inside) in [
            ("2026-11-23T21:59:00Z", false),
            ("2026-11-23T22:00:00Z", true),
            ("2026-11-24T05:59:00Z", true),
            ("2026-11-24T06:00:59Z", true),
            ("2026-11-24T06:01:00Z", false),
            ("2026-11-24T22:30:00Z", false),
            ("2026-11-23T05:00:00Z", false),
        ] {
            assert_eq!(night.contain(at(when), TimeZone::default()), inside, "{when}");
        }
        let never = hours("monday", &["09:00-09:00"]);
        assert!(!never.contain(at("2026-11-23T09:00:00Z"), TimeZone::default()));
        assert!(never.are_never() && LoginHours::default().are_never() && !night.are_never());
    }

    #[test]
    fn s66_clock_changes_skip_and_repeat_an_hour() {
        let zone: TimeZone = "Europe/Zurich".parse().unwrap();
        // 2026-03-29: 02:00 becomes 03:00. 2026-10-25: 03:00 becomes 02:00 again.
        let sunday = hours("sunday", &["02:00-02:59"]);
        for (when, inside) in [
            ("2026-03-29T00:59:59Z", false), // 01:59 local
            ("2026-03-29T01:00:00Z", false), // 03:00 local: there was no 02:xx
            ("2026-10-25T00:30:00Z", true),  // 02:30 the first time
            ("2026-10-25T01:30:00Z", true),  // 02:30 the second time
            ("2026-10-25T02:00:00Z", false), // 03:00
        ] {
            assert_eq!(sunday.contain(at(when), zone), inside, "{when}");
        }
    }

    #[test]
    fn wrong_texts_are_refused() {
        for text in [
            "",
            "8-17",
            "08:00",
            "8:00-17:00",
            "08:00-24:00",
            "08:60-09:00",
            "+8:00-09:00",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
        assert!("Mars/Olympus".parse::<TimeZone>().is_err());
    }

    #[test]
    fn hours_are_told_by_days() {
        let mut all = hours("monday", &["08:00-17:59"]);
        all.tuesday.clone_from(&all.monday);
        assert_eq!(all.told(), "Mon Tue 08:00-17:59");
        assert_eq!(LoginHours::default().told(), "never");
    }
}
