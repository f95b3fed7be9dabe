//! Mail by SMTP: one connection a message, to an address that the guard admits. RFC 5321, RFC 3207, RFC 4954, RFC 8314.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::guard::is_special;
use super::secret::{self, MissingSecret};
use crate::config::{OutboundSettings, SecretSource, SmtpSettings, SmtpTls};
use crate::crypto::digest::base64url;
use crate::crypto::random::Random;
use crate::model::message::DeliveryFailure;
use crate::model::time::Timestamp;

/// A mail server, ready to be asked.
#[derive(Debug)]
pub(super) struct Server {
    settings: SmtpSettings,
    from: Mailbox,
    listed: bool,
    ca_file: Option<PathBuf>,
    timeout: Duration,
}

/// A mail.
pub(super) struct Letter<'a> {
    /// Whom it goes to.
    pub(super) to: &'a str,
    /// The subject line.
    pub(super) subject: &'a str,
    /// The plain text.
    pub(super) text: &'a str,
}

/// Why a mail was not taken, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum MailError {
    /// Surely not sent.
    #[error("{1}")]
    Failed(DeliveryFailure, String),
    /// The server was given the mail and did not answer.
    #[error("it did not say whether it took the mail")]
    Unknown,
}

impl Server {
    /// Prepares; says what is wrong with the settings.
    pub(super) fn new(settings: &SmtpSettings, outbound: &OutboundSettings, timeout: Duration) -> Result<Self, String> {
        let mut hosts = outbound.allowed_private_hosts.iter();
        let listed = hosts.any(|host| host.covers(&settings.host.to_lowercase(), settings.port()));
        if settings.tls == SmtpTls::None && !listed {
            return Err("tls = \"none\" is only for hosts in outbound.allowed_private_hosts".to_owned());
        }
        let literal = settings.host.trim_matches(['[', ']']).parse();
        if !listed && literal.is_ok_and(is_special) {
            return Err("host is a special-use address, and not in outbound.allowed_private_hosts".to_owned());
        }
        let from = settings.from.parse();
        Ok(Self {
            settings: settings.clone(),
            from: from.map_err(|_| "from must be an address, or `Name <address>`".to_owned())?,
            listed,
            ca_file: outbound.ca_file.clone(),
            timeout,
        })
    }

    /// Where the password is, if the server asks for one.
    pub(super) fn secret(&self) -> Option<SecretSource<'_>> {
        self.settings.secret()
    }

    /// Hands one mail over, once.
    pub(super) async fn send(&self, letter: &Letter<'_>, now: Timestamp) -> Result<(), MailError> {
        let (envelope, mail) = self.write(letter, now)?;
        let mut connection = self.connect_in_time().await?;
        let sent = tokio::time::timeout(self.timeout, connection.send(&envelope, &mail)).await;
        match sent {
            Ok(Ok(_)) => {
                // It is taken; whether the farewell is heard does not matter.
                drop(tokio::time::timeout(Duration::from_secs(1), connection.quit()).await);
                Ok(())
            }
            Ok(Err(error)) if error.status().is_some() || error.is_client() => Err(refusal(&error)),
            Ok(Err(_)) | Err(_) => Err(MailError::Unknown),
        }
    }

    /// Connects and signs in, and sends nothing.
    pub(super) async fn try_out(&self) -> Result<(), MailError> {
        let mut connection = self.connect_in_time().await?;
        drop(tokio::time::timeout(Duration::from_secs(1), connection.quit()).await);
        Ok(())
    }

    async fn connect_in_time(&self) -> Result<AsyncSmtpConnection, MailError> {
        match tokio::time::timeout(self.timeout, self.connect()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(unavailable("it took too long to connect")),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let password = self.settings.secret().map(secret::read).transpose();
        let password = password
            .map_err(|error: MissingSecret| MailError::Failed(DeliveryFailure::NotConfigured, error.to_string()))?;
        let (addresses, hello) = (self.addresses().await?, ClientId::default());
        let at_once = (self.settings.tls == SmtpTls::Tls).then(|| self.tls()).transpose()?;
        let addresses = addresses.as_slice();
        let connected = AsyncSmtpConnection::connect_tokio1(addresses, Some(self.timeout), &hello, at_once, None);
        let mut connection = connected.await.map_err(|error| refusal(&error))?;
        if self.settings.tls == SmtpTls::Starttls {
            let upgraded = connection.starttls(self.tls()?, &hello).await;
            upgraded.map_err(|error| refusal(&error))?;
        }
        if let (Some(username), Some(password)) = (&self.settings.username, password) {
            let credentials = Credentials::new(username.clone(), password.expose().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            let signed_in = connection.auth(&mechanisms, &credentials).await;
            signed_in.map_err(|error| refusal(&error))?;
        }
        Ok(connection)
    }

    /// Where the name leads, as far as the guard admits it; these addresses are connected to, without a second look-up.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, MailError> {
        let host = self.settings.host.trim_matches(['[', ']']);
        let found = tokio::net::lookup_host((host, self.settings.port())).await;
        let found = found.map_err(|_| unavailable("its name leads nowhere"))?;
        let admitted: Vec<SocketAddr> = found.filter(|found| self.listed || !is_special(found.ip())).collect();
        if admitted.is_empty() {
            return Err(unavailable("its name leads to special-use addresses only"));
        }
        Ok(admitted)
    }

    fn tls(&self) -> Result<TlsParameters, MailError> {
        let broken = |_| unavailable("no TLS can be prepared");
        let mut builder = TlsParameters::builder(self.settings.host.clone());
        if let Some(path) = &self.ca_file {
            let pem = std::fs::read(path).map_err(|_| unavailable("outbound.ca_file cannot be read"))?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(broken)?);
        }
        builder.build_rustls().map_err(broken)
    }

    fn write(&self, letter: &Letter<'_>, now: Timestamp) -> Result<(Envelope, Vec<u8>), MailError> {
        let malformed = || MailError::Failed(DeliveryFailure::Refused, "it makes no mail".to_owned());
        let to: Mailbox = letter
            .to
            .parse()
            .map(|to| Mailbox::new(None, to))
            .map_err(|_| malformed())?;
        let since = Duration::from_micros(u64::try_from(now.as_micros()).unwrap_or_default());
        let id = base64url(&Random::from_os().bytes::<16>());
        // RFC 3834 §5: nobody's absence is to be answered to us.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(to)
            .date(UNIX_EPOCH + since)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .subject(letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .body(letter.text.to_owned())
            .map_err(|_| malformed())?;
        Ok((mail.envelope().clone(), mail.formatted()))
    }
}

/// A definite answer, or a connection that did not come about. The server's words stay out of it: only its number is kept.
fn refusal(error: &Error) -> MailError {
    let failure = match error.status() {
        // RFC 5321 §4.2.1: 4yz is for now, 5yz for good.
        Some(_) if error.is_transient() => DeliveryFailure::Unavailable,
        Some(_) => DeliveryFailure::Refused,
        None if error.is_client() => DeliveryFailure::Refused,
        None => DeliveryFailure::Unavailable,
    };
    let told = match error.status() {
        Some(status) => format!("it answered {status}"),
        None if error.is_tls() => "no TLS, or a certificate that is not believed".to_owned(),
        None if error.is_client() => "it does not offer what the settings ask for".to_owned(),
        None => "no connection".to_owned(),
    };
    MailError::Failed(failure, told)
}

fn unavailable(told: &str) -> MailError {
    MailError::Failed(DeliveryFailure::Unavailable, told.to_owned())
}

#[cfg(test)]
mod tests;
