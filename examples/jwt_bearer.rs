//! The JWT bearer grant (RFC 7523): a program speaks for a person who is not there, in their name and by its own key.
//! An administrator must have approved client, people and key beforehand (`preapproved_users` in the directory).
//!
//! Make a key, and put its public half into the directory, as `jwks` of the client `integration`:
//!
//! ```sh
//! openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out integration.pem
//! cargo run --example jwt_bearer -- --key integration.pem --print-jwk
//! ```
//!
//! Then get a token:
//!
//! ```sh
//! cargo run --example jwt_bearer -- --key integration.pem --user alice
//! ```

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// Gets an access token about a user, by an assertion signed with the client's key.
#[derive(Debug, Parser)]
struct Settings {
    /// The provider.
    #[arg(long, default_value = "http://localhost:8080")]
    issuer: String,
    /// This program's identifier.
    #[arg(long, default_value = "integration")]
    client_id: String,
    /// This program's private key: PKCS#8 in PEM, on the curve P-256.
    #[arg(long)]
    key: PathBuf,
    /// The person to speak for.
    #[arg(long, default_value = "alice")]
    user: String,
    /// What to ask for.
    #[arg(long)]
    scope: Option<String>,
    /// The API that the token is for (RFC 8707).
    #[arg(long)]
    resource: Option<String>,
    /// Only print the public key, for the directory.
    #[arg(long)]
    print_jwk: bool,
}

#[actix_web::main]
#[expect(clippy::print_stdout, reason = "a command-line program")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::parse();
    let key = EncodingKey::from_ec_pem(&std::fs::read(&settings.key)?)?;
    if settings.print_jwk {
        println!(
            "{}",
            serde_json::to_string(&Jwk::from_encoding_key(&key, Algorithm::ES256)?)?
        );
        return Ok(());
    }
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let endpoint = token_endpoint(&http, &settings.issuer).await?;
    let assertion = sign(&settings, &key)?;
    // The assertion is all the authentication there is: it is signed by the client's own key.
    let mut form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &assertion),
    ];
    form.extend(settings.scope.iter().map(|scope| ("scope", scope.as_str())));
    form.extend(settings.resource.iter().map(|resource| ("resource", resource.as_str())));
    let answer = http.post(endpoint).form(&form).send().await?;
    let status = answer.status();
    let tokens: Value = answer.json().await?;
    println!("{}", serde_json::to_string_pretty(&tokens)?);
    if !status.is_success() {
        return Err(format!("the provider answered {status}").into());
    }
    if let Some(claims) = tokens.get("access_token").and_then(Value::as_str).and_then(claims) {
        println!("the access token says:\n{}", serde_json::to_string_pretty(&claims)?);
    }
    Ok(())
}

/// The assertion (RFC 7523 §3): who speaks, for whom, to whom, for two minutes, once.
fn sign(settings: &Settings, key: &EncodingKey) -> Result<String, Box<dyn std::error::Error>> {
    let now = now()?;
    let claims = json!({
        "iss": settings.client_id,
        "sub": settings.user,
        "aud": settings.issuer,
        "iat": now,
        "exp": now + 120,
        "jti": uuid::Uuid::new_v4().to_string(),
    });
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, key)?)
}

/// The token endpoint that the provider's metadata names.
async fn token_endpoint(http: &reqwest::Client, issuer: &str) -> Result<String, Box<dyn std::error::Error>> {
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

#[expect(clippy::disallowed_methods, reason = "this program has no other clock")]
fn now() -> Result<u64, std::time::SystemTimeError> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
