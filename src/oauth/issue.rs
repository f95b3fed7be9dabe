//! The one mint: access token (RFC 9068 or opaque), refresh token, ID token. It takes an [`Approval`], which only the
//! policy room can make. What is recorded is recorded in the unit of work; signatures are made after it committed.

mod access_claims;
mod refresh;

pub use access_claims::{AccessClaims, Audience};
pub use refresh::{Lineage, derive_successor, mint_refresh, store_refresh};

use std::sync::Arc;

use serde::Serialize;

use crate::crypto::digest::{base64url, digest_of};
use crate::crypto::jwe::{self, Recipient};
use crate::crypto::jwt;
use crate::error::{Fault, Result};
use crate::model::client::{Client, TokenFormat};
use crate::model::encryption::{Encrypted, Sealing};
use crate::model::grant::Grant;
use crate::model::scope::ScopeSet;
use crate::model::secret::Secret;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::model::token::ACCESS_TOKEN_PREFIX;
use crate::oauth::place;
use crate::oauth::proof;
use crate::oauth::resource;
use crate::oidc::id_token::IdToken;
use crate::oidc::{claims, sid};
use crate::policy::Approval;
use crate::store;
use crate::work::{Directory, Work};

/// The longest life in seconds of a JWT about a user whose every request must come from login ranges.
const BOUND_LIFETIME: u32 = 300;

/// What is to be minted.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The decision that allows it.
    pub approval: &'a Approval,
    /// The client.
    pub client: &'a Client,
    /// The grant that the tokens name; none for client credentials.
    pub grant: Option<&'a Grant>,
    /// The resources that the access token is for.
    pub resources: &'a [String],
    /// Whether an access token is wanted.
    pub access_token: bool,
    /// Whether an ID token is wanted.
    pub id_token: bool,
    /// The code that is redeemed beside, for `c_hash`.
    pub code: Option<&'a str>,
}

/// What was minted, before signing.
pub struct Issued {
    access: Option<Access>,
    id_token: Option<(IdToken, Algorithm, Option<String>)>,
    /// The refresh token, if one belongs to the answer.
    pub refresh_token: Option<Secret>,
    /// What kind of token was issued, where the answer must say so (RFC 8693 §2.2.1).
    pub issued_token_type: Option<&'static str>,
    scope: ScopeSet,
    token_type: &'static str,
    expires_in: u32,
    subject: String,
    sealing: Option<Sealing>,
    directory: Arc<Directory>,
    now: Timestamp,
}

enum Access {
    Opaque(Secret),
    Jwt(Box<AccessClaims>, Algorithm),
}

/// The answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenAnswer {
    /// The access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// `Bearer`, or `DPoP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// What kind of token was issued (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// Seconds until the access token stops working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// What the access token may do.
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    pub scope: ScopeSet,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Whom the tokens are about, which a standard answer does not say.
    #[serde(skip)]
    pub subject: String,
}

/// Mints what an approval allows, recording what must be recorded.
///
/// # Errors
/// A fault of the database.
pub fn mint(work: &mut Work<'_>, order: Order<'_>) -> Result<Issued> {
    let minted = if order.access_token {
        Some(mint_access(work, order)?)
    } else {
        None
    };
    let id_token = if order.id_token {
        mint_id_token(work, order)?
    } else {
        None
    };
    let (token_type, expires_in) = minted
        .as_ref()
        .map_or(("Bearer", 0), |minted| (minted.token_type, minted.lifetime));
    let sealed = id_token.is_some().then(|| order.client.sealing(Encrypted::IdToken));
    Ok(Issued {
        access: minted.map(|minted| minted.access),
        id_token,
        sealing: sealed.flatten(),
        refresh_token: None,
        issued_token_type: None,
        scope: order.approval.scope().clone(),
        subject: subject_of(&order),
        token_type,
        expires_in,
        directory: Arc::clone(&work.directory),
        now: work.now,
    })
}

/// Whom tokens are about: the user, or the client for itself.
fn subject_of(order: &Order<'_>) -> String {
    order
        .grant
        .and_then(Grant::subject)
        .unwrap_or_else(|| order.client.client_id.clone())
}

/// How long an access token of this format lives. One that is not asked about at each use lives shorter where each request
/// must come from login ranges (ASSURANCE.md §10).
fn lifetime_of(work: &mut Work<'_>, approval: &Approval, format: TokenFormat) -> Result<u32> {
    let lifetime = work.shared.settings.tokens.access_token_lifetime;
    if format == TokenFormat::Opaque || !work.directory.organisation.enforce_ip_on_every_request {
        return Ok(lifetime);
    }
    let user = match approval.user() {
        Some(user) => store::users::find(work.tx, user)?,
        None => None,
    };
    let is_bound = user.is_some_and(|user| place::is_bound(&work.directory, &user));
    Ok(if is_bound {
        lifetime.min(BOUND_LIFETIME)
    } else {
        lifetime
    })
}

/// An access token, before signing.
struct Minted {
    access: Access,
    token_type: &'static str,
    lifetime: u32,
}

