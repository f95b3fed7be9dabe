//! Who makes a change.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;
use super::id::{SessionId, UserId};
use super::time::Timestamp;

/// Who makes a change to the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// Whoever may run the program beside its database.
    Operator,
    /// A signed-in user, with the level shown at that moment.
    User {
        /// The user.
        user: UserId,
        /// The session.
        session: SessionId,
        /// The level of the session's evidence.
        acr: Acr,
        /// When that level was reached; absent in what was recorded before this was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auth_time: Option<Timestamp>,
    },
    /// The holder of the one-time link that creates the first user.
    FirstVisitor,
    /// The holder of a one-time link into this user's account: mailed, or printed by the operator.
    LinkHolder {
        /// The user.
        user: UserId,
    },
    /// An application that registers itself, or manages its registration (RFC 7591, RFC 7592).
    Client {
        /// Its identifier.
        client_id: String,
    },
    /// The server itself: recurring jobs, first start.
    Server,
}
