//! A device that asks whether somebody answered. RFC 8628 §3.4, §3.5.

use serde_json::json;

use super::{audit_issue, facts_of_grant, settle, wants_refresh};
use crate::crypto::digest::digest_of;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::device_code::DeviceAnswer;
use crate::model::grant::Grant;
use crate::model::id::GrantId;
use crate::model::secret::Digest;
use crate::oauth::issue::{Issued, Order, mint, mint_refresh};
use crate::oauth::params::Params;
use crate::oauth::resource;
use crate::policy::facts::Channel;
use crate::store;
use crate::work::Work;

/// By how many seconds a device waits longer that asked too early (§3.5).
const SLOWER: u32 = 5;

fn unknown() -> OAuthError {
    OAuthError::new(
        OAuthErrorCode::InvalidGrant,
        "the device code is unknown, was used or was issued to another client",
    )
}

pub(super) fn poll(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Issued> {
    let digest = digest_of(params.require("device_code")?);
    let code = store::device_codes::find(work.tx, &digest)?.ok_or_else(unknown)?;
    if code.request.client_id != client.client_id {
        return Err(unknown().into());
    }
    if code.consumed_at.is_some() {
        return match code.answer {
            Some(DeviceAnswer::Allowed(grant)) => reused(work, grant, client),
            _ => Err(unknown().into()),
        };
    }
    if work.now >= code.expires_at {
        return Err(OAuthErrorCode::ExpiredToken.into());
    }
    match code.answer {
        None => wait(work, &digest),
        Some(DeviceAnswer::Denied) => {
            let description = "the person declined, or may not use this client";
            Err(OAuthError::new(OAuthErrorCode::AccessDenied, description).into())
        }
        Some(DeviceAnswer::Allowed(grant)) => redeem(work, client, params, (&digest, grant)),
    }
}

fn wait(work: &mut Work<'_>, digest: &Digest) -> Result<Issued> {
    if store::device_codes::poll(work.tx, digest, work.now)? {
        return Err(OAuthErrorCode::AuthorizationPending.into());
    }
    store::device_codes::slow_down(work.tx, digest, work.now, SLOWER)?;
    Err(OAuthErrorCode::SlowDown.into())
}

fn redeem(
    work: &mut Work<'_>,
    client: &Client,
    params: &Params,
    (digest, grant): (&Digest, GrantId),
) -> Result<Issued> {
    let grant = store::grants::find_live(work.tx, grant)?.ok_or_else(unknown)?;
    let resources = resource::narrowed(&work.shared.settings, params, &grant)?;
    resource::form(&work.directory, client, &resources)?;
    if !store::device_codes::consume(work.tx, digest, work.now)? {
        return reused(work, grant.id, client);
    }
    issue(work, client, &grant, &resources)
}

fn issue(work: &mut Work<'_>, client: &Client, grant: &Grant, resources: &[String]) -> Result<Issued> {
    // What the device may have was decided in the approving browser; client and user are judged as they are now.
    let facts = facts_of_grant(work, Channel::Code, client, (grant, &grant.scope))?;
    let ruling = settle(work, &facts, Some(grant))?;
    let order = Order {
        approval: &ruling.approval,
        client,
        grant: Some(grant),
        resources,
        access_token: true,
        id_token: grant.scope.contains("openid"),
        code: None,
    };
    let mut issued = mint(work, order)?;
    if wants_refresh(client, &grant.scope) {
        issued.refresh_token = mint_refresh(work, grant)?;
    }
    audit_issue(work, (Event::TokenIssued, GrantType::DeviceCode), ruling, Some(grant))?;
    Ok(issued)
}

/// As with authorization codes (RFC 6749 §4.1.2): a code that comes twice ends everything that came of it.
fn reused(work: &mut Work<'_>, grant: GrantId, client: &Client) -> Result<Issued> {
    if store::grants::revoke(work.tx, grant, work.now)? {
        let entry = Entry::new(Event::TokenReused).client(&client.client_id).grant(grant);
        work.audit(entry.detail(json!({ "token": "device_code" })))?;
    }
    Err(unknown().into())
}
