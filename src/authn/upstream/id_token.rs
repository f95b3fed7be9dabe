//! A provider's ID token, validated whole. OpenID Connect Core §2, §3.1.3.7, §3.1.3.8, RFC 8725.

use serde_json::{Map, Value};

use super::{Problem, SKEW, is_signed};
use crate::crypto::digest::{constant_time_eq, left_half_hash};
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{Unverified, inspect};
use crate::model::issuer::Issuer;
use crate::model::time::Timestamp;

/// Seconds after which an ID token that was just redeemed cannot have been issued for it.
const OLDEST: i64 = 600;
/// The longest name of an account or a session (Core §2: 255 ASCII characters).
const MAX_NAME: usize = 255;
/// The most methods that are looked at.
const MAX_METHODS: usize = 20;

/// An ID token, not believed yet.
#[derive(Debug, Clone)]
pub struct IdToken(Unverified);

/// What a provider says of a sign-in.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// What it calls the account.
    pub subject: String,
    /// What it calls its session.
    pub sid: Option<String>,
    /// The level it speaks of.
    pub acr: Option<String>,
    /// The methods it speaks of.
    pub amr: Vec<String>,
    /// When the person proved who they are.
    pub auth_time: Option<i64>,
    /// All that it says.
    pub claims: Map<String, Value>,
}

fn refused(detail: &'static str) -> Problem {
    Problem::Refused(detail)
}

/// A name that can be stored and compared.
pub(super) fn name(claims: &Map<String, Value>, member: &str) -> Option<String> {
    let value = claims.get(member)?.as_str()?;
    let fits = !value.is_empty() && value.len() <= MAX_NAME && !value.chars().any(char::is_control);
    fits.then(|| value.to_owned())
}

/// Whether `aud` is us, and nobody else (Core §3.1.3.7, step 3: others are not trusted).
pub(super) fn is_for_us(claims: &Map<String, Value>, issuer: &Issuer) -> bool {
    let us = issuer.client_id.as_deref().unwrap_or_default();
    match claims.get("aud") {
        Some(Value::String(one)) => one == us,
        Some(Value::Array(several)) => !several.is_empty() && several.iter().all(|one| one == us),
        _ => false,
    }
}

impl IdToken {
    /// Reads a token that says itself to be signed as this issuer signs.
    ///
    /// # Errors
    /// [`Problem::Refused`] when it is no signed token, of another kind or another algorithm.
    pub fn read(text: &str, issuer: &Issuer) -> Result<Self, Problem> {
        let read = inspect(text).ok_or(refused("the ID token is not a signed JWT"))?;
        // Step 6: the algorithm is the one that is listed, never the one that a token names.
        if read.alg != issuer.id_token_signed_response_alg.as_str() {
            return Err(refused("the ID token is signed with another algorithm"));
        }
        // RFC 8725 §3.11: a logout token or an access token is no ID token.
        if !read.is_plain() {
            return Err(refused("the token is of another type"));
        }
        Ok(Self(read))
    }

    /// Checks the signature against keys of the issuer's.
    ///
    /// # Errors
    /// [`Problem::Refused`] when none of them made it.
    pub fn check_signature(&self, issuer: &Issuer, keys: &JwkSet) -> Result<(), Problem> {
        if is_signed(&self.0, keys, issuer.id_token_signed_response_alg) {
            return Ok(());
        }
        Err(refused("the signature of the ID token is wrong"))
    }

    /// Checks the claims at `now`, for the request of this nonce, beside this access token.
    pub(super) fn check(
        &self,
        issuer: &Issuer,
        (nonce, access_token): (&str, &str),
        now: Timestamp,
    ) -> Result<SignedIn, Problem> {
        let claims = &self.0.claims;
        let text = |member: &str| claims.get(member).and_then(Value::as_str);
        // Step 2.
        if text("iss") != Some(issuer.issuer.as_str()) {
            return Err(refused("iss of the ID token is another issuer"));
        }
        // Steps 3 to 5.
        if !is_for_us(claims, issuer) {
            return Err(refused("aud of the ID token is not us alone"));
        }
        if claims.contains_key("azp") && text("azp") != issuer.client_id.as_deref() {
            return Err(refused("azp of the ID token is another client"));
        }
        self.check_times(now)?;
        // Step 11.
        let answered = text("nonce").is_some_and(|answered| constant_time_eq(answered.as_bytes(), nonce.as_bytes()));
        if !answered {
            return Err(refused("nonce of the ID token is not ours"));
        }
        // §3.1.3.8
        let hash = left_half_hash(access_token, issuer.id_token_signed_response_alg);
        if claims.contains_key("at_hash") && text("at_hash") != Some(hash.as_str()) {
            return Err(refused("at_hash of the ID token is of another access token"));
        }
        Ok(SignedIn {
            subject: name(claims, "sub").ok_or(refused("sub of the ID token is missing"))?,
            sid: name(claims, "sid"),
            acr: text("acr").map(str::to_owned),
            amr: methods(claims),
            auth_time: self.auth_time(now)?,
            claims: claims.clone(),
        })
    }

    /// Steps 9 and 10.
    fn check_times(&self, now: Timestamp) -> Result<(), Problem> {
        let (claims, now) = (&self.0.claims, now.as_seconds());
        let seconds = |member: &str| claims.get(member).and_then(Value::as_i64);
        match seconds("exp") {
            Some(expires) if expires.saturating_add(SKEW) > now => {}
            _ => return Err(refused("the ID token has expired, or never does")),
        }
        match seconds("iat") {
            Some(at) if at <= now + SKEW && at.saturating_add(OLDEST) >= now => {}
            _ => return Err(refused("iat of the ID token is missing, in the future or long ago")),
        }
        if claims.contains_key("nbf") && seconds("nbf").is_none_or(|from| from > now + SKEW) {
            return Err(refused("the ID token is not valid yet"));
        }
        Ok(())
    }

    /// Step 13.
    fn auth_time(&self, now: Timestamp) -> Result<Option<i64>, Problem> {
        let Some(said) = self.0.claims.get("auth_time") else {
            return Ok(None);
        };
        let fits = said.as_i64().filter(|at| (0..=now.as_seconds() + SKEW).contains(at));
        fits.map(Some)
            .ok_or(refused("auth_time of the ID token is no time, or in the future"))
    }
}

fn methods(claims: &Map<String, Value>) -> Vec<String> {
    let listed = claims.get("amr").and_then(Value::as_array).into_iter().flatten();
    let texts = listed.filter_map(Value::as_str).take(MAX_METHODS);
    texts.map(str::to_owned).collect()
}
