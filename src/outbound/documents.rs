//! Documents that clients and issuers name by address (their keys, for instance, or their pictures): fetched behind the
//! guard, cached by their origin's headers.

mod form;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::DocumentError;
use super::cache::{Answer, Cache, Lately, Slot, Want};
use super::clients::Clients;
use super::freshness::lifetime;
use super::transfer::{judge, read_body};
use crate::config::OutboundSettings;
use crate::model::picture::Picture;
use form::{Form, Image, Json, Text};

/// Addresses that are cached at most.
const CAPACITY: usize = 1_000;
/// Pictures that are cached at most: strangers may name large ones.
const MOST_PICTURES: usize = 200;

/// Fetches documents and remembers them.
#[derive(Debug)]
pub struct Documents {
    clients: Clients,
    timeout: Duration,
    max_size: usize,
    cache: Cache<Value>,
    pictures: Cache<Picture>,
}

impl Documents {
    /// Prepares fetching with these settings.
    #[must_use]
    pub fn new(settings: &OutboundSettings, clients: Clients) -> Self {
        Self {
            clients,
            timeout: Duration::from_secs(settings.timeout),
            max_size: settings.max_size,
            cache: Cache::new(CAPACITY),
            pictures: Cache::new(MOST_PICTURES),
        }
    }

    /// The JSON document at `url`, from the cache while it is fresh.
    pub async fn fetch_json(&self, url: &str) -> Result<Arc<Value>, DocumentError> {
        self.obtain(url, Want::Fresh, Instant::now()).await
    }

    /// The text at `url`: as it is now, or, where it is named by what it must be (`version`), perhaps from the cache. What
    /// is named otherwise is never answered from what was kept under this name.
    ///
    /// # Errors
    /// Why it was not fetched.
    pub async fn fetch_text(&self, url: &str, version: Option<&str>) -> Result<String, DocumentError> {
        let url = self.clients.check(url)?;
        let text = match version {
            None => Box::pin(self.fetch::<Text>(url, &Slot::default())).await?.document(),
            Some(version) => {
                let key = format!("{url}#{version}");
                Some(self.obtain_as::<Text>((url, &key), Want::Fresh, Instant::now()).await?)
            }
        };
        match text.as_deref() {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(DocumentError::Malformed("not a text")),
        }
    }

    /// The JSON document at `url` as it is now, for when the cached one lacks something (a new key's name). The origin
    /// is asked at most once in 10 seconds; in between the cached answer is given.
    pub async fn refresh_json(&self, url: &str) -> Result<Arc<Value>, DocumentError> {
        self.obtain(url, Want::Latest, Instant::now()).await
    }

    /// The JSON document at `url`, from the cache while it is fresh, where a failure must not be kept. Whoever asks so limits how
    /// often: see [`lately`](Self::lately).
    ///
    /// # Errors
    /// Why it was not fetched.
    pub async fn describe_json(&self, url: &str) -> Result<Arc<Value>, DocumentError> {
        self.obtain(url, Want::Unfailed, Instant::now()).await
    }

    /// What came of asking for `url` a moment ago, where that was of no use.
    #[must_use]
    pub fn lately(&self, url: &str) -> Option<Lately> {
        let (now, url) = (Instant::now(), self.clients.check(url).ok()?);
        self.cache.slot(url.as_str(), now).lately(now)
    }

    /// Whether `url` is one that may be asked, as it is written.
    #[must_use]
    pub fn may_ask(&self, url: &str) -> bool {
        self.clients.check(url).is_ok()
    }

    /// Forgets what `url` gave: it was of no use.
    pub fn forget(&self, url: &str, given: &Arc<Value>) {
        if let Ok(url) = self.clients.check(url) {
            self.cache.slot(url.as_str(), Instant::now()).forget(given);
        }
    }

    /// The picture at `url`, from the cache while it is fresh.
    ///
    /// # Errors
    /// Why it was not fetched.
    pub async fn fetch_picture(&self, url: &str) -> Result<Arc<Picture>, DocumentError> {
        let url = self.clients.check(url)?;
        let key = url.as_str().to_owned();
        self.obtain_as::<Image>((url, &key), Want::Fresh, Instant::now()).await
    }

    async fn obtain(&self, url: &str, want: Want, now: Instant) -> Result<Arc<Value>, DocumentError> {
        let url = self.clients.check(url)?;
        let key = url.as_str().to_owned();
        self.obtain_as::<Json>((url, &key), want, now).await
    }

    async fn obtain_as<F: Form>(
        &self,
        (url, key): (Url, &str),
        want: Want,
        now: Instant,
    ) -> Result<Arc<F::Read>, DocumentError> {
        let slot = F::cache(self).slot(key, now);
        if let Some(answer) = slot.answer(want, now) {
            return answer;
        }
        let began = Instant::now();
        let _turn = slot.turn.lock().await;
        // Whoever had the turn before may have brought it.
        if let Some(answer) = slot.answer(want, now) {
            return answer;
        }
        // Every request could come to this, and few do: none is to carry it along.
        let outcome = Box::pin(self.fetch::<F>(url, &slot)).await;
        slot.record(outcome, now + began.elapsed())
    }

    async fn fetch<F: Form>(&self, url: Url, slot: &Slot<F::Read>) -> Result<Answer<F::Read>, DocumentError> {
        match tokio::time::timeout(self.timeout, self.transfer::<F>(url, slot.etag())).await {
            Ok(outcome) => outcome,
            Err(_) => Err(DocumentError::TimedOut),
        }
    }

    async fn transfer<F: Form>(&self, url: Url, etag: Option<HeaderValue>) -> Result<Answer<F::Read>, DocumentError> {
        let mut request = self.clients.reaching(&url).get(url).header(ACCEPT, F::ACCEPTED);
        let revalidating = etag.is_some();
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request.send().await.map_err(|error| judge(&error))?;
        match response.status() {
            StatusCode::OK => self.read::<F>(response).await,
            // RFC 9110 §15.4.5: only where the request was conditional.
            StatusCode::NOT_MODIFIED if revalidating => Ok(Answer::Unchanged {
                lifetime: lifetime(response.headers()),
            }),
            status => Err(DocumentError::Status(status.as_u16())),
        }
    }

    async fn read<F: Form>(&self, response: Response) -> Result<Answer<F::Read>, DocumentError> {
        let etag = validator(response.headers());
        let lifetime = lifetime(response.headers());
        let body = read_body(response, F::max_size(self)).await?;
        let value = F::read(body)?;
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
