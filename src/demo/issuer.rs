//! The server as app and API see it: its endpoints, and its keys as it publishes them.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{self, JwtError};
use crate::error::Fault;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;
use crate::outbound::HttpClient;

/// Seconds after which the keys are fetched again, so that withdrawn ones are forgotten.
const KEPT: i64 = 300;
/// Seconds between fetches for keys that are missing, so that made-up key names cost the server nothing.
const PAUSE: i64 = 10;

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unverified {
    /// The token does not count, whoever asks.
    #[error("{0}")]
    Invalid(&'static str),
    /// The keys cannot be had at the moment.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Unavailable(String),
}

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Its `typ`, which keeps one kind of token from passing for another (RFC 8725 §3.11).
    pub(super) typ: &'a str,
    /// Whom it must be meant for.
    pub(super) audience: &'a str,
    /// The present instant.
    pub(super) now: Timestamp,
}

/// The server.
pub(super) struct Issuer {
    /// Its identifier.
    pub(super) name: String,
    /// Speaks to it.
    pub(super) http: HttpClient,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    keys: Arc<JwkSet>,
    fetched_at: Timestamp,
}

impl Issuer {
    /// The server of this name.
    pub(super) fn new(name: String) -> Result<Self, Fault> {
        Ok(Self {
            name,
            http: HttpClient::loopback()?,
            kept: Mutex::default(),
        })
    }

    /// The address of an endpoint.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.name)
    }

    /// The claims of a token that the server signed for this audience and that is in force.
    pub(super) async fn verify(&self, token: &str, expected: Expected<'_>) -> Result<Map<String, Value>, Unverified> {
        let said = jwt::inspect(token).ok_or(Unverified::Invalid("it is malformed"))?;
        if said.typ.as_deref() != Some(expected.typ) {
            return Err(Unverified::Invalid("it is another kind of token"));
        }
        // RFC 8725 §3.1: one of the algorithms known here, by a key that is for it.
        let algorithm: Algorithm = said
            .alg
            .parse()
            .map_err(|_| Unverified::Invalid("its algorithm is not accepted"))?;
        let keys = self.keys(said.kid.as_deref(), algorithm, expected.now).await?;
        let mut outcome = Err(JwtError::Signature);
        for key in keys.candidates(said.kid.as_deref(), algorithm) {
            outcome = outcome.or_else(|_| jwt::verify_with(token, key, &[algorithm]));
        }
        let claims = outcome.map_err(|_| Unverified::Invalid("its signature is wrong"))?;
        check_claims(&claims, &self.name, expected)?;
        Ok(claims)
    }

    /// Keys among which those that may have signed are; fetched again when there is none of them.
    async fn keys(&self, kid: Option<&str>, algorithm: Algorithm, now: Timestamp) -> Result<Arc<JwkSet>, Unverified> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept {
            let age = now.seconds_since(kept.fetched_at);
            let has = kept.keys.candidates(kid, algorithm).next().is_some();
            if if has { age < KEPT } else { age < PAUSE } {
                return Ok(kept.keys);
            }
        }
        let unavailable = |why: String| Unverified::Unavailable(why);
        let answer = self.http.get_json(&self.endpoint("/oauth2/jwks"), None).await;
        let answer = answer.map_err(|error| unavailable(error.to_string()))?;
        let keys = JwkSet::parse(&answer.body).map_err(|error| unavailable(error.to_string()))?;
        let keys = Arc::new(keys);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept {
            keys: Arc::clone(&keys),
            fetched_at: now,
        });
        Ok(keys)
    }
}

/// OpenID Connect Core §3.1.3.7 and RFC 9068 §4: issuer, audience and time.
fn check_claims(claims: &Map<String, Value>, issuer: &str, expected: Expected<'_>) -> Result<(), Unverified> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Unverified::Invalid("it is by another issuer"));
    }
    let meant = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.audience,
        Some(Value::Array(several)) => several.iter().any(|one| one == expected.audience),
        _ => false,
    };
    if !meant {
        return Err(Unverified::Invalid("it is meant for another"));
    }
    let expires_at = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if expires_at <= expected.now.as_seconds() {
        return Err(Unverified::Invalid("it expired"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn issuer_audience_and_time_must_be_right() {
        let now = Timestamp::from_seconds(1_000);
        let expected = Expected {
            typ: "at+jwt",
            audience: "api",
            now,
        };
        let outcome = |claims: Value| {
            let Value::Object(claims) = claims else { unreachable!() };
            check_claims(&claims, "http://localhost:1", expected).map_err(|error| error.to_string())
        };
        let good = json!({"iss": "http://localhost:1", "aud": ["other", "api"], "exp": 1_001});
        assert_eq!(outcome(good.clone()), Ok(()));
        for (member, value, why) in [
            ("iss", json!("http://localhost:2"), "it is by another issuer"),
            ("aud", json!("other"), "it is meant for another"),
            ("aud", json!(["other"]), "it is meant for another"),
            ("aud", Value::Null, "it is meant for another"),
            ("exp", json!(1_000), "it expired"),
            ("exp", Value::Null, "it expired"),
        ] {
            let mut claims = good.clone();
            claims[member] = value;
            assert_eq!(outcome(claims), Err(why.to_owned()), "{member}");
        }
    }
}
