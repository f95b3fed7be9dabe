//! Token exchange: a token for another client, or for another API, and never for more. RFC 8693.
//!
//! Subject and actor are shown by tokens of ours that name a grant, so that what comes of them ends with them. An ID token
//! names none, and what other authorities sign comes by the JWT-bearer grant.

use super::{audit_issue, facts_of_grant, settle};
use crate::crypto::digest::digest_of;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::Event;
use crate::model::client::{Client, GrantType, TokenFormat};
use crate::model::confirmation::Confirmation;
use crate::model::grant::{Act, Exchanged, Grant, Snapshot};
use crate::model::request::ClaimsRequest;
use crate::model::scope::ScopeSet;
use crate::model::time::Timestamp;
use crate::model::token::RefreshState;
use crate::oauth::issue::{Audience, Issued, Order, mint};
use crate::oauth::params::Params;
use crate::oauth::{bearer, resource, subject};
use crate::policy::facts::Channel;
use crate::store;
use crate::work::Work;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const REFRESH_TOKEN: &str = "urn:ietf:params:oauth:token-type:refresh_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}

/// A token that somebody shows: who it is about, what it may do, and what it hangs on.
struct Shown {
    sub: String,
    client_id: String,
    grant: Option<Grant>,
    scope: ScopeSet,
    resources: Vec<String>,
    jti: Option<String>,
    ends_at: Timestamp,
}

pub(super) fn exchange(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Issued> {
    // §2.1: without authentication whoever got hold of a token could make others of it.
    if client.is_public() {
        return Err(OAuthErrorCode::UnauthorizedClient.into());
    }
    let requested = requested_type(params)?;
    let subject = subject_of(work, client, params)?;
    let actor = actor_of(work, client, params)?;
    let parent = subject.grant.clone().ok_or_else(not_about_a_user)?;
    let exchanged = lineage(work, (&subject, &parent), actor.as_ref())?;
    let scope = narrowed_scope(client, params, &subject.scope)?;
    let resources = targets(work, client, params, &subject)?;
    let form = resource::form(&work.directory, client, &resources)?;
    if requested == JWT && form.format != TokenFormat::Jwt {
        return Err(invalid("tokens for this target are no JWTs").into());
    }
    let grant = Grant {
        id: work.new_id(),
        user: parent.user,
        subject: None,
        client_id: client.client_id.clone(),
        grant_type: GrantType::TokenExchange,
        scope: scope.clone(),
        resources,
        claims: ClaimsRequest::default(),
        nonce: None,
        // The session is known to the client that it was begun for.
        snapshot: Snapshot {
            session: None,
            ..parent.snapshot
        },
        bridged_from: None,
        exchanged: Some(Box::new(exchanged)),
        created_at: work.now,
    };
    let mut issued = issue(work, client, grant)?;
    issued.issued_token_type = Some(requested);
    Ok(issued)
}

fn issue(work: &mut Work<'_>, client: &Client, grant: Grant) -> Result<Issued> {
    let facts = facts_of_grant(work, Channel::Exchange, client, (&grant, &grant.scope))?;
    let ruling = settle(work, &facts, Some(&grant))?;
    let approval = &ruling.approval;
    let subject = match approval.user() {
        Some(user) => subject::of(work, client, user)?,
        None => None,
    };
    let grant = Grant {
        subject,
        snapshot: approval.snapshot().clone(),
        ..grant
    };
    let kept = i64::from(work.shared.settings.tokens.access_token_lifetime) + 86_400;
    store::grants::insert(work.tx, &grant, work.now.plus_seconds(kept))?;
    let order = Order {
        approval,
        client,
        grant: Some(&grant),
        resources: &grant.resources,
        access_token: true,
        id_token: false,
        code: None,
    };
    let issued = mint(work, order)?;
    let kind = (Event::TokenExchanged, GrantType::TokenExchange);
    audit_issue(work, kind, ruling, Some(&grant))?;
    Ok(issued)
}

/// §2.1: what is issued is an access token, which may be asked for as the JWT that it is.
fn requested_type(params: &Params) -> std::result::Result<&'static str, OAuthError> {
    match params.get("requested_token_type") {
        None | Some(ACCESS_TOKEN) => Ok(ACCESS_TOKEN),
        Some(JWT) => Ok(JWT),
        Some(_) => Err(invalid("requested_token_type must be access_token or jwt")),
    }
}

