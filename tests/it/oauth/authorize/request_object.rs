//! Request objects. RFC 9101, OpenID Connect Core §6.

use std::sync::LazyLock;

use countersign::crypto::digest::{base64url, sha256};
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::assert_refused;
use crate::support::attack::assert_error_page;
use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::keys::{Keys, hmac_signed, toml, with, with_signature};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in};
use crate::support::server::{TestServer, with_directory};
use crate::support::service::{Behaviour, Service};

/// What the clients sign with.
static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new(Algorithm::Es256));

fn directory(request_uris: &[String]) -> String {
    let client = |id: &str, rest: &str| {
        format!(
            "\n[[clients]]\nclient_id = {id:?}\nclient_secret = {SECRET:?}\nredirect_uris = [{CALLBACK:?}]\n\
             scope = \"openid profile\"\nrequire_consent = false\nid_token_signed_response_alg = \"ES256\"\n{rest}\n"
        )
    };
    let jwks = format!("jwks = {}", toml(&KEYS.jwks()));
    [
        DIRECTORY.to_owned(),
        client("signing", &format!("{jwks}\nrequest_uris = {request_uris:?}")),
        client("strict", &format!("{jwks}\nrequire_signed_request_object = true")),
        client("pinned", &format!("{jwks}\nrequest_object_signing_alg = \"ES256\"")),
        client("shared", "request_object_signing_alg = \"HS256\""),
        client("unsigned", "request_object_signing_alg = \"none\""),
    ]
    .concat()
}

async fn start() -> TestServer {
    with_directory(&directory(&[])).start().await
}

/// Every parameter of a good request, as claims.
fn request_claims(rp: &RelyingParty<'_>) -> Value {
    let mut claims: serde_json::Map<String, Value> = rp
        .request("openid")
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    let now = rp.server.now();
    for (name, value) in [
        ("iss", json!(rp.client_id)),
        ("aud", json!(rp.server.issuer)),
        ("iat", json!(now)),
        ("exp", json!(now + 60)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    Value::Object(claims)
}

/// Asks with what OpenID Connect wants outside, and this inside.
async fn ask_with(rp: &RelyingParty<'_>, browser: &mut Browser, object: &str) -> Page {
    let state = "st&te";
    let params = [
        ("client_id", rp.client_id.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", state),
        ("request", object),
    ];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.get(&rp.address(&params)).await
}

/// A browser in which Alice is signed in.
async fn signed_in(server: &TestServer) -> Browser {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    browser
}

fn unsigned(claims: &Value) -> String {
    with_signature(&json!({ "alg": "none" }), claims, "")
}

#[tokio::test]
async fn what_is_signed_counts_before_what_is_beside_it() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = rp.browser();
    let object = KEYS.sign_as(
        "oauth-authz-req+jwt",
        &with(request_claims(&rp), json!({ "nonce": "signed", "max_age": 60 })),
    );
    let mut params = rp.request("openid");
    params.retain(|(name, _)| name != "state");
    params.push(("state".into(), "outside".into()));
    params.push(("request".into(), object));
    let page = browser.get(&rp.address(&params)).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(token["nonce"], "signed");
}

#[tokio::test]
async fn without_openid_outside_the_object_alone_counts() {
    let server = start().await;
    for client in ["signing", "strict"] {
        let rp = RelyingParty::new(&server, client);
        let mut browser = signed_in(&server).await;
        let object = KEYS.sign(&with(request_claims(&rp), json!({ "state": null })));
        let params = [("client_id", client), ("request", &object), ("state", "outside")];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let page = browser.get(&rp.address(&params)).await;
        code_of(&page);
        assert_eq!(page.query("state"), None, "{client}");
    }
}

#[tokio::test]
async fn a_redirect_uri_inside_is_proven_like_any() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = signed_in(&server).await;
    let object = KEYS.sign(&with(
        request_claims(&rp),
        json!({ "redirect_uri": "https://evil.example/" }),
    ));
    assert_error_page(&ask_with(&rp, &mut browser, &object).await, "invalid_redirect_uri");
    let object = KEYS.sign(&request_claims(&rp));
    let mut params = rp.request("openid");
    params.retain(|(name, _)| name != "redirect_uri");
    params.push(("redirect_uri".into(), "https://evil.example/".into()));
    params.push(("request".into(), object));
    code_of(&browser.get(&rp.address(&params)).await);
}

#[tokio::test]
async fn a_secret_signs_where_it_is_registered_to() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "shared");
    let mut browser = signed_in(&server).await;
    let good = request_claims(&rp);
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    let page = ask_with(&rp, &mut browser, &hmac_signed(&header, &good, SECRET.as_bytes())).await;
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    let wrong = hmac_signed(&header, &good, b"another-secret-0123456789abcdef-0123456789");
    for refused in [wrong, KEYS.sign(&good), unsigned(&good)] {
        assert_refused(
            &rp,
            &ask_with(&rp, &mut browser, &refused).await,
            "invalid_request_object",
        );
    }
    // The client authenticates with the same secret.
    let mut wrong = RelyingParty::new(&server, "shared");
    wrong.secret = Some("another-secret-0123456789abcdef-0123456789".into());
    wrong.redeem("cs_ac_x").await.refused(401, "invalid_client");
}

