//! `private_key_jwt` and `client_secret_jwt`. RFC 7523 §2.2, §3; OpenID Connect Core §9.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::{Settings, TokenSettings};
use crate::crypto::digest::sha256;
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{Unverified, inspect};
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::{AuthMethod, Client};
use crate::model::secret::Digest;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The type that assertions may have (RFC 7523bis §3).
const TYP: &str = "client-authentication+jwt";

/// A client assertion, not believed yet.
#[derive(Debug)]
pub struct Assertion {
    read: Unverified,
    client_id: String,
}

impl Assertion {
    pub(super) fn read(kind: Option<&str>, text: &str) -> Result<Self, OAuthError> {
        if kind != Some(ASSERTION_TYPE) {
            return Err(OAuthError::new(
                OAuthErrorCode::InvalidRequest,
                "client_assertion_type is not jwt-bearer",
            ));
        }
        let read = inspect(text).ok_or_else(|| failed("client_assertion is not a signed JWT"))?;
        // RFC 7523 §3: iss and sub are both the client.
        let issuer = read.claims.get("iss").and_then(Value::as_str);
        let subject = read.claims.get("sub").and_then(Value::as_str);
        match (issuer, subject) {
            (Some(issuer), Some(subject)) if issuer == subject => Ok(Self {
                client_id: subject.to_owned(),
                read,
            }),
            _ => Err(failed("iss and sub of client_assertion must both be the client")),
        }
    }

    /// The client it names.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The `kid` of its header.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.read.kid.as_deref()
    }
}

