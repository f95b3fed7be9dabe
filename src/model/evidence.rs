//! Levels and the evidence they are computed from. ASSURANCE.md §1 in code: five fixed levels, factors, categories.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::CredentialId;
use super::time::Timestamp;

/// Authentication context class: how much proof was given. Fixed and totally ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Acr {
    /// The user did not authenticate.
    #[default]
    None,
    /// Presence only.
    Low,
    /// One factor.
    Standard,
    /// Two distinct factors.
    High,
    /// Phishing-resistant, with user verification.
    Phr,
}

impl Acr {
    /// All levels, weakest first.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Standard, Self::High, Self::Phr];

    /// The level's name, which is also the `acr` value in tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Standard => "standard",
            Self::High => "high",
            Self::Phr => "phr",
        }
    }

    /// How many strokes of the seal are filled: 0 to 4.
    #[must_use]
    pub const fn strokes(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Acr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Acr {
    type Err = UnknownAcr;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == text).ok_or(UnknownAcr)
    }
}

/// An `acr` value that names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a level: none, low, standard, high or phr")]
pub struct UnknownAcr;

/// A kind of factor; the names are used in directory, pages and audit alike (ASSURANCE.md §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// A password.
    Password,
    /// A passkey or security key (WebAuthn).
    Passkey,
    /// A time-based one-time password (RFC 6238).
    Totp,
    /// A counter-based one-time password of a hardware token (RFC 4226).
    Hotp,
    /// A one-time password of a `YubiKey`.
    YubikeyOtp,
    /// A code sent by SMS.
    Sms,
    /// A code spoken in a call.
    Voice,
    /// A code sent by e-mail.
    Email,
    /// A recovery code.
    RecoveryCode,
    /// A sign-in at another provider; nobody enrols it here.
    Upstream,
}

/// What a factor rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Something one knows.
    Knowledge,
    /// Something one has.
    Possession,
}

/// One row of the table of kinds.
struct Row {
    kind: FactorKind,
    name: &'static str,
    short: &'static str,
    amr: &'static [&'static str],
    category: Category,
    with_password: Acr,
    alone: Acr,
}

/// ASSURANCE.md §1. A passkey that verified its user reaches `phr` alone; `alone` is of one that only noticed a presence.
const TABLE: [Row; 10] = {
    use Category::{Knowledge, Possession};
    use FactorKind as K;
    const fn row(
        kind: K,
        names: [&'static str; 2],
        amr: &'static [&'static str],
        category: Category,
        levels: [Acr; 2],
    ) -> Row {
        let ([name, short], [with_password, alone]) = (names, levels);
        Row {
            kind,
            name,
            short,
            amr,
            category,
            with_password,
            alone,
        }
    }
    [
        row(
            K::Password,
            ["password", "pwd"],
            &["pwd"],
            Knowledge,
            [Acr::Standard, Acr::Standard],
        ),
        row(
            K::Passkey,
            ["passkey", "webauthn"],
            &["swk", "pop", "user"],
            Possession,
            [Acr::Phr, Acr::Low],
        ),
        row(K::Totp, ["totp", "otp"], &["otp"], Possession, [Acr::High, Acr::Low]),
        row(K::Hotp, ["hotp", "hotp"], &["otp"], Possession, [Acr::High, Acr::Low]),
        row(
            K::YubikeyOtp,
            ["yubikey_otp", "yubikey"],
            &["otp"],
            Possession,
            [Acr::High, Acr::Low],
        ),
        row(
            K::Sms,
            ["sms", "sms"],
            &["sms", "mca"],
            Possession,
            [Acr::High, Acr::None],
        ),
        row(
            K::Voice,
            ["voice", "tel"],
            &["tel", "mca"],
            Possession,
            [Acr::High, Acr::None],
        ),
        row(
            K::Email,
            ["email", "mail"],
            &["email"],
            Possession,
            [Acr::Standard, Acr::None],
        ),
        row(
            K::RecoveryCode,
            ["recovery_code", "rcv"],
            &["rcv"],
            Possession,
            [Acr::Standard, Acr::None],
        ),
        row(
            K::Upstream,
            ["upstream", "sso"],
            &[],
            Knowledge,
            [Acr::Standard, Acr::Standard],
        ),
    ]
};

impl FactorKind {
    /// Every kind that can be enrolled as a second factor, strongest first (ASSURANCE.md §7).
    pub const SECOND_FACTORS: [Self; 8] = [
        Self::Passkey,
        Self::Totp,
        Self::Hotp,
        Self::YubikeyOtp,
        Self::Sms,
        Self::Voice,
        Self::Email,
        Self::RecoveryCode,
    ];

    /// The kinds of second factor that can be enrolled and used in this release, strongest first; those whose codes are sent
    /// where somebody sends them.
    pub const BUILT: [Self; 8] = [
        Self::Passkey,
        Self::Totp,
        Self::Hotp,
        Self::YubikeyOtp,
        Self::Sms,
        Self::Voice,
        Self::Email,
        Self::RecoveryCode,
    ];

