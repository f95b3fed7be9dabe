//! A web application that signs people in: the authorization code flow with PKCE, on the openidconnect crate.
//!
//! Start `countersign demo` (or `countersign serve` with `examples/directory.toml` applied), then
//!
//! ```sh
//! cargo run --example web_server
//! ```
//!
//! and open <http://127.0.0.1:8085>. With the API of `resource_server.rs` running beside it, add
//! `--api http://127.0.0.1:8087/transfers --resource https://api.example.com/transfers` and
//! `--scope "openid profile email offline_access transfers"` to see the API ask for fresher proof (RFC 9470).

#[path = "web_server/html.rs"]
mod html;
#[path = "web_server/problem.rs"]
mod problem;
#[path = "web_server/provider.rs"]
mod provider;
#[path = "web_server/transfer.rs"]
mod transfer;
#[path = "web_server/verify.rs"]
mod verify;
#[path = "web_server/visits.rs"]
mod visits;

use std::net::SocketAddr;

use actix_web::cookie::Cookie;
use actix_web::http::header::{self, ContentType};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, get, post, web};
use clap::Parser;
use serde::Deserialize;

use problem::Problem;
use provider::{Proof, Provider, SignedIn};
use transfer::{Outcome, Transfer};
use visits::{Visit, Visits};

/// Signs people in with the authorization code flow.
#[derive(Debug, Clone, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// This application's identifier.
    #[arg(long, default_value = "web-app")]
    client_id: String,
    /// This application's secret. In life, read it from a file that only this program may read.
    #[arg(long, default_value = "demo-web-app-secret-0123456789abcdef")]
    client_secret: String,
    /// Where people come back to; registered at the provider, letter for letter.
    #[arg(long, default_value = "http://127.0.0.1:8085/callback")]
    redirect_uri: String,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8085")]
    bind: SocketAddr,
    /// What to ask for.
    #[arg(long, default_value = "openid profile email offline_access")]
    scope: String,
    /// The API that access tokens are for (RFC 8707).
    #[arg(long)]
    resource: Option<String>,
    /// Where that API is; without it there is nothing to transfer.
    #[arg(long)]
    api: Option<String>,
}

/// Everything the handlers share.
struct Shop {
    settings: Settings,
    http: reqwest::Client,
    provider: Provider,
    visits: Visits,
}

impl Shop {
    /// The person behind a request, if signed in.
    fn person(&self, request: &HttpRequest) -> Result<SignedIn, Problem> {
        let person = self.visits.with(request, |visit| visit.signed_in.clone()).flatten();
        person.ok_or_else(|| Problem::new("sign in first"))
    }

    /// Sends the browser to the provider, remembering what to do when it is back.
    async fn send_to_provider(
        &self,
        request: &HttpRequest,
        proof: Proof,
        then: Option<Transfer>,
    ) -> Result<HttpResponse, Problem> {
        let (url, state, pending) = self.provider.begin(proof).await?;
        Ok(redirect(
            url.as_str(),
            self.visits.begin(request, state, (pending, then)),
        ))
    }

    async fn transfer(&self, person: &SignedIn, transfer: &Transfer) -> Result<Outcome, Problem> {
        let api = self
            .settings
            .api
            .as_deref()
            .ok_or_else(|| Problem::new("no API is configured"))?;
        transfer::call(&self.http, api, &person.access_token, transfer).await
    }
}

fn redirect(location: &str, cookie: Option<Cookie<'_>>) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(cookie) = cookie {
        answer.cookie(cookie);
    }
    answer.finish()
}

fn show(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html::page(title, body))
}

#[get("/")]
async fn home(request: HttpRequest, shop: web::Data<Shop>) -> HttpResponse {
    let Ok(person) = shop.person(&request) else {
        return show(
            "Web application",
            "<p><a id=\"sign-in\" href=\"/login\">Sign in</a></p>",
        );
    };
    let done = shop.visits.with(&request, |visit| visit.done.take()).flatten();
    let done = done.map_or_else(String::new, |done| {
        format!("<p>Done:</p><pre id=\"done\">{}</pre>", html::json(&done))
    });
    let transfer = match shop.settings.api {
        Some(_) => {
            "<form method=\"post\" action=\"/transfer\"><label>To <input name=\"to\" value=\"Bob\"></label> \
             <label>Amount <input name=\"amount\" value=\"10\" inputmode=\"numeric\"></label> \
             <button id=\"transfer\">Transfer money</button></form>"
        }
        None => "",
    };
    let body = format!(
        "{done}<p>You are signed in. Your ID token says:</p><pre id=\"claims\">{}</pre>{transfer}\
         <p><a id=\"step-up\" href=\"/login?acr_values=high&amp;max_age=0\">Prove it again</a> \
         <a id=\"userinfo\" href=\"/userinfo\">Userinfo</a></p>\
         <form method=\"post\" action=\"/refresh\"><button id=\"refresh\">Refresh</button></form>\
         <form method=\"post\" action=\"/logout\"><button id=\"logout\">Sign out</button></form>",
        html::json(&person.claims)
    );
    show("Web application", &body)
}

