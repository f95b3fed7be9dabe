//! Interactions: errands a visitor must finish in pages.

use serde::{Deserialize, Serialize};

use super::device_code::DeviceRequest;
use super::evidence::FactorKind;
use super::id::{CredentialId, InteractionId, UserId};
use super::login_flow::Progress;
use super::request::AuthorizationRequest;
use super::secret::Digest;
use super::time::Timestamp;

/// An errand bound to one browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// The identifier in its pages' addresses.
    pub id: InteractionId,
    /// The digest of the browser cookie it is bound to.
    pub browser: Digest,
    /// What it is for.
    pub purpose: Purpose,
    /// Who it concerns, bound when the first factor was proven in it or a session took it up.
    pub user: Option<UserId>,
    /// What the person answered on the consent page.
    pub consent: Option<ConsentAnswer>,
    /// The credential that it enrols: unfinished, its enrolment page shows the secret, and no other errand shows or confirms it.
    #[serde(default)]
    pub enrolling: Option<CredentialId>,
    /// The passkey that was offered last and that nobody here has, as browsers write its identifier: they are told so, and
    /// offer it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_passkey: Option<String>,
    /// Whether the page that asks for a second factor was counted since the last login in it.
    #[serde(default)]
    pub prompted: bool,
    /// The login flow that is under way in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Box<Progress>>,
    /// When it began; with `prompt=login` only later proof counts.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

impl Interaction {
    /// The client that it is for, if it is for one.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match &self.purpose {
            Purpose::Authorize { request, .. } => Some(&request.client_id),
            Purpose::Device(approving) => Some(&approving.request.client_id),
            Purpose::Visit(_) => None,
        }
    }
}

/// What an interaction is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Purpose {
    /// An authorization request, with the parameters it came with so that it is validated again on completion.
    Authorize {
        /// The request as it was proven.
        request: Box<AuthorizationRequest>,
        /// Its parameters as they came.
        params: Vec<(String, String)>,
        /// The ticket of a request that was pushed, which its response uses up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pushed: Option<Digest>,
        /// Whether they came in the address or a form, neither signed nor pushed.
        #[serde(default = "yes")]
        plain: bool,
    },
    /// A device that waits for an answer (RFC 8628).
    Device(Box<Approving>),
    /// A page of our own.
    Visit(Visit),
}

/// A device that a person typed the code of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approving {
    /// The device code, which the answer is written to.
    pub code: Digest,
    /// The code that was typed, as devices show it.
    pub user_code: String,
    /// What the device asks for.
    pub request: DeviceRequest,
    /// Whether the person said that the device shows this very code.
    pub compared: bool,
}

const fn yes() -> bool {
    true
}

/// A page of our own that somebody wants to see, or to change something on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The page, below the issuer's address; never from a request.
    pub path: String,
    /// What is done there.
    pub stake: Stake,
    /// The kind of factor that is enrolled on the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrol: Option<FactorKind>,
}

/// What somebody does on a page of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stake {
    /// Looks.
    Look,
    /// Changes what protects the account: fresh proof comes first (ASSURANCE.md §7).
    Change,
}

/// What the person answered on the consent page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAnswer {
    /// Agreed, in this very interaction.
    Allowed,
    /// Declined.
    Denied,
}
