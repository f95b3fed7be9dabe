//! Pushed authorization requests. RFC 9126.

use std::sync::LazyLock;

use countersign::model::signing_key::Algorithm;
use serde_json::json;

use super::assert_refused;
use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::keys::{Keys, assertion_claims, toml, with};
use crate::support::page::Page;
use crate::support::relying_party::{Answer, RelyingParty, code_of, log_in};
use crate::support::server::{TestServer, on_both, with_directory};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new(Algorithm::Es256));

fn directory() -> String {
    let client = |id: &str, rest: &str| {
        format!(
            "\n[[clients]]\nclient_id = {id:?}\nredirect_uris = [{CALLBACK:?}]\nscope = \"openid\"\n\
             require_consent = false\nid_token_signed_response_alg = \"ES256\"\n{rest}\n"
        )
    };
    let jwks = format!(
        "jwks = {}\ntoken_endpoint_auth_method = \"private_key_jwt\"",
        toml(&KEYS.jwks())
    );
    let secret = format!("client_secret = {SECRET:?}");
    [
        DIRECTORY.to_owned(),
        client(
            "pushing",
            &format!("{secret}\nrequire_pushed_authorization_requests = true"),
        ),
        client("keyed", &jwks),
        client("signing", &format!("{jwks}\nrequire_signed_request_object = true")),
        client(
            "posting",
            &format!("{secret}\ntoken_endpoint_auth_method = \"client_secret_post\""),
        ),
    ]
    .concat()
}

on_both! {
    with_directory(&directory());
    a_pushed_request_has_one_response,
    a_pushed_request_is_one_clients_and_expires,
    two_browsers_at_once_get_one_response
}

async fn push(rp: &RelyingParty<'_>, changes: &[(&str, &str)]) -> Answer {
    let params = super::changed(rp, "openid", changes);
    let form: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
    rp.post("/oauth2/par", &form).await
}

#[track_caller]
fn name_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.body["expires_in"], 60);
    let name = answer.text("request_uri");
    let reference = name.strip_prefix("urn:ietf:params:oauth:request_uri:").unwrap();
    assert_eq!(reference.len(), 43);
    name
}

async fn arrive(rp: &RelyingParty<'_>, browser: &mut Browser, client_id: &str, name: &str) -> Page {
    let params = [("client_id", client_id), ("request_uri", name)];
    let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
    browser.get(&rp.address(&params)).await
}

async fn a_pushed_request_has_one_response(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let name = name_of(&push(&rp, &[]).await);
    let page = arrive(&rp, &mut browser, "trusted", &name).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    // Somebody reloads.
    let again = arrive(&rp, &mut browser, "trusted", &name).await;
    assert_eq!(again.page().as_deref(), Some("login"));
    // Somebody takes their time.
    server.advance(300);
    let page = log_in(&mut browser, again, "alice").await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    assert_eq!(
        arrive(&rp, &mut browser, "trusted", &name)
            .await
            .error_class()
            .as_deref(),
        Some("invalid_request")
    );
    // At once, and once.
    let name = name_of(&push(&rp, &[]).await);
    code_of(&arrive(&rp, &mut browser, "trusted", &name).await);
    let page = arrive(&rp, &mut browser, "trusted", &name).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_request"));
    // An error is a response too.
    let name = name_of(&push(&rp, &[("prompt", "none"), ("max_age", "1")]).await);
    server.advance(10);
    let page = arrive(&rp, &mut browser, "trusted", &name).await;
    assert_refused(&rp, &page, "login_required");
    let page = arrive(&rp, &mut browser, "trusted", &name).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_request"));
}

async fn a_pushed_request_is_one_clients_and_expires(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    let name = name_of(&push(&rp, &[]).await);
    let unknown = "urn:ietf:params:oauth:request_uri:AAAA";
    for (client, name) in [("app", &*name), ("high", &name), ("trusted", unknown)] {
        let page = arrive(&rp, &mut browser, client, name).await;
        assert!(page.error_class().is_some(), "{client} {name}");
    }
    // Parameters beside it count for nothing.
    let mut params = rp.request("openid profile");
    params.retain(|(known, _)| known != "state");
    params.push(("state".into(), "outside".into()));
    params.push(("request_uri".into(), name));
    let page = browser.get(&rp.address(&params)).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    let name = name_of(&push(&rp, &[]).await);
    server.advance(60);
    let page = arrive(&rp, &mut browser, "trusted", &name).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_request"));
    let mut params = rp.request("openid");
    params.push(("request_uri".into(), name));
    assert_refused(&rp, &browser.get(&rp.address(&params)).await, "invalid_request_uri");
}

async fn two_browsers_at_once_get_one_response(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let (mut one, mut other) = (rp.browser(), rp.browser());
    let name = name_of(&push(&rp, &[]).await);
    let first = arrive(&rp, &mut one, "trusted", &name).await;
    let second = arrive(&rp, &mut other, "trusted", &name).await;
    code_of(&log_in(&mut one, first, "alice").await);
    let page = log_in(&mut other, second, "alice").await;
    assert_eq!(page.query("code"), None);
    assert_eq!(page.error_class().as_deref(), Some("expired_interaction"));
    for _ in 0..4 {
        let name = name_of(&push(&rp, &[]).await);
        let (first, second) = tokio::join!(
            arrive(&rp, &mut one, "trusted", &name),
            arrive(&rp, &mut other, "trusted", &name),
        );
        let codes = [first, second]
            .iter()
            .filter(|page| page.query("code").is_some())
            .count();
        assert_eq!(codes, 1);
    }
}

