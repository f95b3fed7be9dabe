//! Presented access tokens, as our own endpoints accept them. RFC 6750, RFC 9068 §4.

use std::sync::Arc;

use crate::crypto::digest::digest_of;
use crate::crypto::jwt::verify_own;
use crate::error::{Fault, OAuthError, OAuthErrorCode, Result};
use crate::model::client::Client;
use crate::model::confirmation::Confirmation;
use crate::model::grant::Grant;
use crate::model::token::ACCESS_TOKEN_PREFIX;
use crate::model::user::{User, UserStatus};
use crate::oauth::issue::AccessClaims;
use crate::store;
use crate::work::View;

/// An access token that is good at this instant, with what stands behind it.
#[derive(Debug)]
pub struct Good {
    /// What it says.
    pub claims: AccessClaims,
    /// Its grant, where it has one.
    pub grant: Option<Grant>,
    /// The user it is about, where there is one.
    pub user: Option<User>,
    /// The client it was issued to.
    pub client: Arc<Client>,
}

/// The access token as a resource of ours takes it: good, and presented by a holder of the keys that it is bound to.
///
/// # Errors
/// `invalid_token`, or a fault of the database.
pub fn accept(view: &mut View<'_>, (scheme, token): (Scheme, &str)) -> Result<Good> {
    let good = find(view, token)?.ok_or(OAuthErrorCode::InvalidToken)?;
    good.check_holder(scheme, &view.origin.shown)?;
    Ok(good)
}

/// The access token, if it is ours, unexpired and unrevoked, its grant lives, and its user and client may still act. Whoever
/// presents it may not be who holds it: that is for [`accept`].
///
/// # Errors
/// A fault of the database.
pub(super) fn find(view: &mut View<'_>, token: &str) -> Result<Option<Good>> {
    let Some(claims) = read(view, token)? else {
        return Ok(None);
    };
    let grant = match claims.grant_id {
        None => None,
        Some(id) => match store::grants::find_live(view.tx, id)? {
            Some(grant) if !lost_its_origin(view, &grant)? => Some(grant),
            _ => return Ok(None),
        },
    };
    let Some(client) = view
        .directory
        .client(view.tx, &claims.client_id)?
        .filter(|client| !client.disabled)
    else {
        return Ok(None);
    };
    let user = match grant.as_ref().and_then(|grant| grant.user) {
        None => None,
        Some(id) => match store::users::find(view.tx, id)? {
            Some(user) if user.status == UserStatus::Active => Some(user),
            _ => return Ok(None),
        },
    };
    Ok(Some(Good {
        claims,
        grant,
        user,
        client,
    }))
}

/// Whether an access token that a grant was exchanged for was revoked by itself.
fn lost_its_origin(view: &mut View<'_>, grant: &Grant) -> Result<bool> {
    for jti in grant.exchanged.iter().flat_map(|exchanged| &exchanged.tokens) {
        if store::tokens::is_jti_revoked(view.tx, jti)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How an access token is presented (RFC 9110 §11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449 §7.1.
    Dpop,
}

impl Good {
    /// Checks that whoever presents the token holds the keys that it is bound to.
    fn check_holder(&self, scheme: Scheme, shown: &Confirmation) -> std::result::Result<(), OAuthError> {
        let refused = |description| Err(OAuthError::new(OAuthErrorCode::InvalidToken, description));
        let is_bound = self.claims.token_type() == "DPoP";
        match (scheme, is_bound) {
            // RFC 9449 §7.2: "such a protected resource MUST reject a DPoP-bound access token received as a bearer token".
            (Scheme::Bearer, true) => refused("the access token is bound to a key; present it with a DPoP proof"),
            (Scheme::Dpop, false) => refused("the access token is not bound to a key of DPoP proofs"),
            _ if self.claims.cnf.as_ref().is_none_or(|bound| bound.is_met_by(shown)) => Ok(()),
            _ => refused("the access token is bound to a key that was not shown"),
        }
    }
}

fn read(view: &mut View<'_>, token: &str) -> Result<Option<AccessClaims>> {
    if token.starts_with(ACCESS_TOKEN_PREFIX) {
        let doc = store::tokens::find_access(view.tx, &digest_of(token), view.now)?;
        return doc
            .map(|doc| {
                serde_json::from_str(&doc).map_err(|error| Fault::from_error("read an access token", error).into())
            })
            .transpose();
    }
    let Some(claims) = own_jwt(view, token) else {
        return Ok(None);
    };
    if view.now.as_seconds() >= claims.exp || store::tokens::is_jti_revoked(view.tx, &claims.jti)? {
        return Ok(None);
    }
    Ok(Some(claims))
}

/// What a JWT access token that we signed says, expired or not.
pub(super) fn own_jwt(view: &View<'_>, token: &str) -> Option<AccessClaims> {
    let claims = verify_own(token, &view.directory.keys, Some("at+jwt"))?;
    serde_json::from_value(serde_json::Value::Object(claims)).ok()
}
