//! The listener and the public address.

use std::net::SocketAddr;

use serde::Deserialize;

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