#[tokio::test]
async fn every_way_to_authenticate_is_taken() {
    let server = with_directory(&directory()).start().await;
    name_of(&push(&RelyingParty::new(&server, "trusted"), &[]).await);
    name_of(
        &push(
            &RelyingParty::public(&server, "native", "http://127.0.0.1:5000/callback"),
            &[("client_id", "")],
        )
        .await,
    );
    let mut posting = RelyingParty::public(&server, "posting", CALLBACK);
    name_of(&push(&posting, &[("client_id", ""), ("client_secret", SECRET)]).await);
    push(&posting, &[("client_id", "")])
        .await
        .refused(401, "invalid_client");
    posting.secret = Some(SECRET.to_owned());
    push(&posting, &[]).await.refused(401, "invalid_client");
    let keyed = RelyingParty::public(&server, "keyed", CALLBACK);
    for audience in ["", "/oauth2/par", "/oauth2/token"] {
        let audience = format!("{}{audience}", server.issuer);
        let assertion = KEYS.sign(&assertion_claims("keyed", "keyed", &audience, server.now()));
        let with_assertion = [
            ("client_id", ""),
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
        ];
        name_of(&push(&keyed, &with_assertion).await);
        // It authenticates once.
        push(&keyed, &with_assertion).await.refused(401, "invalid_client");
    }
    let wrong = KEYS.sign(&assertion_claims(
        "keyed",
        "keyed",
        &format!("{}/oauth2/other", server.issuer),
        server.now(),
    ));
    let form = [
        ("client_id", ""),
        ("client_assertion_type", TYPE),
        ("client_assertion", &wrong),
    ];
    push(&keyed, &form).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn what_is_wrong_is_said_where_it_was_pushed() {
    let server = with_directory(&directory()).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    for (name, value, error) in [
        ("redirect_uri", "https://evil.example/", "invalid_request"),
        ("redirect_uri", "", "invalid_request"),
        ("response_type", "token", "unauthorized_client"),
        ("response_type", "mystery", "unsupported_response_type"),
        ("scope", "admin", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("resource", "https://unheard-of.example", "invalid_target"),
        ("request", "a.b.c", "invalid_request_object"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
        ("request_uri", "https://app.example/r", "invalid_request"),
        ("+state", "again", "invalid_request"),
    ] {
        push(&rp, &[(name, value)]).await.refused(400, error);
    }
    push(&rp, &[("client_id", "app")]).await.refused(400, "invalid_request");
    let answer = server.get("/oauth2/par").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST, OPTIONS")));
    assert_eq!(answer.text("error"), "invalid_request");
}

#[tokio::test]
async fn who_must_push_may_not_ask_otherwise() {
    let server = with_directory(&directory()).start().await;
    let rp = RelyingParty::new(&server, "pushing");
    let mut browser = rp.browser();
    assert_refused(&rp, &rp.authorize(&mut browser, "openid", &[]).await, "invalid_request");
    let page = arrive(&rp, &mut browser, "pushing", &name_of(&push(&rp, &[]).await)).await;
    code_of(&log_in(&mut browser, page, "alice").await);
    let all = with_directory(&directory())
        .settings("[requests]\nrequire_pushed = true")
        .start()
        .await;
    let rp = RelyingParty::new(&all, "trusted");
    let mut browser = rp.browser();
    assert_refused(&rp, &rp.authorize(&mut browser, "openid", &[]).await, "invalid_request");
    let page = arrive(&rp, &mut browser, "trusted", &name_of(&push(&rp, &[]).await)).await;
    code_of(&log_in(&mut browser, page, "alice").await);
    let metadata = all.get("/.well-known/openid-configuration").await.body;
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
}

#[tokio::test]
async fn a_signed_object_may_be_pushed() {
    let server = with_directory(&directory()).start().await;
    let rp = RelyingParty::public(&server, "signing", CALLBACK);
    let members = rp
        .request("openid")
        .into_iter()
        .map(|(name, value)| (name, json!(value)));
    let claims = serde_json::Value::Object(members.collect());
    let assertion = || KEYS.sign(&assertion_claims("signing", "signing", &server.issuer, server.now()));
    let object = KEYS.sign(&with(claims.clone(), json!({ "iss": "signing", "aud": server.issuer })));
    let form = |assertion: &str, further: &[(&'static str, &str)]| {
        let mut form = vec![
            ("client_assertion_type".to_owned(), TYPE.to_owned()),
            ("client_assertion".to_owned(), assertion.to_owned()),
        ];
        form.extend(
            further
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        form
    };
    let post = async |form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        rp.post("/oauth2/par", &form).await
    };
    let name = name_of(&post(form(&assertion(), &[("request", &object)])).await);
    let mut browser = rp.browser();
    let page = arrive(&rp, &mut browser, "signing", &name).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    // Unsigned parameters do not do for this client, here either.
    let plain: Vec<(String, String)> = rp.request("openid");
    let mut unsigned = form(&assertion(), &[]);
    unsigned.extend(plain.into_iter().filter(|(name, _)| name != "client_id"));
    post(unsigned).await.refused(400, "invalid_request");
    let foreign = Keys::new(Algorithm::Es256).sign(&claims);
    post(form(&assertion(), &[("request", &foreign)]))
        .await
        .refused(400, "invalid_request_object");
}
