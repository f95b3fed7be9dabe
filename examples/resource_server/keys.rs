//! The issuer's public keys: found through its metadata, kept, and asked for again when one is missing.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;

use crate::refusal::Refusal;

/// Seconds after which the keys are fetched again, so that withdrawn ones are forgotten.
const KEPT: u64 = 300;

/// Seconds between fetches for keys that are missing, so that made-up key names cost the issuer nothing.
const PAUSE: u64 = 10;

/// The issuer's metadata, as much of it as is needed (RFC 8414 §2).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// The keys of one issuer.
pub(crate) struct Keys {
    issuer: String,
    http: reqwest::Client,
    kept: Mutex<Kept>,
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
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            issuer,
            http,
            kept: Mutex::default(),
        })
    }

    /// The key of this name. An issuer that is down for a while does no harm as long as the key is known.
    pub(crate) async fn find(&self, kid: &str) -> Result<Option<Jwk>, Refusal> {
        let now = now();
        let (known, fetch) = {
            let mut kept = self.kept();
            let known = kept.set.find(kid).cloned();
            let wanted = known.is_none() || now >= kept.fetched_at + KEPT;
            let fetch = wanted && now >= kept.tried_at + PAUSE;
            if fetch {
                kept.tried_at = now;
            }
            (known, fetch)
        };
        if !fetch {
            // Never fetched, or lately tried in vain: that is no fault of the token's.
            return if known.is_none() && self.kept().fetched_at == 0 {
                Err(Refusal::Unavailable)
            } else {
                Ok(known)
            };
        }
        match self.fetch().await {
            Ok(set) => {
                let found = set.find(kid).cloned();
                let mut kept = self.kept();
                kept.set = set;
                kept.fetched_at = now;
                Ok(found)
            }
            Err(_) => known.map(Some).ok_or(Refusal::Unavailable),
        }
    }

    async fn fetch(&self) -> Result<JwkSet, Box<dyn std::error::Error>> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let metadata: Metadata = self.http.get(url).send().await?.error_for_status()?.json().await?;
        // OpenID Connect Discovery §4.3: it must be the metadata of the very issuer that was asked.
        if metadata.issuer != self.issuer {
            return Err("the metadata is of another issuer".into());
        }
        Ok(self
            .http
            .get(metadata.jwks_uri)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?)
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