/// Begins a sign-in; `/login?acr_values=high&max_age=0` begins one that wants strong, fresh proof.
#[get("/login")]
async fn login(request: HttpRequest, proof: web::Query<Proof>, shop: web::Data<Shop>) -> Result<HttpResponse, Problem> {
    shop.send_to_provider(&request, proof.into_inner(), None).await
}

/// The authorization response (RFC 6749 §4.1.2, RFC 9207).
#[derive(Deserialize)]
struct Response {
    state: String,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[get("/callback")]
async fn callback(
    request: HttpRequest,
    response: web::Query<Response>,
    shop: web::Data<Shop>,
) -> Result<HttpResponse, Problem> {
    let response = response.into_inner();
    // `state` must be one that this very browser was given, and counts once.
    let known = shop
        .visits
        .with(&request, |visit| visit.pending.remove(&response.state))
        .flatten();
    let (pending, then) = known.ok_or_else(|| Problem::new("this browser did not begin this sign-in"))?;
    // RFC 9207 §2.4: an answer of another provider must not reach this provider's token endpoint.
    if response.iss.as_deref() != Some(&shop.settings.issuer) {
        return Err(Problem::new("this answer comes from another provider"));
    }
    if let Some(error) = response.error {
        return Err(Problem::new(format!(
            "{error}: {}",
            response.error_description.unwrap_or_default()
        )));
    }
    let code = response.code.ok_or_else(|| Problem::new("the provider sent no code"))?;
    let person = shop.provider.finish(code, pending).await?;
    let done = match then {
        None => None,
        Some(transfer) => match shop.transfer(&person, &transfer).await? {
            Outcome::Done(answer) => Some(answer),
            // After one round for more proof the API must be content: another would be a loop.
            Outcome::MoreProof(_) => return Err(Problem::new("the API still asks for more proof")),
        },
    };
    let visit = Visit {
        signed_in: Some(person),
        done,
        ..Visit::default()
    };
    Ok(redirect("/", Some(shop.visits.replace(&request, visit))))
}

#[post("/refresh")]
async fn refresh(request: HttpRequest, shop: web::Data<Shop>) -> Result<HttpResponse, Problem> {
    let renewed = shop.provider.refresh(&shop.person(&request)?).await?;
    shop.visits.with(&request, |visit| visit.signed_in = Some(renewed));
    Ok(redirect("/", None))
}

#[get("/userinfo")]
async fn userinfo(request: HttpRequest, shop: web::Data<Shop>) -> Result<HttpResponse, Problem> {
    let claims = shop.provider.userinfo(&shop.person(&request)?).await?;
    Ok(show(
        "Userinfo",
        &format!(
            "<pre id=\"userinfo\">{}</pre><p><a href=\"/\">Back</a></p>",
            html::json(&claims)
        ),
    ))
}

/// Signs out of this application and gives its tokens back; the session at the provider goes on.
#[post("/logout")]
async fn logout(request: HttpRequest, shop: web::Data<Shop>) -> Result<HttpResponse, Problem> {
    let person = shop.person(&request)?;
    let cookie = shop.visits.remove(&request);
    shop.provider.revoke(person).await?;
    Ok(redirect("/", Some(cookie)))
}

/// Asks the API for a transfer, and where it wants more proof, the provider for that.
#[post("/transfer")]
async fn make_transfer(
    request: HttpRequest,
    form: web::Form<Transfer>,
    shop: web::Data<Shop>,
) -> Result<HttpResponse, Problem> {
    let person = shop.person(&request)?;
    match shop.transfer(&person, &form).await? {
        Outcome::MoreProof(proof) => shop.send_to_provider(&request, proof, Some(form.into_inner())).await,
        Outcome::Done(answer) => {
            shop.visits.with(&request, |visit| visit.done = Some(answer));
            Ok(redirect("/", None))
        }
    }
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a program that says where it is")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::parse();
    // No redirects: the provider's endpoints answer themselves, and nothing else may be asked in their name.
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let shop = web::Data::new(Shop {
        provider: Provider::new(settings.clone(), http.clone()),
        visits: Visits::new(settings.redirect_uri.starts_with("https:")),
        settings: settings.clone(),
        http,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shop.clone())
            .service((home, login, callback, refresh, userinfo, logout, make_transfer))
    })
    .bind(settings.bind)?;
    println!("listening on http://{}", settings.bind);
    Ok(server.run().await?)
}
