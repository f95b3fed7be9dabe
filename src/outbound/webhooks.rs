//! Services that login flows call: listed hosts alone, each with a secret that signs what it is sent. CLAUSES.md S15, S31.
//!
//! A call carries `Countersign-Timestamp`, seconds since 1970, and `Countersign-Signature`, `v1=` and the HMAC-SHA-256 in
//! hexadecimal of that timestamp, a full stop, and the body. A service that sees to both, and that the timestamp is recent,
//! knows that the call is ours and is not made again by somebody else.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;
use url::Url;

use super::DocumentError;
use super::clients::Clients;
use super::transfer::{judge, read_body};
use crate::config::{OutboundSettings, Webhook};
use crate::crypto::digest::hmac_sha256;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// Calls services.
#[derive(Debug)]
pub struct Webhooks {
    clients: Clients,
    listed: Vec<Webhook>,
    timeout: Duration,
    max_size: usize,
}

impl Webhooks {
    /// Prepares calls with these settings.
    #[must_use]
    pub fn new(settings: &OutboundSettings, clients: Clients) -> Self {
        Self {
            clients,
            listed: settings.webhooks.clone(),
            timeout: Duration::from_secs(settings.timeout),
            max_size: settings.max_size,
        }
    }

    /// Tells a service `body`, which is JSON, and returns the object that it answers.
    ///
    /// A host that is not listed is refused before its name is looked up; redirects are not followed.
    pub async fn call(&self, url: &str, body: String, now: Timestamp) -> Result<Value, DocumentError> {
        let url = self.clients.check(url)?;
        let webhook = self
            .webhook_of(&url)
            .ok_or(DocumentError::Forbidden("the host is not listed in outbound.webhooks"))?;
        let timestamp = now.as_seconds().to_string();
        let signed = format!("{timestamp}.{body}");
        let tag = hmac_sha256(webhook.secret.expose().as_bytes(), signed.as_bytes());
        let request = self
            .clients
            .reaching(&url)
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header("countersign-timestamp", timestamp)
            .header(
                "countersign-signature",
                format!("v1={}", String::from(Digest::new(tag))),
            )
            .body(body);
        let transfer = async {
            let response = request.send().await.map_err(|error| judge(&error))?;
            match response.status() {
                StatusCode::OK => read_body(response, self.max_size).await,
                status => Err(DocumentError::Status(status.as_u16())),
            }
        };
        let timed = tokio::time::timeout(self.timeout, transfer).await;
        let answer = timed.unwrap_or(Err(DocumentError::TimedOut))?;
        let value: Value = serde_json::from_slice(&answer).map_err(|_| DocumentError::Malformed("not JSON"))?;
        if value.is_object() {
            Ok(value)
        } else {
            Err(DocumentError::Malformed("not a JSON object"))
        }
    }

    fn webhook_of(&self, url: &Url) -> Option<&Webhook> {
        let (host, port) = (url.host_str()?, url.port_or_known_default()?);
        self.listed.iter().find(|webhook| webhook.host.covers(host, port))
    }
}

#[cfg(test)]
mod tests;
