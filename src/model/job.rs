//! Jobs: work for later, enqueued in the transaction of what it belongs to.

use serde::{Deserialize, Serialize};

/// Work for later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Send a message to a person.
    SendMessage {
        /// The message.
        message: Message,
    },
    /// Make and retire signing keys as the schedule says.
    RotateKeys,
    /// Seal the heads of the audit chains.
    SealAudit,
    /// Remove what has expired.
    Sweep,
}

/// A message to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The mail address it goes to.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The plain text.
    pub text: String,
}
