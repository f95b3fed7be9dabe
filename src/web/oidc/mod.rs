//! The endpoints of OpenID Connect.

pub(super) mod logout;
pub(super) mod userinfo;

use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::respond;
use crate::error::Result;
use crate::oidc::discovery;
use crate::server::Server;

/// Metadata (Discovery 1.0 §4, RFC 8414 §3).
pub(super) async fn metadata(server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    public(
        server
            .read(|view| Ok(discovery::metadata(&view.shared.settings, view.directory)))
            .await,
    )
}

/// The published keys (RFC 7517 §5).
pub(super) async fn jwks(server: web::Data<Server>) -> HttpResponse {
    public(server.into_inner().read(|view| Ok(view.directory.keys.jwks())).await)
}

/// A document that any site may read and keep for five minutes.
fn public(document: Result<Value>) -> HttpResponse {
    match document {
        Ok(document) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .json(document),
        Err(error) => respond::protocol_error(error),
    }
}
