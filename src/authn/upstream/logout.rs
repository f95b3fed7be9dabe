//! Logout tokens of providers: the sessions that came from theirs end. OpenID Connect Back-Channel Logout §2.4, §2.6.

use serde_json::{Value, json};

use super::id_token::{is_for_us, name};
use super::{SKEW, is_signed};
use crate::authn::sign_out;
use crate::crypto::digest::sha256;
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{Unverified, inspect};
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::audit::{Entry, Event};
use crate::model::id::SessionId;
use crate::model::issuer::Issuer;
use crate::model::time::Timestamp;
use crate::store;
use crate::work::Work;

/// The event that a logout token tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds that a logout token may be valid for.
const LONGEST: i64 = 3_600;

/// A logout token, not believed yet.
#[derive(Debug, Clone)]
pub struct Logout(Unverified);

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}

impl Logout {
    /// Reads a token.
    ///
    /// # Errors
    /// `invalid_request` when it is no signed JWT.
    pub fn read(text: &str) -> std::result::Result<Self, OAuthError> {
        inspect(text)
            .map(Self)
            .ok_or_else(|| invalid("logout_token is not a signed JWT"))
    }

    /// Who says it signed.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.claims.get("iss").and_then(Value::as_str).unwrap_or_default()
    }

    /// Checks the signature against keys of the issuer's, made with the algorithm of its ID tokens (§2.6, step 2).
    ///
    /// # Errors
    /// `invalid_request` when none of them made it.
    pub fn check_signature(&self, issuer: &Issuer, keys: &JwkSet) -> std::result::Result<(), OAuthError> {
        let algorithm = issuer.id_token_signed_response_alg;
        if self.0.alg == algorithm.as_str() && is_signed(&self.0, keys, algorithm) {
            return Ok(());
        }
        Err(invalid("the signature of logout_token is wrong"))
    }

    /// §2.6, steps 3 to 8.
    fn check(&self, issuer: &Issuer, now: Timestamp) -> std::result::Result<(), OAuthError> {
        let (claims, now) = (&self.0.claims, now.as_seconds());
        let typ = self.0.typ.as_deref();
        if !typ.is_none_or(|typ| typ.eq_ignore_ascii_case("logout+jwt") || typ.eq_ignore_ascii_case("JWT")) {
            return Err(invalid("logout_token is of another type"));
        }
        if self.issuer() != issuer.issuer || !is_for_us(claims, issuer) {
            return Err(invalid("logout_token is not for us"));
        }
        let seconds = |member: &str| claims.get(member).and_then(Value::as_i64);
        let is_timely = matches!((seconds("iat"), seconds("exp")), (Some(at), Some(expires))
            if at <= now + SKEW && expires.saturating_add(SKEW) > now && expires <= now + LONGEST);
        if !is_timely {
            return Err(invalid(
                "logout_token has expired, is not valid yet, or lacks exp or iat",
            ));
        }
        let has_event = claims
            .get("events")
            .and_then(|events| events.get(EVENT))
            .is_some_and(Value::is_object);
        if !has_event {
            return Err(invalid("logout_token does not tell of a logout"));
        }
        // Step 7: an ID token is no logout token.
        if claims.contains_key("nonce") {
            return Err(invalid("logout_token has a nonce"));
        }
        if name(claims, "sub").is_none() && name(claims, "sid").is_none() {
            return Err(invalid("logout_token names neither sub nor sid"));
        }
        Ok(())
    }
}

/// Ends the sessions that a logout token is about, whose signature is good; returns how many there were.
///
/// # Errors
/// `invalid_request` with what is wrong, a fault of the database.
pub fn end_sessions(work: &mut Work<'_>, issuer: &Issuer, logout: &Logout) -> Result<usize> {
    logout.check(issuer, work.now)?;
    let claims = &logout.0.claims;
    let jti = name(claims, "jti").ok_or_else(|| invalid("jti is missing"))?;
    // Step 8: once.
    let seen = sha256(format!("logout token\0{}\0{jti}", issuer.issuer).as_bytes());
    if !store::seen_once::first_time(work.tx, &seen, work.now.plus_seconds(LONGEST + SKEW))? {
        return Err(invalid("logout_token was used before").into());
    }
    let (sub, sid) = (name(claims, "sub"), name(claims, "sid"));
    let mut ended = 0;
    for id in meant(work, issuer, (sub.as_deref(), sid.as_deref()))? {
        if let Some(over) = sign_out::end(work, id)? {
            let detail = json!({ "by": issuer.issuer });
            let entry = Entry::new(Event::SessionEnded).user(over.session.user).session(id);
            work.audit(entry.detail(detail))?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// The sessions that are meant: those of a session there, of an account there, or both.
fn meant(work: &mut Work<'_>, issuer: &Issuer, (sub, sid): (Option<&str>, Option<&str>)) -> Result<Vec<SessionId>> {
    let of_account = match sub {
        Some(sub) => Some(store::upstream::find(work.tx, &issuer.issuer, sub)?.map(|(_, credential)| credential)),
        None => None,
    };
    match (of_account, sid) {
        // Nobody is connected with that account.
        (Some(None), _) | (None, None) => Ok(Vec::new()),
        (Some(Some(credential)), None) => store::upstream::sessions_of(work.tx, credential),
        (account, Some(sid)) => {
            let mut from = store::upstream::sessions_from(work.tx, &issuer.issuer, sid)?;
            from.retain(|(_, credential)| account.flatten().is_none_or(|account| account == *credential));
            Ok(from.into_iter().map(|(session, _)| session).collect())
        }
    }
}
