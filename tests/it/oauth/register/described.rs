//! Clients that are described by a document, where they come without a person's browser.

use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::documents::{host, taking_documents};
use crate::support::keys::{Keys, assertion_claims, with};
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, agree, code_of, log_in};
use crate::support::server::{Builder, TestServer};
use crate::support::service::Behaviour;

const REDIRECT: &str = "http://127.0.0.1:3334/callback";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const MACHINE: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "calendar")];

fn generous(further: &str) -> Builder {
    let grants = format!("[\"authorization_code\", \"refresh_token\", \"client_credentials\", \"{DEVICE}\"]");
    taking_documents(&format!(
        "grant_types = {grants}\nscope = \"openid offline_access calendar\"\n{further}"
    ))
}

on_both! {
    generous("");
    keys_are_those_of_the_document_now, a_machine_needs_no_browser_first, a_device_needs_no_browser_first,
}

/// What a client with a key says of itself.
fn holding(keys: &Keys) -> Value {
    json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": keys.jwks() })
}

/// A form as this client sends it with its key.
async fn signed(server: &TestServer, (address, keys): (&str, &Keys), path: &str, form: &[(&str, &str)]) -> Answer {
    let assertion = keys.sign(&assertion_claims(address, address, &server.issuer, server.now()));
    let own = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    server.post(path, &[form, &own].concat()).await
}

/// The document is held no longer, as if its time had come.
async fn outdate(server: &TestServer, address: &str) {
    let documents = &server.server.documents;
    let held = documents.fetch_json(address).await.expect("it is held");
    documents.forget(address, &held);
}

async fn keys_are_those_of_the_document_now(server: &TestServer) {
    let (old, new) = (Keys::new(Algorithm::Es256), Keys::new(Algorithm::Es256));
    let (service, address, document) = host(holding(&old));
    let rp = RelyingParty::public(server, &address, REDIRECT);
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let code = code_of(&agree(&mut browser, page).await);
    let redeemed = signed(server, (&address, &old), "/oauth2/token", &rp.redemption(&code)).await;
    let mut token = redeemed.accepted().text("refresh_token");
    assert_eq!(service.asked().len(), 1, "it is looked at no more often than it says");

    let refresh = async |token: &str, keys: &Keys| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        signed(server, (&address, keys), "/oauth2/token", &form).await
    };
    let changed = with(document, holding(&new));
    service.behave(Behaviour::Answer(200, changed.to_string()));
    outdate(server, &address).await;
    refresh(&token, &old).await.refused(401, "invalid_client");
    token = refresh(&token, &new).await.accepted().text("refresh_token");
    assert_eq!(service.asked().len(), 2);
    // What is known of it will do while its host is away, and not where the host says what cannot be.
    outdate(server, &address).await;
    service.behave(Behaviour::Answer(500, String::new()));
    token = refresh(&token, &new).await.accepted().text("refresh_token");
    refresh(&token, &old).await.refused(401, "invalid_client");
    service.behave(Behaviour::Answer(
        200,
        with(changed.clone(), json!({ "client_name": null })).to_string(),
    ));
    let told = refresh(&token, &new).await.refused(401, "invalid_client");
    assert!(told.contains("it has no client_name"), "{told}");
    for path in ["/oauth2/revoke", "/oauth2/introspect"] {
        let told = signed(server, (&address, &new), path, &[("token", &token)]).await;
        assert!(told.refused(401, "invalid_client").contains("client_name"));
    }
    service.behave(Behaviour::Answer(200, changed.to_string()));
    let said = signed(server, (&address, &new), "/oauth2/introspect", &[("token", &token)]).await;
    assert_eq!(said.accepted().body["active"], true);
    refresh(&token, &new).await.accepted();
}

