//! The password grant (RFC 6749 §4.3), for programs that can do no other: a data loader, a script of old. Whoever can open a
//! browser should use `web_server.rs`, whatever speaks for itself `client_credentials.rs`: here a program holds the person's
//! password. Only clients whose `grant_types` name `password` may do this.
//!
//! ```sh
//! cargo run --example username_password -- --username alice --password wonderland-tea-party
//! ```
//!
//! The token it gets says `acr: standard` at most. Outside trusted networks, where the server verifies devices, the
//! person's security token belongs behind the password; `countersign user reset-token alice` mails one. People whose API
//! logins need a second factor append the code that their authenticator app shows instead:
//!
//! ```sh
//! cargo run --example username_password -- --username alice --password wonderland-tea-party --append 123456
//! ```

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser;
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

/// Gets an access token for a person by name and password.
#[derive(Debug, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// This program's identifier.
    #[arg(long, default_value = "loader")]
    client_id: String,
    /// This program's secret. In life, read it from a file that only this program may read.
    #[arg(long, default_value = "demo-loader-secret-0123456789abcdef")]
    client_secret: String,
    /// The person's name.
    #[arg(long)]
    username: String,
    /// The person's password. In life, ask for it, and keep it nowhere.
    #[arg(long)]
    password: String,
    /// What is appended to the password: the security token, or a one-time code.
    #[arg(long, conflicts_with = "security_token")]
    append: Option<String>,
    /// The same in a field of its own.
    #[arg(long)]
    security_token: Option<String>,
    /// What to ask for.
    #[arg(long)]
    scope: Option<String>,
    /// The API that the token is for (RFC 8707).
    #[arg(long)]
    resource: Option<String>,
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a command-line program")]
async fn main() -> Result<(), Failure> {
    let settings = Settings::parse();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let endpoint = token_endpoint(&http, &settings.issuer).await?;
    let password = settings.password.clone() + settings.append.as_deref().unwrap_or_default();
    let mut form = vec![
        ("grant_type", "password"),
        ("username", &settings.username),
        ("password", &password),
    ];
    let optional = [
        ("security_token", &settings.security_token),
        ("scope", &settings.scope),
        ("resource", &settings.resource),
    ];
    form.extend(
        optional
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_deref()?))),
    );
    // RFC 6749 §2.3.1: both halves are form-encoded before they become a Basic header.
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let request = http
        .post(endpoint)
        .basic_auth(encode(&settings.client_id), Some(encode(&settings.client_secret)))
        .form(&form);
    let answer = request.send().await?;
    let status = answer.status();
    let tokens: Value = answer.json().await?;
    if !status.is_success() {
        // A login that is refused is not tried again by itself: ten wrong ones lock the account.
        return Err(format!("the provider answered {status}: {tokens}").into());
    }
    println!("{}", serde_json::to_string_pretty(&tokens)?);
    if let Some(claims) = tokens.get("access_token").and_then(Value::as_str).and_then(claims) {
        println!("the access token says:\n{}", serde_json::to_string_pretty(&claims)?);
    }
    Ok(())
}

/// The token endpoint that the provider's metadata names.
async fn token_endpoint(http: &reqwest::Client, issuer: &str) -> Result<String, Failure> {
    let url = format!("{issuer}/.well-known/openid-configuration");
    let metadata: Value = http.get(url).send().await?.error_for_status()?.json().await?;
    if metadata.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err("the metadata is of another issuer".into());
    }
    let endpoint = metadata.get("token_endpoint").and_then(Value::as_str);
    Ok(endpoint.ok_or("the metadata names no token endpoint")?.to_owned())
}

/// What a JWT says, unverified: fit for looking at, not for deciding. `resource_server.rs` shows how to verify.
fn claims(token: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}
