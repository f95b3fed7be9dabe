//! Tokens and times in words, for the app's pages and the inspector.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::sign_in::Token;
use crate::model::evidence::Acr;
use crate::model::time::Timestamp;
use crate::pages::contexts::{ClaimLine, TokenView};

/// The claims of an ID token that say who signed in, and how.
const ID_TOKEN: &[&str] = &["iss", "sub", "name", "aud", "acr", "amr", "auth_time", "exp"];
/// The claims of an access token that an API looks at.
const ACCESS_TOKEN: &[&str] = &[
    "iss",
    "sub",
    "client_id",
    "aud",
    "scope",
    "acr",
    "amr",
    "auth_time",
    "exp",
];

/// The claims of an ID token that say who signed in, and how.
pub(super) fn id_token(token: &Token, now: Timestamp) -> Vec<ClaimLine> {
    lines(&token.claims, ID_TOKEN, now)
}

/// The claims of an access token that an API looks at.
pub(super) fn access_token(token: &Token, now: Timestamp) -> Vec<ClaimLine> {
    lines(&token.claims, ACCESS_TOKEN, now)
}

fn lines(claims: &Map<String, Value>, names: &[&str], now: Timestamp) -> Vec<ClaimLine> {
    let line = |name: &&str| claims.get(*name).map(|value| line(name, value, now));
    names.iter().filter_map(line).collect()
}

fn line(name: &str, value: &Value, now: Timestamp) -> ClaimLine {
    match (name, value) {
        ("acr", Value::String(acr)) => acr
            .parse()
            .map_or_else(|_| ClaimLine::new(name, acr.as_str()), ClaimLine::acr),
        ("auth_time" | "exp", Value::Number(number)) => {
            let at = number.as_i64().map(Timestamp::from_seconds).unwrap_or_default();
            ClaimLine::new(name, number.to_string()).meaning(format!("{}, {}", time(at), distance(at, now)))
        }
        (_, Value::String(text)) => ClaimLine::new(name, text.as_str()),
        (_, Value::Array(values)) => {
            let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            ClaimLine::new(name, words.join(" "))
        }
        _ => ClaimLine::new(name, value.to_string()),
    }
}

/// The level that a token says.
pub(super) fn level(token: &Token) -> Acr {
    let acr = token.claims.get("acr").and_then(Value::as_str);
    acr.and_then(|acr| acr.parse().ok()).unwrap_or_default()
}

/// When the level of a token was reached.
pub(super) fn proven_at(token: &Token) -> Timestamp {
    let at = token.claims.get("auth_time").and_then(Value::as_i64);
    at.map(Timestamp::from_seconds).unwrap_or_default()
}

/// A token whole, as the inspector shows it.
pub(super) fn whole(label: &str, token: &Token) -> TokenView {
    TokenView {
        label: label.into(),
        header_json: indented(&token.header),
        claims_json: indented(&token.claims),
        acr: level(token).into(),
    }
}

fn indented(members: &Map<String, Value>) -> String {
    // Maps of JSON values with text keys can always be written.
    serde_json::to_string_pretty(members).unwrap_or_default()
}

/// A time of day to the second, as in `20:00:12 UTC`.
pub(super) fn time(at: Timestamp) -> String {
    let at: DateTime<Utc> = DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default();
    at.format("%H:%M:%S UTC").to_string()
}

/// How far from now, as in `12 seconds ago` and `in 14 minutes`.
pub(super) fn distance(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.seconds_since(now);
    let (number, unit) = match seconds.unsigned_abs() {
        0 => return "just now".into(),
        number @ 1..120 => (number, "second"),
        number @ 120..7_200 => (number / 60, "minute"),
        number => (number / 3_600, "hour"),
    };
    let plural = if number == 1 { "" } else { "s" };
    if seconds < 0 {
        format!("{number} {unit}{plural} ago")
    } else {
        format!("in {number} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn distances_are_told_in_the_unit_that_fits() {
        let told = |seconds| distance(Timestamp::from_seconds(seconds), Timestamp::from_seconds(0));
        for (seconds, expected) in [
            (0, "just now"),
            (1, "in 1 second"),
            (-1, "1 second ago"),
            (-119, "119 seconds ago"),
            (120, "in 2 minutes"),
            (-7_199, "119 minutes ago"),
            (7_200, "in 2 hours"),
        ] {
            assert_eq!(told(seconds), expected);
        }
    }

    #[test]
    fn claims_are_shown_in_order_with_times_in_words() {
        let now = Timestamp::parse("2026-03-01T20:00:20Z").unwrap();
        let claims = json!({"auth_time": 1_772_395_212, "amr": ["pwd", "otp", "mfa"], "acr": "high", "nonce": "n"});
        let lines = lines(claims.as_object().unwrap(), ID_TOKEN, now);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.name.as_str(), line.value.as_str()))
            .collect();
        assert_eq!(
            told,
            [("acr", "high"), ("amr", "pwd otp mfa"), ("auth_time", "1772395212")]
        );
        assert!(lines[0].seal.is_some());
        assert_eq!(lines[2].meaning.as_deref(), Some("20:00:12 UTC, 8 seconds ago"));
        assert_eq!(time(now), "20:00:20 UTC");
    }
}
