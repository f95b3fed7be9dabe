//! What must be shown before something is allowed. Requirements join; the strictest wins.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;

/// A minimum level and a maximum age of the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Requirement {
    /// The lowest level that will do.
    pub acr: Acr,
    /// The greatest age of the proof in seconds, counted from `auth_time`.
    pub max_age: Option<u32>,
}

impl Requirement {
    /// A requirement of a level alone.
    #[must_use]
    pub const fn of(acr: Acr) -> Self {
        Self { acr, max_age: None }
    }

    /// Both requirements at once: the higher level, the smaller age.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let max_age = match (self.max_age, other.max_age) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            acr: self.acr.max(other.acr),
            max_age,
        }
    }
}

/// What to do when a session is short of a requirement of a client or resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnInsufficient {
    /// Ask the person for more proof.
    #[default]
    Raise,
    /// Refuse.
    Block,
}

/// Whether a requirement stops anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Enforcement {
    /// It must be met.
    #[default]
    Enforced,
    /// It stops nobody; audit and token record say what would have been asked.
    Report,
}
