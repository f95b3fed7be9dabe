//! What the standard claims about people are made of. OpenID Connect Core §5.1.

use serde_json::{Map, Value};

use super::unseen::is_unseen;

/// The last second that a time may be: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// What a standard claim is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimType {
    /// A text that is not blank.
    Text,
    /// True or false.
    Boolean,
    /// Seconds since 1970-01-01 UTC.
    Seconds,
    /// A date of birth, perhaps without its year or with nothing else.
    Date,
    /// A postal address: texts by name (§5.1.1).
    Address,
}

impl ClaimType {
    /// What a claim of this name is made of; none of a claim that is no standard one.
    #[must_use]
    pub fn of(claim: &str) -> Option<Self> {
        Some(match claim {
            "name" | "given_name" | "family_name" | "middle_name" | "nickname" | "preferred_username" | "profile"
            | "picture" | "website" | "email" | "gender" | "zoneinfo" | "locale" | "phone_number" => Self::Text,
            "email_verified" | "phone_number_verified" => Self::Boolean,
            "updated_at" => Self::Seconds,
            "birthdate" => Self::Date,
            "address" => Self::Address,
            _ => return None,
        })
    }

    /// Whether a value is of this type.
    #[must_use]
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Text => is_text(value),
            Self::Boolean => value.is_boolean(),
            Self::Seconds => value.as_i64().is_some_and(|at| (0..=LAST_SECOND).contains(&at)),
            Self::Date => value.as_str().is_some_and(is_date),
            Self::Address => value
                .as_object()
                .is_some_and(|parts| !parts.is_empty() && parts.values().all(is_text)),
        }
    }

    /// What a value of this type must be, in words.
    #[must_use]
    pub const fn wanted(self) -> &'static str {
        match self {
            Self::Text => "must be a text that is not blank; remove it to say nothing",
            Self::Boolean => "must be true or false, without quotes",
            Self::Seconds => "must be a whole number of seconds since 1970-01-01 UTC",
            Self::Date => "must be a date in quotes: YYYY-MM-DD, 0000-MM-DD without the year, or YYYY alone",
            Self::Address => {
                "must be a table of texts that are not blank: formatted, street_address, locality, region, \
                 postal_code, country"
            }
        }
    }
}

/// What may be said of a claim of this value: nothing of what is blank or of another type, as older records may have it.
#[must_use]
pub fn sayable(claim: &str, value: &Value) -> Option<Value> {
    let Some(kind) = ClaimType::of(claim) else {
        return (!value.is_null()).then(|| value.clone());
    };
    if kind == ClaimType::Address {
        let parts = value.as_object()?.iter().filter(|(_, part)| is_text(part));
        let parts: Map<String, Value> = parts.map(|(name, part)| (name.clone(), part.clone())).collect();
        return (!parts.is_empty()).then_some(Value::Object(parts));
    }
    kind.holds(value).then(|| value.clone())
}

fn is_text(value: &Value) -> bool {
    let is_seen = |c: char| !c.is_whitespace() && !is_unseen(c);
    value.as_str().is_some_and(|text| text.contains(is_seen))
}

/// ISO 8601-1 as §5.1 narrows it. The year 0000, for one that is not said, has a 29th of February.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, length: usize| {
        let is_number = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u16>().ok()).flatten()
    };
    let Some((year, rest)) = text.split_once('-') else {
        return digits(text, 4).is_some_and(|year| year > 0);
    };
    let Some((month, day)) = rest.split_once('-') else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::scope::SCOPE_CLAIMS;

    #[test]
    fn every_claim_of_a_scope_has_a_type() {
        for (scope, claims) in SCOPE_CLAIMS {
            for claim in claims {
                assert!(ClaimType::of(claim).is_some(), "{scope}: {claim}");
            }
        }
        assert_eq!(ClaimType::of("badge"), None);
    }

    #[test]
    fn values_are_of_the_type_of_their_claim() {
        let good = [
            ("name", json!("Alice")),
            ("locale", json!("de-DE")),
            ("email_verified", json!(false)),
            ("updated_at", json!(0)),
            ("updated_at", json!(1_772_402_400)),
            ("birthdate", json!("1990-12-31")),
            ("birthdate", json!("2000-02-29")),
            ("birthdate", json!("0000-02-29")),
            ("birthdate", json!("1990")),
            ("address", json!({ "locality": "Bath", "formatted": "1 Row\nBath" })),
        ];
        for (claim, value) in good {
            assert!(ClaimType::of(claim).unwrap().holds(&value), "{claim}: {value}");
            assert_eq!(sayable(claim, &value), Some(value));
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_of_another_type() {
        let wrong = [
            ("name", json!("")),
            ("nickname", json!(" \u{200b}\t")),
            ("phone_number", json!(5)),
            ("name", json!(["Alice"])),
            ("email_verified", json!("yes")),
            ("phone_number_verified", json!(1)),
            ("updated_at", json!("x")),
            ("updated_at", json!(-1)),
            ("updated_at", json!(1.5)),
            ("updated_at", json!(u64::MAX)),
            ("updated_at", json!(LAST_SECOND + 1)),
            ("birthdate", json!("yesterday")),
            ("birthdate", json!("1990-02-29")),
            ("birthdate", json!("1900-02-29")),
            ("birthdate", json!("1990-13-01")),
            ("birthdate", json!("1990-00-01")),
            ("birthdate", json!("1990-01-00")),
            ("birthdate", json!("1990-1-1")),
            ("birthdate", json!("1990-01")),
            ("birthdate", json!("1990-01-01-01")),
            ("birthdate", json!("-990-01-01")),
            ("birthdate", json!("0000")),
            ("birthdate", json!("19９0")),
            ("birthdate", json!(1990)),
            ("address", json!("1 Row, Bath")),
            ("address", json!({})),
            ("address", json!({ "locality": "" })),
            ("address", json!({ "locality": 5 })),
            ("address", Value::Null),
        ];
        for (claim, value) in wrong {
            assert!(!ClaimType::of(claim).unwrap().holds(&value), "{claim}: {value}");
            assert_eq!(sayable(claim, &value), None, "{claim}: {value}");
        }
    }

    #[test]
    fn of_an_address_that_is_partly_blank_the_rest_is_said() {
        let address = json!({ "locality": "Bath", "region": " ", "postal_code": 5 });
        assert!(!ClaimType::Address.holds(&address));
        assert_eq!(sayable("address", &address), Some(json!({ "locality": "Bath" })));
    }

    #[test]
    fn a_claim_of_ones_own_is_said_as_it_is() {
        assert_eq!(sayable("badge", &json!("")), Some(json!("")));
        assert_eq!(sayable("badge", &Value::Null), None);
    }
}
