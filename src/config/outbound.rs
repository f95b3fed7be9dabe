//! What the server itself may fetch.

use std::path::PathBuf;

use serde::Deserialize;

use super::HostPattern;
use crate::error::FieldError;
use crate::model::secret::Secret;

/// The shortest secret that signs, in bytes.
const MIN_SECRET: usize = 32;

/// A service that login flows may call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Its host (`name` or `name:port`).
    pub host: HostPattern,
    /// Signs what it is sent, by HMAC-SHA-256; nobody else knows it.
    pub secret: Secret,
}

/// `[outbound]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundSettings {
    /// Further certificate authorities in PEM.
    pub ca_file: Option<PathBuf>,
    /// Hosts (`name` or `name:port`) that may have private addresses and be fetched over plain http.
    pub allowed_private_hosts: Vec<HostPattern>,
    /// Services that login flows may call; no others are.
    pub webhooks: Vec<Webhook>,
    /// Seconds that a fetch may take.
    pub timeout: u64,
    /// Bytes that a document may have.
    pub max_size: usize,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            ca_file: None,
            allowed_private_hosts: Vec::new(),
            webhooks: Vec::new(),
            timeout: 5,
            max_size: 65_536,
        }
    }
}

impl OutboundSettings {
    /// The hosts of the services that login flows may call.
    #[must_use]
    pub fn webhook_hosts(&self) -> Vec<HostPattern> {
        self.webhooks.iter().map(|webhook| webhook.host.clone()).collect()
    }

    /// Checks that each service has a secret that is worth the name.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let short = |webhook: &Webhook| webhook.secret.expose().len() < MIN_SECRET;
        match self.webhooks.iter().position(short) {
            None => Ok(()),
            Some(at) => {
                let problem = format!("a secret that signs has at least {MIN_SECRET} bytes; use a long random one");
                Err(FieldError::new(format!("outbound.webhooks[{at}].secret"), problem))
            }
        }
    }
}
