//! Token revocation. RFC 7009; a JWT access token is revocable too, and its grant with its refresh token.

use serde_json::json;

use crate::crypto::digest::digest_of;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::compat::Compat;
use crate::model::id::GrantId;
use crate::model::time::Timestamp;
use crate::model::token::{ACCESS_TOKEN_PREFIX, REFRESH_TOKEN_PREFIX};
use crate::oauth::bearer;
use crate::oauth::issue::AccessClaims;
use crate::store;
use crate::work::Work;

/// Revokes `token` for `client`, who was authenticated. A token that is unknown or not valid is no error (§2.2).
///
/// # Errors
/// `invalid_grant` for another client's token (§2.1), a fault of the database.
pub fn revoke(work: &mut Work<'_>, client: &Client, token: &str) -> Result<()> {
    if token.starts_with(REFRESH_TOKEN_PREFIX) {
        return revoke_refresh(work, client, token);
    }
    let opaque = token.starts_with(ACCESS_TOKEN_PREFIX);
    let Some(claims) = find_access(work, token)? else {
        return Ok(());
    };
    check_owner(client, &claims.client_id)?;
    // What an opaque token was exchanged for knows it by its identifier, and ends with it.
    let mut revoked = store::tokens::revoke_jti(work.tx, &claims.jti, Timestamp::from_seconds(claims.exp + 1))?;
    if opaque {
        revoked = store::tokens::revoke_access(work.tx, &digest_of(token), work.now)?;
    }
    if revoked {
        let mut entry = Entry::new(Event::TokenRevoked).client(&client.client_id);
        entry.grant = claims.grant_id;
        work.audit(entry.detail(json!({ "token": "access", "jti": claims.jti })))?;
    }
    Ok(())
}

/// Revokes `token` for whoever has it, where its client is excused from authenticating ([`Compat::RevokeByPossession`]).
///
/// # Errors
/// `invalid_client` where it is not, a fault of the database.
pub fn revoke_by_possession(work: &mut Work<'_>, token: &str) -> Result<()> {
    let Some(owner) = owner(work, token)? else {
        return Ok(());
    };
    let client = work.directory.clone().client(work.tx, &owner)?;
    let client = client.filter(|client| !client.disabled && client.is_excused(Compat::RevokeByPossession));
    revoke(work, &*client.ok_or(OAuthErrorCode::InvalidClient)?, token)
}

/// The client that a token was issued to, if it is one of ours.
fn owner(work: &mut Work<'_>, token: &str) -> Result<Option<String>> {
    if !token.starts_with(REFRESH_TOKEN_PREFIX) {
        return Ok(find_access(work, token)?.map(|claims| claims.client_id));
    }
    let Some(found) = store::tokens::find_refresh(work.tx, &digest_of(token))? else {
        return Ok(None);
    };
    let grant = store::grants::find_live(work.tx, found.grant)?;
    Ok(grant.map(|grant| grant.client_id))
}

/// What an access token says.
fn find_access(work: &mut Work<'_>, token: &str) -> Result<Option<AccessClaims>> {
    if !token.starts_with(ACCESS_TOKEN_PREFIX) {
        return Ok(bearer::own_jwt(&work.view(), token));
    }
    let doc = store::tokens::find_access(work.tx, &digest_of(token), work.now)?;
    Ok(doc.and_then(|doc| serde_json::from_str(&doc).ok()))
}

/// §2.1: with a refresh token the access tokens of the same grant end too.
fn revoke_refresh(work: &mut Work<'_>, client: &Client, token: &str) -> Result<()> {
    let Some(found) = store::tokens::find_refresh(work.tx, &digest_of(token))? else {
        return Ok(());
    };
    let Some(grant) = store::grants::find_live(work.tx, found.grant)? else {
        return Ok(());
    };
    check_owner(client, &grant.client_id)?;
    end_grant(work, grant.id, client, "refresh")
}

fn end_grant(work: &mut Work<'_>, grant: GrantId, client: &Client, token: &str) -> Result<()> {
    if store::grants::revoke(work.tx, grant, work.now)? {
        let entry = Entry::new(Event::TokenRevoked).client(&client.client_id).grant(grant);
        work.audit(entry.detail(json!({ "token": token })))?;
    }
    Ok(())
}

fn check_owner(client: &Client, owner: &str) -> Result<()> {
    if client.client_id == owner {
        return Ok(());
    }
    Err(OAuthError::new(OAuthErrorCode::InvalidGrant, "the token was issued to another client").into())
}
