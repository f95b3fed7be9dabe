//! Messages and documents over the network, with one guard for all that the server itself fetches.
//!
//! Addresses of documents come from clients and operators, so a fetch must not become a way into the private network
//! (RFC 9700 §4.16 and OpenID Connect Core §6.2 name the danger): [`check_url`] judges the address as it is written, and
//! the resolver judges every address that its name leads to, at the moment of connecting.

mod back_channel;
mod cache;
mod capture;
mod clients;
mod documents;
mod freshness;
mod guard;
mod http;
mod http_vendor;
mod message;
#[cfg(test)]
mod origin;
mod recipient;
mod resolver;
mod secret;
mod smtp;
mod spoken;
mod telesign;
mod token_endpoint;
mod transfer;
mod twilio;
mod vendor;
mod webhooks;
mod yubikey;

pub use back_channel::BackChannel;
pub use cache::Lately;
pub use capture::{Capture, CapturedMessage};
pub use clients::Clients;
pub use documents::Documents;
pub use guard::{check_url, is_special};
pub use http::{HttpAnswer, HttpClient};
pub use message::{DeliveryError, Messenger};
pub use token_endpoint::TokenEndpoint;
pub use webhooks::Webhooks;
pub use yubikey::{Validation, YubikeyValidator};

use std::sync::Once;

/// Why something was not fetched.
///
/// The texts are for the log and the operator. A stranger who may choose the address must not be shown which of these
/// it was: the difference between refused, unreachable and slow is a map of the private network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The address may not be fetched.
    #[error("address refused: {0}")]
    Forbidden(&'static str),
    /// No connection, or it broke; says why.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// It took longer than `outbound.timeout`.
    #[error("took too long")]
    TimedOut,
    /// It has more bytes than `outbound.max_size`, or than a picture may have.
    #[error("too large")]
    TooLarge,
    /// The origin answered with another status than 200; redirects are not followed.
    #[error("answered with status {0}")]
    Status(u16),
    /// The answer is not what was asked for.
    #[error("malformed: {0}")]
    Malformed(&'static str),
}

/// Makes aws-lc-rs the process's TLS provider. Further calls do nothing.
pub fn install_tls_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
            tracing::debug!("a TLS provider was installed before ours");
        }
    });
}
