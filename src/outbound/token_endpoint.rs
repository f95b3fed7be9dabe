//! Token endpoints of other providers. RFC 6749 §2.3.1, §3.2, OpenID Connect Core §3.1.3.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;
use url::form_urlencoded;

use super::DocumentError;
use super::clients::Clients;
use super::transfer::{judge, read_body};
use crate::config::OutboundSettings;
use crate::model::secret::Secret;

/// Redeems codes at other providers.
#[derive(Debug)]
pub struct TokenEndpoint {
    clients: Clients,
    timeout: Duration,
    max_size: usize,
}

impl TokenEndpoint {
    /// Prepares asking with these settings.
    #[must_use]
    pub const fn new(settings: &OutboundSettings, clients: Clients) -> Self {
        Self {
            clients,
            timeout: Duration::from_secs(settings.timeout),
            max_size: settings.max_size,
        }
    }

    /// Posts a token request, as the client that `basic` names (its identifier and secret) or the form does. Redirects are
    /// not followed; anything but a document with status 200 is an error.
    pub async fn post(
        &self,
        url: &str,
        basic: Option<(&str, &Secret)>,
        form: &[(&str, String)],
    ) -> Result<Value, DocumentError> {
        let url = self.clients.check(url)?;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut request = self
            .clients
            .reaching(&url)
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body);
        if let Some((user, password)) = basic {
            // RFC 6749 §2.3.1: both are form-encoded first.
            request = request.basic_auth(form_encoded(user), Some(form_encoded(password.expose())));
        }
        let transfer = async {
            let response = request.send().await.map_err(|error| judge(&error.without_url()))?;
            match response.status() {
                StatusCode::OK => read_body(response, self.max_size).await,
                status => Err(DocumentError::Status(status.as_u16())),
            }
        };
        let sent = tokio::time::timeout(self.timeout, transfer).await;
        let body = sent.map_err(|_| DocumentError::TimedOut)??;
        serde_json::from_slice(&body).map_err(|_| DocumentError::Malformed("not JSON"))
    }
}

fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
