//! The validation server that one-time passwords of `YubiKey`s are checked by.

use std::path::PathBuf;

use serde::Deserialize;

use super::SecretSource;
use crate::error::FieldError;
use crate::model::secret::Secret;

/// `[yubikey]`: Yubico's service, or one's own of the same protocol.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct YubikeySettings {
    /// Who we are to the server; without one, nobody uses this factor.
    pub client_id: Option<u64>,
    /// The key that signs requests and answers, in base64.
    pub secret: Option<Secret>,
    /// The file that holds it.
    pub secret_file: Option<PathBuf>,
    /// The servers, without a path; the next one is asked where one cannot be.
    pub servers: Vec<String>,
    /// Seconds that one of them may take.
    pub timeout: u64,
}

impl Default for YubikeySettings {
    fn default() -> Self {
        Self {
            client_id: None,
            secret: None,
            secret_file: None,
            servers: vec!["https://api.yubico.com".to_owned()],
            timeout: 5,
        }
    }
}

impl YubikeySettings {
    /// Whether people can use this factor.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.client_id.is_some()
    }

    /// Where the key is.
    #[must_use]
    pub fn secret(&self) -> SecretSource<'_> {
        SecretSource {
            name: "secret",
            value: self.secret.as_ref(),
            file: self.secret_file.as_deref(),
        }
    }

    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.is_on() && self.secret.is_none() && self.secret_file.is_none() {
            let problem = "is missing: unsigned answers are believed from nobody; set it, or secret_file";
            return Err(FieldError::new("yubikey.secret", problem));
        }
        if self.is_on() && self.servers.is_empty() {
            return Err(FieldError::new("yubikey.servers", "must name a server"));
        }
        if !(1..=30).contains(&self.timeout) {
            return Err(FieldError::new("yubikey.timeout", "must be from 1 to 30 seconds"));
        }
        Ok(())
    }
}
