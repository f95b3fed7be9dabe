//! Device codes: what a device without a browser of its own asks for, until a person answers it elsewhere. RFC 8628.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::id::GrantId;
use super::request::RequestedAcr;
use super::scope::ScopeSet;
use super::secret::Digest;
use super::time::Timestamp;

/// Prefix of device codes.
pub const DEVICE_CODE_PREFIX: &str = "cs_dc_";
/// What user codes are made of: consonants, which spell no words and are not taken for digits (§6.1).
pub const USER_CODE_ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many of them: 34 bits, for as long as the code lives and as often as anybody may try (§5.1).
pub const USER_CODE_LENGTH: usize = 8;

/// What a device asks for, and from where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// The client.
    pub client_id: String,
    /// What is asked for, already cut to what the client may have.
    pub scope: ScopeSet,
    /// Requested resources (RFC 8707).
    pub resources: Vec<String>,
    /// Levels asked for, in order of preference, as the client wrote them.
    pub acr_values: Vec<RequestedAcr>,
    /// The address that the device asked from, where known.
    pub ip: Option<IpAddr>,
    /// When it asked.
    pub asked_at: Timestamp,
}

/// A device code.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceCode {
    /// The digest by which it is recognised.
    pub digest: Digest,
    /// The keyed digest of the code that the device shows.
    pub user_code: Digest,
    /// What the device asks for.
    pub request: DeviceRequest,
    /// What was answered.
    pub answer: Option<DeviceAnswer>,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl DeviceCode {
    /// Whether somebody may still answer it.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer.is_none() && self.consumed_at.is_none() && now < self.expires_at
    }
}

/// What somebody answered a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceAnswer {
    /// It may have this grant.
    Allowed(GrantId),
    /// It gets nothing.
    Denied,
}

/// A user code as it was typed or scanned, without what people put between its letters and in whatever case (§6.1); none
/// when it cannot be one.
#[must_use]
pub fn read_user_code(typed: &str) -> Option<String> {
    let letters = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | '_'));
    let code: String = letters
        .take(USER_CODE_LENGTH + 1)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let is_one = code.len() == USER_CODE_LENGTH && code.bytes().all(|byte| USER_CODE_ALPHABET.contains(&byte));
    is_one.then_some(code)
}

/// A user code as devices show it: `BCDF-GHJK`.
#[must_use]
pub fn shown_user_code(code: &str) -> String {
    match code.split_at_checked(USER_CODE_LENGTH / 2) {
        Some((first, second)) if !second.is_empty() => format!("{first}-{second}"),
        _ => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_code_is_read_as_people_type_it() {
        for typed in [
            "BCDF-GHJK",
            "bcdfghjk",
            " b c d f – g h j k".replace('–', "-").as_str(),
            "bcdf.ghjk",
        ] {
            assert_eq!(read_user_code(typed).as_deref(), Some("BCDFGHJK"), "{typed}");
        }
        for typed in [
            "",
            "BCDF-GHJ",
            "BCDF-GHJKL",
            "ABCD-EFGH",
            "BCDF-GHJ1",
            "ΒCDF-GHJK",
            "BCDF/GHJK",
        ] {
            assert_eq!(read_user_code(typed), None, "{typed}");
        }
        assert_eq!(shown_user_code("BCDFGHJK"), "BCDF-GHJK");
        assert_eq!(shown_user_code("BC"), "BC");
    }
}