#[tokio::test]
async fn an_unsigned_object_counts_only_where_it_may() {
    let server = start().await;
    let mut browser = signed_in(&server).await;
    let rp = RelyingParty::new(&server, "unsigned");
    code_of(&ask_with(&rp, &mut browser, &unsigned(&request_claims(&rp))).await);
    for client in ["signing", "strict", "pinned", "shared"] {
        let rp = RelyingParty::new(&server, client);
        let object = unsigned(&request_claims(&rp));
        assert_refused(
            &rp,
            &ask_with(&rp, &mut browser, &object).await,
            "invalid_request_object",
        );
    }
    let lax = with_directory(&directory(&[]))
        .settings("[requests]\nunsigned_objects = true")
        .start()
        .await;
    let rp = RelyingParty::new(&lax, "signing");
    let mut browser = signed_in(&lax).await;
    code_of(&ask_with(&rp, &mut browser, &unsigned(&request_claims(&rp))).await);
    let rp = RelyingParty::new(&lax, "pinned");
    let object = unsigned(&request_claims(&rp));
    assert_refused(
        &rp,
        &ask_with(&rp, &mut browser, &object).await,
        "invalid_request_object",
    );
    let metadata = lax.get("/.well-known/openid-configuration").await.body;
    let algorithms = metadata["request_object_signing_alg_values_supported"]
        .as_array()
        .unwrap();
    assert!(algorithms.contains(&json!("none")));
}

