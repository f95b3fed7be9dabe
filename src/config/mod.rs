//! The settings tree, its defaults and its checks. Read once; see [`load`].

mod load;
mod network;

pub use load::{Loaded, load, load_text};
pub use network::HostPattern;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::FieldError;
use crate::model::assurance::{ApiMfaBeforeEnrolment, Columns, DeviceActivation};
use crate::model::evidence::Acr;
use crate::model::secret::Secret;

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
    /// Password hashing and rules.
    pub passwords: PasswordSettings,
    /// Levels and their ages.
    pub assurance: AssuranceSettings,
    /// Counters and sizes.
    pub limits: LimitSettings,
    /// What the server itself may fetch.
    pub outbound: OutboundSettings,
    /// The audit log.
    pub audit: AuditSettings,
    /// The metrics listener.
    pub metrics: MetricsSettings,
    /// Logging.
    pub log: LogSettings,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// The public address; `https` except on a loopback host.
    pub issuer: String,
    /// The address to listen on.
    pub bind: SocketAddr,
    /// Peers whose `X-Forwarded-For` and `Forwarded` are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Seconds that running requests are given after TERM.
    pub shutdown_grace: u64,
    /// Worker threads; 0 means one per core.
    pub workers: usize,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            issuer: "http://localhost:8080".into(),
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            trusted_proxies: Vec::new(),
            shutdown_grace: 20,
            workers: 0,
        }
    }
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://path` or `postgres://…`; may hold a password, so it is secret.
    pub url: Secret,
    /// Connections kept for reading (SQLite) or for everything (PostgreSQL).
    pub pool_size: u32,
    /// Whether `serve` may migrate PostgreSQL by itself.
    pub auto_migrate: bool,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: Secret::new("sqlite://data/countersign.db"),
            pool_size: 8,
            auto_migrate: false,
        }
    }
}

/// `[secrets]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretSettings {
    /// The file that holds the master key, made on first start with mode 0600.
    pub master_key_file: PathBuf,
    /// The master key itself (64 hexadecimal digits), for installations that keep it in the environment.
    pub master_key: Option<Secret>,
    /// Earlier master keys, still able to open what they sealed.
    pub old_master_keys: Vec<Secret>,
}

impl Default for SecretSettings {
    fn default() -> Self {
        Self {
            master_key_file: "data/master.key".into(),
            master_key: None,
            old_master_keys: Vec::new(),
        }
    }
}

/// `[tokens]`; lifetimes in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TokenSettings {
    /// Authorization codes.
    pub code_lifetime: u32,
    /// Access tokens.
    pub access_token_lifetime: u32,
    /// ID tokens.
    pub id_token_lifetime: u32,
    /// Refresh tokens, unused.
    pub refresh_token_idle: u32,
    /// Refresh tokens, from the grant on.
    pub refresh_token_lifetime: u32,
    /// How long redeeming a refresh token again returns the same successor.
    pub refresh_retry_window: u32,
    /// Who must use PKCE.
    pub require_pkce: RequirePkce,
    /// The longest life of a JWT-bearer or client assertion.
    pub assertion_lifetime: u32,
    /// Clock skew allowed in assertions.
    pub assertion_skew: u32,
    /// Days between signing keys.
    pub key_rotation_days: u32,
    /// Seconds a new key is published before it signs.
    pub key_publish_lead: u32,
}

impl Default for TokenSettings {
    fn default() -> Self {
        Self {
            code_lifetime: 60,
            access_token_lifetime: 900,
            id_token_lifetime: 900,
            refresh_token_idle: 30 * 86_400,
            refresh_token_lifetime: 365 * 86_400,
            refresh_retry_window: 30,
            require_pkce: RequirePkce::All,
            assertion_lifetime: 300,
            assertion_skew: 60,
            key_rotation_days: 90,
            key_publish_lead: 86_400,
        }
    }
}

/// Who must use PKCE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RequirePkce {
    /// Every client.
    #[default]
    All,
    /// Public clients.
    Public,
}

/// `[passwords]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordSettings {
    /// Argon2id memory in KiB.
    pub argon2_memory: u32,
    /// Argon2id passes.
    pub argon2_passes: u32,
    /// Argon2id lanes.
    pub argon2_lanes: u32,
    /// Hashes computed at the same time; each holds `argon2_memory` for good.
    pub hash_permits: usize,
    /// The shortest password that may be set.
    pub min_length: usize,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            argon2_memory: 19_456,
            argon2_passes: 2,
            argon2_lanes: 1,
            hash_permits: 2,
            min_length: 12,
        }
    }
}

/// `[assurance]`: how long evidence holds a level, in seconds (ASSURANCE.md §1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AssuranceSettings {
    /// `standard`, overall.
    pub standard_age: u32,
    /// `standard`, idle.
    pub standard_idle: u32,
    /// `high`, overall.
    pub high_age: u32,
    /// `high`, idle.
    pub high_idle: u32,
    /// `phr`, overall.
    pub phr_age: u32,
    /// `phr`, idle.
    pub phr_idle: u32,
    /// What the kinds of login reach.
    pub columns: Columns,
    /// Whether login ranges are checked before factors are asked for.
    pub early_ip_deny: bool,
    /// What happens on an unknown device.
    pub device_activation: DeviceActivation,
    /// What an API login does under `mfa_api` before a factor is enrolled.
    pub api_mfa_before_enrolment: ApiMfaBeforeEnrolment,
    /// Whether a missing API-login token has a fault text of its own, which reveals that the password was right.
    pub distinct_api_token_fault: bool,
    /// Whether a bridge carries a token's evidence into the browser; `false` only to compare with servers that do not.
    pub bridge_carries_assurance: bool,
    /// Whether an unmet `acr_values` is an error rather than the best that could be had.
    pub acr_values_strict: bool,
    /// Whether a person without a usable factor may enrol one in the middle of a step-up.
    pub enrol_at_step_up: bool,
    /// Foreign names of levels, as clients write them in `acr_values`.
    pub acr_aliases: BTreeMap<String, Acr>,
}

