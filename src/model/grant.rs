//! Grants: one authorization; every code and token names its grant, and ending it ends them all.

use serde::{Deserialize, Serialize};

use super::client::GrantType;
use super::evidence::{Assurance, Evidence};
use super::id::{CredentialId, GrantId, SessionId, UserId};
use super::request::ClaimsRequest;
use super::scope::ScopeSet;
use super::time::Timestamp;

/// One authorization: user, client, scope, evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The identifier.
    pub id: GrantId,
    /// The user it is about; absent for client credentials.
    pub user: Option<UserId>,
    /// What the client calls the user, where that is not the user's own identifier (OpenID Connect Core §8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The client it was given to.
    pub client_id: String,
    /// How it came to be.
    #[serde(default = "by_code")]
    pub grant_type: GrantType,
    /// Everything that was granted; a refresh may ask for less and later for all of it again.
    pub scope: ScopeSet,
    /// The resources that were granted (RFC 8707).
    pub resources: Vec<String>,
    /// Individual claims that were asked for.
    pub claims: ClaimsRequest,
    /// Bound into ID tokens.
    pub nonce: Option<String>,
    /// The proof behind it, fixed for every token derived from it.
    pub snapshot: Snapshot,
    /// The grant whose evidence the session was bridged from; this one does not outlive it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridged_from: Option<GrantId>,
    /// What it was exchanged for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchanged: Option<Box<Exchanged>>,
    /// When it was given.
    pub created_at: Timestamp,
}

/// What a grant was exchanged for (RFC 8693): it ends with each of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// The grants of the subject's and the actor's tokens, and those that they were exchanged for in turn.
    pub grants: Vec<GrantId>,
    /// The identifiers of the access tokens themselves.
    pub tokens: Vec<String>,
    /// How many exchanges led here.
    pub depth: u32,
    /// Who acts for the subject, if somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// When the first of those tokens stops working.
    pub ends_at: Timestamp,
}

/// Who acts for the subject of a token, and who did before (RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The actor: a user, or a client.
    pub sub: String,
    /// The client that acts.
    pub client_id: String,
    /// The one who acted before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Act>>,
}

/// The proof behind a grant, taken once and never raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Snapshot {
    /// Level, methods and time.
    pub assurance: Assurance,
    /// The `acr` value as the client asked for it, where it used an alias.
    pub acr_value: Option<String>,
    /// The evidence that it rests on.
    pub evidence: Vec<Evidence>,
    /// The session it came from.
    pub session: Option<SessionId>,
    /// The directory's version that decided.
    pub policy_version: i64,
    /// What would have been asked had requirements that are only reported been enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<String>,
}

impl Grant {
    /// What tokens call the user; none for a grant that is about no user.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        let user = self.user?;
        Some(self.subject.clone().unwrap_or_else(|| user.to_string()))
    }
}

const fn by_code() -> GrantType {
    GrantType::AuthorizationCode
}

impl Snapshot {
    /// Whether it rests on this credential.
    #[must_use]
    pub fn rests_on(&self, credential: CredentialId) -> bool {
        self.evidence.iter().any(|evidence| evidence.credential() == credential)
    }

    /// The `acr` that tokens say: as the client asked for it, or the level's own name.
    #[must_use]
    pub fn acr(&self) -> &str {
        self.acr_value.as_deref().unwrap_or(self.assurance.acr.as_str())
    }
}
