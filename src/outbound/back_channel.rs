//! Logout tokens on their way to clients. OpenID Connect Back-Channel Logout §2.5, §2.8.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

use super::DocumentError;
use super::clients::Clients;
use super::transfer::judge;
use crate::config::OutboundSettings;

/// Posts logout tokens.
#[derive(Debug)]
pub struct BackChannel {
    clients: Clients,
    timeout: Duration,
}

impl BackChannel {
    /// Prepares posting with these settings.
    #[must_use]
    pub const fn new(settings: &OutboundSettings, clients: Clients) -> Self {
        Self {
            clients,
            timeout: Duration::from_secs(settings.timeout),
        }
    }

    /// Posts a logout token to a client. The body of its answer is not read; redirects are not followed.
    pub async fn post(&self, url: &str, token: &str) -> Result<(), DocumentError> {
        let url = self.clients.check(url)?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("logout_token", token)
            .finish();
        let request = self
            .clients
            .reaching(&url)
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        let sent = tokio::time::timeout(self.timeout, request.send()).await;
        let response = sent
            .map_err(|_| DocumentError::TimedOut)?
            .map_err(|error| judge(&error))?;
        match response.status() {
            // §2.8: 200; some frameworks turn an empty answer into a 204.
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
            status => Err(DocumentError::Status(status.as_u16())),
        }
    }
}
