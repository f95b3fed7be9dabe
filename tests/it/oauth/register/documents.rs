//! Clients whose identifier is the address of their metadata. OAuth Client ID Metadata Document.

use countersign::manage::clients;
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use crate::support::directory::DIRECTORY;
use crate::support::keys::{Keys, assertion_claims, with};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, code_of, log_in};
use crate::support::server::{Builder, TestServer, with_directory};
use crate::support::service::{Behaviour, Service};

const REDIRECT: &str = "http://127.0.0.1:3334/callback";

pub(super) fn taking_documents(further: &str) -> Builder {
    with_directory(DIRECTORY).settings(&format!(
        "[registration]\nmetadata_documents = true\n{further}\n[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]"
    ))
}

on_both! {
    taking_documents("");
    a_client_that_is_described_signs_people_in, what_the_document_says_now_is_what_holds,
    who_was_disabled_stays_so, a_described_client_authenticates_with_its_key,
    a_document_that_was_corrected_counts_at_once,
}

/// A host with the document of a client: its address, and what it says.
pub(super) fn host(further: Value) -> (Service, String, Value) {
    let service = Service::start(Behaviour::Answer(404, String::new()));
    let address = service.url("/client.json");
    let document = json!({
        "client_id": address, "client_name": "Atlas Notes", "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token", "urn:example:later"], "scope": "openid offline_access calendar",
    });
    let document = with(document, further);
    service.behave(Behaviour::Answer(200, document.to_string()));
    (service, address, document)
}

fn party<'a>(server: &'a TestServer, address: &str) -> RelyingParty<'a> {
    RelyingParty::public(server, address, REDIRECT)
}

/// Where somebody gets who is sent here by this client.
async fn begun(server: &TestServer, address: &str) -> Page {
    let rp = party(server, address);
    rp.authorize(&mut rp.browser(), "openid", &[]).await
}

/// Sees that people are told, on our page, what is wrong with the document.
#[track_caller]
fn undescribed(page: &Page, told: &str) {
    assert_eq!(page.error_class().as_deref(), Some("undescribed"), "{}", page.body);
    assert_eq!(page.location, None);
    assert!(page.body.contains(told), "{told}: {}", page.body);
}

async fn a_client_that_is_described_signs_people_in(server: &TestServer) {
    let (service, address, _) = host(json!({}));
    let rp = party(server, &address);
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    // Nobody vouches for it: its host is shown, and that it runs on the person's own device.
    assert_eq!(page.page().as_deref(), Some("consent"));
    let cautions = page.texts("p.caution");
    let shown = address
        .strip_prefix("http://")
        .unwrap()
        .strip_suffix("/client.json")
        .unwrap();
    assert!(cautions[0].contains(shown), "{cautions:?}");
    assert!(cautions[1].contains("your own device"), "{cautions:?}");
    assert!(page.body.contains("Atlas Notes"));
    let page = agree(&mut browser, page).await;
    let tokens = rp.redeem(&code_of(&page)).await.accepted();
    assert_eq!(rp.userinfo(&tokens.text("access_token")).await.status, 200);
    let page = browser.get(&server.at("/account/applications")).await;
    let told = page.texts(".rows .caution");
    assert_eq!(
        told,
        [format!("It is described by {shown} and nobody here has checked it.")]
    );
    assert_eq!(page.texts(".rows .muted .host"), [shown]);
    // Its host is not needed for what follows.
    service.behave(Behaviour::Answer(500, String::new()));
    let tokens = rp.refresh(&tokens.text("refresh_token")).await.accepted();
    let introspected = rp.introspect(&tokens.text("refresh_token")).await;
    assert_eq!(
        introspected["error"], "invalid_client",
        "a public client introspects nothing"
    );
    assert_eq!(service.asked().len(), 1);
    let asked = &service.asked()[0];
    assert_eq!(asked.line, "GET /client.json");
    assert!(asked.header("accept").unwrap().starts_with("application/json"));
}

