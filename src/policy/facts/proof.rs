//! What was shown.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::model::evidence::{Acr, Assurance, Evidence};
use crate::model::grant::Snapshot;
use crate::model::id::SessionId;
use crate::model::time::Timestamp;

/// What was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Nothing.
    #[default]
    Nothing,
    /// A browser's session.
    Session(SessionProof),
    /// The snapshot of a grant: a code, a refresh, a subject token, a bridge.
    Grant(Box<Snapshot>),
    /// An assertion.
    Assertion(AssertionProof),
    /// A name and a password with what was appended.
    ApiLogin(ApiLogin),
}

impl Proof {
    pub(super) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// What a session shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionProof {
    /// The session.
    pub id: SessionId,
    /// Its evidence, in any order.
    pub evidence: Vec<Evidence>,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// Whether this errand's own login form bound it to the user.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bound_here: bool,
}

/// What an assertion shows (RFC 7523).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct AssertionProof {
    /// The listed issuer that signed it; absent when the client signed it itself.
    #[serde(skip_serializing_if = "is_default")]
    pub issuer: Option<String>,
    /// The ceiling of the listed issuer that signed it; absent when the client signed it itself.
    #[serde(skip_serializing_if = "is_default")]
    pub ceiling: Option<Acr>,
    /// What it asserts.
    #[serde(skip_serializing_if = "is_default")]
    pub asserted: Option<Assurance>,
    /// The user's live sessions.
    #[serde(skip_serializing_if = "is_default")]
    pub sessions: Vec<SessionProof>,
}

/// What an API login shows: password and suffix as ASSURANCE.md §8 splits them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ApiLogin {
    /// The evidence of what was right: a password, a one-time code.
    pub evidence: Vec<Evidence>,
    /// What was given beside the password.
    pub suffix: Suffix,
    /// Whether that was right.
    pub suffix_right: bool,
}

/// What was given beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Suffix {
    /// Nothing.
    #[default]
    Nothing,
    /// An API-login token.
    Token,
    /// A one-time code.
    Code,
}