#[tokio::test]
async fn forged_objects_are_refused() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = signed_in(&server).await;
    let good = request_claims(&rp);
    let foreign = Keys::new(Algorithm::Es256);
    let public = KEYS.jwk().to_string();
    let signature = KEYS.sign(&good).rsplit_once('.').unwrap().1.to_owned();
    let es256 = |further: Value| with(json!({ "alg": "ES256", "typ": "JWT" }), further);
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let deep = format!("{}.{}.x", base64url(br#"{"alg":"ES256"}"#), base64url(deep.as_bytes()));
    let forged = [
        foreign.sign(&good),
        // The public key as a secret: as text, and as bytes that are long enough.
        hmac_signed(&json!({ "alg": "HS256" }), &good, public.as_bytes()),
        with_signature(&json!({ "alg": "NonE" }), &good, ""),
        with_signature(&json!({ "alg": "none" }), &good, "AAAA"),
        with_signature(&es256(json!({})), &good, ""),
        // Keys that it brings along.
        with_signature(&es256(json!({ "jwk": foreign.jwk() })), &good, &signature),
        with_signature(&es256(json!({ "jku": "https://evil.example/jwks" })), &good, &signature),
        with_signature(&es256(json!({ "x5u": "https://evil.example/x" })), &good, &signature),
        with_signature(&es256(json!({ "crit": ["exp"] })), &good, &signature),
        with_signature(&es256(json!({ "kid": "other" })), &good, &signature),
        KEYS.sign_as("at+jwt", &good),
        KEYS.sign_as("logout+jwt", &good),
        KEYS.sign(&with(good.clone(), json!({ "exp": server.now() - 120 }))),
        KEYS.sign(&with(good.clone(), json!({ "nbf": server.now() + 120 }))),
        KEYS.sign(&with(good.clone(), json!({ "aud": "https://other.example" }))),
        KEYS.sign(&with(good.clone(), json!({ "iss": "other" }))),
        // An assertion that authenticates the client is no request.
        KEYS.sign(&with(good.clone(), json!({ "sub": "signing" }))),
        KEYS.sign(&with(good.clone(), json!({ "client_id": "strict" }))),
        KEYS.sign(&with(good.clone(), json!({ "response_type": "token" }))),
        KEYS.sign(&with(good.clone(), json!({ "request": "x" }))),
        KEYS.sign(&with(good.clone(), json!({ "request_uri": "https://app.example/r" }))),
        deep,
        format!("{}.{}.x", base64url(br#"{"alg":"ES256"}"#), "A".repeat(20_000)),
        "a.b.c".to_owned(),
        "x".to_owned(),
    ];
    for (index, object) in forged.iter().enumerate() {
        let page = ask_with(&rp, &mut browser, object).await;
        assert!(page.location.is_some(), "{index}: {}", page.body);
        assert_refused(&rp, &page, "invalid_request_object");
    }
    // Signed by the right key, and for another client.
    let other = RelyingParty::new(&server, "trusted");
    let page = ask_with(&other, &mut browser, &KEYS.sign(&request_claims(&other))).await;
    assert_refused(&other, &page, "invalid_request_object");
}

#[tokio::test]
async fn a_client_that_signs_every_request_may_not_leave_it_out() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "strict");
    let mut browser = signed_in(&server).await;
    assert_refused(&rp, &rp.authorize(&mut browser, "openid", &[]).await, "invalid_request");
    code_of(&ask_with(&rp, &mut browser, &KEYS.sign(&request_claims(&rp))).await);
    // What is beside it adds nothing to it.
    let object = KEYS.sign(&with(
        request_claims(&rp),
        json!({ "redirect_uri": null, "state": null }),
    ));
    let page = ask_with(&rp, &mut browser, &object).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_request"));
    let all = with_directory(&directory(&[]))
        .settings("[requests]\nrequire_signed_objects = true")
        .start()
        .await;
    let rp = RelyingParty::new(&all, "signing");
    let page = rp.authorize(&mut rp.browser(), "openid", &[]).await;
    assert_refused(&rp, &page, "invalid_request");
    let metadata = all.get("/.well-known/openid-configuration").await.body;
    assert_eq!(metadata["require_signed_request_object"], true);
}

#[tokio::test]
async fn an_expired_errand_is_not_begun_anew_without_its_signature() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = rp.browser();
    let page = ask_with(&rp, &mut browser, &KEYS.sign(&request_claims(&rp))).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    server.advance(700);
    let page = browser.get(page.url.as_str()).await;
    assert_eq!(page.error_class().as_deref(), Some("expired_interaction"));
    assert!(!page.body.contains("/oauth2/authorize?"), "{}", page.body);
}

/// A server with a client that signs its requests, which it keeps on a host of its own; with that host, and alice signed in.
async fn with_host() -> (TestServer, Service, Browser) {
    let service = Service::start(Behaviour::Answer(200, String::new()));
    let host = service.url("").trim_start_matches("http://").to_owned();
    let server = with_directory(&directory(&[service.url("/request.jwt")]))
        .settings(&format!("[outbound]\ntimeout = 1\nallowed_private_hosts = [{host:?}]"))
        .start()
        .await;
    let browser = signed_in(&server).await;
    (server, service, browser)
}

async fn ask_by(rp: &RelyingParty<'_>, browser: &mut Browser, address: &str) -> Page {
    let mut params = rp.request("openid");
    params.push(("request_uri".into(), address.into()));
    browser.get(&rp.address(&params)).await
}

fn document(rp: &RelyingParty<'_>, state: &str) -> String {
    KEYS.sign(&with(request_claims(rp), json!({ "state": state })))
}