async fn what_the_document_says_now_is_what_holds(server: &TestServer) {
    let (service, address, document) = host(json!({}));
    assert_eq!(begun(server, &address).await.page().as_deref(), Some("login"));
    // It is asked no more often than its headers say.
    assert_eq!(begun(server, &address).await.page().as_deref(), Some("login"));
    assert_eq!(service.asked().len(), 1);
    let elsewhere = with(document, json!({ "redirect_uris": ["https://atlas.example/callback"] }));
    service.behave(Behaviour::Answer(200, elsewhere.to_string()));
    let (service, address, _) = host(json!({ "redirect_uris": ["https://atlas.example/callback"] }));
    let page = begun(server, &address).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_redirect_uri"));
    assert_eq!(service.asked().len(), 1);
}

async fn who_was_disabled_stays_so(server: &TestServer) {
    let (_service, address, _) = host(json!({}));
    assert_eq!(begun(server, &address).await.page().as_deref(), Some("login"));
    let name = address.clone();
    server
        .manage(move |work, actor| clients::set_disabled(work, actor, &name, true))
        .await;
    let page = begun(server, &address).await;
    assert_eq!(page.error_class().as_deref(), Some("unknown_client"));
}

async fn a_described_client_authenticates_with_its_key(server: &TestServer) {
    let keys = Keys::new(Algorithm::Es256);
    let described = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": keys.jwks() });
    let (_service, address, _) = host(described);
    let assertion = keys.sign(&assertion_claims(&address, &address, &server.issuer, server.now()));
    let rp = party(server, &address);
    let mut form = rp.request("openid");
    form.push(("client_assertion".to_owned(), assertion));
    form.push((
        "client_assertion_type".to_owned(),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
    ));
    let form: Vec<(&str, &str)> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let pushed = server.post("/oauth2/par", &form).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    // Without its key it is nobody.
    let without: Vec<(&str, &str)> = form
        .iter()
        .filter(|(name, _)| !name.starts_with("client_assertion"))
        .copied()
        .collect();
    server
        .post("/oauth2/par", &without)
        .await
        .refused(401, "invalid_client");
}

#[tokio::test]
async fn a_document_that_changed_is_read_anew() {
    let server = taking_documents("").start().await;
    let (service, address, document) = host(json!({}));
    assert_eq!(begun(&server, &address).await.page().as_deref(), Some("login"));
    let changed = with(document, json!({ "redirect_uris": ["https://atlas.example/callback"] }));
    service.behave(Behaviour::Answer(200, changed.to_string()));
    // Another process has not seen it yet.
    let server = server.restart().await;
    let page = begun(&server, &address).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_redirect_uri"));
    let rp = RelyingParty::public(&server, &address, "https://atlas.example/callback");
    let page = rp.authorize(&mut rp.browser(), "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"));
}

#[tokio::test]
async fn documents_that_describe_no_client_are_told_of() {
    let server = taking_documents("per_address = 100").start().await;
    for (further, told) in [
        (
            json!({ "client_id": "https://atlas.example/client.json" }),
            "its client_id is not its address",
        ),
        (json!({ "client_secret": "abc" }), "it has a secret"),
        (
            json!({ "token_endpoint_auth_method": "client_secret_basic" }),
            "needs a secret",
        ),
        (json!({ "client_name": null }), "it has no client_name"),
        (json!({ "redirect_uris": null }), "redirect_uris"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "redirect_uris"),
        (json!({ "grant_types": ["password"] }), "grant_types"),
        (json!({ "jwks": { "keys": [{ "kty": "EC", "d": "AAAA" }] } }), "jwks"),
        (json!({ "client_name": "a".repeat(6_000) }), "larger than 5 kilobytes"),
    ] {
        let (_service, address, _) = host(further);
        undescribed(&begun(&server, &address).await, told);
        let pushed = server.post("/oauth2/par", &[("client_id", &address)]).await;
        let description = pushed.refused(401, "invalid_client");
        assert!(description.contains(told), "{description}");
    }
    for behaviour in [
        Behaviour::Answer(404, "{}".to_owned()),
        Behaviour::Answer(200, "<html>".to_owned()),
        Behaviour::Redirect("http://127.0.0.1:9/client.json".to_owned()),
    ] {
        let (service, address, _) = host(json!({}));
        service.behave(behaviour);
        undescribed(&begun(&server, &address).await, "cannot be fetched");
    }
    // Nothing was kept of any of them.
    let known = server
        .server
        .read(|view| countersign::store::clients::count_registered(view.tx))
        .await;
    assert_eq!(known.unwrap(), 0);
}

