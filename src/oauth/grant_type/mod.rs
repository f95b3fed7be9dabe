//! The token endpoint's grants. RFC 6749 §3.2, §4.

mod authorization_code;
mod client_credentials;
pub mod jwt_bearer;
mod refresh_token;

use std::sync::Arc;

use serde_json::json;

use crate::authn::interaction::required;
use crate::error::{Error, OAuthErrorCode, Refusal, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::grant::Grant;
use crate::model::scope::ScopeSet;
use crate::oauth::client_auth::{Credentials, Presented, authenticate};
use crate::oauth::issue::Issued;
use crate::oauth::params::Params;
use crate::policy::grant_decision::{Behind, Ruling};
use crate::policy::{Approval, Reason};
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
}

/// Answers a token request.
///
/// # Errors
/// A protocol error, or a fault of the database.
pub fn answer(work: &mut Work<'_>, request: &TokenRequest) -> Result<Issued> {
    let outcome = dispatch(work, request);
    if let Err(Error::Refused(Refusal::OAuth(error))) = &outcome {
        let mut entry = Entry::new(Event::TokenRefused);
        entry.client_id = request.params.get("client_id").map(|id| id.chars().take(200).collect());
        let detail = json!({ "error": error.code.as_str(), "description": error.description });
        work.audit(entry.detail(detail))?;
    }
    outcome
}

fn dispatch(work: &mut Work<'_>, request: &TokenRequest) -> Result<Issued> {
    let TokenRequest {
        params,
        credentials,
        assertion,
    } = request;
    params.check_repeated()?;
    let grant_type = GrantType::parse(params.require("grant_type")?).filter(|kind| *kind != GrantType::Implicit);
    let grant_type = grant_type.ok_or(OAuthErrorCode::UnsupportedGrantType)?;
    let client = client_of(work, credentials, assertion.as_ref())?;
    if !client.allows(grant_type) {
        return Err(OAuthErrorCode::UnauthorizedClient.into());
    }
    match (grant_type, assertion) {
        (GrantType::AuthorizationCode, _) => authorization_code::redeem(work, &client, params),
        (GrantType::RefreshToken, _) => refresh_token::refresh(work, &client, params),
        (GrantType::ClientCredentials, _) => client_credentials::issue(work, &client, params),
        (GrantType::JwtBearer, Some(assertion)) => jwt_bearer::exchange(work, &client, params, assertion),
        (GrantType::JwtBearer, None) => Err(OAuthErrorCode::InvalidGrant.into()),
        (GrantType::Implicit, _) => Err(OAuthErrorCode::UnsupportedGrantType.into()),
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

/// The resources of a token request: the part of `granted` that it names, or all of it (RFC 8707 §2.2).
fn narrowed_resources(params: &Params, granted: &[String]) -> Result<Vec<String>> {
    let asked: Vec<String> = params.all("resource").map(str::to_owned).collect();
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    if asked.iter().all(|identifier| granted.contains(identifier)) {
        Ok(asked)
    } else {
        Err(OAuthErrorCode::InvalidTarget.into())
    }
}

/// Runs a decision over what stands behind a grant, and audits a refusal with its trace.
fn rule(
    work: &mut Work<'_>,
    client: &Client,
    grant: &Grant,
    decide: impl FnOnce(&Behind<'_>) -> Ruling,
) -> Result<(Approval, Ruling)> {
    let user = match grant.user {
        None => None,
        // A user who was removed may do no more than one who was disabled.
        Some(id) => match store::users::find(work.tx, id)? {
            Some(user) => Some(user),
            None => return Err(Reason::UserDisabled.token_error().into()),
        },
    };
    let directory = Arc::clone(&work.directory);
    let user = user
        .as_ref()
        .map(|user| Ok::<_, Error>((user, directory.profile(&user.profile)?)))
        .transpose()?;
    let required = required(&directory, client, &grant.scope, &grant.resources);
    let ruling = decide(&Behind { client, user, required });
    settle(work, client, ruling, Some(grant))
}

/// The approval of a ruling, or its refusal, audited.
fn settle(work: &mut Work<'_>, client: &Client, ruling: Ruling, grant: Option<&Grant>) -> Result<(Approval, Ruling)> {
    match &ruling.outcome {
        Ok(approval) => Ok((approval.clone(), ruling)),
        Err(reason) => {
            let reason = *reason;
            let mut entry = Entry::new(Event::TokenRefused).client(&client.client_id);
            entry.grant = grant.map(|grant| grant.id);
            entry.user = grant.and_then(|grant| grant.user);
            work.audit(entry.detail(json!({ "reason": reason, "trace": ruling.trace })))?;
            Err(reason.token_error().into())
        }
    }
}

/// Audits tokens that were issued.
fn audit_issue(
    work: &mut Work<'_>,
    event: Event,
    (client, grant_type): (&Client, GrantType),
    (approval, ruling): (&Approval, &Ruling),
    grant: Option<&Grant>,
) -> Result<()> {
    let mut entry = Entry::new(event).client(&client.client_id);
    entry.user = approval.user();
    entry.session = approval.snapshot().session;
    entry.grant = grant.map(|grant| grant.id);
    let detail = json!({
        "grant_type": grant_type,
        "scope": approval.scope(),
        "acr": approval.user().map(|_| approval.snapshot().acr()),
        "trace": ruling.trace,
    });
    work.audit(entry.detail(detail))
}

/// Whether a grant comes with a refresh token: registered for it, and asked for as OpenID Connect Core §11 has it.
fn wants_refresh(client: &Client, scope: &ScopeSet) -> bool {
    client.allows(GrantType::RefreshToken) && (scope.contains("offline_access") || !scope.contains("openid"))
}