/// The keys that may have signed an assertion.
#[derive(Debug, Clone, Copy)]
pub enum KeysOf<'a> {
    /// Public keys.
    Public(&'a JwkSet),
    /// The client's secret.
    Secret(&'a [u8]),
}

/// An assertion whose signature and claims are good; whether it is new is judged in the unit of work.
#[derive(Debug)]
pub struct VerifiedAssertion {
    pub(super) client_id: String,
    pub(super) client: Arc<Client>,
    pub(super) method: AuthMethod,
    pub(super) replay: Digest,
    pub(super) forget_at: Timestamp,
}

/// Verifies signature and claims of an assertion at `now`.
///
/// # Errors
/// `invalid_client` with what is wrong.
pub fn verify_assertion(
    assertion: &Assertion,
    client: &Arc<Client>,
    keys: KeysOf<'_>,
    (settings, now): (&Settings, Timestamp),
) -> Result<VerifiedAssertion, OAuthError> {
    let method = match keys {
        KeysOf::Public(_) => AuthMethod::PrivateKeyJwt,
        KeysOf::Secret(_) => AuthMethod::ClientSecretJwt,
    };
    if client.disabled || client.token_endpoint_auth_method != method {
        return Err(OAuthErrorCode::InvalidClient.into());
    }
    // RFC 8725 §3.11: what a client signed for another purpose authenticates nobody.
    let is_own_type = assertion
        .read
        .typ
        .as_deref()
        .is_some_and(|typ| typ.eq_ignore_ascii_case(TYP));
    if !is_own_type && !assertion.read.is_plain() {
        return Err(OAuthErrorCode::InvalidClient.into());
    }
    // OpenID Connect Registration §2: with no other algorithm than the one that was registered.
    let registered = client.token_endpoint_auth_signing_alg.as_deref();
    if registered.is_some_and(|registered| !is_same(registered, &assertion.read.alg)) {
        return Err(OAuthErrorCode::InvalidClient.into());
    }
    // The same answer as for a client that does not exist; whoever has its key may be told more.
    let claims = signed_claims(&assertion.read, keys).ok_or(OAuthErrorCode::InvalidClient)?;
    let issuer = &settings.server.issuer;
    // Named by one string (RFC 7523bis): an array could let one assertion serve two servers.
    let audience = claims.get("aud").and_then(Value::as_str);
    // RFC 9126 §2: where requests are pushed its own address does too.
    let paths = ["", "/oauth2/token", "/oauth2/par"];
    let alias = settings.mtls.base.as_ref();
    let alias = alias.map(|base| format!("{base}{}", settings.issuer_path()));
    let names_us = |audience: &str| {
        let mut bases = [Some(issuer), alias.as_ref()].into_iter().flatten();
        bases.any(|base| {
            audience
                .strip_prefix(base.as_str())
                .is_some_and(|path| paths.contains(&path))
        })
    };
    if !audience.is_some_and(names_us) {
        return Err(failed("aud of client_assertion must be the issuer"));
    }
    let life = Life::of(&settings.tokens);
    let expires = life.check(claims, now).map_err(failed)?;
    let jti = claims
        .get("jti")
        .and_then(Value::as_str)
        .ok_or_else(|| failed("jti of client_assertion is missing"))?;
    Ok(VerifiedAssertion {
        client_id: assertion.client_id.clone(),
        client: Arc::clone(client),
        method,
        replay: sha256(format!("client assertion\0{}\0{jti}", assertion.client_id).as_bytes()),
        forget_at: life.over(expires),
    })
}

/// Whether two names mean one algorithm: `EdDSA` has two.
fn is_same(one: &str, other: &str) -> bool {
    let known = |name: &str| name.parse::<Algorithm>().ok();
    one == other || (known(one).is_some() && known(one) == known(other))
}

/// The claims of a token that one of these keys signed, with an algorithm of the key's own kind.
pub(in crate::oauth) fn signed_claims<'a>(read: &'a Unverified, keys: KeysOf<'_>) -> Option<&'a Map<String, Value>> {
    let is_signed = match keys {
        KeysOf::Secret(secret) => read.check_signed_with(secret).is_ok(),
        KeysOf::Public(set) => {
            let algorithm: Algorithm = read.alg.parse().ok()?;
            set.candidates(read.kid.as_deref(), algorithm)
                .take(4)
                .any(|key| read.check_signed_by(key, &[algorithm]).is_ok())
        }
    };
    is_signed.then_some(&read.claims)
}

/// How long an assertion may live, and how far clocks may differ, in seconds.
#[derive(Debug, Clone, Copy)]
pub(in crate::oauth) struct Life {
    longest: u32,
    skew: u32,
}

impl Life {
    pub(in crate::oauth) const fn of(settings: &TokenSettings) -> Self {
        Self {
            longest: settings.assertion_lifetime,
            skew: settings.assertion_skew,
        }
    }

    /// From when an assertion that expires then is refused for that alone, so that nobody need know it any more.
    pub(in crate::oauth) fn over(self, expires: Timestamp) -> Timestamp {
        expires.plus_seconds(i64::from(self.skew) + 1)
    }

    /// Checks `exp`, `nbf` and `iat` at `now` (RFC 7523 §3); returns when it expires.
    pub(in crate::oauth) fn check(
        self,
        claims: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<Timestamp, &'static str> {
        let (now, skew) = (now.as_seconds(), i64::from(self.skew));
        let seconds = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => numeric_date(value).map(Some).ok_or("exp, nbf and iat must be numbers"),
        };
        let expires = seconds("exp")?.ok_or("exp is missing")?;
        if expires.saturating_add(skew) <= now {
            return Err("the assertion has expired");
        }
        if expires > now.saturating_add(i64::from(self.longest)).saturating_add(skew) {
            return Err("exp is too far in the future");
        }
        if seconds("nbf")?.is_some_and(|from| from > now + skew) {
            return Err("the assertion is not valid yet");
        }
        if seconds("iat")?.is_some_and(|at| at > now + skew) {
            return Err("iat is in the future");
        }
        Ok(Timestamp::from_seconds(expires))
    }
}

/// Seconds since the epoch (RFC 7519 §2), whole ones.
pub(in crate::oauth) fn numeric_date(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "fractions of a second are dropped on purpose"
    )]
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|seconds| seconds.abs() < 1e15)
            .map(|seconds| seconds as i64)
    })
}

fn failed(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidClient, description)
}
