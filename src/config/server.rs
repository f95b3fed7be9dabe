//! The listener and the public address.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use crate::error::FieldError;

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// The public address; `https` except on a loopback host.
    pub issuer: String,
    /// The address to listen on.
    pub bind: SocketAddr,
    /// The certificate of that address, in PEM, then those that lead to its authority; plain HTTP where absent.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM.
    pub tls_key: Option<PathBuf>,
    /// Peers whose `X-Forwarded-For` and `Forwarded` are believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Whether the paths of one big vendor's clients are served beside our own: `/services/oauth2/…` and `/id/…`.
    pub compat_salesforce_paths: bool,
    /// Where the APIs are that clients of those paths are sent to; the issuer where absent.
    pub compat_instance_url: Option<String>,
    /// Seconds that running requests are given after TERM.
    pub shutdown_grace: u64,
    /// Worker threads; 0 means one per core.
    pub workers: usize,
}

impl ServerSettings {
    /// Checks what types alone cannot.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        self.check_issuer()
            .map_err(|problem| FieldError::new("server.issuer", problem))?;
        self.check_tls()?;
        self.check_instance()
    }

    fn check_issuer(&self) -> Result<(), String> {
        let issuer =
            Url::parse(&self.issuer).map_err(|error| format!("not a URL ({error}); write https://id.example.com"))?;
        // Clients compare it letter by letter (Discovery 1.0 §4.3), and browsers write an origin in one way alone.
        let written = issuer.as_str().trim_end_matches('/');
        let is_local = matches!(issuer.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let problem = if issuer.query().is_some() || issuer.fragment().is_some() {
            "must have neither query nor fragment"
        } else if self.issuer.ends_with('/') {
            "must not end with a slash"
        } else if !issuer.username().is_empty() || issuer.password().is_some() {
            "must not hold a user name or a password"
        } else if issuer.scheme() != "https" && !(issuer.scheme() == "http" && is_local) {
            "must be https, except on localhost"
        } else if written != self.issuer {
            return Err(format!("must be written as {written}"));
        } else {
            return Ok(());
        };
        Err(problem.to_owned())
    }

    fn check_tls(&self) -> Result<(), FieldError> {
        let lacks = |key, other| Err(FieldError::new(key, format!("must be set too, as {other} is")));
        match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => lacks("server.tls_key", "server.tls_cert"),
            (None, Some(_)) => lacks("server.tls_cert", "server.tls_key"),
            (Some(_), Some(_)) if !self.issuer.starts_with("https://") => Err(FieldError::new(
                "server.issuer",
                "must be https, as server.tls_cert is set",
            )),
            _ => Ok(()),
        }
    }

    fn check_instance(&self) -> Result<(), FieldError> {
        let Some(address) = &self.compat_instance_url else {
            return Ok(());
        };
        let is_plain = Url::parse(address).is_ok_and(|url| {
            let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
            is_web && url.query().is_none() && url.fragment().is_none()
        });
        if is_plain {
            return Ok(());
        }
        let problem = "must be an http(s) URL without query and fragment; write https://api.example.com";
        Err(FieldError::new("server.compat_instance_url", problem))
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            issuer: "http://localhost:8080".into(),
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            compat_salesforce_paths: false,
            compat_instance_url: None,
            shutdown_grace: 20,
            workers: 0,
        }
    }
}
