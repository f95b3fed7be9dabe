//! The issuer's public keys: found through its metadata, kept, and asked for again when one is missing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;

use crate::refusal::Why;

/// Seconds after which the keys are fetched again, so that withdrawn ones are forgotten.
const KEPT: u64 = 300;

/// Seconds between fetches for keys that are missing, so that made-up key names cost the issuer nothing.
const PAUSE: u64 = 10;

/// What may go wrong on the way to the issuer.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The issuer's metadata, as much of it as is needed (RFC 8414 §2).
#[derive(Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    jwks_uri: String,
    introspection_endpoint: Option<String>,
}

impl Metadata {
    /// Where to ask about tokens.
    pub(crate) fn introspection_endpoint(self) -> Result<String, Failure> {
        self.introspection_endpoint
            .ok_or_else(|| "the issuer cannot be asked about tokens".into())
    }
}

/// An HTTP client that follows nothing and does not wait for ever.
pub(crate) fn http() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
}

/// The metadata of an issuer.
pub(crate) async fn metadata(http: &reqwest::Client, issuer: &str) -> Result<Metadata, Failure> {
    let url = format!("{issuer}/.well-known/openid-configuration");
    let metadata: Metadata = http.get(url).send().await?.error_for_status()?.json().await?;
    // OpenID Connect Discovery §4.3: it must be the metadata of the very issuer that was asked.
    if metadata.issuer != issuer {
        return Err("the metadata is of another issuer".into());
    }
    Ok(metadata)
}

/// The keys of one issuer.
pub(crate) struct Keys {
    issuer: String,
    http: reqwest::Client,
    kept: Mutex<Kept>,
    /// Held by the one who fetches.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    set: JwkSet,
    /// When the set was fetched, and when that was last tried.
    fetched_at: u64,
    tried_at: u64,
}

impl Keys {
    pub(crate) fn new(issuer: String) -> Result<Self, reqwest::Error> {
        Ok(Self {
            issuer,
            http: http()?,
            kept: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    /// The key of this name. An issuer that is down for a while does no harm as long as the key is known.
    pub(crate) async fn find(&self, kid: &str) -> Result<Option<Jwk>, Why> {
        let (known, is_old) = self.known(kid);
        if known.is_some() && !is_old {
            return Ok(known);
        }
        // Whoever knows the key does not wait for somebody else to fetch it again.
        let _alone = match (self.fetching.try_lock(), known.is_some()) {
            (Ok(alone), _) => alone,
            (Err(_), true) => return Ok(known),
            (Err(_), false) => self.fetching.lock().await,
        };
        if now() >= self.kept().tried_at + PAUSE {
            self.kept().tried_at = now();
            if let Ok(set) = self.fetch().await {
                let mut kept = self.kept();
                (kept.set, kept.fetched_at) = (set, now());
            }
        }
        // Without any keys it is no fault of the token's.
        match self.known(kid).0 {
            None if self.kept().fetched_at == 0 => Err(Why::Unavailable),
            known => Ok(known),
        }
    }

    /// The key, if it is known, and whether what is known is old.
    fn known(&self, kid: &str) -> (Option<Jwk>, bool) {
        let kept = self.kept();
        (kept.set.find(kid).cloned(), now() >= kept.fetched_at + KEPT)
    }

    async fn fetch(&self) -> Result<JwkSet, Failure> {
        let jwks_uri = metadata(&self.http, &self.issuer).await?.jwks_uri;
        Ok(self.http.get(jwks_uri).send().await?.error_for_status()?.json().await?)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this program has no other clock")]
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
