//! What every transfer keeps to: no redirects, no proxy, no compression, an answer of limited size.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};

use super::resolver::NoneAdmitted;
use super::{DocumentError, install_tls_provider};
use crate::error::Fault;

/// Time that connecting may take. Less than any whole exchange: who was not reached was surely told nothing.
pub(super) const CONNECTING: Duration = Duration::from_millis(2_500);

/// The beginning of every client: its limits are these, whatever the environment says.
pub(super) fn client_builder() -> ClientBuilder {
    install_tls_provider();
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Client::builder()
        .user_agent("Countersign")
        .default_headers(headers)
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(CONNECTING)
        // A kept connection would outlive the check of its address.
        .pool_max_idle_per_host(0)
}

/// The authorities of `outbound.ca_file`.
pub(super) fn read_authorities(path: &Path) -> Result<Vec<Certificate>, Fault> {
    let pem = std::fs::read(path).map_err(|error| Fault::from_error("reading outbound.ca_file", error))?;
    let authorities =
        Certificate::from_pem_bundle(&pem).map_err(|error| Fault::from_error("reading outbound.ca_file", error))?;
    if authorities.is_empty() {
        return Err(Fault::new("outbound.ca_file holds no certificate in PEM"));
    }
    Ok(authorities)
}

/// Reads an answer to its end, and no further than `max_size` bytes.
pub(super) async fn read_body(mut response: Response, max_size: usize) -> Result<Vec<u8>, DocumentError> {
    // RFC 9110 §12.5.3: identity was asked for, and nothing here decodes anything else.
    let encoding = response.headers().get(CONTENT_ENCODING);
    if encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(DocumentError::Malformed("the answer is compressed"));
    }
    let max_length = u64::try_from(max_size).unwrap_or(u64::MAX);
    if response.content_length().is_some_and(|length| length > max_length) {
        return Err(DocumentError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| judge(&error))? {
        if chunk.len() > max_size.saturating_sub(body.len()) {
            return Err(DocumentError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The client's error as one of ours: a name that was refused, or the innermost reason.
pub(super) fn judge(error: &reqwest::Error) -> DocumentError {
    if error.is_timeout() {
        return DocumentError::TimedOut;
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
        if innermost.is::<NoneAdmitted>() {
            return DocumentError::Forbidden("the name leads to special-use addresses only");
        }
    }
    DocumentError::Unreachable(innermost.to_string())
}
