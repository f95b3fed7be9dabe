//! Clients of one big vendor's APIs: CLAUSES.md, K rows. Each row holds for clients that are excused as their libraries need it,
//! and for nobody else.

mod assertions;
mod authorize;
mod identity;
mod refresh;
mod revoke;
mod token;

use countersign::crypto::digest::{base64url, sha256};
use serde_json::Value;

use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::page::Page;
use crate::support::relying_party::{Answer, RelyingParty, agree, code_of, log_in};
use crate::support::server::TestServer;

const TOKEN: &str = "/services/oauth2/token";
const REVOKE: &str = "/services/oauth2/revoke";
const USERINFO: &str = "/services/oauth2/userinfo";
/// As long as jsforce makes them: 128 random bytes.
const VERIFIER: &str = concat!(
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-P0BB",
    "QkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8",
);

/// The usual directory with two clients that differ in what they are excused from alone: `excused`, and `strict`.
fn directory() -> String {
    let client = |id: &str, further: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"{CALLBACK}\"]\n\
             token_endpoint_auth_method = \"client_secret_post\"\n\
             grant_types = [\"authorization_code\", \"refresh_token\", \"password\"]\n\
             scope = \"api web refresh_token openid profile email offline_access\"\nrequire_consent = false\n\
             access_token_signing_alg = \"ES256\"\nid_token_signed_response_alg = \"ES256\"\n{further}\n"
        )
    };
    let scope = |name: &str| format!("\n[[scopes]]\nname = \"{name}\"\ndescription = \"The scope {name}\"\n");
    let scopes = ["api", "web", "refresh_token"].map(scope).concat();
    let excused = client(
        "excused",
        "refresh_rotation = \"off\"\ncompat = [\"s256_without_method\", \"long_code_verifier\", \"revoke_by_possession\", \
         \"comma_scope\", \"query_access_token\"]",
    );
    format!("{DIRECTORY}{scopes}{excused}{}", client("strict", ""))
}

/// An authorization request as jsforce makes it: the challenge without its method, and scopes that it asks for.
fn request<'a>(client: &'a str, challenge: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("scope", "api refresh_token"),
        ("state", "0123456789ab"),
        ("prompt", "login"),
        ("code_challenge", challenge),
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
    ]
}

fn challenge() -> String {
    base64url(sha256(VERIFIER.as_bytes()).as_bytes())
}

/// Where a browser ends that signs in for a request at the vendor's path.
async fn authorized(server: &TestServer, params: &[(&str, &str)]) -> Page {
    let rp = RelyingParty::new(server, "excused");
    let mut browser = rp.browser();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    let page = browser
        .get(&server.at(&format!("/services/oauth2/authorize?{query}")))
        .await;
    if page.location.is_some() || page.page().as_deref() != Some("login") {
        return page;
    }
    let page = log_in(&mut browser, page, "alice").await;
    agree(&mut browser, page).await
}

/// Redeems a code as jsforce does.
async fn redeemed(server: &TestServer, client: &str, code: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", client),
        ("client_secret", SECRET),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    server.post(TOKEN, &form).await
}

/// Tokens of alice at the client `excused`, come by as jsforce does.
async fn tokens(server: &TestServer) -> Answer {
    let page = authorized(server, &request("excused", &challenge())).await;
    redeemed(server, "excused", &code_of(&page)).await.accepted()
}

/// The tokens of an API login.
async fn api_login(server: &TestServer, client: &str) -> Answer {
    let form = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", crate::support::directory::PASSWORD),
        ("client_id", client),
        ("client_secret", SECRET),
    ];
    server.post(TOKEN, &form).await.accepted()
}

/// What one of the clients is told of a token of its own.
async fn introspected(server: &TestServer, client: &str, token: &str) -> Value {
    let form = [("token", token), ("client_id", client), ("client_secret", SECRET)];
    server.post("/oauth2/introspect", &form).await.body
}

/// The last two segments of the `id` of an answer: organisation and user.
fn named(answer: &Value) -> (String, String) {
    let id = answer["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}"));
    let mut segments = id.rsplit('/').map(str::to_owned);
    let user = segments.next().unwrap();
    (segments.next().unwrap(), user)
}
