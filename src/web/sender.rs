//! What whoever sends a request has shown to hold: the key of a DPoP proof (RFC 9449 §4.3), besides that of a certificate.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::visitor;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::oauth::proof::dpop::{self, Proof, Target};
use crate::server::Server;
use crate::work::Origin;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The method that a request came with, where it is treated as another.
pub(super) struct AskedBy(pub(super) Method);

/// Who sends a request.
pub(super) struct Sender {
    /// Where it comes from, with the keys that were shown.
    pub(super) origin: Origin,
    /// The proof, which the unit of work that acts upon it uses up.
    pub(super) proof: Option<Proof>,
}

/// Who sends a request, in which `access_token` is presented or one is asked for.
pub(super) fn sender(
    request: &HttpRequest,
    server: &Arc<Server>,
    access_token: Option<&str>,
) -> Result<Sender, OAuthError> {
    let mut origin = visitor::origin(request, server);
    let proof = proof(request, server, access_token)?;
    origin.shown.jkt = proof.as_ref().map(|proof| proof.jkt.clone());
    Ok(Sender { origin, proof })
}

fn proof(request: &HttpRequest, server: &Server, access_token: Option<&str>) -> Result<Option<Proof>, OAuthError> {
    if !server.shared().settings.dpop.enabled {
        return Ok(None);
    }
    let mut headers = request.headers().get_all(DPOP);
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    let refused = |description| OAuthError::new(OAuthErrorCode::InvalidDpopProof, description);
    if headers.next().is_some() {
        return Err(refused("there is more than one DPoP header"));
    }
    let text = header
        .to_str()
        .map_err(|_| refused("the DPoP proof is not a signed JWT"))?;
    let asked_by = request.extensions().get::<AskedBy>().map(|asked| asked.0.clone());
    let target = Target {
        method: asked_by.as_ref().unwrap_or_else(|| request.method()).as_str(),
        addresses: &addresses(request, server),
        access_token,
    };
    dpop::verify(text, target, (server.shared(), server.clock().now())).map(Some)
}

/// The addresses that the request may have been sent to, as the world knows this server.
fn addresses(request: &HttpRequest, server: &Server) -> Vec<String> {
    let settings = &server.shared().settings;
    let origins = [Some(settings.origin()), settings.mtls.base.as_deref()];
    let origins = origins.into_iter().flatten();
    origins.map(|origin| format!("{origin}{}", request.path())).collect()
}

/// Gives whoever sends proofs the nonce for the next one, where nonces are demanded (RFC 9449 §8).
pub(super) fn with_nonce(request: &HttpRequest, server: &Server, mut response: HttpResponse) -> HttpResponse {
    let dpop = &server.shared().settings.dpop;
    if dpop.enabled && dpop.require_nonce && request.headers().contains_key(DPOP) {
        let nonce = dpop::nonce((server.shared(), server.clock().now()));
        match HeaderValue::try_from(nonce) {
            Ok(nonce) => drop(response.headers_mut().insert(DPOP_NONCE, nonce)),
            Err(error) => tracing::error!(%error, "a nonce cannot be written"),
        }
    }
    response
}