/// What is of no use is not kept: whoever corrects a document is not made to wait.
async fn a_document_that_was_corrected_counts_at_once(server: &TestServer) {
    let (service, address, document) = host(json!({}));
    let good = Behaviour::Answer(200, document.to_string());
    let wrong = with(document, json!({ "client_id": "https://atlas.example/client.json" })).to_string();
    for (behaviour, told) in [
        (Behaviour::Answer(200, wrong), "its client_id is not its address"),
        (Behaviour::Answer(404, "{}".to_owned()), "cannot be fetched"),
        (Behaviour::Answer(200, "<html>".to_owned()), "cannot be fetched"),
    ] {
        service.behave(behaviour);
        undescribed(&begun(server, &address).await, told);
    }
    service.behave(good);
    assert_eq!(begun(server, &address).await.page().as_deref(), Some("login"));
    assert_eq!(service.asked().len(), 4);
    assert_eq!(begun(server, &address).await.page().as_deref(), Some("login"));
    assert_eq!(service.asked().len(), 4, "what is good is kept");
}

#[tokio::test]
async fn nobody_makes_this_server_ask_for_many() {
    let server = taking_documents("per_address = 3").start().await;
    for _ in 0..3 {
        let (_service, address, _) = host(json!({}));
        assert_eq!(begun(&server, &address).await.page().as_deref(), Some("login"));
    }
    let (service, address, _) = host(json!({}));
    let page = begun(&server, &address).await;
    assert_eq!(page.status, 429);
    assert_eq!(service.asked().len(), 0);
    server.advance(3_601);
    assert_eq!(begun(&server, &address).await.page().as_deref(), Some("login"));
}

#[tokio::test]
async fn there_are_no_more_than_may_be() {
    let server = taking_documents("max_clients = 1").start().await;
    let (_first, address, _) = host(json!({}));
    assert_eq!(begun(&server, &address).await.page().as_deref(), Some("login"));
    let (_second, other, _) = host(json!({}));
    undescribed(&begun(&server, &other).await, "as many registered clients as may be");
    assert_eq!(begun(&server, &address).await.page().as_deref(), Some("login"));
}

#[tokio::test]
async fn documents_are_looked_at_only_where_they_are_wanted() {
    let (service, address, _) = host(json!({}));
    let off = with_directory(DIRECTORY)
        .settings("[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]")
        .start()
        .await;
    let elsewhere = taking_documents("metadata_document_hosts = [\"atlas.example\"]")
        .start()
        .await;
    let guarded = with_directory(DIRECTORY)
        .settings("[registration]\nmetadata_documents = true")
        .start()
        .await;
    for (server, supported, class) in [
        (&off, Value::Null, "unknown_client"),
        (&elsewhere, json!(true), "unknown_client"),
        (&guarded, json!(true), "undescribed"),
    ] {
        let page = begun(server, &address).await;
        assert_eq!(page.error_class().as_deref(), Some(class));
        let metadata = server.get("/.well-known/oauth-authorization-server").await.body;
        assert_eq!(metadata["client_id_metadata_document_supported"], supported);
    }
    assert_eq!(service.asked().len(), 0);
    // One that the directory names is as the directory says.
    let listed = format!(
        "[[clients]]\nclient_id = \"{address}\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"{REDIRECT}\"]\n\
         scope = \"openid\"\n"
    );
    let server = taking_documents("").start().await;
    server.apply(&listed);
    assert_eq!(begun(&server, &address).await.page().as_deref(), Some("login"));
    assert_eq!(service.asked().len(), 0);
}
