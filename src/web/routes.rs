//! Every route, once.

use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route};

use super::{
    account, branding, bridge, compat, cors, device, forgotten, health, interaction, look, oauth, oidc, respond,
    upstream, welcome,
};
use crate::authn::upstream::CALLBACK;
use crate::pages::contexts::HomePage;
use crate::pages::static_file;
use crate::pages::text::ErrorClass;
use crate::server::Server;

/// Where metadata is (Discovery 1.0 §4, RFC 8414 §3).
const WELL_KNOWN: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// Adds every route, below the issuer's path; those of [`compat`] where they are wanted.
pub(super) fn all(config: &mut ServiceConfig, base: &str, with_compat: bool) {
    if !base.is_empty() {
        // RFC 8414 §3.1: the well-known part is inserted before the issuer's path.
        for name in WELL_KNOWN {
            let name = format!("{name}{base}");
            config
                .route(&name, web::get().to(oidc::metadata))
                .route(&name, asked_first().to(cors::preflight_of_document));
        }
    }
    let mut own = web::scope(base)
        .configure(routes)
        .configure(errands)
        .configure(registration)
        .configure(providers)
        .configure(account::routes);
    if with_compat {
        own = own.configure(compat::routes);
    }
    config
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready))
        .service(own)
        .default_service(web::to(not_found));
}

/// Whether a path is one that clients ask for by themselves, without a person: those of the address that asks for
/// certificates (RFC 8705 §5).
pub(super) fn is_for_clients(path: &str, base: &str) -> bool {
    let path = path.strip_prefix(base).unwrap_or(path);
    let own = path.strip_prefix("/oauth2/");
    let endpoints = [
        "token",
        "revoke",
        "introspect",
        "par",
        "device_authorization",
        "userinfo",
        "jwks",
    ];
    own.is_some_and(|name| endpoints.contains(&name))
        || path == "/session/bridge"
        || path.starts_with("/health/")
        || WELL_KNOWN.iter().any(|name| path.starts_with(name))
}

/// Where clients register themselves (RFC 7591, RFC 7592).
fn registration(config: &mut ServiceConfig) {
    let one = "/oauth2/register/{client_id}";
    config
        .route("/oauth2/register", web::post().to(oauth::register::post))
        .route("/oauth2/register", asked_first().to(cors::preflight_of_registration))
        .route(one, asked_first().to(cors::preflight_of_registration))
        .route(one, web::get().to(oauth::register::get))
        .route(one, web::put().to(oauth::register::put))
        .route(one, web::delete().to(oauth::register::delete));
}

/// Where other providers answer, and tell of sessions that ended.
fn providers(config: &mut ServiceConfig) {
    config
        .route(CALLBACK, web::get().to(upstream::callback))
        .route("/oauth2/backchannel_logout", web::post().to(upstream::logout::post));
}

/// The pages of errands. Their identifier is read once, for all of them.
fn errands(config: &mut ServiceConfig) {
    let pages = web::scope("/interaction/{id}")
        .route("", web::get().to(interaction::resume))
        .route("/login", web::get().to(interaction::login::get))
        .route("/login", web::post().to(interaction::login::post))
        .route("/challenge", web::get().to(interaction::challenge::get))
        .route("/challenge", web::post().to(interaction::challenge::post))
        .route("/code", web::post().to(interaction::code::post))
        .route("/passkey", web::post().to(interaction::passkey::post))
        .route("/passkey/options", web::post().to(interaction::passkey::options))
        .route("/enrol", web::get().to(interaction::enrol::get))
        .route("/enrol", web::post().to(interaction::enrol::post))
        .route("/flow", web::get().to(interaction::flow::get))
        .route("/flow", web::post().to(interaction::flow::post))
        .route("/consent", web::get().to(interaction::consent::get))
        .route("/consent", web::post().to(interaction::consent::post))
        .route("/device", web::get().to(interaction::device::get))
        .route("/device", web::post().to(interaction::device::post))
        .route("/upstream", web::post().to(interaction::upstream::post));
    config.service(pages);
}

/// What browsers ask before they send something from another origin.
fn asked_first() -> Route {
    web::method(Method::OPTIONS)
}

