//! Jobs: work for later, enqueued in the transaction of what it belongs to.

use serde::{Deserialize, Serialize};

use super::evidence::FactorKind;
use super::id::{CodeId, SessionId, UserId};
use super::time::Timestamp;

/// Work for later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Tell a user of a change to the account; written and sent when it runs.
    Notify {
        /// The user.
        user: UserId,
        /// What happened.
        notice: Notice,
    },
    /// Make the API-login token that was ordered at this instant, and mail it.
    MailApiLoginToken {
        /// Whose.
        user: UserId,
        /// When it was ordered: another order, or a void, makes this one void.
        ordered_at: Timestamp,
    },
    /// Make the links of a forgotten password, and mail them to whoever this is.
    MailPasswordLink {
        /// The name or the mail address that was typed.
        login: String,
    },
    /// Make the link that gives a user another mail address, and mail it there.
    MailAddressLink {
        /// Whose.
        user: UserId,
        /// The new address.
        address: String,
    },
    /// Send a one-time code, at most once by each vendor. Never tried again.
    SendCode {
        /// Which one.
        code: CodeId,
    },
    /// Tell a client that a session ended which it was told of (Back-Channel Logout §2.5).
    NotifyLogout {
        /// The client.
        client_id: String,
        /// What it calls the person whose session it was, where it ever did.
        subject: Option<String>,
        /// Which one.
        session: SessionId,
    },
    /// Make and retire signing keys as the schedule says.
    RotateKeys,
    /// Seal the heads of the audit chains.
    SealAudit,
    /// Remove what has expired.
    Sweep,
}

/// A change to an account that its owner is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A factor was added.
    FactorAdded {
        /// Its kind.
        factor: FactorKind,
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
    },
    /// A factor was removed by its owner.
    FactorRemoved {
        /// Its kind.
        factor: FactorKind,
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
    },
    /// The password was changed.
    PasswordChanged {
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
    },
    /// A factor was disabled after too many wrong answers.
    FactorDisabled {
        /// Its kind.
        factor: FactorKind,
        /// When.
        at: Timestamp,
    },
    /// The signature counter of a passkey or security key went back: it may have been copied, and was not accepted.
    PasskeyCopied {
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
    },
    /// A recovery code, or a temporary one, was used.
    RecoveryCodeUsed {
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
        /// How many codes are left; none where the code was temporary.
        left: Option<usize>,
    },
    /// The password was replaced through a link.
    PasswordReset {
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
    },
    /// The mail address was changed; the old one is told.
    AddressChanged {
        /// The old address.
        to: String,
        /// When.
        at: Timestamp,
        /// From which address of the network.
        ip: String,
    },
    /// Somebody signed in with a browser that is not known.
    UnknownDevice {
        /// When.
        at: Timestamp,
        /// From which address.
        ip: String,
        /// With which browser, as it calls itself.
        user_agent: String,
    },
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
