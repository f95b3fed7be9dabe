//! JSON documents that clients and issuers name by address (their keys, for instance): fetched behind the guard, cached
//! by their origin's headers.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::DocumentError;
use super::cache::{Answer, Cache, Slot, Want};
use super::clients::Clients;
use super::freshness::lifetime;
use super::transfer::{judge, read_body};
use crate::config::OutboundSettings;
use crate::error::Fault;

/// Addresses that are cached at most.
const CAPACITY: usize = 1_000;

/// Fetches documents and remembers them.
#[derive(Debug)]
pub struct Documents {
    clients: Clients,
    timeout: Duration,
    max_size: usize,
    cache: Cache,
}

impl Documents {
    /// Prepares fetching with these settings; reads `ca_file`.
    pub fn new(settings: &OutboundSettings) -> Result<Self, Fault> {
        Ok(Self {
            clients: Clients::new(settings)?,
            timeout: Duration::from_secs(settings.timeout),
            max_size: settings.max_size,
            cache: Cache::new(CAPACITY),
        })
    }

    /// The JSON document at `url`, from the cache while it is fresh.
    pub async fn fetch_json(&self, url: &str) -> Result<Arc<Value>, DocumentError> {
        self.obtain(url, Want::Fresh, Instant::now()).await
    }

    /// The JSON document at `url` as it is now, for when the cached one lacks something (a new key's name). The origin
    /// is asked at most once in 10 seconds; in between the cached answer is given.
    pub async fn refresh_json(&self, url: &str) -> Result<Arc<Value>, DocumentError> {
        self.obtain(url, Want::Latest, Instant::now()).await
    }

    async fn obtain(&self, url: &str, want: Want, now: Instant) -> Result<Arc<Value>, DocumentError> {
        let url = self.clients.check(url)?;
        let slot = self.cache.slot(url.as_str(), now);
        if let Some(answer) = slot.answer(want, now) {
            return answer;
        }
        let began = Instant::now();
        let _turn = slot.turn.lock().await;
        // Whoever had the turn before may have brought it.
        if let Some(answer) = slot.answer(want, now) {
            return answer;
        }
        let outcome = self.fetch(url, &slot).await;
        slot.record(outcome, now + began.elapsed())
    }

    async fn fetch(&self, url: Url, slot: &Slot) -> Result<Answer, DocumentError> {
        match tokio::time::timeout(self.timeout, self.transfer(url, slot.etag())).await {
            Ok(outcome) => outcome,
            Err(_) => Err(DocumentError::TimedOut),
        }
    }

    async fn transfer(&self, url: Url, etag: Option<HeaderValue>) -> Result<Answer, DocumentError> {
        let mut request = self
            .clients
            .reaching(&url)
            .get(url)
            .header(ACCEPT, "application/json, */*;q=0.1");
        let revalidating = etag.is_some();
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request.send().await.map_err(|error| judge(&error))?;
        match response.status() {
            StatusCode::OK => self.read(response).await,
            // RFC 9110 §15.4.5: only where the request was conditional.
            StatusCode::NOT_MODIFIED if revalidating => Ok(Answer::Unchanged {
                lifetime: lifetime(response.headers()),
            }),
            status => Err(DocumentError::Status(status.as_u16())),
        }
    }

    async fn read(&self, response: Response) -> Result<Answer, DocumentError> {
        let etag = validator(response.headers());
        let lifetime = lifetime(response.headers());
        let body = read_body(response, self.max_size).await?;
        let value = serde_json::from_slice(&body).map_err(|_| DocumentError::Malformed("not JSON"))?;
        Ok(Answer::Document {
            value: Arc::new(value),
            etag,
            lifetime,
        })
    }
}

/// The validator, unless the origin forbids keeping the answer (RFC 9111 §5.2.2.5).
fn validator(headers: &HeaderMap) -> Option<HeaderValue> {
    let kept = |value: &HeaderValue| {
        value
            .to_str()
            .is_ok_and(|text| !text.to_ascii_lowercase().contains("no-store"))
    };
    headers
        .get_all(CACHE_CONTROL)
        .iter()
        .all(kept)
        .then(|| headers.get(ETAG).cloned())
        .flatten()
}

#[cfg(test)]
mod tests;
