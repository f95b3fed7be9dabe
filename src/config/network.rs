//! Hosts named in settings.

use serde::Deserialize;

/// A host that settings allow: `name` (any port) or `name:port`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostPattern {
    host: String,
    port: Option<u16>,
}

impl HostPattern {
    /// Whether this pattern covers a host (lower case, IPv6 in brackets) and port.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        self.host == host && self.port.is_none_or(|own| own == port)
    }
}

impl TryFrom<String> for HostPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let port = port
                    .parse()
                    .map_err(|_| format!("`{text}` is not a host or host:port"))?;
                (host, Some(port))
            }
            _ => (text.as_str(), None),
        };
        if host.is_empty() || host.contains('/') {
            return Err(format!("`{text}` is not a host or host:port"));
        }
        Ok(Self {
            host: host.to_lowercase(),
            port,
        })
    }
}
