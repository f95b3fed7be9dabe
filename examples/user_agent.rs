//! An application that lives in the browser: the user-agent flow (implicit, `id_token token`), in one page and one
//! script without libraries. The program below only serves the two files; all that matters is in `user_agent/app.js`.
//!
//! ```sh
//! cargo run --example user_agent
//! ```
//!
//! and open <http://127.0.0.1:8086>. For a new application prefer the authorization code flow with PKCE, which browsers
//! can do as well: there, tokens never appear in an address (RFC 9700 §2.1.2).

use std::net::SocketAddr;

use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, Responder, get, web};
use clap::Parser;

/// Serves a browser application that uses the implicit flow.
#[derive(Debug, Clone, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// This application's identifier.
    #[arg(long, default_value = "browser-app")]
    client_id: String,
    /// Where people come back to; registered at the provider, letter for letter.
    #[arg(long, default_value = "http://127.0.0.1:8086/callback")]
    redirect_uri: String,
    /// What to ask for.
    #[arg(long, default_value = "openid profile email")]
    scope: String,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8086")]
    bind: SocketAddr,
}

const PAGE: &str = include_str!("user_agent/index.html");
const SCRIPT: &str = include_str!("user_agent/app.js");

#[get("/")]
async fn home(settings: web::Data<Settings>) -> impl Responder {
    page(&settings)
}

/// The same page: what the provider answered is in the fragment, which only the browser sees.
#[get("/callback")]
async fn callback(settings: web::Data<Settings>) -> impl Responder {
    page(&settings)
}

fn page(settings: &Settings) -> HttpResponse {
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;");
    let page = PAGE
        .replace("{issuer}", &escape(&settings.issuer))
        .replace("{client_id}", &escape(&settings.client_id))
        .replace("{redirect_uri}", &escape(&settings.redirect_uri))
        .replace("{scope}", &escape(&settings.scope));
    // Scripts from here, connections to the provider, and nothing else: what holds tokens should run no strangers' code.
    let policy = format!(
        "default-src 'none'; script-src 'self'; connect-src {}; base-uri 'none'",
        settings.issuer
    );
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page)
}

#[get("/app.js")]
async fn script() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .body(SCRIPT)
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a program that says where it is")]
async fn main() -> std::io::Result<()> {
    let settings = Settings::parse();
    let shared = web::Data::new(settings.clone());
    let server = HttpServer::new(move || App::new().app_data(shared.clone()).service((home, callback, script)))
        .bind(settings.bind)?;
    println!("listening on http://{}", settings.bind);
    server.run().await
}
