//! Levels and the evidence they are computed from. ASSURANCE.md §1 in code: five fixed levels, factors, categories.

use std::fmt;
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

/// A kind of factor; the names are used in directory, pages and audit alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// A password.
    Password,
    /// A time-based one-time password (RFC 6238).
    Totp,
}

/// What a factor rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// Something one knows.
    Knowledge,
    /// Something one has.
    Possession,
}

impl FactorKind {
    /// Every kind that can be enrolled as a second factor, strongest first.
    pub const SECOND_FACTORS: [Self; 1] = [Self::Totp];

    /// The kind's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
        }
    }

    /// The `amr` value that this kind contributes (RFC 8176).
    #[must_use]
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp => "otp",
        }
    }

    /// What this kind rests on.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::Password => Category::Knowledge,
            Self::Totp => Category::Possession,
        }
    }

    /// The level this kind reaches together with a password.
    #[must_use]
    pub const fn level_with_password(self) -> Acr {
        match self {
            Self::Password => Acr::Standard,
            Self::Totp => Acr::High,
        }
    }

    /// The level this kind reaches alone.
    #[must_use]
    pub const fn level_alone(self) -> Acr {
        match self {
            Self::Password => Acr::Standard,
            Self::Totp => Acr::Low,
        }
    }
}

impl FromStr for FactorKind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "password" | "pwd" => Ok(Self::Password),
            "totp" | "otp" => Ok(Self::Totp),
            _ => Err("a factor is password (pwd) or totp (otp)"),
        }
    }
}

/// One proven factor. A session holds a list of these; nothing else gives it a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    kind: FactorKind,
    credential: CredentialId,
    at: Timestamp,
}

impl Evidence {
    /// Records that `credential` of `kind` was proven at `at`. Only a factor's check may call this
    /// (`tests/architecture.rs` holds who does).
    #[must_use]
    pub const fn proven(kind: FactorKind, credential: CredentialId, at: Timestamp) -> Self {
        Self { kind, credential, at }
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
