//! Asks a validation server about the one-time password of a `YubiKey`. Yubico's validation protocol 2.0: requests and answers
//! are signed (HMAC-SHA-1 over their sorted fields), and an answer repeats the password and the nonce that it is about.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::DocumentError;
use super::clients::Clients;
use super::secret::{self, MissingSecret};
use super::transfer::{judge, read_body};
use crate::config::{Settings, YubikeySettings};
use crate::crypto::digest::constant_time_eq;
use crate::crypto::random::Random;
use crate::crypto::sha1_mac;
use crate::error::FieldError;

/// Bytes of an answer that are read.
const MAX_SIZE: usize = 4_096;
/// Letters and digits of a nonce; the protocol takes 16 to 40.
const NONCE_LENGTH: usize = 32;

/// What a validation server says of a one-time password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// It is right, and was never used.
    Accepted {
        /// The key's counters of sessions and uses as one number that only grows, where the server tells.
        counter: Option<i64>,
    },
    /// It is wrong, or was used.
    Refused,
    /// No server that can be believed said anything of it.
    Unavailable,
}

/// What asks.
#[derive(Debug)]
pub struct YubikeyValidator {
    settings: YubikeySettings,
    clients: Clients,
}

/// Why one server said nothing that counts.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("{0}")]
    Transfer(#[from] DocumentError),
    #[error("{0}")]
    Secret(#[from] MissingSecret),
    #[error("the secret is not in base64")]
    Key,
    #[error("the answer is not signed with our key")]
    Signature,
    #[error("the answer is about another request")]
    Other,
    #[error("the server says {0}")]
    Status(String),
}

impl YubikeyValidator {
    /// Prepares asking the servers of the settings.
    ///
    /// # Errors
    /// A server whose address may not be asked.
    pub fn new(settings: &Settings, clients: Clients) -> Result<Self, FieldError> {
        if settings.yubikey.is_on() {
            for server in &settings.yubikey.servers {
                let checked = clients.check(server);
                checked.map_err(|error| FieldError::new("yubikey.servers", format!("{server}: {error}")))?;
            }
        }
        Ok(Self {
            settings: settings.yubikey.clone(),
            clients,
        })
    }

    /// Asks about a one-time password: the first server that can be believed decides.
    pub async fn validate(&self, otp: &str) -> Validation {
        let Some(id) = self.settings.client_id else {
            return Validation::Unavailable;
        };
        for server in &self.settings.servers {
            match self.ask((server, id), otp).await {
                Ok(validation) => return validation,
                Err(error) => tracing::warn!(server, %error, "a YubiKey validation server was of no use"),
            }
        }
        Validation::Unavailable
    }

    async fn ask(&self, (server, id): (&str, u64), otp: &str) -> Result<Validation, NoAnswer> {
        let secret = secret::read(self.settings.secret())?;
        let key = STANDARD.decode(secret.expose().trim()).map_err(|_| NoAnswer::Key)?;
        let nonce = Random::from_os().alphanumeric(NONCE_LENGTH);
        let url = address(server, &key, (id, otp, nonce.expose()));
        let url = self.clients.check(&url)?;
        let timeout = Duration::from_secs(self.settings.timeout);
        let body = tokio::time::timeout(timeout, transfer(&self.clients, url)).await;
        let body = body.map_err(|_| DocumentError::TimedOut)??;
        read(&String::from_utf8_lossy(&body), &key, (otp, nonce.expose()))
    }
}

async fn transfer(clients: &Clients, url: Url) -> Result<Vec<u8>, DocumentError> {
    let request = clients.reaching(&url).get(url);
    // The address holds the one-time password.
    let response = request.send().await.map_err(|error| judge(&error.without_url()))?;
    match response.status().as_u16() {
        200 => read_body(response, MAX_SIZE).await,
        status => Err(DocumentError::Status(status)),
    }
}

/// The address of a request, signed.
fn address(server: &str, key: &[u8], (id, otp, nonce): (u64, &str, &str)) -> String {
    let id = id.to_string();
    let fields = BTreeMap::from([("id", id.as_str()), ("nonce", nonce), ("otp", otp), ("timestamp", "1")]);
    let signature = STANDARD.encode(sha1_mac::sign(key, signed(&fields).as_bytes()));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .append_pair("h", &signature)
        .finish();
    format!("{}/wsapi/2.0/verify?{query}", server.trim_end_matches('/'))
}

/// What is signed: the fields in the order of their names.
fn signed(fields: &BTreeMap<&str, &str>) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Reads an answer: signed with our key first, about this request second, and only then what it says.
fn read(body: &str, key: &[u8], (otp, nonce): (&str, &str)) -> Result<Validation, NoAnswer> {
    let mut fields = BTreeMap::new();
    for (name, value) in body.lines().filter_map(|line| line.trim().split_once('=')) {
        // A field that is there twice would be signed once.
        if fields.insert(name, value).is_some() {
            return Err(NoAnswer::Signature);
        }
    }
    let signature = fields.remove("h").and_then(|text| STANDARD.decode(text).ok());
    let expected = sha1_mac::sign(key, signed(&fields).as_bytes());
    if !signature.is_some_and(|signature| constant_time_eq(&signature, &expected)) {
        return Err(NoAnswer::Signature);
    }
    let status = fields.get("status").copied().unwrap_or_default();
    if matches!(status, "OK" | "BAD_OTP" | "REPLAYED_OTP" | "REPLAYED_REQUEST") {
        // A refusal may leave them out; what it repeats must be ours.
        let is_ours = |name: &str, ours: &str| fields.get(name).map_or(status != "OK", |theirs| *theirs == ours);
        if !(is_ours("otp", otp) && is_ours("nonce", nonce)) {
            return Err(NoAnswer::Other);
        }
        if status != "OK" {
            return Ok(Validation::Refused);
        }
        let number = |name: &str| fields.get(name).and_then(|value| value.parse::<u16>().ok());
        let counter = number("sessioncounter").zip(number("sessionuse"));
        return Ok(Validation::Accepted {
            counter: counter.map(|(sessions, uses)| i64::from(sessions) << 16 | i64::from(uses)),
        });
    }
    Err(NoAnswer::Status(status.chars().take(40).collect()))
}

#[cfg(test)]
mod tests;