async fn a_machine_needs_no_browser_first(server: &TestServer) {
    let keys = Keys::new(Algorithm::Es256);
    let described = with(
        holding(&keys),
        json!({ "grant_types": ["client_credentials"], "response_types": [], "scope": "calendar" }),
    );
    let (service, address, _) = host(described);
    // Its name in the form besides is the same client.
    let named = [&MACHINE[..], &[("client_id", &address)]].concat();
    for form in [&MACHINE[..], &named] {
        let tokens = signed(server, (&address, &keys), "/oauth2/token", form)
            .await
            .accepted();
        assert_eq!(tokens.text("scope"), "calendar");
    }
    assert_eq!(service.asked().len(), 1);
    let foreign = Keys::new(Algorithm::Es256);
    let refused = signed(server, (&address, &foreign), "/oauth2/token", &MACHINE).await;
    refused.refused(401, "invalid_client");
    let posted = [&named[..], &[("client_secret", "x")]].concat();
    server
        .post("/oauth2/token", &posted)
        .await
        .refused(401, "invalid_client");
    server
        .post_as((&address, "x"), "/oauth2/token", &MACHINE)
        .await
        .refused(401, "invalid_client");
    server
        .post("/oauth2/token", &named)
        .await
        .refused(401, "invalid_client");
}

async fn a_device_needs_no_browser_first(server: &TestServer) {
    let described = || json!({ "grant_types": [DEVICE, "refresh_token"], "response_types": [], "scope": "openid" });
    let (service, address, _) = host(described());
    let begun = server
        .post(
            "/oauth2/device_authorization",
            &[("client_id", &address), ("scope", "openid")],
        )
        .await
        .accepted();
    let code = begun.text("device_code");
    let form = [("client_id", &*address), ("grant_type", DEVICE), ("device_code", &code)];
    server
        .post("/oauth2/token", &form)
        .await
        .refused(400, "authorization_pending");
    assert_eq!(service.asked().len(), 1);
    // Nothing begins while its host is away.
    outdate(server, &address).await;
    service.behave(Behaviour::Answer(500, String::new()));
    let form = [("client_id", &*address), ("scope", "openid")];
    let told = server.post("/oauth2/device_authorization", &form).await;
    assert!(told.refused(401, "invalid_client").contains("cannot be fetched"));
    // One that nobody saw before has something to revoke no more than to redeem.
    let (service, address, _) = host(described());
    let revoked = server
        .post("/oauth2/revoke", &[("client_id", &address), ("token", "x")])
        .await;
    assert_eq!((revoked.status, service.asked().len()), (200, 1));
}

#[tokio::test]
async fn names_that_are_no_documents_cost_nothing() {
    let server = generous("per_address = 1").start().await;
    for name in [
        "app",
        "https://atlas.example",
        "ftp://atlas.example/client.json",
        "http://atlas.example/client.json",
        "https://10.0.0.1/client.json",
        "http://127.0.0.1:0/client.json",
    ] {
        for path in ["/oauth2/token", "/oauth2/device_authorization", "/oauth2/par"] {
            let form = [
                ("client_id", name),
                ("grant_type", "client_credentials"),
                ("token", "x"),
            ];
            server.post(path, &form).await.refused(401, "invalid_client");
        }
    }
    let (service, address, _) = host(json!({}));
    let revoked = server
        .post("/oauth2/revoke", &[("client_id", &address), ("token", "x")])
        .await;
    assert_eq!((revoked.status, service.asked().len()), (200, 1));
}

#[tokio::test]
async fn hosts_are_not_asked_without_end() {
    let server = generous("per_address = 3").start().await;
    let revoke = async |address: &str| {
        server
            .post("/oauth2/revoke", &[("client_id", address), ("token", "x")])
            .await
    };
    let (service, address, _) = host(json!({}));
    assert_eq!(revoke(&address).await.status, 200);
    service.behave(Behaviour::Answer(404, String::new()));
    outdate(&server, &address).await;
    for asked in [2, 3, 3, 3] {
        assert_eq!(revoke(&address).await.status, 200);
        assert_eq!(service.asked().len(), asked);
    }
    let form = [("client_id", &*address), ("scope", "openid")];
    let told = server.post("/oauth2/device_authorization", &form).await;
    told.refused(429, "temporarily_unavailable");
    // A stranger is not asked for either.
    let (stranger, other, _) = host(json!({}));
    revoke(&other).await.refused(429, "temporarily_unavailable");
    assert_eq!((service.asked().len(), stranger.asked().len()), (3, 0));
    // A document that cannot be right does not become right by asking often.
    server.advance(3_601);
    service.behave(Behaviour::Answer(200, "{}".to_owned()));
    for asked in [4, 5, 6] {
        revoke(&address).await.refused(401, "invalid_client");
        assert_eq!(service.asked().len(), asked);
    }
    revoke(&address).await.refused(429, "temporarily_unavailable");
    assert_eq!(service.asked().len(), 6);
}