    const fn row(self) -> &'static Row {
        // Discriminants count from 0 in the table's order, which a test holds.
        match self {
            Self::Password => &TABLE[0],
            Self::Passkey => &TABLE[1],
            Self::Totp => &TABLE[2],
            Self::Hotp => &TABLE[3],
            Self::YubikeyOtp => &TABLE[4],
            Self::Sms => &TABLE[5],
            Self::Voice => &TABLE[6],
            Self::Email => &TABLE[7],
            Self::RecoveryCode => &TABLE[8],
            Self::Upstream => &TABLE[9],
        }
    }

    /// The kind's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The `amr` values that this kind contributes (RFC 8176; `email` and `rcv` are our own).
    #[must_use]
    pub const fn amr(self) -> &'static [&'static str] {
        self.row().amr
    }

    /// What this kind rests on.
    #[must_use]
    pub const fn category(self) -> Category {
        self.row().category
    }

    /// The level this kind reaches together with a password.
    #[must_use]
    pub const fn level_with_password(self) -> Acr {
        self.row().with_password
    }

    /// The level this kind reaches alone.
    #[must_use]
    pub const fn level_alone(self) -> Acr {
        self.row().alone
    }
}

impl FromStr for FactorKind {
    type Err = UnknownFactor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let row = TABLE.iter().find(|row| row.name == text || row.short == text);
        row.map(|row| row.kind).ok_or(UnknownFactor)
    }
}

/// A name that is no kind of factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a factor: password (pwd), passkey, totp (otp), hotp, yubikey_otp, sms, voice, email or recovery_code")]
pub struct UnknownFactor;

/// One proven factor. A session holds a list of these; nothing else gives it a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    kind: FactorKind,
    credential: CredentialId,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    user_verified: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hardware: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upstream: Option<Upstream>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ceiling: Option<Acr>,
}

/// What another provider's sign-in is believed to say: what passed the list of what is accepted from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// The level that the method's column gives it.
    pub acr: Acr,
    /// The methods that were accepted.
    pub amr: Vec<String>,
}

impl Evidence {
    /// Records that `credential` of `kind` was proven at `at`. Only a factor's check may call this
    /// (`tests/architecture.rs` holds who does).
    #[must_use]
    pub const fn proven(kind: FactorKind, credential: CredentialId, at: Timestamp) -> Self {
        Self {
            kind,
            credential,
            at,
            ip: None,
            user_verified: false,
            hardware: false,
            upstream: None,
            ceiling: None,
        }
    }

    /// It reaches no more than this, whatever its kind does: a number that was changed lately, or typed at login.
    #[must_use]
    pub const fn up_to(mut self, ceiling: Option<Acr>) -> Self {
        self.ceiling = ceiling;
        self
    }

    /// Proven from this address.
    #[must_use]
    pub const fn from(mut self, ip: Option<IpAddr>) -> Self {
        self.ip = ip;
        self
    }

    /// The authenticator verified its user, not just a presence (WebAuthn).
    #[must_use]
    pub const fn user_verified(mut self) -> Self {
        self.user_verified = true;
        self
    }

    /// The key that was proven cannot leave its hardware.
    #[must_use]
    pub const fn of_hardware(mut self, hardware: bool) -> Self {
        self.hardware = hardware;
        self
    }

    /// Another provider says so.
    #[must_use]
    pub fn upstream(mut self, upstream: Upstream) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// The kind of factor that was proven.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// The credential that was proven.
    #[must_use]
    pub const fn credential(&self) -> CredentialId {
        self.credential
    }

    /// When it was proven.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The address it was proven from, where known.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// Whether the authenticator verified its user.
    #[must_use]
    pub const fn is_user_verified(&self) -> bool {
        self.user_verified
    }

    /// Whether the key that was proven cannot leave its hardware.
    #[must_use]
    pub const fn is_of_hardware(&self) -> bool {
        self.hardware
    }

    /// The most that it reaches, where that is less than its kind does.
    #[must_use]
    pub const fn ceiling(&self) -> Option<Acr> {
        self.ceiling
    }

    /// What another provider said, if this is its word.
    #[must_use]
    pub const fn of_upstream(&self) -> Option<&Upstream> {
        self.upstream.as_ref()
    }
}

/// Level, methods and time asserted together, always from the same evidence (the pair rule).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Assurance {
    /// The level.
    pub acr: Acr,
    /// The methods (RFC 8176), sorted as proven.
    pub amr: Vec<String>,
    /// When the level was reached; absent only when the user did not authenticate.
    pub auth_time: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_finds_its_own_row() {
        for row in &TABLE {
            assert_eq!(row.kind.as_str(), row.name);
            assert_eq!(row.name.parse(), Ok(row.kind));
            assert_eq!(row.short.parse(), Ok(row.kind));
            assert_eq!(serde_json::to_value(row.kind).unwrap(), row.name);
        }
    }
}
