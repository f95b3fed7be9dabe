//! Consents: what a user agreed that a client may have, remembered.

use serde::{Deserialize, Serialize};

use super::id::UserId;
use super::scope::ScopeSet;
use super::time::Timestamp;

/// What a user agreed that a client may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The user.
    pub user: UserId,
    /// The client.
    pub client_id: String,
    /// Every scope agreed to so far.
    pub scope: ScopeSet,
    /// Every resource (RFC 8707) that it may have tokens for.
    pub resources: Vec<String>,
    /// When it was last changed.
    pub granted_at: Timestamp,
}
