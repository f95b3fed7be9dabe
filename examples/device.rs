//! The device authorization grant (RFC 8628): a program without a browser shows a code, and its person approves it elsewhere.
//!
//! ```sh
//! cargo run --example device
//! ```

use std::time::Duration;

use clap::Parser;
use serde::Deserialize;
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

/// Gets tokens for a person who approves this program in a browser somewhere.
#[derive(Debug, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// This program's identifier. It is public: what runs in people's homes keeps no secret.
    #[arg(long, default_value = "television")]
    client_id: String,
    /// What to ask for.
    #[arg(long, default_value = "openid profile offline_access")]
    scope: String,
}

/// The endpoints that the provider's metadata names.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
}

/// What a device is told when it begins (§3.2).
#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    #[serde(default = "five")]
    interval: u64,
}

/// §3.2: five seconds where nothing is said.
const fn five() -> u64 {
    5
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a command-line program")]
async fn main() -> Result<(), Failure> {
    let settings = Settings::parse();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let url = format!("{}/.well-known/openid-configuration", settings.issuer);
    let metadata: Metadata = http.get(url).send().await?.error_for_status()?.json().await?;
    if metadata.issuer != settings.issuer {
        return Err("the metadata is of another issuer".into());
    }

    let form = [("client_id", &settings.client_id), ("scope", &settings.scope)];
    let answer = http
        .post(&metadata.device_authorization_endpoint)
        .form(&form)
        .send()
        .await?;
    if !answer.status().is_success() {
        return Err(format!("the provider answered {}: {}", answer.status(), answer.text().await?).into());
    }
    let begun: Begun = answer.json().await?;
    println!("open {} and type {}", begun.verification_uri, begun.user_code);
    if let Some(complete) = &begun.verification_uri_complete {
        // §3.3.1: for a picture that a telephone reads. The code is shown besides, to be compared.
        println!("or read {complete}");
    }
    let tokens = wait(&http, &metadata, &settings, &begun).await?;
    println!("{}", serde_json::to_string_pretty(&tokens)?);
    Ok(())
}

/// Asks until somebody answered (§3.4, §3.5).
async fn wait(
    http: &reqwest::Client,
    metadata: &Metadata,
    settings: &Settings,
    begun: &Begun,
) -> Result<Value, Failure> {
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", &begun.device_code),
        ("client_id", &settings.client_id),
    ];
    let mut pause = Duration::from_secs(begun.interval);
    loop {
        actix_web::rt::time::sleep(pause).await;
        let Ok(answer) = http.post(&metadata.token_endpoint).form(&form).send().await else {
            // §3.5: whoever cannot be reached is asked less often.
            pause *= 2;
            continue;
        };
        let status = answer.status();
        let body: Value = answer.json().await?;
        match body.get("error").and_then(Value::as_str) {
            None => return Ok(body),
            Some("authorization_pending") => {}
            Some("slow_down") => pause += Duration::from_secs(5),
            // Declined or too late: whoever wants to may begin anew.
            Some(_) => return Err(format!("the provider answered {status}: {body}").into()),
        }
    }
}