fn routes(config: &mut ServiceConfig) {
    config
        // Tried in this order, so the fixed paths that are asked for most come first.
        .route(WELL_KNOWN[0], web::get().to(oidc::metadata))
        .route(WELL_KNOWN[1], web::get().to(oidc::metadata))
        .route("/oauth2/token", web::post().to(oauth::token::post))
        .route("/oauth2/token", asked_first().to(cors::preflight))
        .route("/oauth2/revoke", asked_first().to(cors::preflight))
        .route("/oauth2/authorize", web::get().to(oauth::authorize::get))
        .route("/oauth2/authorize", web::post().to(oauth::authorize::post))
        .route("/oauth2/par", web::post().to(oauth::pushed::post))
        .route("/oauth2/par", asked_first().to(cors::preflight))
        .route(
            "/oauth2/device_authorization",
            web::post().to(oauth::device_authorization::post),
        )
        .route("/oauth2/introspect", web::post().to(oauth::introspect::post))
        .route("/oauth2/revoke", web::post().to(oauth::revoke::post))
        .route("/oauth2/jwks", web::get().to(oidc::jwks))
        .route("/oauth2/userinfo", web::get().to(oidc::userinfo::get))
        .route("/oauth2/userinfo", web::post().to(oidc::userinfo::post))
        .route("/oauth2/userinfo", asked_first().to(oidc::userinfo::preflight))
        .route("/oauth2/jwks", asked_first().to(cors::preflight_of_document))
        .route(WELL_KNOWN[0], asked_first().to(cors::preflight_of_document))
        .route(WELL_KNOWN[1], asked_first().to(cors::preflight_of_document))
        .route("/oauth2/logout", web::get().to(oidc::logout::get))
        .route("/oauth2/logout/decision", web::post().to(oidc::logout::decide))
        .route("/oauth2/check_session", web::get().to(oidc::check_session::get))
        .route("/oauth2/logout", web::post().to(oidc::logout::post))
        .route("/device", web::get().to(device::get))
        .route("/device", web::post().to(device::post))
        .route("/session/bridge", web::post().to(bridge::post))
        .route("/session/bridge/{handle}", web::get().to(bridge::get))
        .route("/session/bridge/{handle}", web::post().to(bridge::open))
        .route("/forgotten", web::get().to(forgotten::get))
        .route("/forgotten", web::post().to(forgotten::post))
        .route("/reset/{token}", web::get().to(forgotten::reset))
        .route("/reset/{token}", web::post().to(forgotten::set))
        .route("/welcome/{token}", web::get().to(welcome::get))
        .route("/welcome/{token}", web::post().to(welcome::post))
        .route("/branding/client", web::get().to(branding::client_logo))
        .route("/branding/{style}", web::get().to(branding::style))
        .route("/branding/logo/{name}", web::get().to(branding::logo))
        .route("/language/{tag}", web::get().to(look::choose))
        .route("/", web::get().to(home))
        .route("/static/{path:.*}", web::get().to(asset));
}

/// The name that metrics count a route under; `base` is the issuer's path.
pub(super) fn endpoint_name(pattern: Option<&str>, base: &str) -> &'static str {
    let pattern = pattern.unwrap_or_default();
    match pattern.strip_prefix(base).unwrap_or(pattern) {
        "/oauth2/authorize" | "/services/oauth2/authorize" => "authorize",
        "/oauth2/token" | "/services/oauth2/token" => "token",
        "/oauth2/par" => "par",
        "/oauth2/device_authorization" | "/device" => "device",
        "/oauth2/introspect" => "introspect",
        "/oauth2/revoke" | "/services/oauth2/revoke" => "revoke",
        "/oauth2/userinfo" | "/services/oauth2/userinfo" => "userinfo",
        "/oauth2/register" | "/oauth2/register/{client_id}" => "register",
        "/oauth2/jwks" => "jwks",
        "/oauth2/callback" | "/oauth2/backchannel_logout" => "upstream",
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
    if request.path().starts_with("/.well-known/") {
        let known = request.resource_map().match_pattern(request.path()).is_some();
        return respond::no_such_endpoint(known.then_some("GET, HEAD, OPTIONS"));
    }
    let base = server.shared().settings.issuer_path();
    let path = request.path().strip_prefix(base).unwrap_or_default();
    // The vendor's paths are named as ours are.
    let path = path.strip_prefix("/services").unwrap_or(path);
    if !path.starts_with("/oauth2/") {
        return respond::error_page(&server, StatusCode::NOT_FOUND, ErrorClass::NotFound, None);
    }
    let settings = &server.shared().settings;
    let is_off = (path.starts_with("/oauth2/register") && !settings.registration.is_on())
        || (path == "/oauth2/device_authorization" && !settings.device.enabled)
        || (path == "/oauth2/check_session" && !settings.logout.session_management);
    let known = !is_off && request.resource_map().match_pattern(request.path()).is_some();
    respond::no_such_endpoint(known.then(|| methods(path)))
}

/// The methods that a protocol endpoint is for.
fn methods(path: &str) -> &'static str {
    match path {
        "/oauth2/jwks" => "GET, HEAD, OPTIONS",
        "/oauth2/check_session" | CALLBACK => "GET, HEAD",
        "/oauth2/authorize" | "/oauth2/logout" => "GET, HEAD, POST",
        "/oauth2/userinfo" => "GET, HEAD, POST, OPTIONS",
        "/oauth2/token" | "/oauth2/revoke" | "/oauth2/par" | "/oauth2/register" => "POST, OPTIONS",
        path if path.starts_with("/oauth2/register/") => "GET, HEAD, PUT, DELETE, OPTIONS",
        _ => "POST",
    }
}
