//! One-time codes that are sent by SMS, voice and e-mail. ASSURANCE.md §9.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;
use super::id::{CodeId, CredentialId, InteractionId, UserId};
use super::message::Channel;
use super::secret::{Digest, Sealed};
use super::time::Timestamp;

/// What a code is to show. A code for one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// A second factor that a decision asks for.
    Challenge,
    /// That a number or an address is the person's who adds it.
    Enrolment,
    /// A step of a login flow.
    LoginFlow,
}

impl CodePurpose {
    /// Its name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::Enrolment => "enrolment",
            Self::LoginFlow => "login_flow",
        }
    }
}

/// How far a code came on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits to be handed to a vendor.
    Queued,
    /// A vendor is being asked, or was when its asker died.
    Sending,
    /// A vendor took it.
    Sent,
    /// Nobody took it: it is void.
    Failed,
    /// A vendor was asked and gave no answer: it may arrive.
    Unknown,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Sending, Self::Sent, Self::Failed, Self::Unknown];

    /// Its name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether more will be known soon.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }
}

/// A code that was made, with where it went. Of the code itself only what recognises it is kept, and until it is sent the
/// code under seal.
#[derive(Debug, Clone, PartialEq)]
pub struct OneTimeCode {
    /// The identifier.
    pub id: CodeId,
    /// Whose it is.
    pub user: UserId,
    /// The transaction it belongs to: no other takes it.
    pub transaction: InteractionId,
    /// What it is to show.
    pub purpose: CodePurpose,
    /// How far it came.
    pub state: DeliveryState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops counting.
    pub expires_at: Timestamp,
    /// When it was used or voided.
    pub closed_at: Option<Timestamp>,
    /// Where it goes, and what recognises it.
    pub letter: Letter,
}

/// Where a code goes, and what recognises it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// How it is sent.
    pub channel: Channel,
    /// Where to.
    pub destination: String,
    /// The credential that it proves.
    pub credential: CredentialId,
    /// The browser that asked for it.
    pub browser: Digest,
    /// The client whose request asked for it; empty where no client did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// An HMAC over the code and all that it is bound to.
    pub mac: Digest,
    /// The code under seal, until it was handed to a vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Sealed>,
    /// The vendor whose turn it is, counted from 0.
    #[serde(default)]
    pub vendor: usize,
    /// The channels that would do as well, in the order in which one of them is tried when this one fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Channel>,
    /// The level that is sought with it.
    #[serde(default)]
    pub needed: Acr,
    /// What is said before the code, instead of the usual words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The channel that failed before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Channel>,
}