impl Default for AssuranceSettings {
    fn default() -> Self {
        Self {
            standard_age: 86_400,
            standard_idle: 7_200,
            high_age: 43_200,
            high_idle: 3_600,
            phr_age: 43_200,
            phr_idle: 900,
            columns: Columns::default(),
            early_ip_deny: false,
            device_activation: DeviceActivation::Off,
            api_mfa_before_enrolment: ApiMfaBeforeEnrolment::Deny,
            distinct_api_token_fault: false,
            bridge_carries_assurance: true,
            acr_values_strict: false,
            enrol_at_step_up: true,
            acr_aliases: BTreeMap::from([("https://refeds.org/profile/mfa".to_owned(), Acr::High)]),
        }
    }
}

impl AssuranceSettings {
    /// Columns only go down from what a kind of login reaches (CLAUSES.md S6).
    fn check(&self) -> Result<(), FieldError> {
        let columns: [(&str, Acr, &[Acr]); 3] = [
            ("multi_factor", self.columns.multi_factor, &[Acr::High, Acr::Standard]),
            ("passkey", self.columns.passkey, &[Acr::Phr, Acr::High, Acr::Standard]),
            (
                "restricted",
                self.columns.restricted,
                &[Acr::High, Acr::Standard, Acr::None],
            ),
        ];
        for (name, chosen, allowed) in columns {
            if !allowed.contains(&chosen) {
                let names: Vec<&str> = allowed.iter().map(|acr| acr.as_str()).collect();
                let problem = format!("cannot be {chosen}; choose one of {}", names.join(", "));
                return Err(FieldError::new(format!("assurance.columns.{name}"), problem));
            }
        }
        Ok(())
    }
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Wrong passwords or codes per account within `lockout_window`.
    pub invalid_attempts: u32,
    /// Seconds in which wrong attempts are counted, and for which the account is then locked.
    pub lockout_window: u32,
    /// Seconds that an interaction lives.
    pub interaction_lifetime: u32,
    /// Seconds for which proof of `high` lets an administrator make changes.
    pub step_up_freshness: u32,
    /// Refreshes per grant within five minutes; retries of one token count once.
    pub refreshes_per_grant: u32,
    /// Bytes of a request body.
    pub body_size: usize,
    /// TOTP credentials per user.
    pub factors_per_kind: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            invalid_attempts: 10,
            lockout_window: 900,
            interaction_lifetime: 600,
            step_up_freshness: 900,
            refreshes_per_grant: 30,
            body_size: 65_536,
            factors_per_kind: 5,
        }
    }
}

/// `[outbound]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundSettings {
    /// Further certificate authorities in PEM.
    pub ca_file: Option<PathBuf>,
    /// Hosts (`name` or `name:port`) that may have private addresses and be fetched over plain http.
    pub allowed_private_hosts: Vec<HostPattern>,
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
            timeout: 5,
            max_size: 65_536,
        }
    }
}

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditSettings {
    /// Seconds between seals of the chains' heads.
    pub seal_interval: u64,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self { seal_interval: 60 }
    }
}

/// `[metrics]`
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsSettings {
    /// The address of the metrics listener; none: not served.
    pub bind: Option<SocketAddr>,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// `error`, `warn`, `info`, `debug`, or a filter of the tracing crate.
    pub level: String,
    /// `json` or `text`.
    pub format: LogFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".into(),
            format: LogFormat::Json,
        }
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

impl Settings {
    /// Checks what types alone cannot. Returns the first error.
    pub fn check(&self) -> Result<(), FieldError> {
        let issuer = Url::parse(&self.server.issuer).map_err(|error| {
            FieldError::new(
                "server.issuer",
                format!("not a URL ({error}); write https://id.example.com"),
            )
        })?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(FieldError::new("server.issuer", "must have neither query nor fragment"));
        }
        if self.server.issuer.ends_with('/') {
            return Err(FieldError::new("server.issuer", "must not end with a slash"));
        }
        let local = matches!(issuer.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if issuer.scheme() != "https" && !(issuer.scheme() == "http" && local) {
            return Err(FieldError::new("server.issuer", "must be https, except on localhost"));
        }
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
        if !(1..=3_600).contains(&self.tokens.code_lifetime) {
            return Err(FieldError::new(
                "tokens.code_lifetime",
                "must be from 1 to 3600 seconds",
            ));
        }
        self.assurance.check()
    }

    /// Whether people reach the server by https, so that cookies can be `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.server.issuer.starts_with("https://")
    }

    /// The issuer's path without a trailing slash: empty, or `/tenant`.
    #[must_use]
    pub fn issuer_path(&self) -> String {
        Url::parse(&self.server.issuer)
            .map(|url| url.path().trim_end_matches('/').to_owned())
            .unwrap_or_default()
    }

    /// The origin (scheme, host, port) of the issuer.
    #[must_use]
    pub fn origin(&self) -> String {
        Url::parse(&self.server.issuer)
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default()
    }
}
