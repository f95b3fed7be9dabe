//! Every route, once.

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::{health, interaction, oauth, oidc, respond, welcome};
use crate::pages::contexts::HomePage;
use crate::pages::static_file;
use crate::pages::text::ErrorClass;
use crate::server::Server;

/// Adds every route, below the issuer's path.
pub(super) fn all(config: &mut ServiceConfig) {
    config
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready))
        .service(web::scope("").configure(routes).default_service(web::to(not_found)));
}

fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/static/{path:.*}", web::get().to(asset))
        .route("/.well-known/openid-configuration", web::get().to(oidc::metadata))
        .route("/.well-known/oauth-authorization-server", web::get().to(oidc::metadata))
        .route("/oauth2/authorize", web::get().to(oauth::authorize::get))
        .route("/oauth2/authorize", web::post().to(oauth::authorize::post))
        .route("/oauth2/token", web::post().to(oauth::token::post))
        .route("/oauth2/introspect", web::post().to(oauth::introspect::post))
        .route("/oauth2/revoke", web::post().to(oauth::revoke::post))
        .route("/oauth2/jwks", web::get().to(oidc::jwks))
        .route("/oauth2/userinfo", web::get().to(oidc::userinfo::get))
        .route("/oauth2/userinfo", web::post().to(oidc::userinfo::post))
        .route(
            "/oauth2/userinfo",
            web::method(actix_web::http::Method::OPTIONS).to(oidc::userinfo::preflight),
        )
        .route("/oauth2/logout", web::get().to(oidc::logout::get))
        .route("/oauth2/logout", web::post().to(oidc::logout::post))
        .route("/interaction/{id}", web::get().to(interaction::resume))
        .route("/interaction/{id}/login", web::get().to(interaction::login::get))
        .route("/interaction/{id}/login", web::post().to(interaction::login::post))
        .route(
            "/interaction/{id}/challenge",
            web::get().to(interaction::challenge::get),
        )
        .route(
            "/interaction/{id}/challenge",
            web::post().to(interaction::challenge::post),
        )
        .route("/interaction/{id}/enrol", web::get().to(interaction::enrol::get))
        .route("/interaction/{id}/enrol", web::post().to(interaction::enrol::post))
        .route("/interaction/{id}/consent", web::get().to(interaction::consent::get))
        .route("/interaction/{id}/consent", web::post().to(interaction::consent::post))
        .route("/welcome/{token}", web::get().to(welcome::get))
        .route("/welcome/{token}", web::post().to(welcome::post));
}

/// The name that metrics count a route under.
pub(super) fn endpoint_name(pattern: Option<&str>) -> &'static str {
    match pattern.unwrap_or_default() {
        "/oauth2/authorize" => "authorize",
        "/oauth2/token" => "token",
        "/oauth2/introspect" => "introspect",
        "/oauth2/revoke" => "revoke",
        "/oauth2/userinfo" => "userinfo",
        "/oauth2/jwks" => "jwks",
        pattern if pattern.starts_with("/.well-known/") => "metadata",
        pattern if pattern.starts_with("/interaction/") => "interaction",
        pattern if pattern.starts_with("/health/") => "health",
        _ => "other",
    }
}

async fn home(server: web::Data<Server>) -> HttpResponse {
    let home = HomePage {
        chrome: server.pages.chrome::<HomePage>(),
    };
    respond::page(&server, StatusCode::OK, &home, None)
}

/// A file that pages load; its address changes with its content, so it may be kept.
async fn asset(request: HttpRequest, server: web::Data<Server>, path: web::Path<String>) -> HttpResponse {
    let Some(file) = static_file(&path) else {
        return not_found(request, server).await;
    };
    HttpResponse::Ok()
        .insert_header((actix_web::http::header::CONTENT_TYPE, file.content_type))
        .insert_header((
            actix_web::http::header::ETAG,
            format!("\"{}\"", file.etag.trim_matches('"')),
        ))
        .insert_header((
            actix_web::http::header::CACHE_CONTROL,
            "public, max-age=31536000, immutable",
        ))
        .body(file.bytes.into_owned())
}

/// Protocol endpoints answer JSON whatever was asked; people get a page.
async fn not_found(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let known = request.resource_map().match_pattern(request.path()).is_some();
    if request.path().starts_with("/oauth2/") && !request.path().starts_with("/oauth2/authorize") {
        let error = serde_json::json!({
            "error": "invalid_request",
            "error_description": if known { "this method is not for this endpoint" } else { "there is no such endpoint" },
        });
        let status = if known {
            StatusCode::METHOD_NOT_ALLOWED
        } else {
            StatusCode::NOT_FOUND
        };
        return HttpResponse::build(status).json(error);
    }
    respond::error_page(&server, StatusCode::NOT_FOUND, ErrorClass::NotFound, None)
}
