//! Answers that scripts of a client's own pages may read (Fetch standard §3.2): at the endpoints that browsers call with tokens and
//! codes, never at those that look at cookies.
//!
//! The origins of a client are those of its redirect URIs. A preflight names no client, so any origin may ask; what the
//! answer says is read by the client's own origins alone. What is for everybody (metadata, keys, registration) is read by all.

use std::sync::Arc;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};

use super::body::Body;
use super::{form, respond};
use crate::config::Settings;
use crate::oauth::redirect_uri;
use crate::server::Server;

/// What a script may send.
pub(super) const ALLOWED_HEADERS: &str = "Authorization, Content-Type, DPoP, MCP-Protocol-Version";
/// What it may send where everybody may ask: anything (Fetch standard §3.2.4, where `*` is not `Authorization`).
const ALL_HEADERS: &str = "*, Authorization, Content-Type, MCP-Protocol-Version";
/// What it may read beside the usual ones.
pub(super) const EXPOSED_HEADERS: &str = "WWW-Authenticate, DPoP-Nonce, X-Request-Id";

/// Answers the question that a browser asks before it posts from another origin.
pub(super) async fn preflight(request: HttpRequest) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    if let Some(origin) = request.headers().get(ORIGIN) {
        response
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()))
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "POST"))
            .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS))
            .insert_header((ACCESS_CONTROL_MAX_AGE, "3600"));
    }
    response.insert_header((VARY, "Origin")).finish()
}

/// Lets scripts of the client that a form names read the answer to it.
pub(super) async fn readable(
    request: &HttpRequest,
    body: &Body,
    server: &Arc<Server>,
    mut response: HttpResponse,
) -> HttpResponse {
    let Some(origin) = request.headers().get(ORIGIN) else {
        return response;
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
    let named = body.bytes().ok().and_then(|body| {
        let params = form::parameters(request, body).ok()?;
        params.get("client_id").map(str::to_owned)
    });
    let (Some(client_id), Ok(asked)) = (named, origin.to_str().map(str::to_owned)) else {
        return response;
    };
    let belongs = server.read(move |view| {
        let client = view.directory.client(view.tx, &client_id)?;
        Ok(client.is_some_and(|client| !client.disabled && redirect_uri::is_origin_of(&client, &asked)))
    });
    if matches!(belongs.await, Ok(true)) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    }
    response
}

/// Whether what is at this path is for everybody: no cookie is looked at there, and what a token says is the token's alone.
pub(super) fn is_for_all(settings: &Settings, path: &str) -> bool {
    let own = path.strip_prefix(settings.issuer_path()).unwrap_or(path);
    let is_registration = own == "/oauth2/register" || own.starts_with("/oauth2/register/");
    path.starts_with("/.well-known/")
        || own.starts_with("/.well-known/")
        || own == "/oauth2/jwks"
        || (is_registration && settings.registration.is_on())
}

/// Lets scripts of any origin read an answer, whatever it says.
pub(super) fn open(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
}

/// Answers the question that a browser asks before it sends something to what is for everybody, by these methods.
fn preflight_of_all(methods: &'static str) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, ALL_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "3600"))
        .finish()
}

/// The question about what is only read.
pub(super) async fn preflight_of_document() -> HttpResponse {
    preflight_of_all("GET")
}

/// The question about registration, where clients may register.
pub(super) async fn preflight_of_registration(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    if !server.shared().settings.registration.is_on() {
        return respond::no_such_endpoint(None);
    }
    preflight_of_all(match request.match_info().get("client_id") {
        Some(_) => "GET, PUT, DELETE",
        None => "POST",
    })
}
