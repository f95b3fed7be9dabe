//! Web-server flow: redeeming a code. RFC 6749 §4.1.3, RFC 7636 §4.6.

use serde_json::json;

use super::{audit_issue, facts_of_grant, settle, wants_refresh};
use crate::crypto::digest::digest_of;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::grant::Grant;
use crate::model::id::GrantId;
use crate::model::token::Code;
use crate::oauth::compat;
use crate::oauth::issue::{Issued, Order, mint, mint_refresh};
use crate::oauth::machine::{self, CodeRecord};
use crate::oauth::params::Params;
use crate::oauth::resource;
use crate::policy::facts::Channel;
use crate::store;
use crate::work::Work;

fn invalid_grant(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidGrant, description)
}

pub(super) fn redeem(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Issued> {
    let presented = params.require("code")?;
    let digest = digest_of(presented);
    let unknown = || invalid_grant("the code is unknown, expired or was issued to another client");
    let code = store::codes::find(work.tx, &digest)?.ok_or_else(unknown)?;
    let grant = store::grants::find_live(work.tx, code.grant)?.ok_or_else(unknown)?;
    if grant.client_id != client.client_id {
        return Err(unknown().into());
    }
    if code.consumed_at.is_some() {
        return reused(work, code.grant, client);
    }
    if work.now >= code.expires_at {
        return Err(unknown().into());
    }
    check_redirect_uri(params, &code)?;
    let resources = resource::narrowed(&work.shared.settings, params, &grant)?;
    resource::form(&work.directory, client, &resources)?;
    if !store::codes::consume(work.tx, &digest, work.now)? {
        return reused(work, code.grant, client);
    }
    // From here on the code is spent, whatever comes: a wrong verifier burns it.
    let record = CodeRecord {
        client_id: &client.client_id,
        redirect_uri: &code.redirect_uri,
        scope: &grant.scope,
        code_challenge: code.code_challenge.as_deref(),
        verifier_length: compat::verifier_length(client),
    };
    machine::redeem(params, &record)?;
    check_holder(work, &code)?;
    issue(work, client, &grant, (presented, &resources))
}

fn issue(work: &mut Work<'_>, client: &Client, grant: &Grant, (code, resources): (&str, &[String])) -> Result<Issued> {
    let facts = facts_of_grant(work, Channel::Code, client, (grant, &grant.scope))?;
    let ruling = settle(work, &facts, Some(grant))?;
    let order = Order {
        approval: &ruling.approval,
        client,
        grant: Some(grant),
        resources,
        access_token: true,
        id_token: grant.scope.contains("openid"),
        code: Some(code),
    };
    let mut issued = mint(work, order)?;
    if wants_refresh(client, &grant.scope) {
        issued.refresh_token = mint_refresh(work, grant)?;
    }
    let kind = (Event::TokenIssued, GrantType::AuthorizationCode);
    audit_issue(work, kind, ruling, Some(grant))?;
    Ok(issued)
}

/// RFC 6749 §4.1.3: identical to the one of the authorization request, where that named one.
fn check_redirect_uri(params: &Params, code: &Code) -> Result<()> {
    match params.get("redirect_uri") {
        Some(uri) if uri == code.redirect_uri => Ok(()),
        None if !code.redirect_uri_given => Ok(()),
        _ => Err(invalid_grant("redirect_uri differs from the authorization request").into()),
    }
}

/// RFC 9449 §10: the key that the authorization request named must sign the proof that comes with the code.
fn check_holder(work: &Work<'_>, code: &Code) -> Result<()> {
    if code.dpop_jkt.is_none() || code.dpop_jkt == work.origin().shown.jkt {
        return Ok(());
    }
    Err(invalid_grant("the code is bound to a key that was not shown").into())
}

/// RFC 6749 §4.1.2: a code that comes twice ends everything that came of it.
fn reused(work: &mut Work<'_>, grant: GrantId, client: &Client) -> Result<Issued> {
    if store::grants::revoke(work.tx, grant, work.now)? {
        let entry = Entry::new(Event::TokenReused).client(&client.client_id).grant(grant);
        work.audit(entry.detail(json!({ "token": "code" })))?;
    }
    Err(invalid_grant("the code was used before").into())
}
