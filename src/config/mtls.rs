//! Certificates of clients. RFC 8705.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::ServerSettings;
use crate::error::FieldError;

/// `[mtls]`; nothing of it is on unless `bind` or `proxy_header` is given.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct MtlsSettings {
    /// A further address to listen on, where clients are asked for certificates.
    pub bind: Option<SocketAddr>,
    /// The public address of the endpoints that are reached with a certificate (RFC 8705 §5).
    pub base: Option<String>,
    /// The authorities that vouch for clients' certificates, in PEM.
    pub client_ca_file: Option<PathBuf>,
    /// The header in which trusted proxies hand certificates on.
    pub proxy_header: Option<String>,
}

impl MtlsSettings {
    /// Whether certificates of clients are taken.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.bind.is_some() || self.proxy_header.is_some()
    }

    /// Checks what types alone cannot.
    pub(super) fn check(&self, server: &ServerSettings) -> Result<(), FieldError> {
        if self.bind.is_some() && server.tls_cert.is_none() {
            let problem = "needs server.tls_cert and server.tls_key, as clients show certificates by TLS";
            return Err(FieldError::new("mtls.bind", problem));
        }
        if self.bind.is_some_and(|bind| bind == server.bind && bind.port() != 0) {
            let problem = "must not be server.bind: people's browsers would ask them for certificates";
            return Err(FieldError::new("mtls.bind", problem));
        }
        if self.bind.is_some() && self.base.is_none() {
            let problem = "is missing: it says where clients reach mtls.bind; write https://mtls.id.example.com";
            return Err(FieldError::new("mtls.base", problem));
        }
        if let Some(name) = &self.proxy_header {
            let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_token {
                let problem = "must be the name of a header; write Client-Cert";
                return Err(FieldError::new("mtls.proxy_header", problem));
            }
            if server.trusted_proxies.is_empty() {
                let problem = "needs server.trusted_proxies: nobody else is believed about certificates";
                return Err(FieldError::new("mtls.proxy_header", problem));
            }
        }
        for (key, is_given) in [
            ("base", self.base.is_some()),
            ("client_ca_file", self.client_ca_file.is_some()),
        ] {
            if is_given && !self.is_on() {
                let problem = "has no effect without mtls.bind or mtls.proxy_header; set one of them, or remove it";
                return Err(FieldError::new(format!("mtls.{key}"), problem));
            }
        }
        self.base.as_deref().map_or(Ok(()), check_base)
    }
}

fn check_base(base: &str) -> Result<(), FieldError> {
    let is_plain = Url::parse(base).is_ok_and(|url| {
        let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        url.scheme() == "https" && url.has_host() && is_bare && matches!(url.path(), "" | "/")
    });
    if is_plain && !base.ends_with('/') {
        return Ok(());
    }
    let problem = "must be an https address without path, query and fragment; write https://mtls.id.example.com";
    Err(FieldError::new("mtls.base", problem))
}
