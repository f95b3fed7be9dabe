//! The token endpoint's grants. RFC 6749 §3.2, §4.

mod authorization_code;
mod client_credentials;
mod device_code;
pub mod jwt_bearer;
pub mod password;
mod refresh_token;
mod token_exchange;

use std::sync::Arc;

use serde_json::{Map, json};

use crate::authn::facts::{self, Recorded, recorded};
use crate::config::Settings;
use crate::crypto::jwe::Recipient;
use crate::error::{Error, Fault, OAuthError, OAuthErrorCode, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::encryption::Encrypted;
use crate::model::grant::Grant;
use crate::model::request::ClaimsRequest;
use crate::model::scope::ScopeSet;
use crate::oauth::client_auth::{Credentials, Presented, authenticate};
use crate::oauth::compat;
use crate::oauth::encryption;
use crate::oauth::issue::{Issued, TokenAnswer};
use crate::oauth::params::Params;
use crate::oauth::proof::{self, dpop};
use crate::oauth::subject;
use crate::policy::facts::{Asked, Channel, Proof};
use crate::policy::{Approval, Decision, Facts, NextStep, Reason, decide};
use crate::store;
use crate::work::Work;

use jwt_bearer::VerifiedGrant;

/// A request to the token endpoint, with everything that had to be fetched or computed for it.
#[derive(Debug)]
pub struct TokenRequest {
    /// Its parameters.
    pub params: Params,
    /// The client's credentials.
    pub credentials: Credentials,
    /// The JWT-bearer assertion, verified, where there is one.
    pub assertion: Option<VerifiedGrant>,
    /// The DPoP proof, where there is one: its key is among those that the unit of work's origin has shown.
    pub proof: Option<dpop::Proof>,
    /// Whom the ID token is encrypted to.
    pub recipient: Sought,
}

/// Whom the ID token is encrypted to. Few clients want that, and to find out costs a look at the database.
#[derive(Debug, Clone)]
pub enum Sought {
    /// Not found out yet.
    NotYet,
    /// The client, where it wants that and has a key.
    Found(Option<Recipient>),
}

impl Sought {
    /// Whom it is encrypted to, as far as that was found out.
    #[must_use]
    pub const fn recipient(&self) -> Option<&Recipient> {
        match self {
            Self::Found(Some(recipient)) => Some(recipient),
            Self::NotYet | Self::Found(None) => None,
        }
    }
}

/// What came of a token request.
pub enum Answered {
    /// Tokens.
    Issued(Box<Issued>),
    /// Nothing yet, and nothing was consumed: whom the ID token is encrypted to must be found out first.
    Unready,
}

impl Answered {
    /// The answer, signed; none where nothing was issued yet. Not for use inside a unit of work.
    ///
    /// # Errors
    /// A fault when it cannot be signed, or has no recipient where it must have one.
    pub fn sign(self, recipient: Option<&Recipient>) -> std::result::Result<Option<TokenAnswer>, Fault> {
        match self {
            Self::Issued(issued) => issued.sign(recipient).map(Some),
            Self::Unready => Ok(None),
        }
    }
}

/// Answers a token request.
///
/// # Errors
/// A protocol error, or a fault of the database.
pub fn answer(work: &mut Work<'_>, request: &TokenRequest) -> Result<Answered> {
    let outcome = dispatch(work, request);
    audited(work, &request.params, outcome)
}

/// An outcome; a protocol error is audited.
fn audited<T>(work: &mut Work<'_>, params: &Params, outcome: Result<T>) -> Result<T> {
    // That a device asks and is told to wait says nothing.
    let is_told = |error: &OAuthError| {
        !matches!(
            error.code,
            OAuthErrorCode::AuthorizationPending | OAuthErrorCode::SlowDown
        )
    };
    if let Err(Error::Refused(Refusal::OAuth(error))) = &outcome
        && is_told(error)
    {
        let mut entry = Entry::new(Event::TokenRefused);
        entry.client_id = params.get("client_id").map(|id| id.chars().take(200).collect());
        let detail = json!({ "error": error.code.as_str(), "description": error.description });
        work.audit(entry.detail(detail))?;
    }
    outcome
}

fn dispatch(work: &mut Work<'_>, request: &TokenRequest) -> Result<Answered> {
    let TokenRequest {
        params,
        credentials,
        assertion,
        proof: shown,
        recipient,
    } = request;
    params.check_repeated()?;
    let grant_type = GrantType::parse(params.require("grant_type")?).filter(|kind| *kind != GrantType::Implicit);
    let grant_type = grant_type.filter(|kind| is_on(*kind, &work.shared.settings));
    let grant_type = grant_type.ok_or(OAuthErrorCode::UnsupportedGrantType)?;
    let client = client_of(work, credentials, assertion.as_ref())?;
    if !client.allows(grant_type) {
        return Err(OAuthErrorCode::UnauthorizedClient.into());
    }
    if brings_id_token(grant_type) {
        let is_wanted = client.sealing(Encrypted::IdToken).is_some();
        if is_wanted && matches!(recipient, Sought::NotYet) {
            return Ok(Answered::Unready);
        }
        encryption::check_ready(&client, recipient.recipient())?;
    }
    let params = compat::as_meant(&client, params);
    let params = params.as_ref();
    proof::settle(work, &client, shown.as_ref())?;
    let issued = match (grant_type, assertion) {
        (GrantType::AuthorizationCode, _) => authorization_code::redeem(work, &client, params),
        (GrantType::RefreshToken, _) => refresh_token::refresh(work, &client, params),
        (GrantType::ClientCredentials, _) => client_credentials::issue(work, &client, params),
        (GrantType::JwtBearer, Some(assertion)) => jwt_bearer::exchange(work, &client, params, assertion),
        (GrantType::DeviceCode, _) => device_code::poll(work, &client, params),
        (GrantType::TokenExchange, _) => token_exchange::exchange(work, &client, params),
        (GrantType::JwtBearer, None) => Err(OAuthErrorCode::InvalidGrant.into()),
        // API logins are charged and settled by themselves: no unit of work hashes a password.
        (GrantType::Password | GrantType::Implicit, _) => Err(OAuthErrorCode::UnsupportedGrantType.into()),
    };
    issued.map(|issued| Answered::Issued(Box::new(issued)))
}

/// Whether an ID token may come of it.
#[must_use]
pub const fn brings_id_token(grant_type: GrantType) -> bool {
    matches!(
        grant_type,
        GrantType::AuthorizationCode | GrantType::RefreshToken | GrantType::DeviceCode | GrantType::Password
    )
}

/// Whether anybody may ask so here.
const fn is_on(grant_type: GrantType, settings: &Settings) -> bool {
    match grant_type {
        GrantType::DeviceCode => settings.device.enabled,
        GrantType::TokenExchange => settings.exchange.enabled,
        _ => true,
    }
}

/// The client: authenticated, or proven by an assertion that it signed itself (RFC 7521 §4.1: its own authentication is
/// then optional).
fn client_of(work: &mut Work<'_>, credentials: &Credentials, assertion: Option<&VerifiedGrant>) -> Result<Arc<Client>> {
    let own = assertion.and_then(VerifiedGrant::signed_by_client);
    if let (Credentials::Plain(Presented::Nothing { client_id }), Some(signer)) = (credentials, own)
        && client_id.as_ref().is_none_or(|named| named == signer)
    {
        let client = work
            .directory
            .clone()
            .client(work.tx, signer)?
            .filter(|client| !client.disabled);
        return client.ok_or_else(|| OAuthErrorCode::InvalidGrant.into());
    }
    authenticate(work, credentials)
}

/// The facts of a token request that moves a grant on: its client, its user as they are now, its snapshot.
fn facts_of_grant(
    work: &mut Work<'_>,
    channel: Channel,
    client: &Client,
    (grant, scope): (&Grant, &ScopeSet),
) -> Result<Facts> {
    let asked = Asked {
        scope: scope.clone(),
        resources: grant.resources.clone(),
        ..Asked::default()
    };
    let mut facts = facts::begin(&work.view(), channel, client, asked);
    // What the grant may do counts, not the part of it that is asked for now.
    if grant.scope != *scope {
        facts.asked.held = grant.scope.clone();
    }
    facts.required = facts::required(&work.directory, client, &grant.scope, &grant.resources);
    if let Some(id) = grant.user {
        // A user who was removed may do no more than one who was disabled.
        let user = store::users::find(work.tx, id)?.ok_or_else(|| Reason::UserDisabled.token_error())?;
        facts.user = Some(facts::user((&work.directory, work.now), &user, client, &[])?);
    }
    facts.proof = Proof::Grant(Box::new(grant.snapshot.clone()));
    Ok(facts)
}

/// Begins the grant of a token that is issued without a code; it is kept a day longer than the token lives.
fn begin_grant(
    work: &mut Work<'_>,
    (client, approval): (&Client, &Approval),
    (grant_type, resources): (GrantType, &[String]),
) -> Result<Grant> {
    let subject = match approval.user() {
        Some(user) => subject::of(work, client, user)?,
        None => None,
    };
    let grant = Grant {
        id: work.new_id(),
        user: approval.user(),
        subject,
        client_id: approval.client_id().to_owned(),
        grant_type,
        scope: approval.scope().clone(),
        resources: resources.to_vec(),
        claims: ClaimsRequest::default(),
        nonce: None,
        snapshot: approval.snapshot().clone(),
        bridged_from: None,
        exchanged: None,
        created_at: work.now,
    };
    let kept = i64::from(work.shared.settings.tokens.access_token_lifetime) + 86_400;
    store::grants::insert(work.tx, &grant, work.now.plus_seconds(kept))?;
    Ok(grant)
}

/// Decides; the approval, or the refusal, audited with its facts.
pub(super) fn settle(work: &mut Work<'_>, facts: &Facts, grant: Option<&Grant>) -> Result<Ruling> {
    rule(work, facts, decide(facts), grant)
}

/// Carries a decision on these facts out.
fn rule(work: &mut Work<'_>, facts: &Facts, decision: Decision, grant: Option<&Grant>) -> Result<Ruling> {
    let recorded = recorded(facts, &decision)?;
    let NextStep::Proceed(approval) = decision.step else {
        let reason = match decision.step {
            NextStep::Refuse(reason) => reason,
            // Nobody is there to be shown a page.
            _ => Reason::UnmetAcr,
        };
        let mut entry = Entry::new(Event::TokenRefused).client(&facts.client.id);
        entry.grant = grant.map(|grant| grant.id);
        entry.user = facts.user.as_ref().map(|user| user.id);
        let mut detail = Map::new();
        detail.insert("reason".into(), reason.as_str().into());
        if facts.channel == Channel::Password {
            detail.insert("api_fault".into(), reason.api_fault().into());
        }
        work.audit(recorded.on(entry, detail))?;
        return Err(told(reason, facts).into());
    };
    if decision.exempted {
        let mut entry = Entry::new(Event::AssuranceExempted).client(&facts.client.id);
        entry.user = approval.user();
        work.audit(entry)?;
    }
    Ok(Ruling {
        approval: *approval,
        recorded,
    })
}

/// What the client is told of a refusal. That a token is missing says that the password was right, so it is told by itself
/// only where the settings want that.
fn told(reason: Reason, facts: &Facts) -> OAuthError {
    if reason == Reason::ApiTokenRequired && facts.rules.distinct_api_token_fault {
        return OAuthError::new(
            OAuthErrorCode::InvalidGrant,
            "append the security token to the password",
        );
    }
    reason.token_error()
}

/// An approval with the decision that gave it.
pub(super) struct Ruling {
    pub(super) approval: Approval,
    recorded: Recorded,
}

/// Audits tokens that were issued.
fn audit_issue(
    work: &mut Work<'_>,
    (event, grant_type): (Event, GrantType),
    ruling: Ruling,
    grant: Option<&Grant>,
) -> Result<()> {
    let Ruling { approval, recorded } = ruling;
    let mut entry = Entry::new(event).client(approval.client_id());
    entry.user = approval.user();
    entry.session = approval.snapshot().session;
    entry.grant = grant.map(|grant| grant.id);
    let mut detail = Map::new();
    detail.insert("grant_type".into(), json!(grant_type));
    detail.insert("scope".into(), json!(approval.scope()));
    if approval.user().is_some() {
        detail.insert("acr".into(), approval.snapshot().acr().into());
    }
    if let Some(reported) = &approval.snapshot().reported {
        detail.insert("would_have".into(), reported.as_str().into());
    }
    work.audit(recorded.on(entry, detail))
}

/// Whether a grant comes with a refresh token: registered for it, and asked for as OpenID Connect Core §11 has it.
fn wants_refresh(client: &Client, scope: &ScopeSet) -> bool {
    client.allows(GrantType::RefreshToken) && (scope.contains("offline_access") || !scope.contains("openid"))
}
