//! One request to a vendor, and what is known of it afterwards. CLAUSES.md S31, S33.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::DocumentError;
use super::clients::Clients;
use super::transfer::{judge, read_body};
use crate::config::SecretSource;
use crate::model::message::{CodeMessage, Delivery, DeliveryFailure, masked};
use crate::model::secret::Secret;

use super::secret::{self, MissingSecret};

/// Bytes of a vendor's answer that are read.
const MAX_SIZE: usize = 65_536;

/// What carries requests to vendors.
#[derive(Debug)]
pub(super) struct Carrier {
    clients: Clients,
    timeout: Duration,
}

/// A request, ready to go.
pub(super) struct Request {
    /// The method.
    pub(super) method: Method,
    /// A checked address.
    pub(super) url: Url,
    /// Its headers.
    pub(super) headers: HeaderMap,
    /// Its body.
    pub(super) body: String,
}

/// What came of a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The vendor answered, with JSON or something else.
    Answered(u16, Value),
    /// Nobody was reached, so nothing was asked.
    NotAsked(DocumentError),
    /// The vendor was asked, and what it did is not known.
    Unanswered(DocumentError),
}

/// A request that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotAsk {
    /// No secret.
    #[error("{0}")]
    Secret(#[from] MissingSecret),
    /// An address that may not be asked.
    #[error("{0}")]
    Address(#[from] DocumentError),
    /// A setting that makes no header; says which.
    #[error("{0}")]
    Header(&'static str),
}

impl Carrier {
    /// Prepares carrying; an exchange takes no longer than `timeout`.
    pub(super) const fn new(clients: Clients, timeout: Duration) -> Self {
        Self { clients, timeout }
    }

    /// Checks an address as it is written.
    pub(super) fn check(&self, url: &str) -> Result<Url, DocumentError> {
        self.clients.check(url)
    }

    /// Makes one request, once.
    pub(super) async fn ask(&self, request: Request) -> Outcome {
        let client = self.clients.reaching(&request.url);
        match tokio::time::timeout(self.timeout, exchange(client, request)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unanswered(DocumentError::TimedOut),
        }
    }
}

async fn exchange(client: &Client, request: Request) -> Outcome {
    let built = client
        .request(request.method, request.url)
        .headers(request.headers)
        .body(request.body);
    let response = match built.send().await {
        Ok(response) => response,
        // The address may hold the number and the code.
        Err(error) if error.is_connect() || error.is_builder() => {
            return Outcome::NotAsked(judge(&error.without_url()));
        }
        Err(error) => return Outcome::Unanswered(judge(&error.without_url())),
    };
    let status = response.status().as_u16();
    // The status says enough where the rest does not arrive.
    let body = read_body(response, MAX_SIZE).await.unwrap_or_default();
    Outcome::Answered(status, serde_json::from_slice(&body).unwrap_or_default())
}

/// The address below a base.
pub(super) fn below(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

/// A form's body.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Headers of a form, with an `Authorization`.
pub(super) fn form_headers(authorization: &str) -> Result<HeaderMap, CannotAsk> {
    let mut authorization =
        HeaderValue::try_from(authorization).map_err(|_| CannotAsk::Header("the secret has control characters"))?;
    authorization.set_sensitive(true);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (CONTENT_TYPE, form),
    ]))
}

/// RFC 7617: user and password as they are.
pub(super) fn basic(user: &str, password: &Secret) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))
}

/// The secret as it is now.
pub(super) fn key(source: SecretSource<'_>) -> Result<Secret, CannotAsk> {
    Ok(secret::read(source)?)
}

/// What a status says by itself (RFC 9110 §15, RFC 6585 §4).
pub(super) const fn failure_of(status: u16) -> Option<DeliveryFailure> {
    match status {
        200..=299 => None,
        429 => Some(DeliveryFailure::RateLimited),
        500.. => Some(DeliveryFailure::Unavailable),
        _ => Some(DeliveryFailure::Refused),
    }
}

/// Turns what came of a request into what came of the message; the log gets numbers, and the end of the destination.
pub(super) fn settle(
    vendor: &'static str,
    message: &CodeMessage,
    outcome: Result<Outcome, CannotAsk>,
    judge: impl FnOnce(u16, &Value) -> (Option<i64>, Option<DeliveryFailure>),
) -> Delivery {
    let (channel, to) = (message.channel.as_str(), masked(&message.to));
    match outcome {
        Ok(Outcome::Answered(status, body)) => {
            let (code, failure) = judge(status, &body);
            let Some(failure) = failure else {
                tracing::debug!(vendor, channel, to, status, code, "a vendor took a message");
                return Delivery::Accepted;
            };
            tracing::warn!(
                vendor,
                channel,
                to,
                status,
                code,
                ?failure,
                "a vendor did not take a message"
            );
            Delivery::Failed(failure)
        }
        Ok(Outcome::NotAsked(error)) => {
            tracing::warn!(vendor, channel, to, %error, "a vendor was not reached");
            Delivery::Failed(DeliveryFailure::Unavailable)
        }
        Ok(Outcome::Unanswered(error)) => {
            tracing::warn!(vendor, channel, to, %error, "a vendor was asked and did not answer");
            Delivery::Unknown
        }
        Err(error) => {
            tracing::error!(vendor, channel, to, %error, "a vendor cannot be asked");
            Delivery::Failed(DeliveryFailure::NotConfigured)
        }
    }
}

/// A carrier for tests, to loopback addresses.
#[cfg(test)]
pub(super) fn loopback(timeout: Duration) -> Carrier {
    let host = crate::config::HostPattern::try_from("127.0.0.1".to_owned()).unwrap();
    let settings = crate::config::OutboundSettings {
        allowed_private_hosts: vec![host],
        ..crate::config::OutboundSettings::default()
    };
    Carrier::new(Clients::new(&settings).unwrap(), timeout)
}

/// A message for tests.
#[cfg(test)]
pub(super) fn sample(channel: crate::model::message::Channel) -> CodeMessage {
    CodeMessage {
        channel,
        to: "+4915112345678".into(),
        subject: "Your code".into(),
        text: Secret::new("Your code is 042917 & \"good\" for 5 min.\n@id.example.com #042917"),
        spoken: Secret::new("Your code for Müller & Söhne is 042917"),
        code: Secret::new("042917"),
        locale: "de-DE".into(),
    }
}
