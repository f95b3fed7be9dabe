//! The authorization endpoint.

mod optional;
mod pkce;
mod post;
mod prompt;
mod pushed;
mod request_object;
mod signed_response;
mod single_claims;
mod soup;
mod validate;

use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::page::Page;
use crate::support::relying_party::RelyingParty;
use crate::support::server::{TestServer, with_directory};

/// Beside the usual directory: another user without demands, and clients with a rule of their own.
const MORE: &str = r#"
[[users]]
username = "carol"
password = "wonderland-tea-party"

[[clients]]
client_id = "exempt"
client_secret = "test-secret-0123456789abcdef-0123456789abcdef"
redirect_uris = ["https://app.example/callback"]
scope = "openid calendar"
require_consent = false
require_pkce = false
id_token_signed_response_alg = "ES256"
access_token_signing_alg = "ES256"

[[clients]]
client_id = "blocking"
client_secret = "test-secret-0123456789abcdef-0123456789abcdef"
redirect_uris = ["https://app.example/callback?tenant=1"]
scope = "openid"
require_consent = false
required_acr = "high"
on_insufficient = "block"
id_token_signed_response_alg = "ES256"
access_token_signing_alg = "ES256"
"#;

async fn start() -> TestServer {
    with_directory(&format!("{DIRECTORY}{MORE}")).start().await
}

/// Changes to a good request: a name with an empty value is left out, `+name` is added once more.
fn changed(rp: &RelyingParty<'_>, scope: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut params = rp.request(scope);
    for (name, value) in changes {
        if let Some(again) = name.strip_prefix('+') {
            params.push((again.to_owned(), (*value).to_owned()));
            continue;
        }
        params.retain(|(known, _)| known != name);
        if !value.is_empty() {
            params.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    params
}

async fn ask(rp: &RelyingParty<'_>, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
    browser.get(&rp.address(&changed(rp, "openid", changes))).await
}

/// Asserts that the client was told of this error in the query of its redirect URI, as RFC 6749 and RFC 9207 want it.
#[track_caller]
fn assert_refused(rp: &RelyingParty<'_>, page: &Page, error: &str) {
    let location = page
        .location
        .as_ref()
        .unwrap_or_else(|| panic!("no redirect: {}", page.body));
    assert_eq!(page.query("error").as_deref(), Some(error), "{location}");
    assert!(location.as_str().starts_with(CALLBACK), "{location}");
    assert!(page.query("error_description").is_some_and(|text| !text.is_empty()));
    assert_eq!(page.query("state").as_deref(), Some("st&te"), "{location}");
    assert_eq!(page.query("iss").as_deref(), Some(rp.server.issuer.as_str()));
    for secret in ["code", "access_token", "id_token"] {
        assert_eq!(page.query(secret), None, "{location}");
    }
    assert_eq!(page.header("cache-control"), Some("no-store"));
}
