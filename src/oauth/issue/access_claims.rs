//! What an access token says. RFC 9068 §2.2, RFC 7662 §2.2.

use serde::{Deserialize, Serialize};

use crate::model::confirmation::Confirmation;
use crate::model::grant::Act;
use crate::model::id::GrantId;
use crate::model::scope::ScopeSet;

/// What an access token says, in a JWT (RFC 9068 §2.2) and in introspection (RFC 7662 §2.2) alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// This server.
    pub iss: String,
    /// The user, or the client where there is none.
    pub sub: String,
    /// Whom it is meant for.
    pub aud: Audience,
    /// The client it was issued to.
    pub client_id: String,
    /// What it may do; absent where that is nothing that has a name (RFC 6749 §3.3: a scope has at least one token).
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub scope: ScopeSet,
    /// When it was issued.
    pub iat: i64,
    /// When it stops working.
    pub exp: i64,
    /// Its identifier.
    pub jti: String,
    /// The level behind it; absent when it is about no user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<String>,
    /// The methods behind it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amr: Option<Vec<String>>,
    /// When that level was reached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<i64>,
    /// Who acts for the subject (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<Act>,
    /// The session behind it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<String>,
    /// The keys it is bound to (RFC 7800 §3.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cnf: Option<Confirmation>,
    /// The grant it comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub grant_id: Option<GrantId>,
}

/// One audience, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Audience {
    pub(super) fn of(resources: &[String], issuer: &str) -> Self {
        match resources {
            [] => Self::One(issuer.to_owned()),
            [one] => Self::One(one.clone()),
            several => Self::Several(several.to_vec()),
        }
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(several) => several.iter().any(|one| one == name),
        }
    }
}

impl AccessClaims {
    /// How it is presented: `DPoP` where it is bound to a key of proofs (RFC 9449 §5), or `Bearer`.
    #[must_use]
    pub fn token_type(&self) -> &'static str {
        if self.cnf.as_ref().is_some_and(|cnf| cnf.jkt.is_some()) {
            "DPoP"
        } else {
            "Bearer"
        }
    }
}
