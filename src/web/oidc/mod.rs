//! The endpoints of OpenID Connect.

pub(super) mod check_session;
pub(super) mod logout;
pub(super) mod session_state;
pub(super) mod userinfo;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};

use super::respond;
use crate::error::Result;
use crate::oidc::discovery;
use crate::server::Server;
use crate::work::View;

/// Metadata (Discovery 1.0 §4, RFC 8414 §3).
pub(super) async fn metadata(server: web::Data<Server>) -> HttpResponse {
    let render = |view: &mut View<'_>| {
        let made = || discovery::metadata(&view.shared.settings, view.directory).to_string();
        Ok(view.directory.rendered.metadata.get_or_init(made).clone())
    };
    public(server.into_inner().read(render).await)
}

/// The published keys (RFC 7517 §5).
pub(super) async fn jwks(server: web::Data<Server>) -> HttpResponse {
    let render = |view: &mut View<'_>| {
        Ok(view
            .directory
            .rendered
            .jwks
            .get_or_init(|| view.directory.keys.jwks().to_string())
            .clone())
    };
    public(server.into_inner().read(render).await)
}

/// A document that anybody may read and keep for five minutes.
fn public(document: Result<String>) -> HttpResponse {
    match document {
        Ok(document) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            .content_type("application/json")
            .body(document),
        Err(error) => respond::protocol_error(error),
    }
}
