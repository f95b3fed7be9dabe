//! What the server itself may fetch.

use std::path::PathBuf;

use serde::Deserialize;

use super::HostPattern;

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
