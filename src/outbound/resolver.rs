//! Names to addresses, of which only the admitted ones are connected to. The address that was checked is the address
//! that is used: no second look-up lies between (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves with the system's resolver and keeps what it admits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filtered {
    /// Which addresses may be connected to.
    pub(super) admits: fn(IpAddr) -> bool,
}

/// None of a name's addresses is admitted.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address that may be fetched")]
pub(super) struct NoneAdmitted;

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let admits = self.admits;
        Box::pin(async move {
            // Port 0: the client fills in the port of the URL.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|address| admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(NoneAdmitted.into());
            }
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}
