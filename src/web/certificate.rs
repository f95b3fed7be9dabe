//! The TLS certificate of whoever sends a request: that of the connection, or the one that a trusted proxy hands on.
//! RFC 8705, RFC 9440.

use std::any::Any;
use std::sync::Arc;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{forwarded, visitor};
use crate::crypto::client_certificate::ClientCertificate;
use crate::server::Server;

/// RFC 9440 §2.2.
const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
/// RFC 9440 §2.3.
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

/// What a request came with, looked for once.
#[derive(Clone)]
struct Found(Option<Arc<ClientCertificate>>);

/// Keeps the certificate of a new connection with it.
pub(super) fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() else {
        return;
    };
    let (_, session) = stream.get_ref();
    let Some(chain) = session.peer_certificates() else {
        return;
    };
    let chain = chain.iter().map(|certificate| certificate.to_vec()).collect();
    match ClientCertificate::read(chain) {
        Ok(certificate) => drop(data.insert(Arc::new(certificate))),
        Err(error) => tracing::info!(%error, "the certificate of a connection cannot be read"),
    }
}

/// The certificate of whoever sends this request, whose key they have, while it is valid; nobody need vouch for it.
pub(super) fn of(request: &HttpRequest, server: &Server) -> Option<Arc<ClientCertificate>> {
    if !server.shared().settings.mtls.is_on() {
        return None;
    }
    if let Some(Found(found)) = request.extensions().get::<Found>() {
        return found.clone();
    }
    // A token that is bound to it ends with it (RFC 8705 §6.2).
    let found = look(request, server).filter(|found| found.is_valid_at(server.clock().now()));
    request.extensions_mut().insert(Found(found.clone()));
    found
}

fn look(request: &HttpRequest, server: &Server) -> Option<Arc<ClientCertificate>> {
    let settings = &server.shared().settings;
    let headers = request.headers();
    if !visitor::is_from_proxy(request, &settings.server) {
        return request.conn_data::<Arc<ClientCertificate>>().cloned();
    }
    let Some(header) = settings.mtls.proxy_header.as_deref() else {
        // A proxy's own certificate is not that of who it forwards requests for; one that passes TLS on forwards for nobody.
        let own = request.conn_data::<Arc<ClientCertificate>>();
        return own.filter(|_| !forwarded::is_claimed(headers)).cloned();
    };
    let found = handed_on(headers, header);
    if found.is_none() && headers.contains_key(header) {
        tracing::warn!(header, "a proxy hands on what cannot be read as a certificate");
    }
    found.map(Arc::new)
}

/// The certificate in a proxy's header; none where there is not exactly one that can be read.
fn handed_on(headers: &HeaderMap, name: &str) -> Option<ClientCertificate> {
    let mut values = headers.get_all(name);
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let value = value.to_str().ok()?.trim();
    if name.eq_ignore_ascii_case(CLIENT_CERT.as_str()) {
        let mut chain = vec![byte_sequence(value)?];
        chain.extend(chain_of(headers.get_all(CLIENT_CERT_CHAIN))?);
        return ClientCertificate::read(chain).ok();
    }
    // As nginx, HAProxy, Apache and Traefik have it: PEM, percent-encoded or not, or DER in Base64.
    let text = percent_decoded(value)?;
    if text.contains("-----BEGIN") {
        return ClientCertificate::read_pem(&text).ok();
    }
    let chain = value.split(',').map(|part| STANDARD.decode(part.trim()).ok());
    ClientCertificate::read(chain.collect::<Option<_>>()?).ok()
}

/// The list of further certificates (RFC 9440 §2.3).
fn chain_of<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Option<Vec<Vec<u8>>> {
    let mut chain = Vec::new();
    for value in values {
        for part in value.to_str().ok()?.split(',') {
            chain.push(byte_sequence(part.trim())?);
        }
    }
    Some(chain)
}

/// A byte sequence of structured fields (RFC 8941 §3.3.5).
fn byte_sequence(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(':')?.strip_suffix(':')?).ok()
}

/// A text in which a plus sign, of which Base64 has many, stands for itself.
fn percent_decoded(text: &str) -> Option<String> {
    let guarded = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    let (_, decoded) = url::form_urlencoded::parse(guarded.as_bytes()).next()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests;
