//! The two HTTP clients of everything that strangers or operators name: one for public addresses, one for listed hosts.

use std::sync::Arc;

use reqwest::{Certificate, Client};
use url::Url;

use super::DocumentError;
use super::guard::{check_url, is_listed, is_special};
use super::resolver::Filtered;
use super::transfer::{client_builder, read_authorities};
use crate::config::{HostPattern, OutboundSettings};
use crate::error::Fault;

/// The clients, and who may be reached with the second. Each holds the system's authorities, so everybody shares them.
#[derive(Debug, Clone)]
pub struct Clients {
    /// For everybody: https, to public addresses.
    public: Client,
    /// For hosts that the operator lists: any address.
    private: Client,
    private_hosts: Arc<[HostPattern]>,
}

impl Clients {
    /// Prepares both; reads `ca_file`.
    ///
    /// # Errors
    /// A fault when that file cannot be read or holds no certificate.
    pub fn new(settings: &OutboundSettings) -> Result<Self, Fault> {
        let authorities = match &settings.ca_file {
            Some(path) => read_authorities(path)?,
            None => Vec::new(),
        };
        let public = |roots: Roots| {
            let resolver = Filtered {
                admits: |address| !is_special(address),
            };
            roots
                .apply(client_builder().https_only(true).dns_resolver(resolver))
                .build()
        };
        let private = |roots: Roots| roots.apply(client_builder()).build();
        let public = build(&authorities, public)?;
        let private_hosts = settings.allowed_private_hosts.as_slice();
        Ok(Self {
            private: match private_hosts {
                [] => public.clone(),
                _ => build(&authorities, private)?,
            },
            public,
            private_hosts: private_hosts.into(),
        })
    }

    /// Checks an address as it is written.
    pub(super) fn check(&self, url: &str) -> Result<Url, DocumentError> {
        check_url(url, &self.private_hosts)
    }

    /// The client that may reach a checked address.
    pub(super) fn reaching(&self, url: &Url) -> &Client {
        if is_listed(url, &self.private_hosts) {
            &self.private
        } else {
            &self.public
        }
    }
}

/// Whom a client believes.
pub(super) enum Roots {
    /// The system's authorities and these.
    SystemAnd(Vec<Certificate>),
    /// Nobody.
    None,
}

impl Roots {
    pub(super) fn apply(self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        match self {
            Self::SystemAnd(further) => builder.tls_certs_merge(further),
            Self::None => builder.tls_certs_only([]),
        }
    }
}

/// Builds a client. A system without authorities still gets one, which believes nobody, so that a server whose clients
/// name no addresses starts there.
pub(super) fn build(
    authorities: &[Certificate],
    client: impl Fn(Roots) -> reqwest::Result<Client>,
) -> Result<Client, Fault> {
    let built = client(Roots::SystemAnd(authorities.to_vec())).or_else(|error| {
        if authorities.is_empty() {
            tracing::warn!(%error, "no certificate authorities: nothing can be reached over https; set outbound.ca_file");
            return client(Roots::None);
        }
        Err(error)
    });
    built.map_err(|error| Fault::from_error("preparing the outbound client", error))
}
