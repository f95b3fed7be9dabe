//! The server that takes our mail.

use std::path::PathBuf;

use serde::Deserialize;

use super::SecretSource;
use crate::model::message::Channel;
use crate::model::secret::Secret;

/// A mail server (RFC 5321, RFC 6409).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port; where absent, the one that goes with `tls`.
    pub port: Option<u16>,
    /// How the connection is kept private.
    #[serde(default)]
    pub tls: SmtpTls,
    /// Whose mail this is: an address, or `Name <address>`.
    pub from: String,
    /// Who we are to the server; where absent, it does not ask.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The file that holds it.
    pub password_file: Option<PathBuf>,
}

/// How the connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// TLS from the start (RFC 8314).
    #[default]
    Tls,
    /// TLS after the greeting, and nothing before it (RFC 3207).
    Starttls,
    /// Not at all: for listed hosts alone.
    None,
}

impl SmtpSettings {
    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::Tls => 465,
            SmtpTls::Starttls => 587,
            SmtpTls::None => 25,
        })
    }

    /// Where the password is, if the server asks for one.
    #[must_use]
    pub fn secret(&self) -> Option<SecretSource<'_>> {
        self.username.as_ref().map(|_| SecretSource {
            name: "password",
            value: self.password.as_ref(),
            file: self.password_file.as_deref(),
        })
    }

    pub(super) fn check(&self, channel: Channel) -> Result<(), &'static str> {
        match channel {
            Channel::Sms | Channel::Voice => Err("smtp sends mail alone"),
            Channel::Email if self.host.is_empty() || self.host.contains(['/', '@', ' ']) => {
                Err("host must be the name of a mail server")
            }
            Channel::Email => Ok(()),
        }
    }
}
