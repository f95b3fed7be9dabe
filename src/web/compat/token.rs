//! The token endpoint at the vendor's path: the answer of our own with `id`, `instance_url` and `issued_at`.
//!
//! The vendor's `signature` is left out: secrets are kept as digests, which sign nothing.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::identity_url;
use crate::oauth::issue::TokenAnswer;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::oauth::token::exchange;
use crate::web::{cors, respond, sender};

/// A token answer as the vendor's clients read it.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    standard: TokenAnswer,
    /// Where the identity of the person is told.
    id: String,
    /// Where the APIs are.
    instance_url: String,
    /// Milliseconds, in a string.
    issued_at: String,
}

pub(super) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match exchange(&request, &body, &server).await {
        Ok(answer) => respond::json(&dressed(&server, answer)),
        Err(error) => respond::protocol_error(error),
    };
    let response = sender::with_nonce(&request, &server, response);
    cors::readable(&request, &body, &server, response).await
}

fn dressed(server: &Server, standard: TokenAnswer) -> Answer {
    let settings = &server.shared().settings.server;
    Answer {
        id: identity_url(server, &standard.subject),
        instance_url: settings
            .compat_instance_url
            .clone()
            .unwrap_or_else(|| settings.issuer.clone()),
        issued_at: (server.clock().now().as_micros() / 1_000).to_string(),
        standard,
    }
}
