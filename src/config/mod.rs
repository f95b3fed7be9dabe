//! The settings tree, its defaults and its checks. Read once; see [`load`].

mod assurance;
mod codes;
mod database;
mod device;
mod dpop;
mod exchange;
mod limits;
mod load;
mod logout;
mod messages;
mod mtls;
mod network;
mod outbound;
mod passwords;
mod records;
mod registration;
mod requests;
mod secrets;
mod server;
mod tokens;
mod yubikey;

pub use assurance::AssuranceSettings;
pub use codes::CodeLimits;
pub use database::DatabaseSettings;
pub use device::DeviceSettings;
pub use dpop::DpopSettings;
pub use exchange::ExchangeSettings;
pub use limits::{AttemptLimit, LimitSettings, LockoutLength};
pub use load::{Loaded, load, load_text};
pub use logout::LogoutSettings;
pub use messages::{
    ContentType, HttpMethod, HttpVendorSettings, MessageSettings, SecretSource, Sender, SmtpSettings, SmtpTls,
    TelesignAuth, TelesignSettings, TwilioSettings, Vendor,
};
pub use mtls::MtlsSettings;
pub use network::HostPattern;
pub use outbound::{OutboundSettings, Webhook};
pub use passwords::{ChangeRevokes, PasswordSettings};
pub use records::{AuditSettings, LogFormat, LogSettings, MetricsSettings};
pub use registration::{RegistrationMode, RegistrationSettings, StatementIssuer};
pub use requests::RequestSettings;
pub use secrets::SecretSettings;
pub use server::ServerSettings;
pub use tokens::{RequirePkce, TokenSettings};
pub use yubikey::YubikeySettings;

use std::net::Ipv4Addr;

use serde::Deserialize;

use crate::error::FieldError;
use crate::model::assurance::DeviceActivation;
use crate::model::evidence::FactorKind;
use crate::model::message::Channel;

/// All settings. Every key has a default that runs on a laptop.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The listener and the public address.
    pub server: ServerSettings,
    /// Where records are kept.
    pub database: DatabaseSettings,
    /// The master key.
    pub secrets: SecretSettings,
    /// Lifetimes and formats.
    pub tokens: TokenSettings,
    /// Tokens bound to a key of their holder.
    pub dpop: DpopSettings,
    /// Certificates of clients.
    pub mtls: MtlsSettings,
    /// Clients that register themselves.
    pub registration: RegistrationSettings,
    /// How authorization requests may arrive.
    pub requests: RequestSettings,
    /// Devices without a browser of their own.
    pub device: DeviceSettings,
    /// Tokens that are exchanged for others.
    pub exchange: ExchangeSettings,
    /// Password hashing and rules.
    pub passwords: PasswordSettings,
    /// Levels and their ages.
    pub assurance: AssuranceSettings,
    /// The server that one-time passwords of `YubiKey`s are checked by.
    pub yubikey: YubikeySettings,
    /// Counters and sizes.
    pub limits: LimitSettings,
    /// Who carries messages to people.
    pub messages: MessageSettings,
    /// What clients learn of sessions and their ends.
    pub logout: LogoutSettings,
    /// What the server itself may fetch.
    pub outbound: OutboundSettings,
    /// The audit log.
    pub audit: AuditSettings,
    /// The metrics listener.
    pub metrics: MetricsSettings,
    /// Logging.
    pub log: LogSettings,
}

impl Settings {
    /// Checks what types alone cannot. Returns the first error.
    pub fn check(&self) -> Result<(), FieldError> {
        self.server.check()?;
        if !(1..=512).contains(&self.database.pool_size) {
            return Err(FieldError::new("database.pool_size", "must be from 1 to 512"));
        }
        if !(1..=64).contains(&self.passwords.hash_permits) {
            return Err(FieldError::new("passwords.hash_permits", "must be from 1 to 64"));
        }
        if self.passwords.argon2_memory < 8 * self.passwords.argon2_lanes || self.passwords.argon2_passes == 0 {
            return Err(FieldError::new(
                "passwords.argon2_memory",
                "Argon2id needs at least 8 KiB a lane and one pass",
            ));
        }
        if !(300..=86_400).contains(&self.passwords.reset_lifetime) {
            return Err(FieldError::new(
                "passwords.reset_lifetime",
                "must be from 300 to 86400 seconds",
            ));
        }
        if !(1..=3_600).contains(&self.tokens.code_lifetime) {
            return Err(FieldError::new(
                "tokens.code_lifetime",
                "must be from 1 to 3600 seconds",
            ));
        }
        self.mtls.check(&self.server)?;
        self.dpop.check()?;
        self.requests.check()?;
        self.device.check()?;
        self.exchange.check()?;
        self.assurance.check()?;
        self.yubikey.check()?;
        self.messages.check()?;
        self.outbound.check()?;
        self.registration.check()?;
        self.limits.check()
    }

    /// Whether people reach the server by https, so that cookies can be `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.server.issuer.starts_with("https://")
    }

    /// What happens on an unknown device. Nothing is asked for by default while no message reaches anybody, as nobody without
    /// a second factor could get any further.
    #[must_use]
    pub fn device_activation(&self) -> DeviceActivation {
        self.assurance
            .device_activation
            .unwrap_or(if self.messages.reach_people() {
                DeviceActivation::Verify
            } else {
                DeviceActivation::Off
            })
    }

    /// The issuer's path without a trailing slash: empty, or `/tenant`.
    #[must_use]
    pub fn issuer_path(&self) -> &str {
        let (_, rest) = self.server.issuer.split_once("://").unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }

    /// The kinds of second factor that people can enrol and use here, strongest first. Browsers know passkeys of names
    /// alone, and only over https or on this machine (WebAuthn §5.1.3).
    #[must_use]
    pub fn factor_kinds(&self) -> Vec<FactorKind> {
        let is_here = |name: &str| name == "localhost" || name.ends_with(".localhost");
        let passkeys = self.host_name().is_some_and(|name| self.is_https() || is_here(name));
        let sends = |channel| self.messages.sender(channel).is_some();
        let is_on = |kind: &FactorKind| match kind {
            FactorKind::Passkey => passkeys,
            FactorKind::Sms => sends(Channel::Sms),
            FactorKind::Voice => sends(Channel::Voice),
            FactorKind::Email => sends(Channel::Email),
            FactorKind::YubikeyOtp => self.yubikey.is_on(),
            _ => true,
        };
        let mut kinds = FactorKind::BUILT.to_vec();
        kinds.retain(is_on);
        kinds
    }

    /// Whether people who forgot their passwords can have a link mailed.
    #[must_use]
    pub const fn resets_passwords(&self) -> bool {
        self.passwords.reset_by_mail && self.messages.email.is_some()
    }

    /// The name of the issuer's host; none where it is an address.
    #[must_use]
    pub fn host_name(&self) -> Option<&str> {
        let (_, authority) = self.origin().split_once("://")?;
        if authority.starts_with('[') {
            return None;
        }
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        host.parse::<Ipv4Addr>().is_err().then_some(host)
    }

    /// The origin (scheme, host, port) of the issuer.
    #[must_use]
    pub fn origin(&self) -> &str {
        let issuer = self.server.issuer.as_str();
        issuer.strip_suffix(self.issuer_path()).unwrap_or(issuer)
    }
}
