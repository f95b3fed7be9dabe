//! JWT bearer: system logins. RFC 7523 §2.1, §3; assurance by the four modes of `jwt_bearer_assurance`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{audit_issue, begin_grant, settle};
use crate::authn::{credentials, facts, login_flow, session};
use crate::config::Settings;
use crate::crypto::digest::sha256;
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{Unverified, inspect};
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::Event;
use crate::model::client::{Client, GrantType, JwtBearerAssurance};
use crate::model::evidence::Assurance;
use crate::model::issuer::Issuer;
use crate::model::scope::ScopeSet;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::oauth::client_auth::KeysOf;
use crate::oauth::client_auth::{Life, signed_claims};
use crate::oauth::compat;
use crate::oauth::issue::{Issued, Order, mint};
use crate::oauth::params::Params;
use crate::oauth::resource;
use crate::policy::Facts;
use crate::policy::facts::{Asked, AssertionProof, Channel, Proof};
use crate::store;
use crate::work::Work;

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidGrant, description)
}

/// An assertion as it was presented, not believed yet.
#[derive(Debug)]
pub struct PresentedGrant {
    read: Unverified,
    issuer: String,
}

impl PresentedGrant {
    /// Reads the `assertion` of a token request.
    ///
    /// # Errors
    /// `invalid_request` without one, `invalid_grant` when it is no signed JWT.
    pub fn read(params: &Params) -> std::result::Result<Self, OAuthError> {
        let read = inspect(params.require("assertion")?).ok_or_else(|| invalid("the assertion is not a signed JWT"))?;
        let issuer = read
            .claims
            .get("iss")
            .and_then(Value::as_str)
            .ok_or_else(|| invalid("iss is missing"))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            read,
        })
    }

    /// Who says it signed: a client's identifier or a listed issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The `kid` of its header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.read.kid.as_deref()
    }
}

/// Who signed an assertion.
#[derive(Debug, Clone)]
pub enum Signer {
    /// The client of this identifier, itself.
    Client {
        /// The client.
        client_id: String,
        /// Audiences that were listed for it.
        audiences: Vec<String>,
        /// Whether its `exp` is taken as it was meant.
        lenient: bool,
    },
    /// A listed issuer.
    Issuer(Box<Issuer>),
}

/// An assertion whose signature, audience and life are good.
#[derive(Debug)]
pub struct VerifiedGrant {
    signer: Signer,
    subject: String,
    asserted: Option<Assurance>,
    replay: Digest,
    forget_at: Timestamp,
}

impl VerifiedGrant {
    /// The client that signed it itself, if one did.
    #[must_use]
    pub fn signed_by_client(&self) -> Option<&str> {
        match &self.signer {
            Signer::Client { client_id, .. } => Some(client_id),
            Signer::Issuer(_) => None,
        }
    }
}

/// Verifies signature and claims of an assertion at `now`.
///
/// # Errors
/// `invalid_grant` with what is wrong.
pub fn verify(
    presented: &PresentedGrant,
    signer: Signer,
    keys: &JwkSet,
    (settings, now): (&Settings, Timestamp),
) -> std::result::Result<VerifiedGrant, OAuthError> {
    let written = signed_claims(&presented.read, KeysOf::Public(keys))
        .ok_or_else(|| invalid("the signature of the assertion is wrong"))?;
    if !presented.read.is_plain() {
        return Err(invalid("the assertion is of another type than JWT"));
    }
    let claims = &match signer {
        Signer::Client { lenient: true, .. } => Cow::Owned(compat::expiry_as_meant(written, now)),
        _ => Cow::Borrowed(written),
    };
    check_audience(claims, &signer, settings)?;
    let life = Life::of(&settings.tokens);
    let expires = life.check(claims, now).map_err(invalid)?;
    let subject = claims
        .get("sub")
        .and_then(Value::as_str)
        .ok_or_else(|| invalid("sub is missing"))?;
    Ok(VerifiedGrant {
        subject: subject.to_owned(),
        asserted: asserted(claims, settings, now),
        // The whole assertion, as many clients send no jti (CLAUSES.md K12).
        replay: sha256(format!("jwt bearer\0{}", presented.read.text()).as_bytes()),
        forget_at: life.over(expires),
        signer,
    })
}

/// RFC 7523 §3: the issuer, the token endpoint, or an audience listed for the client.
fn check_audience(
    claims: &Map<String, Value>,
    signer: &Signer,
    settings: &Settings,
) -> std::result::Result<(), OAuthError> {
    let issuer = &settings.server.issuer;
    let ours = |audience: &str| {
        let listed = match signer {
            Signer::Client { audiences, .. } => audiences.iter().any(|listed| listed == audience),
            Signer::Issuer(_) => false,
        };
        listed || audience == issuer || audience == format!("{issuer}/oauth2/token")
    };
    let named = match claims.get("aud") {
        Some(Value::String(one)) => ours(one),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).any(ours),
        _ => false,
    };
    if named {
        Ok(())
    } else {
        Err(invalid("aud of the assertion must be the issuer"))
    }
}

