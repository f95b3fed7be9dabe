//! Sessions: a browser's signed-in state. Its level is computed from its evidence, never stored.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::id::{GrantId, SessionId, UserId};
use super::login_flow::Duty;
use super::time::Timestamp;

/// A browser's signed-in state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The identifier: the `sid` of ID tokens. The cookie holds another, secret value, new at each rise.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserId,
    /// The grant whose evidence opened it over a bridge; it ends with that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridged_from: Option<GrantId>,
    /// What was proven, oldest first.
    pub evidence: Vec<Evidence>,
    /// What its last login owes; absent of sessions that nobody signed in to here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<Duty>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, kept to the minute.
    pub last_seen_at: Timestamp,
    /// The address it was last used from.
    pub ip: String,
    /// The user agent it began with.
    pub user_agent: String,
}