fn mint_access(work: &mut Work<'_>, order: Order<'_>) -> Result<Minted> {
    let Order {
        approval,
        client,
        grant,
        resources,
        ..
    } = order;
    let snapshot = approval.snapshot();
    let about_user = approval.user().is_some();
    let authenticated = snapshot.assurance.auth_time.is_some();
    let form = resource::form(&work.directory, client, resources)?;
    let exchanged = grant.and_then(|grant| grant.exchanged.as_deref());
    let lifetime = lifetime_of(work, approval, form.format)?;
    // What a token was exchanged for ends no later than that.
    let left = exchanged.map_or(i64::MAX, |exchanged| exchanged.ends_at.seconds_since(work.now));
    let lifetime = lifetime.min(u32::try_from(left.max(0)).unwrap_or(u32::MAX));
    let expires_at = work.now.plus_seconds(i64::from(lifetime));
    let claims = AccessClaims {
        iss: work.shared.settings.server.issuer.clone(),
        sub: subject_of(&order),
        aud: Audience::of(resources, &work.shared.settings.server.issuer),
        client_id: client.client_id.clone(),
        scope: approval.scope().clone(),
        iat: work.now.as_seconds(),
        exp: expires_at.as_seconds(),
        jti: base64url(&work.random.bytes::<16>()),
        acr: about_user.then(|| snapshot.acr().to_owned()),
        amr: (about_user && authenticated).then(|| snapshot.assurance.amr.clone()),
        auth_time: snapshot.assurance.auth_time.map(Timestamp::as_seconds),
        act: exchanged.and_then(|exchanged| exchanged.act.clone()),
        sid: snapshot.session.map(|session| sid(work.shared, client, session)),
        cnf: proof::confirmation(work, client)?,
        grant_id: grant.map(|grant| grant.id),
    };
    let token_type = claims.token_type();
    let access = match form.format {
        TokenFormat::Jwt => Access::Jwt(Box::new(claims), form.algorithm),
        TokenFormat::Opaque => {
            let token = work.random.token(ACCESS_TOKEN_PREFIX);
            let doc =
                serde_json::to_string(&claims).map_err(|error| Fault::from_error("write an access token", error))?;
            store::tokens::insert_access(work.tx, &digest_of(token.expose()), claims.grant_id, expires_at, &doc)?;
            Access::Opaque(token)
        }
    };
    Ok(Minted {
        access,
        token_type,
        lifetime,
    })
}

fn mint_id_token(work: &mut Work<'_>, order: Order<'_>) -> Result<Option<(IdToken, Algorithm, Option<String>)>> {
    let Order {
        approval,
        client,
        grant,
        ..
    } = order;
    let (Some(grant), Some(user)) = (grant, approval.user()) else {
        return Ok(None);
    };
    let user = store::users::find(work.tx, user)?.ok_or_else(|| Fault::new("the user is gone"))?;
    // OpenID Connect Core §5.4: scope claims come from userinfo, unless no access token is issued, here or for the code.
    let claims = if order.access_token || order.code.is_some() {
        claims::about(&user, &ScopeSet::default(), &grant.claims.id_token)
    } else {
        claims::about(&user, approval.scope(), &grant.claims.id_token)
    };
    let token = IdToken::of((work.shared, work.now), client, grant, claims);
    let algorithm = client.id_token_signed_response_alg;
    Ok(token.map(|token| (token, algorithm, order.code.map(str::to_owned))))
}

impl Issued {
    /// How the ID token must be encrypted, if there is one and it must be.
    #[must_use]
    pub const fn sealing(&self) -> Option<&Sealing> {
        self.sealing.as_ref()
    }

    /// Signs what is signed, encrypts the ID token to `recipient` where it must be encrypted, and puts the answer together.
    /// Not for use inside a unit of work.
    ///
    /// # Errors
    /// A fault when there is no key for an algorithm, or no recipient where there must be one.
    pub fn sign(self, recipient: Option<&Recipient>) -> std::result::Result<TokenAnswer, Fault> {
        let signer = |algorithm: Algorithm| {
            let key = self.directory.keys.signer(algorithm, self.now);
            key.ok_or_else(|| Fault::new(format!("there is no signing key for {algorithm}")))
        };
        let access_token = match &self.access {
            None => None,
            Some(Access::Opaque(token)) => Some(token.expose().to_owned()),
            Some(Access::Jwt(claims, algorithm)) => Some(jwt::sign(signer(*algorithm)?, "at+jwt", claims.as_ref())?),
        };
        let id_token = match self.id_token {
            None => None,
            Some((mut token, algorithm, code)) => {
                if let Some(access_token) = &access_token {
                    token = token.beside_access_token(access_token, algorithm);
                }
                if let Some(code) = code {
                    token = token.beside_code(&code, algorithm);
                }
                // OpenID Connect Core §2: signed, then encrypted.
                let plain = jwt::sign(signer(algorithm)?, "JWT", &token)?;
                Some(jwe::finish(self.sealing.as_ref(), recipient, ("JWT", plain))?)
            }
        };
        Ok(TokenAnswer {
            issued_token_type: self.issued_token_type,
            token_type: access_token.is_some().then_some(self.token_type),
            expires_in: access_token.is_some().then_some(self.expires_in),
            access_token,
            scope: self.scope,
            refresh_token: self.refresh_token.map(|token| token.expose().to_owned()),
            id_token,
            subject: self.subject,
        })
    }
}
