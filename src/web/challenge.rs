//! Refusals of our own resources: which schemes they take, and what was wrong with the one that was used. RFC 6750 §3,
//! RFC 9449 §7.1.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use serde_json::json;

use crate::error::{OAuthError, OAuthErrorCode};
use crate::oauth::bearer::Scheme;
use crate::oidc::discovery::key_algorithms;
use crate::server::Server;

/// The challenge of one scheme, with what was wrong.
fn challenge(scheme: Scheme, error: Option<&OAuthError>) -> String {
    let challenge = match scheme {
        Scheme::Bearer => "Bearer realm=\"countersign\"".to_owned(),
        Scheme::Dpop => format!("DPoP realm=\"countersign\", algs=\"{}\"", key_algorithms().join(" ")),
    };
    let Some(error) = error else { return challenge };
    let (code, description) = (error.code.as_str(), &error.description);
    format!("{challenge}, error=\"{code}\", error_description=\"{description}\"")
}

/// An error of a resource of ours, for whom a token was presented by this scheme. The other is offered too.
pub(super) fn refused(server: &Server, scheme: Scheme, error: Option<&OAuthError>) -> HttpResponse {
    let status = match error.map(|error| error.code) {
        // RFC 6750 §3.1: a request without credentials is told no error code.
        None | Some(OAuthErrorCode::InvalidDpopProof | OAuthErrorCode::UseDpopNonce) => StatusCode::UNAUTHORIZED,
        Some(code) => StatusCode::from_u16(code.status()).unwrap_or(StatusCode::UNAUTHORIZED),
    };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .append_header((WWW_AUTHENTICATE, challenge(scheme, error)));
    let takes_proofs = server.shared().settings.dpop.enabled;
    let other = match scheme {
        Scheme::Bearer if takes_proofs => Some(Scheme::Dpop),
        Scheme::Bearer => None,
        Scheme::Dpop => Some(Scheme::Bearer),
    };
    if let Some(other) = other.filter(|_| status == StatusCode::UNAUTHORIZED) {
        response.append_header((WWW_AUTHENTICATE, challenge(other, None)));
    }
    let Some(error) = error else { return response.finish() };
    response.json(json!({ "error": error.code.as_str(), "error_description": error.description }))
}
