//! Answers that scripts of a client's own pages may read (Fetch standard §3.2): at the endpoints that browsers call with tokens and
//! codes, never at those that look at cookies.
//!
//! The origins of a client are those of its redirect URIs. A preflight names no client, so any origin may ask; what the
//! answer says is read by the client's own origins alone.

use std::sync::Arc;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use super::body::Body;
use super::form;
use crate::model::client::Client;
use crate::server::Server;

/// What a script may send.
pub(super) const ALLOWED_HEADERS: &str = "Authorization, Content-Type, DPoP";
/// What it may read beside the usual ones.
pub(super) const EXPOSED_HEADERS: &str = "WWW-Authenticate, DPoP-Nonce, X-Request-Id";

/// Whether pages of this origin belong to a client.
fn is_origin_of(client: &Client, origin: &str) -> bool {
    let mut uris = client.redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok());
    uris.any(|uri| matches!(uri.scheme(), "https" | "http") && uri.origin().ascii_serialization() == origin)
}

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
        Ok(client.is_some_and(|client| !client.disabled && is_origin_of(&client, &asked)))
    });
    if matches!(belongs.await, Ok(true)) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origins_of_a_client_are_those_of_its_redirect_uris() {
        let client = Client {
            redirect_uris: ["https://app.example/cb", "http://127.0.0.1/cb", "com.example:/cb"]
                .map(str::to_owned)
                .into(),
            ..Client::default()
        };
        for (origin, expected) in [
            ("https://app.example", true),
            ("http://127.0.0.1", true),
            ("https://app.example:8443", false),
            ("http://app.example", false),
            ("https://app.example.evil", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(is_origin_of(&client, origin), expected, "{origin}");
        }
    }
}
