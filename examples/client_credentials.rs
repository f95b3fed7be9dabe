//! The client credentials grant (RFC 6749 §4.4): a program gets a token for itself; nobody is asked.
//!
//! ```sh
//! cargo run --example client_credentials -- --introspect
//! cargo run --example client_credentials -- --client-id integration --private-key integration.pem
//! ```
//!
//! The second authenticates with a key instead of a secret (`private_key_jwt`); `jwt_bearer.rs` says how to make one.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// Gets an access token for a program itself.
#[derive(Debug, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// This program's identifier.
    #[arg(long, default_value = "service")]
    client_id: String,
    /// This program's secret. In life, read it from a file that only this program may read.
    #[arg(long, default_value = "demo-service-secret-0123456789abcdef")]
    client_secret: String,
    /// This program's private key (PKCS#8 in PEM, on the curve P-256), used instead of the secret.
    #[arg(long)]
    private_key: Option<PathBuf>,
    /// What to ask for.
    #[arg(long)]
    scope: Option<String>,
    /// The API that the token is for (RFC 8707).
    #[arg(long)]
    resource: Option<String>,
    /// Ask the provider afterwards what it knows of the token (RFC 7662).
    #[arg(long)]
    introspect: bool,
}

/// The endpoints that the provider's metadata names.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    token_endpoint: String,
    introspection_endpoint: String,
}

/// How this program says who it is.
enum Credentials {
    Secret(String),
    Key(EncodingKey),
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a command-line program")]
async fn main() -> Result<(), Failure> {
    let settings = Settings::parse();
    let credentials = match &settings.private_key {
        Some(file) => Credentials::Key(EncodingKey::from_ec_pem(&std::fs::read(file)?)?),
        None => Credentials::Secret(settings.client_secret.clone()),
    };
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let url = format!("{}/.well-known/openid-configuration", settings.issuer);
    let metadata: Metadata = http.get(url).send().await?.error_for_status()?.json().await?;
    if metadata.issuer != settings.issuer {
        return Err("the metadata is of another issuer".into());
    }

    let mut form = vec![("grant_type", "client_credentials".to_owned())];
    form.extend(settings.scope.iter().map(|scope| ("scope", scope.clone())));
    form.extend(settings.resource.iter().map(|resource| ("resource", resource.clone())));
    let request = authenticate(http.post(&metadata.token_endpoint), form, &settings, &credentials)?;
    let tokens = answer(request).await?;
    println!("{}", serde_json::to_string_pretty(&tokens)?);

    if settings.introspect {
        let token = tokens
            .get("access_token")
            .and_then(Value::as_str)
            .ok_or("there is no access token")?;
        let form = vec![("token", token.to_owned())];
        let request = authenticate(
            http.post(&metadata.introspection_endpoint),
            form,
            &settings,
            &credentials,
        )?;
        println!("{}", serde_json::to_string_pretty(&answer(request).await?)?);
    }
    Ok(())
}

/// Adds the client's authentication, and the form, to a request.
fn authenticate(
    request: RequestBuilder,
    mut form: Vec<(&'static str, String)>,
    settings: &Settings,
    credentials: &Credentials,
) -> Result<RequestBuilder, Failure> {
    match credentials {
        // RFC 6749 §2.3.1: both halves are form-encoded before they become a Basic header.
        Credentials::Secret(secret) => {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            Ok(request
                .basic_auth(encode(&settings.client_id), Some(encode(secret)))
                .form(&form))
        }
        // OpenID Connect Core §9: a new assertion for every request, addressed to the issuer.
        Credentials::Key(key) => {
            let assertion = sign(settings, key)?;
            form.push((
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
            ));
            form.push(("client_assertion", assertion));
            Ok(request.form(&form))
        }
    }
}

/// An assertion of who this program is (RFC 7523 §2.2).
fn sign(settings: &Settings, key: &EncodingKey) -> Result<String, Failure> {
    let now = now()?;
    let claims = json!({
        "iss": settings.client_id,
        "sub": settings.client_id,
        "aud": settings.issuer,
        "iat": now,
        "exp": now + 60,
        "jti": uuid::Uuid::new_v4().to_string(),
    });
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, key)?)
}

/// The answer's JSON, or the provider's refusal in its own words (RFC 6749 §5.2).
async fn answer(request: RequestBuilder) -> Result<Value, Failure> {
    let answer = request.send().await?;
    let status = answer.status();
    let body: Value = answer.json().await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(format!("the provider answered {status}: {body}").into())
    }
}

#[expect(clippy::disallowed_methods, reason = "this program has no other clock")]
fn now() -> Result<u64, std::time::SystemTimeError> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
