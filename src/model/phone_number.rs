//! Telephone numbers in their international form (ITU-T E.164).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A telephone number: `+`, the calling code of a country, and the number there; 8 to 15 digits in all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Calling codes of two digits; `1` and `7` have one, all others three.
const TWO_DIGITS: [u8; 44] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62,
    63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

impl PhoneNumber {
    /// The number as it is dialled from anywhere: `+4915112345678`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The calling code of its country, or group of countries, with its `+`.
    #[must_use]
    pub fn calling_code(&self) -> &str {
        let two = self
            .0
            .get(1..3)
            .and_then(|two| two.parse::<u8>().ok())
            .unwrap_or_default();
        let length = match two {
            10..=19 | 70..=79 => 1,
            _ if TWO_DIGITS.contains(&two) => 2,
            _ => 3,
        };
        self.0.get(..=length).unwrap_or(&self.0)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no international telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an international telephone number; write it as +44 20 7946 0123")]
pub struct NoPhoneNumber;

impl FromStr for PhoneNumber {
    type Err = NoPhoneNumber;

    /// Takes what people put between digits, and `00` for `+`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_filler = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}');
        let plain: String = text.trim().chars().filter(|c| !is_filler(*c)).collect();
        let digits = plain
            .strip_prefix('+')
            .or_else(|| plain.strip_prefix("00"))
            .ok_or(NoPhoneNumber)?;
        let is_number = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number && !digits.starts_with('0') {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(NoPhoneNumber)
        }
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NoPhoneNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s17_numbers_are_brought_into_one_form_or_are_none() {
        for (text, expected) in [
            ("+49 151 1234-5678", Some("+4915112345678")),
            ("0049 (151) 12345678", Some("+4915112345678")),
            (" +1.202.555.0123 ", Some("+12025550123")),
            ("+44/20/79460123", Some("+442079460123")),
            ("0151 12345678", None),
            ("+0 151 12345678", None),
            ("+1234567", None),
            ("+1234567890123456", None),
            ("+49151x2345678", None),
            ("+４９15112345678", None),
            ("++4915112345678", None),
            ("", None),
        ] {
            let number: Option<PhoneNumber> = text.parse().ok();
            assert_eq!(number.as_ref().map(PhoneNumber::as_str), expected, "{text}");
        }
    }

    #[test]
    fn a_number_begins_with_the_calling_code_of_its_country() {
        for (number, code) in [
            ("+12025550123", "+1"),
            ("+79161234567", "+7"),
            ("+4915112345678", "+49"),
            ("+442079460123", "+44"),
            ("+9821123456", "+98"),
            ("+35312345678", "+353"),
            ("+3581234567", "+358"),
            ("+97212345678", "+972"),
            ("+88212345678", "+882"),
        ] {
            assert_eq!(number.parse::<PhoneNumber>().unwrap().calling_code(), code);
        }
    }
}
