//! Token introspection. RFC 7662, and signed answers, RFC 9701; `acr` and `auth_time` as RFC 9470 §6.2 has them; `active: false` alone for anything wrong.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::crypto::digest::digest_of;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::client::{AuthMethod, Client, SubjectType};
use crate::model::encryption::{Encrypted, Sealing};
use crate::model::scope::ScopeSet;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::model::token::{REFRESH_TOKEN_PREFIX, RefreshState};
use crate::model::user::UserStatus;
use crate::oauth::issue::AccessClaims;
use crate::oauth::params::Params;
use crate::oauth::{bearer, place};
use crate::store;
use crate::work::View;

/// The media type of a signed answer (RFC 9701 §5).
pub const SIGNED_TYPE: &str = "application/token-introspection+jwt";
/// The `typ` of its header.
pub const SIGNED_TYP: &str = "token-introspection+jwt";

/// What is said of a token to one resource server, and how it is to be told.
#[derive(Debug)]
pub struct Said {
    /// What is said.
    pub body: About,
    /// The algorithm that signs it, where it is to be signed.
    pub algorithm: Option<Algorithm>,
    /// How it is to be encrypted then, where it is to be.
    pub sealing: Option<Sealing>,
    audience: String,
}

/// What is said of a token (RFC 7662 §2.2).
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum About {
    /// An access token that is good.
    Access(Box<AccessToken>),
    /// A refresh token that is good.
    Refresh(Map<String, Value>),
    /// Anything else.
    Nothing {
        /// `false`.
        active: bool,
    },
}

/// What is said of an access token that is good.
#[derive(Debug, Serialize)]
pub struct AccessToken {
    active: bool,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(flatten)]
    claims: AccessClaims,
}

impl Said {
    /// What is said to `client`, who registered that it must be signed, or `asks` for that.
    #[must_use]
    pub fn to(client: &Client, body: About, asks: bool) -> Self {
        let sealing = client.sealing(Encrypted::Introspection);
        // RFC 9701 §6: RS256 where nothing was registered. What is to be encrypted never leaves as plain JSON.
        let asked = (asks || sealing.is_some()).then_some(Algorithm::Rs256);
        Self {
            body,
            algorithm: client.introspection_signed_response_alg.or(asked),
            sealing,
            audience: client.client_id.clone(),
        }
    }

    /// What the signed answer says. Nothing of the token stands beside `token_introspection`, or somebody might take this
    /// for it (RFC 9701 §5, §8.1).
    #[must_use]
    pub fn claims(&self, issuer: &str, now: Timestamp) -> Value {
        json!({
            "iss": issuer,
            "aud": self.audience,
            "iat": now.as_seconds(),
            "token_introspection": self.body,
        })
    }
}

/// The address that a resource server says a token was used from.
///
/// # Errors
/// `invalid_request` when it is none.
pub fn client_ip(params: &Params) -> Result<Option<IpAddr>> {
    let parse = |ip: &str| {
        let description = "client_ip is not an IP address";
        ip.parse()
            .map_err(|_| OAuthError::new(OAuthErrorCode::InvalidRequest, description).into())
    };
    params.get("client_ip").map(parse).transpose()
}

/// What is said of `token` to `client`, who was authenticated and says where the token was `used_from`.
///
/// # Errors
/// `invalid_client` for public clients, a fault of the database.
pub fn introspect(view: &mut View<'_>, client: &Client, token: &str, used_from: Option<IpAddr>) -> Result<About> {
    // RFC 7662 §2.1: the endpoint must be protected against scanning.
    if client.token_endpoint_auth_method == AuthMethod::None {
        return Err(OAuthErrorCode::InvalidClient.into());
    }
    let said = if token.starts_with(REFRESH_TOKEN_PREFIX) {
        refresh_token(view, client, token, used_from)?.map(About::Refresh)
    } else {
        let good = access_token(view, client, token, used_from)?;
        good.map(|good| About::Access(Box::new(good)))
    };
    Ok(said.unwrap_or(About::Nothing { active: false }))
}

fn access_token(
    view: &mut View<'_>,
    client: &Client,
    token: &str,
    used_from: Option<IpAddr>,
) -> Result<Option<AccessToken>> {
    let Some(good) = bearer::find(view, token)? else {
        return Ok(None);
    };
    let meant_for = good.claims.aud.contains(&client.client_id);
    if !(client.resource_server || good.claims.client_id == client.client_id || meant_for) {
        return Ok(None);
    }
    let whose = (good.client.as_ref(), good.user.as_ref());
    if used_from.is_some() && !place::is_admitted(view, whose, good.grant.as_ref(), used_from)? {
        return Ok(None);
    }
    let named = good.user.filter(|_| may_name(&good.client, &good.claims.scope));
    Ok(Some(AccessToken {
        active: true,
        token_type: good.claims.token_type(),
        username: named.map(|user| user.username),
        claims: AccessClaims {
            // Which grant it is of is between us and its client.
            grant_id: None,
            ..good.claims
        },
    }))
}

/// Whether the login name behind a token of this client is told: not where the person let nobody read it, and the client is
/// one that nobody vouches for, or may not even know who is the same person elsewhere (OpenID Connect Core §8.1).
#[must_use]
pub fn may_name(owner: &Client, scope: &ScopeSet) -> bool {
    let is_kept_from = owner.is_registered() || owner.subject_type == SubjectType::Pairwise;
    scope.contains("profile") || !is_kept_from
}

/// Refresh tokens are told about to the client that has them, and nobody else.
fn refresh_token(
    view: &mut View<'_>,
    client: &Client,
    token: &str,
    used_from: Option<IpAddr>,
) -> Result<Option<Map<String, Value>>> {
    let Some(found) = store::tokens::find_refresh(view.tx, &digest_of(token))? else {
        return Ok(None);
    };
    let expired = view.now >= found.expires_at || view.now >= found.idle_expires_at;
    let Some(grant) = store::grants::find_live(view.tx, found.grant)? else {
        return Ok(None);
    };
    if found.state != RefreshState::Live || expired || grant.client_id != client.client_id {
        return Ok(None);
    }
    let mut said = Map::new();
    if let Some(user) = grant.user {
        match store::users::find(view.tx, user)? {
            Some(user) if user.status == UserStatus::Active => {
                let whose = (client, Some(&user));
                if used_from.is_some() && !place::is_admitted(view, whose, Some(&grant), used_from)? {
                    return Ok(None);
                }
                if may_name(client, &grant.scope) {
                    said.insert("username".into(), user.username.into());
                }
                said.insert("sub".into(), grant.subject().into());
            }
            _ => return Ok(None),
        }
        said.insert("acr".into(), grant.snapshot.acr().into());
        said.insert("amr".into(), json!(grant.snapshot.assurance.amr));
        said.insert(
            "auth_time".into(),
            json!(grant.snapshot.assurance.auth_time.map(Timestamp::as_seconds)),
        );
    }
    said.insert("active".into(), true.into());
    said.insert("client_id".into(), grant.client_id.into());
    if !grant.scope.is_empty() {
        said.insert("scope".into(), grant.scope.to_string().into());
    }
    said.insert("iss".into(), view.shared.settings.server.issuer.clone().into());
    said.insert("iat".into(), found.issued_at.as_seconds().into());
    said.insert("exp".into(), found.idle_expires_at.as_seconds().into());
    Ok(Some(said))
}
