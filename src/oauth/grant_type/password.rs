//! The password grant: API logins. RFC 6749 §4.3, ASSURANCE.md §8.
//!
//! Only clients whose `grant_types` name it may use it. It takes two units of work, for between them passwords are hashed:
//! [`charge`], [`PasswordLogin::compare`], [`settle`].

use super::{TokenRequest, audit_issue, audited, begin_grant, rule, wants_refresh};
use crate::authn::api_login::{self, Charged, Compared, Presented, Settled};
use crate::authn::{attempts, facts, throttle};
use crate::crypto::password::PasswordHasher;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::Event;
use crate::model::client::{Client, GrantType};
use crate::model::scope::ScopeSet;
use crate::model::secret::Secret;
use crate::oauth::client_auth::authenticate;
use crate::oauth::compat;
use crate::oauth::encryption;
use crate::oauth::issue::{Issued, Order, mint, mint_refresh};
use crate::oauth::params::Params;
use crate::oauth::proof;
use crate::oauth::resource;
use crate::policy::facts::{Asked, Channel, Proof};
use crate::policy::{Facts, decide, lockout, scope};
use crate::store;
use crate::work::Work;

/// The longest user name that is looked at, in bytes.
const MAX_USERNAME: usize = 255;

/// An API login of a client that authenticated, charged to its account.
#[derive(Debug)]
pub struct PasswordLogin {
    client_id: String,
    scope: ScopeSet,
    resources: Vec<String>,
    charged: Charged,
}

/// Authenticates the client and charges the attempt; a request that is refused here costs the account nothing.
///
/// # Errors
/// A protocol error, or a fault of the database.
pub fn charge(work: &mut Work<'_>, request: &TokenRequest) -> Result<PasswordLogin> {
    let charged = charge_of_client(work, request);
    audited(work, &request.params, charged)
}

fn charge_of_client(work: &mut Work<'_>, request: &TokenRequest) -> Result<PasswordLogin> {
    let params = &request.params;
    let client = authenticate(work, &request.credentials)?;
    if !client.allows(GrantType::Password) {
        return Err(OAuthErrorCode::UnauthorizedClient.into());
    }
    encryption::check_ready(&client, request.recipient.recipient())?;
    let params = compat::as_meant(&client, params);
    let params = params.as_ref();
    proof::settle(work, &client, request.proof.as_ref())?;
    let scope = asked_scope(params, &client)?;
    let resources = resource::named((&work.directory, &work.shared.settings), &client, params)?;
    let username = params.require("username")?.to_owned();
    let presented = Presented {
        password: Secret::new(params.require("password")?),
        // Empty is absent (S48).
        separate: params.get("security_token").map(Secret::new),
        username,
    };
    if presented.username.len() > MAX_USERNAME {
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, "username is too long").into());
    }
    throttled(work, &client, (&presented.username, &scope, &resources))?;
    Ok(PasswordLogin {
        charged: api_login::charge(work, &client, presented)?,
        client_id: client.client_id.clone(),
        scope,
        resources,
    })
}

/// Check 1: not too often from this address, nor for this account.
fn throttled(
    work: &mut Work<'_>,
    client: &Client,
    (username, scope, resources): (&str, &ScopeSet, &[String]),
) -> Result<()> {
    let known = store::users::find_by_username(work.tx, username)?.map(|user| user.id);
    let subject = lockout::subject(known, username);
    attempts::hold(work, &subject)?;
    let counts = throttle::charge_login(work, &subject)?;
    if !counts.iter().any(lockout::is_over) {
        return Ok(());
    }
    let asked = Asked {
        scope: scope.clone(),
        resources: resources.to_vec(),
        ..Asked::default()
    };
    let mut facts = facts::begin(&work.view(), Channel::Password, client, asked);
    throttle::refuse_if_over(work, &mut facts, counts)
}

/// The scope of the request, or all that the client may have (RFC 6749 §3.3).
fn asked_scope(params: &Params, client: &Client) -> Result<ScopeSet> {
    let invalid = || OAuthError::from(OAuthErrorCode::InvalidScope);
    let asked: Option<ScopeSet> = params
        .get("scope")
        .map(|text| text.parse().map_err(|_| invalid()))
        .transpose()?;
    Ok(scope::granted(asked.as_ref(), &client.scope, &client.scope).ok_or_else(invalid)?)
}

impl PasswordLogin {
    /// Compares what was given with the account's password. Slow on purpose: not for use inside a unit of work.
    ///
    /// # Errors
    /// A fault when the stored hash cannot be read.
    pub fn compare(&self, hasher: &PasswordHasher) -> Result<Compared> {
        api_login::compare(hasher, &self.charged)
    }
}

/// Settles a charged login: tokens, or the refusal.
///
/// # Errors
/// A protocol error, or a fault of the database.
pub fn settle(work: &mut Work<'_>, login: PasswordLogin, compared: Compared) -> Result<Issued> {
    let PasswordLogin {
        client_id,
        scope,
        resources,
        charged,
    } = login;
    // The client may have changed while the password was compared.
    let client = work.directory.clone().client(work.tx, &client_id)?;
    let client = client.ok_or(OAuthErrorCode::InvalidClient)?;
    let settled = api_login::settle(work, charged, compared)?;
    let facts = gather(work, &client, &settled, (scope, &resources))?;
    let decision = decide(&facts);
    api_login::conclude(work, &settled, &decision)?;
    let ruling = rule(work, &facts, decision, None)?;
    let approval = &ruling.approval;
    let grant = begin_grant(work, (&client, approval), (GrantType::Password, &resources))?;
    let order = Order {
        approval,
        client: &client,
        grant: Some(&grant),
        resources: &resources,
        access_token: true,
        id_token: grant.scope.contains("openid"),
        code: None,
    };
    let mut issued = mint(work, order)?;
    if wants_refresh(&client, &grant.scope) {
        issued.refresh_token = mint_refresh(work, &grant)?;
    }
    audit_issue(work, (Event::TokenIssued, GrantType::Password), ruling, Some(&grant))?;
    Ok(issued)
}

fn gather(
    work: &mut Work<'_>,
    client: &Client,
    settled: &Settled,
    (scope, resources): (ScopeSet, &[String]),
) -> Result<Facts> {
    let asked = Asked {
        scope,
        resources: resources.to_vec(),
        ..Asked::default()
    };
    let mut gathered = facts::begin(&work.view(), Channel::Password, client, asked);
    gathered.proof = Proof::ApiLogin(settled.login.clone());
    if let Some((user, credentials)) = &settled.user {
        let mut user_facts = facts::user((&work.directory, work.now), user, client, credentials)?;
        user_facts.locked_until = settled.locked_until;
        gathered.user = Some(user_facts);
        facts::add_consent(&mut work.view(), &mut gathered, (user.id, client))?;
    }
    Ok(gathered)
}