fn not_about_a_user() -> OAuthError {
    invalid("the subject token is about no user")
}

/// §2.2.2: a subject or actor token that is not good is `invalid_request`.
fn subject_of(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Shown> {
    let (token, kind) = (params.require("subject_token")?, params.require("subject_token_type")?);
    let unacceptable = || invalid("the subject token is not good, or not for this client to exchange");
    let shown = match kind {
        ACCESS_TOKEN | JWT => access_token(work, client, (token, kind))?,
        REFRESH_TOKEN => refresh_token(work, client, token)?,
        _ => return Err(invalid("subject_token_type must be access_token, jwt or refresh_token").into()),
    };
    let shown = shown.ok_or_else(unacceptable)?;
    if shown.client_id == client.client_id {
        return Ok(shown);
    }
    // §4.4: who else may act with a client's tokens is said at that client.
    let owner = work.directory.clone().client(work.tx, &shown.client_id)?;
    if owner.is_some_and(|owner| owner.may_act.contains(&client.client_id)) {
        Ok(shown)
    } else {
        Err(unacceptable().into())
    }
}

/// The actor shows a token of its own: for itself, or of a user who is signed in to it.
fn actor_of(work: &mut Work<'_>, client: &Client, params: &Params) -> Result<Option<Shown>> {
    let kind = params.get("actor_token_type");
    let Some(token) = params.get("actor_token") else {
        // §2.1: MUST NOT be included when the actor token is not.
        return match kind {
            None => Ok(None),
            Some(_) => Err(invalid("actor_token_type comes without actor_token").into()),
        };
    };
    let kind = kind.ok_or_else(|| invalid("actor_token_type is missing"))?;
    if kind != ACCESS_TOKEN && kind != JWT {
        return Err(invalid("actor_token_type must be access_token or jwt").into());
    }
    let is_own = |shown: &Shown| {
        let is_exchanged = shown.grant.as_ref().is_some_and(|grant| grant.exchanged.is_some());
        shown.client_id == client.client_id && !is_exchanged
    };
    let shown = access_token(work, client, (token, kind))?.filter(is_own);
    let shown = shown.ok_or_else(|| invalid("the actor token is not good, or not this client's own"))?;
    Ok(Some(shown))
}

fn access_token(work: &mut Work<'_>, client: &Client, (token, kind): (&str, &str)) -> Result<Option<Shown>> {
    let is_jwt = token.bytes().filter(|byte| *byte == b'.').count() == 2;
    if kind == JWT && !is_jwt {
        return Ok(None);
    }
    let Some(good) = bearer::find(&mut work.view(), token)? else {
        return Ok(None);
    };
    // RFC 9449 §7: a client shows the key of what it was given itself; an API that was shown it has no such key.
    if good.claims.client_id == client.client_id && !is_held(work, good.claims.cnf.as_ref()) {
        return Ok(None);
    }
    let issuer = &work.shared.settings.server.issuer;
    let resources = match good.claims.aud {
        Audience::One(one) if one == *issuer => Vec::new(),
        Audience::One(one) => vec![one],
        Audience::Several(several) => several,
    };
    Ok(Some(Shown {
        sub: good.claims.sub,
        client_id: good.claims.client_id,
        grant: good.grant,
        scope: good.claims.scope,
        resources,
        jti: Some(good.claims.jti),
        ends_at: Timestamp::from_seconds(good.claims.exp),
    }))
}

fn is_held(work: &Work<'_>, bound: Option<&Confirmation>) -> bool {
    bound.is_none_or(|bound| bound.is_met_by(&work.origin().shown))
}

/// A refresh token, which goes on as it is; its own client alone may use it.
fn refresh_token(work: &mut Work<'_>, client: &Client, token: &str) -> Result<Option<Shown>> {
    let Some(found) = store::tokens::find_refresh(work.tx, &digest_of(token))? else {
        return Ok(None);
    };
    // RFC 8705 §4, RFC 9449 §5: bound here as it is when it is refreshed.
    if !is_held(work, found.confirmation.as_ref()) {
        return Ok(None);
    }
    let ends_at = found.expires_at.min(found.idle_expires_at);
    let grant = store::grants::find_live(work.tx, found.grant)?;
    let grant = grant.filter(|grant| grant.client_id == client.client_id);
    let Some(grant) = grant.filter(|_| found.state == RefreshState::Live && work.now < ends_at) else {
        return Ok(None);
    };
    Ok(Some(Shown {
        sub: grant.subject().unwrap_or_default(),
        client_id: grant.client_id.clone(),
        scope: grant.scope.clone(),
        resources: grant.resources.clone(),
        grant: Some(grant),
        jti: None,
        ends_at,
    }))
}

/// What the new grant hangs on, and who acts: those who acted before stay named (§4.1).
fn lineage(work: &Work<'_>, (subject, parent): (&Shown, &Grant), actor: Option<&Shown>) -> Result<Exchanged> {
    if parent.user.is_none() {
        return Err(not_about_a_user().into());
    }
    let before = parent.exchanged.as_deref();
    let depth = before.map_or(0, |before| before.depth) + 1;
    if depth > work.shared.settings.exchange.max_chain {
        return Err(invalid("the subject token was exchanged too often").into());
    }
    let mut grants = before.map(|before| before.grants.clone()).unwrap_or_default();
    let mut tokens = before.map(|before| before.tokens.clone()).unwrap_or_default();
    grants.extend(parent.bridged_from);
    grants.push(parent.id);
    tokens.extend(subject.jti.clone());
    let earlier = before.and_then(|before| before.act.clone());
    let mut ends_at = subject.ends_at;
    let act = match actor {
        None => earlier,
        Some(actor) => {
            let grant = actor.grant.as_ref();
            grants.extend(grant.map(|grant| grant.id));
            grants.extend(grant.and_then(|grant| grant.bridged_from));
            tokens.extend(actor.jti.clone());
            ends_at = ends_at.min(actor.ends_at);
            Some(Act {
                sub: actor.sub.clone(),
                client_id: actor.client_id.clone(),
                act: earlier.map(Box::new),
            })
        }
    };
    Ok(Exchanged {
        grants,
        tokens,
        depth,
        act,
        ends_at,
    })
}

/// The part of the subject token's scope that is asked for, and that this client is registered for.
fn narrowed_scope(client: &Client, params: &Params, held: &ScopeSet) -> std::result::Result<ScopeSet, OAuthError> {
    let wrong = || OAuthError::from(OAuthErrorCode::InvalidScope);
    // No refresh token comes of an exchange.
    let most = held.intersection(&client.scope).without("offline_access");
    let Some(text) = params.get("scope") else {
        return Ok(most);
    };
    let asked: ScopeSet = text.parse().map_err(|_| wrong())?;
    if asked.is_subset(&most) {
        Ok(asked)
    } else {
        Err(wrong())
    }
}

/// What the new token is for: the same, a part of it, or APIs that an administrator named for this client (§2.1).
fn targets(work: &Work<'_>, client: &Client, params: &Params, subject: &Shown) -> Result<Vec<String>> {
    let mut asked: Vec<String> = Vec::new();
    for identifier in params.all("resource").chain(params.all("audience")) {
        if !asked.iter().any(|known| known == identifier) {
            asked.push(identifier.to_owned());
        }
    }
    let issuer = &work.shared.settings.server.issuer;
    let is_for_us = subject.resources.is_empty() || subject.resources.contains(issuer);
    let may = |identifier: &String| {
        if identifier == issuer {
            return is_for_us;
        }
        let is_listed = client.resources.contains(identifier) || subject.resources.contains(identifier);
        is_listed && work.directory.resource(identifier).is_some()
    };
    if asked.is_empty() {
        return Ok(subject.resources.clone());
    }
    if asked.iter().all(may) {
        Ok(asked)
    } else {
        Err(OAuthErrorCode::InvalidTarget.into())
    }
}
