//! Refresh: rotation that a lost answer cannot break. RFC 6749 §6, RFC 9700 §4.14.

use serde_json::json;

use super::{audit_issue, facts_of_grant, settle};
use crate::crypto::digest::digest_of;
use crate::error::{Fault, OAuthError, OAuthErrorCode, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::compat::RefreshRotation;
use crate::model::grant::Grant;
use crate::model::secret::Secret;
use crate::model::token::RefreshToken;
use crate::oauth::issue::{Issued, Lineage, Order, derive_successor, mint, store_refresh};
use crate::oauth::machine;
use crate::oauth::params::Params;
use crate::oauth::resource;
use crate::policy::facts::{Channel, Count};
use crate::policy::refresh_reuse::{Verdict, judge};
use crate::store;
use crate::work::Work;

/// Seconds in which refreshes of one grant are counted.
const THROTTLE_WINDOW: u32 = 300;

fn invalid_grant(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidGrant, description)
}

pub(super) fn refresh(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Issued> {
    let presented = params.require("refresh_token")?;
    let unknown = || invalid_grant("the refresh token is unknown, expired, revoked or was issued to another client");
    let token = locked(work, presented)?.ok_or_else(unknown)?;
    let grant = store::grants::find_live(work.tx, token.grant)?.ok_or_else(unknown)?;
    if grant.client_id != client.client_id {
        return Err(unknown().into());
    }
    check_holder(work, &token)?;
    let verdict = verdict(work, &token)?;
    match verdict {
        Verdict::Reuse => return reused(work, client, &grant),
        Verdict::Expired => return Err(unknown().into()),
        Verdict::Rotate | Verdict::SameSuccessor | Verdict::ReplaceSuccessor => {}
    }
    let scope = machine::refresh(params, &client.client_id, &grant.scope)?;
    let resources = resource::narrowed(&work.shared.settings, params, &grant)?;
    resource::form(&work.directory, client, &resources)?;
    let mut facts = facts_of_grant(work, Channel::Refresh, client, (&grant, &scope))?;
    // Retries of one predecessor count once, however late they are.
    if verdict == Verdict::Rotate {
        facts.counts.push(throttle(work, &grant)?);
    }
    let ruling = settle(work, &facts, Some(&grant))?;
    let successor = if client.refresh_rotation == RefreshRotation::Off && verdict == Verdict::Rotate {
        // CLAUSES.md K6: the client goes on with the token that it has.
        if !keep(work, &token)? {
            return reused(work, client, &grant);
        }
        None
    } else {
        let Some(successor) = advance(work, presented, &token, verdict)? else {
            return reused(work, client, &grant);
        };
        Some(successor)
    };
    // OpenID Connect Core §12.2: an ID token of a refresh has no nonce.
    let grant = Grant { nonce: None, ..grant };
    let order = Order {
        approval: &ruling.approval,
        client,
        grant: Some(&grant),
        resources: &resources,
        access_token: true,
        id_token: scope.contains("openid"),
        code: None,
    };
    let mut issued = mint(work, order)?;
    issued.refresh_token = successor;
    let kind = (Event::TokenRefreshed, GrantType::RefreshToken);
    audit_issue(work, kind, ruling, Some(&grant))?;
    Ok(issued)
}

/// RFC 8705 §4, RFC 9449 §5: whoever has the token of a public client and not its key has nothing, and ends nothing.
fn check_holder(work: &Work<'_>, token: &RefreshToken) -> Result<()> {
    let shown = &work.origin().shown;
    if token.confirmation.as_ref().is_none_or(|bound| bound.is_met_by(shown)) {
        return Ok(());
    }
    Err(invalid_grant("the refresh token is bound to a key that was not shown").into())
}

/// The presented token with its family to ourselves: of parallel refreshes, each sees what the one before it did.
fn locked(work: &mut Work<'_>, presented: &str) -> Result<Option<RefreshToken>> {
    let digest = digest_of(presented);
    match store::tokens::find_refresh(work.tx, &digest)? {
        Some(token) if store::grants::lock(work.tx, token.grant)? => store::tokens::find_refresh(work.tx, &digest),
        seen => Ok(seen),
    }
}

fn verdict(work: &mut Work<'_>, token: &RefreshToken) -> Result<Verdict> {
    let successor = store::tokens::find_successor(work.tx, token.id)?;
    Ok(judge(
        token,
        successor.as_ref(),
        work.now,
        work.shared.settings.tokens.refresh_retry_window,
    ))
}

/// Moves the family on and returns the token to answer with; `None` when it is not as it was judged to be.
fn advance(work: &mut Work<'_>, presented: &str, token: &RefreshToken, verdict: Verdict) -> Result<Option<Secret>> {
    let random: [u8; 32] = work.random.bytes();
    match verdict {
        Verdict::Rotate => {
            if !store::tokens::redeem_refresh(work.tx, token.id, &random, work.now)? {
                return Ok(None);
            }
            add_successor(work, presented, token, &random).map(Some)
        }
        Verdict::SameSuccessor => same_successor(work, presented, token).map(Some),
        Verdict::ReplaceSuccessor => {
            let old = token.successor_random.clone().unwrap_or_default();
            let Some(successor) = store::tokens::find_successor(work.tx, token.id)? else {
                return Ok(None);
            };
            if !store::tokens::kill_refresh(work.tx, successor.id)? {
                return Ok(None);
            }
            if !store::tokens::replace_random(work.tx, token.id, &old, &random, work.now)? {
                return Ok(None);
            }
            add_successor(work, presented, token, &random).map(Some)
        }
        Verdict::Expired | Verdict::Reuse => Ok(None),
    }
}

/// Leaves a live token as it is and begins its idle time anew; `false` when it is live no more.
fn keep(work: &mut Work<'_>, token: &RefreshToken) -> Result<bool> {
    let idle = i64::from(work.shared.settings.tokens.refresh_token_idle);
    let idle_expires_at = work.now.plus_seconds(idle).min(token.expires_at);
    store::tokens::keep_refresh(work.tx, token.id, idle_expires_at)
}

fn add_successor(work: &mut Work<'_>, presented: &str, token: &RefreshToken, random: &[u8]) -> Result<Secret> {
    let successor = derive_successor(work, presented, random);
    let lineage = Lineage {
        grant: token.grant,
        predecessor: Some(token.id),
        confirmation: token.confirmation.clone(),
    };
    store_refresh(work, lineage, (&successor, token.expires_at))?;
    Ok(successor)
}

fn same_successor(work: &Work<'_>, presented: &str, token: &RefreshToken) -> Result<Secret> {
    let random = token
        .successor_random
        .as_deref()
        .ok_or_else(|| Fault::new("a redeemed token has no random"))?;
    Ok(derive_successor(work, presented, random))
}

/// A grant may be refreshed so often in five minutes: check 1 refuses more.
fn throttle(work: &mut Work<'_>, grant: &Grant) -> Result<Count> {
    let counter = format!("refresh:{}", grant.id);
    Ok(Count {
        what: "refreshes of this grant in five minutes".to_owned(),
        count: store::counters::charge(work.tx, &counter, work.now, THROTTLE_WINDOW)?,
        limit: i64::from(work.shared.settings.limits.refreshes_per_grant),
    })
}

/// RFC 9700 §4.14.2: the family ends, whoever holds the live token.
fn reused(work: &mut Work<'_>, client: &Client, grant: &Grant) -> Result<Issued> {
    if store::grants::revoke(work.tx, grant.id, work.now)? {
        let mut entry = Entry::new(Event::TokenReused).client(&client.client_id).grant(grant.id);
        entry.user = grant.user;
        work.audit(entry.detail(json!({ "token": "refresh" })))?;
    }
    Err(invalid_grant("the refresh token was used before").into())
}
