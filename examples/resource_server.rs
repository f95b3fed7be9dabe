//! An API that takes Countersign's access tokens and, for what matters, demands strong and recent proof (RFC 9470).
//!
//! ```sh
//! cargo run --example resource_server
//! curl -i http://127.0.0.1:8087/transfers -H "Authorization: Bearer $TOKEN"
//! curl -i http://127.0.0.1:8087/transfers -H "Authorization: Bearer $TOKEN" --json '{"to":"Bob","amount":10}'
//! ```
//!
//! What to copy are the three files in `resource_server/`; this one only uses them.

#[path = "resource_server/bearer.rs"]
mod bearer;
#[path = "resource_server/keys.rs"]
mod keys;
#[path = "resource_server/refusal.rs"]
mod refusal;

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use actix_web::{App, HttpResponse, HttpServer, get, post, web};
use clap::Parser;
use serde::{Deserialize, Serialize};

use bearer::{Caller, Level, Verifier};
use refusal::Refusal;

/// Serves an API that lists and makes transfers.
#[derive(Debug, Clone, Parser)]
struct Settings {
    /// Whose tokens are accepted.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// The name under which this API is listed there (RFC 8707); the `aud` of tokens for it.
    #[arg(long, default_value = "https://api.example.com/transfers")]
    audience: String,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8087")]
    bind: SocketAddr,
    /// The level that a transfer demands.
    #[arg(long, value_enum, default_value = "high")]
    acr: Level,
    /// The greatest age in seconds of the proof that a transfer demands.
    #[arg(long, default_value_t = 60)]
    max_age: u64,
}

/// A transfer as it is asked for.
#[derive(Debug, Deserialize)]
struct Order {
    to: String,
    amount: u32,
}

/// A transfer that was made.
#[derive(Debug, Clone, Serialize)]
struct Transfer {
    from: String,
    to: String,
    amount: u32,
    through: String,
}

/// All transfers ever made. A real API has a database.
type Ledger = Mutex<Vec<Transfer>>;

#[get("/transfers")]
async fn list(caller: Caller, ledger: web::Data<Ledger>) -> Result<HttpResponse, Refusal> {
    caller.require_scope("transfers")?;
    let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let own: Vec<&Transfer> = ledger
        .iter()
        .filter(|transfer| transfer.from == caller.subject())
        .collect();
    Ok(HttpResponse::Ok().json(own))
}

#[post("/transfers")]
async fn make(
    caller: Caller,
    order: web::Json<Order>,
    ledger: web::Data<Ledger>,
    settings: web::Data<Settings>,
) -> Result<HttpResponse, Refusal> {
    caller.require_scope("transfers")?;
    caller.require(settings.acr, Some(settings.max_age))?;
    let order = order.into_inner();
    let transfer = Transfer {
        from: caller.subject().to_owned(),
        to: order.to,
        amount: order.amount,
        through: caller.client().to_owned(),
    };
    ledger
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(transfer.clone());
    Ok(HttpResponse::Created().json(transfer))
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a program that says where it is")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::parse();
    let verifier = web::Data::new(Verifier::new(settings.issuer.clone(), settings.audience.clone())?);
    let ledger = web::Data::new(Ledger::default());
    let shared = web::Data::new(settings.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(verifier.clone())
            .app_data(ledger.clone())
            .app_data(shared.clone())
            .service((list, make))
    })
    .bind(settings.bind)?;
    println!("listening on http://{}", settings.bind);
    Ok(server.run().await?)
}
