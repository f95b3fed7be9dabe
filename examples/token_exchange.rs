//! Token exchange (RFC 8693): an API that was called with a token gets one for the next API, in the name of whoever called it.
//!
//! ```sh
//! cargo run --example token_exchange -- --subject-token "$TOKEN" --resource https://api.example.com/transfers
//! ```

use clap::Parser;
use serde::Deserialize;
use serde_json::Value;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

type Failure = Box<dyn std::error::Error>;

/// Exchanges the token that an API was called with.
#[derive(Debug, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// The API's identifier as a client.
    #[arg(long, default_value = "gateway")]
    client_id: String,
    /// The API's secret. In life, read it from a file that only this program may read.
    #[arg(long, default_value = "demo-gateway-secret-0123456789abcdef")]
    client_secret: String,
    /// The access token that it was called with.
    #[arg(long)]
    subject_token: String,
    /// The API that it calls (RFC 8707).
    #[arg(long)]
    resource: Option<String>,
    /// What it does there: no more than its caller may.
    #[arg(long)]
    scope: Option<String>,
    /// Leave out who acts: the next API is told of the caller alone.
    #[arg(long)]
    impersonate: bool,
}

/// The endpoints that the provider's metadata names.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
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

    let mut form = vec![
        ("grant_type", GRANT.to_owned()),
        ("subject_token", settings.subject_token.clone()),
        ("subject_token_type", ACCESS_TOKEN.to_owned()),
    ];
    form.extend(settings.resource.iter().map(|resource| ("resource", resource.clone())));
    form.extend(settings.scope.iter().map(|scope| ("scope", scope.clone())));
    if !settings.impersonate {
        // §1.1: with a token of its own the API stays named beside its caller.
        let own = vec![("grant_type", "client_credentials".to_owned())];
        let own = ask(&http, &metadata, &settings, own).await?;
        let token = own
            .get("access_token")
            .and_then(Value::as_str)
            .ok_or("there is no access token")?;
        form.push(("actor_token", token.to_owned()));
        form.push(("actor_token_type", ACCESS_TOKEN.to_owned()));
    }
    let tokens = ask(&http, &metadata, &settings, form).await?;
    println!("{}", serde_json::to_string_pretty(&tokens)?);
    Ok(())
}

/// Asks the token endpoint; the answer, or the provider's refusal in its own words (RFC 6749 §5.2).
async fn ask(
    http: &reqwest::Client,
    metadata: &Metadata,
    settings: &Settings,
    form: Vec<(&'static str, String)>,
) -> Result<Value, Failure> {
    // RFC 6749 §2.3.1: both halves are form-encoded before they become a Basic header.
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let request = http
        .post(&metadata.token_endpoint)
        .basic_auth(encode(&settings.client_id), Some(encode(&settings.client_secret)))
        .form(&form);
    let answer = request.send().await?;
    let status = answer.status();
    let body: Value = answer.json().await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(format!("the provider answered {status}: {body}").into())
    }
}
