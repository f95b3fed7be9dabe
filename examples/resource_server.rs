//! An API that takes Countersign's access tokens and, for what matters, demands strong and recent proof (RFC 9470).
//!
//! ```sh
//! cargo run --example resource_server
//! curl -i http://127.0.0.1:8087/transfers -H "Authorization: Bearer $TOKEN"
//! curl -i http://127.0.0.1:8087/transfers -H "Authorization: Bearer $TOKEN" --json '{"to":"Bob","amount":10}'
//! ```
//!
//! What to copy are the seven files in `resource_server/`; this one only uses them.

#[path = "resource_server/bearer.rs"]
mod bearer;
#[path = "resource_server/caller.rs"]
mod caller;
#[path = "resource_server/dpop.rs"]
mod dpop;
#[path = "resource_server/introspection.rs"]
mod introspection;
#[path = "resource_server/keys.rs"]
mod keys;
#[path = "resource_server/metadata.rs"]
mod metadata;
#[path = "resource_server/refusal.rs"]
mod refusal;

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, get, post, web};
use clap::Parser;
use serde::{Deserialize, Serialize};
use url::Url;

use bearer::Verifier;
use caller::{Caller, Demand, Level};
use dpop::Proofs;
use metadata::Metadata;
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
    /// The address that clients call, if it is another: what proofs of keys must be made for (RFC 9449).
    #[arg(long)]
    url: Option<Url>,
    /// The level that a transfer demands.
    #[arg(long, value_enum, default_value = "high")]
    acr: Level,
    /// The greatest age in seconds of the proof that a transfer demands.
    #[arg(long, default_value_t = 60)]
    max_age: u64,
    /// Refuse transfers with less proof for good, in place of asking for more.
    #[arg(long)]
    block: bool,
    /// As whom to ask the issuer about opaque tokens (RFC 7662).
    #[arg(long, requires = "client_secret")]
    client_id: Option<String>,
    /// The secret of that client.
    #[arg(long)]
    client_secret: Option<String>,
    /// Ask about every token, so that revocation counts at once.
    #[arg(long, requires = "client_id")]
    always_introspect: bool,
    /// Refuse in a way that ends the loops of clients which know no step-up.
    #[arg(long)]
    compat: bool,
}

/// What a look at one's own transfers demands.
const LIST: Demand = Demand::scope("transfers");

impl Settings {
    /// What a transfer demands.
    fn transfer(&self) -> Demand {
        LIST.acr(self.acr).max_age(self.max_age).or_block(self.block)
    }

    fn verifier(&self) -> Result<Verifier, Box<dyn std::error::Error>> {
        let url = match &self.url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{}", self.bind))?,
        };
        let verifier = Verifier::new(self.issuer.clone(), self.audience.clone(), Proofs::new(url))?.compat(self.compat);
        Ok(match self.client_id.clone().zip(self.client_secret.clone()) {
            Some(client) => verifier.introspect(client, self.always_introspect)?,
            None => verifier,
        })
    }
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
    caller.must(LIST)?;
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
    caller.must(settings.transfer())?;
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
    let verifier = web::Data::new(settings.verifier()?);
    let ledger = web::Data::new(Ledger::default());
    let shared = web::Data::new(settings.clone());
    let metadata = web::Data::new(Metadata::new(&settings.audience, &settings.issuer, &["transfers"])?);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(verifier.clone())
            .app_data(ledger.clone())
            .app_data(shared.clone())
            .app_data(metadata.clone())
            .wrap(from_fn(metadata::point))
            .route(metadata.path(), web::get().to(metadata::document))
            .route(metadata.path(), web::head().to(metadata::document))
            .service((list, make))
    })
    .bind(settings.bind)?;
    println!("listening on http://{}", settings.bind);
    Ok(server.run().await?)
}