/// Level, methods and time that an assertion speaks of.
fn asserted(claims: &Map<String, Value>, settings: &Settings, now: Timestamp) -> Option<Assurance> {
    let value = claims.get("acr")?.as_str()?;
    let acr = settings.assurance.level_named(value)?;
    let auth_time = Timestamp::from_seconds(claims.get("auth_time")?.as_i64()?);
    let amr = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    let amr = amr.filter_map(Value::as_str).take(20).map(str::to_owned).collect();
    (auth_time <= now).then_some(Assurance {
        acr,
        amr,
        auth_time: Some(auth_time),
    })
}

pub(super) fn exchange(
    work: &mut Work<'_>,
    client: &Client,
    params: &Params,
    assertion: &VerifiedGrant,
) -> Result<Issued> {
    let issuer = match &assertion.signer {
        Signer::Client { client_id, .. } if *client_id == client.client_id => None,
        Signer::Issuer(issuer) if issuer.clients.contains(&client.client_id) => Some(issuer.as_ref()),
        _ => return Err(invalid("this client may not present this assertion").into()),
    };
    let scope: ScopeSet = match params.get("scope") {
        None => client.scope.clone().without("offline_access"),
        Some(text) => {
            let asked: ScopeSet = text
                .parse()
                .map_err(|_| OAuthError::from(OAuthErrorCode::InvalidScope))?;
            let granted = asked.intersection(&client.scope).without("offline_access");
            if granted.is_empty() {
                return Err(OAuthErrorCode::InvalidScope.into());
            }
            granted
        }
    };
    let resources = resource::named((&work.directory, &work.shared.settings), client, params)?;
    resource::form(&work.directory, client, &resources)?;
    if !store::seen_once::first_time(work.tx, &assertion.replay, assertion.forget_at)? {
        return Err(invalid("this assertion was used before").into());
    }
    let user = find_user(work, &assertion.subject)?.ok_or_else(|| invalid("user hasn't approved this consumer"))?;
    let facts = gather(work, (client, &user), (assertion, issuer), (scope, &resources))?;
    let ruling = settle(work, &facts, None)?;
    let approval = &ruling.approval;
    let grant = begin_grant(work, (client, approval), (GrantType::JwtBearer, &resources))?;
    let order = Order {
        approval,
        client,
        grant: Some(&grant),
        resources: &resources,
        access_token: true,
        id_token: false,
        code: None,
    };
    let tokens = mint(work, order)?;
    audit_issue(work, (Event::TokenIssued, GrantType::JwtBearer), ruling, Some(&grant))?;
    Ok(tokens)
}

/// The user whom `sub` names: by user name, or by identifier.
fn find_user(work: &mut Work<'_>, subject: &str) -> Result<Option<User>> {
    if subject.len() > 255 {
        return Ok(None);
    }
    if let Ok(id) = subject.parse()
        && let Some(user) = store::users::find(work.tx, id)?
    {
        return Ok(Some(user));
    }
    store::users::find_by_username(work.tx, subject)
}

fn gather(
    work: &mut Work<'_>,
    (client, user): (&Client, &User),
    (assertion, issuer): (&VerifiedGrant, Option<&Issuer>),
    (scope, resources): (ScopeSet, &[String]),
) -> Result<Facts> {
    let asked = Asked {
        scope,
        resources: resources.to_vec(),
        ..Asked::default()
    };
    let mut gathered = facts::begin(&work.view(), Channel::JwtBearer, client, asked);
    let credentials = credentials::of_user(&mut work.view(), user)?;
    gathered.user = Some(facts::user((&work.directory, work.now), user, client, &credentials)?);
    let sessions = if client.jwt_bearer_assurance == JwtBearerAssurance::SessionBacked {
        let mut live = session::live_of_user(&mut work.view(), user.id)?;
        // What came over a bridge ends with the grant it came from, and backs none that would outlive that.
        live.retain(|session| session.bridged_from.is_none());
        // Nor does one whose login owes its flow (S14).
        live.retain(|session| !login_flow::is_half(&work.view(), user, session));
        live
    } else {
        Vec::new()
    };
    gathered.proof = Proof::Assertion(AssertionProof {
        issuer: issuer.map(|issuer| issuer.issuer.clone()),
        ceiling: issuer.map(|issuer| issuer.max_acr),
        asserted: assertion.asserted.clone(),
        sessions: sessions
            .iter()
            .map(|session| facts::session_proof(session, &credentials, false))
            .collect(),
    });
    facts::add_consent(&mut work.view(), &mut gathered, (user.id, client))?;
    Ok(gathered)
}