#[tokio::test]
async fn objects_by_address_are_fetched() {
    let (server, service, mut browser) = with_host().await;
    let rp = RelyingParty::new(&server, "signing");
    let first = document(&rp, "first");
    service.behave(Behaviour::Answer(200, first.clone()));
    let page = ask_by(&rp, &mut browser, &service.url("/request.jwt")).await;
    code_of(&page);
    assert_eq!(page.query("state").as_deref(), Some("first"));
    // What is there now counts; the address may say that it did not change since (OpenID Connect Core §6.2).
    let second = document(&rp, "second");
    service.behave(Behaviour::Answer(200, second.clone()));
    let page = ask_by(&rp, &mut browser, &service.url("/request.jwt")).await;
    assert_eq!(page.query("state").as_deref(), Some("second"));
    let named = |text: &str| {
        let hash = base64url(sha256(text.as_bytes()).as_bytes());
        service.url(&format!("/request.jwt#{hash}"))
    };
    let page = ask_by(&rp, &mut browser, &named(&second)).await;
    assert_eq!(page.query("state").as_deref(), Some("second"));
    let asked = service.asked().len();
    code_of(&ask_by(&rp, &mut browser, &named(&second)).await);
    assert_eq!(service.asked().len(), asked, "fetched again");
    for _ in 0..2 {
        let asked = service.asked().len();
        let page = ask_by(&rp, &mut browser, &named(&first)).await;
        assert_eq!(page.query("state").as_deref(), Some("second"));
        assert!(service.asked().len() > asked, "answered from what was kept");
    }
}

#[tokio::test]
async fn objects_are_fetched_from_registered_places_alone() {
    let (server, service, mut browser) = with_host().await;
    let rp = RelyingParty::new(&server, "signing");
    let good = document(&rp, "good");
    service.behave(Behaviour::Answer(200, good.clone()));
    let asked = service.asked().len();
    let long = format!("{}?{}", service.url("/request.jwt"), "a".repeat(512));
    for address in [
        &service.url("/other.jwt"),
        &service.url("/request.jwt?x"),
        &long,
        "x",
        "urn:x",
    ] {
        assert_refused(&rp, &ask_by(&rp, &mut browser, address).await, "invalid_request_uri");
    }
    assert_eq!(service.asked().len(), asked, "fetched");
    for behaviour in [
        Behaviour::Answer(404, good),
        Behaviour::Redirect("http://127.0.0.1:1/".into()),
        Behaviour::Hang,
        Behaviour::Answer(200, "a".repeat(2_000_000)),
    ] {
        service.behave(behaviour.clone());
        let page = ask_by(&rp, &mut browser, &service.url("/request.jwt")).await;
        assert_refused(&rp, &page, "invalid_request_uri");
    }
    service.behave(Behaviour::Answer(200, "<html>".into()));
    let page = ask_by(&rp, &mut browser, &service.url("/request.jwt")).await;
    assert_refused(&rp, &page, "invalid_request_object");
}

#[tokio::test]
async fn one_place_is_named_and_no_more() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = signed_in(&server).await;
    let object = KEYS.sign(&request_claims(&rp));
    for further in [
        vec![("request", object.as_str()), ("request", object.as_str())],
        vec![("request", &object), ("request_uri", "https://app.example/r")],
        vec![("request", &object), ("scope", "openid")],
    ] {
        let mut params = rp.request("openid");
        params.extend(
            further
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        assert_refused(&rp, &browser.get(&rp.address(&params)).await, "invalid_request");
    }
}

#[tokio::test]
async fn where_they_are_off_they_are_refused_and_not_announced() {
    let off = |setting: &str| with_directory(&directory(&[])).settings(&format!("[requests]\n{setting} = false"));
    let server = off("objects").start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = signed_in(&server).await;
    let object = KEYS.sign(&request_claims(&rp));
    assert_refused(
        &rp,
        &ask_with(&rp, &mut browser, &object).await,
        "request_not_supported",
    );
    let by_address = [("request_uri", "https://app.example/r")];
    let page = rp.authorize(&mut browser, "openid", &by_address).await;
    assert_refused(&rp, &page, "request_uri_not_supported");
    let metadata = server.get("/.well-known/openid-configuration").await.body;
    assert_eq!(metadata["request_parameter_supported"], false);
    assert_eq!(metadata["request_uri_parameter_supported"], false);
    assert!(metadata.get("request_object_signing_alg_values_supported").is_none());

    let server = off("object_addresses").start().await;
    let rp = RelyingParty::new(&server, "signing");
    let mut browser = signed_in(&server).await;
    let page = rp.authorize(&mut browser, "openid", &by_address).await;
    assert_refused(&rp, &page, "request_uri_not_supported");
    code_of(&ask_with(&rp, &mut browser, &KEYS.sign(&request_claims(&rp))).await);
    let metadata = server.get("/.well-known/openid-configuration").await.body;
    assert_eq!(metadata["request_parameter_supported"], true);
    assert_eq!(metadata["request_uri_parameter_supported"], false);
}
