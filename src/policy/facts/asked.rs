//! Who asks for access, and for what.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::model::client::{Client, InheritedAssurance, IpRelaxation, JwtBearerAssurance, OnRequirementRaised};
use crate::model::device_code::DeviceRequest;
use crate::model::request::{AuthorizationRequest, RequestedAcr};
use crate::model::scope::ScopeSet;

/// What of a client bears on decisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ClientFacts {
    /// The identifier.
    pub id: String,
    /// Whether it may not act.
    #[serde(skip_serializing_if = "is_default")]
    pub disabled: bool,
    /// Whether people are asked before it gets what it asks for.
    #[serde(skip_serializing_if = "is_default")]
    pub require_consent: bool,
    /// What a refresh does when a requirement was raised after the grant.
    #[serde(skip_serializing_if = "is_default")]
    pub on_requirement_raised: OnRequirementRaised,
    /// The greatest age in seconds of the proof behind a refresh.
    #[serde(skip_serializing_if = "is_default")]
    pub refresh_max_auth_age: Option<u32>,
    /// Which of its requests the login ranges do not hold for.
    #[serde(skip_serializing_if = "is_default")]
    pub ip_relaxation: IpRelaxation,
    /// Where the assurance of its JWT-bearer grants comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub jwt_bearer_assurance: JwtBearerAssurance,
    /// Where the assurance of its device grants comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub device_assurance: InheritedAssurance,
    /// Where the assurance of its token exchanges comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub exchange_assurance: InheritedAssurance,
}

impl From<&Client> for ClientFacts {
    fn from(client: &Client) -> Self {
        Self {
            id: client.client_id.clone(),
            disabled: client.disabled,
            require_consent: client.require_consent,
            on_requirement_raised: client.on_requirement_raised,
            refresh_max_auth_age: client.refresh_max_auth_age,
            ip_relaxation: client.ip_relaxation,
            jwt_bearer_assurance: client.jwt_bearer_assurance,
            device_assurance: client.device_assurance,
            exchange_assurance: client.exchange_assurance,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// The scopes, already cut to what the client may have.
    pub scope: ScopeSet,
    /// The scopes that stand for claims which were asked for one by one (OpenID Connect Core §5.5): agreed to as such, and not
    /// given.
    #[serde(skip_serializing_if = "is_default")]
    pub claims: ScopeSet,
    /// The scopes of the grant that is moved on, where they are more than is asked for now: what they require counts too.
    #[serde(skip_serializing_if = "is_default")]
    pub held: ScopeSet,
    /// The resources (RFC 8707).
    #[serde(skip_serializing_if = "is_default")]
    pub resources: Vec<String>,
    /// The levels, in order of preference.
    #[serde(skip_serializing_if = "is_default")]
    pub acr_values: Vec<RequestedAcr>,
    /// Whether a level is essential.
    #[serde(skip_serializing_if = "is_default")]
    pub acr_essential: bool,
    /// The greatest age of the proof in seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub max_age: Option<u32>,
    /// Whether only proof since the request began counts (`prompt=login`, `max_age=0`).
    #[serde(skip_serializing_if = "is_default")]
    pub anew: bool,
    /// Whether consent is asked for though it is on file (`prompt=consent`).
    #[serde(skip_serializing_if = "is_default")]
    pub consent_anew: bool,
    /// Who must be signed in, by `sub`: all of them.
    #[serde(skip_serializing_if = "is_default")]
    pub subjects: Vec<String>,
}

impl Asked {
    /// What a person must agree to.
    #[must_use]
    pub fn to_agree(&self) -> ScopeSet {
        self.scope.union(&self.claims)
    }
}

impl From<&AuthorizationRequest> for Asked {
    fn from(request: &AuthorizationRequest) -> Self {
        // `id_token_hint` and the `sub` of `claims` may both name somebody: both must be right (§3.1.2.1, §5.5.1).
        let subjects = [&request.hinted_subject, &request.claims.subject];
        Self {
            scope: request.scope.clone(),
            claims: request.claims.scopes(),
            held: ScopeSet::default(),
            resources: request.resources.clone(),
            acr_values: request.acr_values.clone(),
            acr_essential: request.acr_essential,
            max_age: request.max_age,
            anew: request.prompt.login || request.prompt.select_account || request.max_age == Some(0),
            consent_anew: request.prompt.consent,
            subjects: subjects.into_iter().flatten().cloned().collect(),
        }
    }
}

impl From<&DeviceRequest> for Asked {
    fn from(request: &DeviceRequest) -> Self {
        Self {
            scope: request.scope.clone(),
            resources: request.resources.clone(),
            acr_values: request.acr_values.clone(),
            ..Self::default()
        }
    }
}
