//! From registration to removal, and what happens when two do it at once.

use countersign::manage::registration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, in_mode, least, party, register};
use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::keys::with;
use crate::support::on_both;
use crate::support::relying_party::{agree, answer, code_of, log_in};
use crate::support::server::TestServer;

on_both! {
    in_mode("open", "");
    a_client_registers_is_used_read_updated_and_removed,
    of_two_updates_at_once_one_wins,
    an_initial_token_counts_once,
    clients_that_nobody_uses_are_forgotten,
    files_leave_registered_clients_alone,
    operators_disable_and_remove_them,
}

fn full() -> Value {
    json!({
        "redirect_uris": [CALLBACK, "https://app.example/other"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "application_type": "web",
        "contacts": ["ops@app.example"],
        "client_name": "Harbour",
        "client_name#de": "Hafen",
        "logo_uri": "https://app.example/logo.png",
        "client_uri": "https://app.example/",
        "policy_uri": "https://app.example/privacy",
        "tos_uri": "https://elsewhere.example/terms",
        "jwks_uri": "https://app.example/jwks",
        "scope": "openid email offline_access",
        "software_id": "harbour",
        "software_version": "7",
        "token_endpoint_auth_method": "client_secret_post",
        "token_endpoint_auth_signing_alg": "ES256",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256",
        "default_max_age": 3600,
        "initiate_login_uri": "https://app.example/login",
        "a_member_nobody_knows": { "x": [1] },
    })
}

#[expect(clippy::too_many_lines, reason = "one client's life from beginning to end")]
async fn a_client_registers_is_used_read_updated_and_removed(server: &TestServer) {
    let registered = register(server, &full(), None).await.registered();
    let told = registered.body.as_object().unwrap();
    for (name, value) in full().as_object().unwrap() {
        let kept = name != "a_member_nobody_knows";
        match (kept, name.as_str()) {
            (false, _) => assert!(!told.contains_key(name)),
            (true, "scope") => assert_eq!(told["scope"], "email offline_access openid"),
            (true, _) => assert_eq!(&told[name], value, "{name}"),
        }
    }
    assert_eq!(told["client_id_issued_at"], server.now());
    assert_eq!(told["client_secret_expires_at"], 0);
    let (id, uri) = (registered.text("client_id"), registered.text("registration_client_uri"));
    assert_eq!(uri, format!("{}/oauth2/register/{id}", server.issuer));
    for ours in [
        "require_consent",
        "resource_server",
        "required_acr",
        "registration",
        "secret",
        "disabled",
    ] {
        assert!(!told.contains_key(ours), "{ours}");
    }

    // People are asked; PKCE is not needed where there is a nonce; links lead to hosts of the client alone.
    let mut app = party(server, &registered);
    let mut browser = app.browser();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let page = app
        .authorize(&mut browser, "openid email offline_access", &without)
        .await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    assert!(page.body.contains("https://app.example/privacy"));
    assert!(!page.body.contains("https://elsewhere.example/terms"));
    let page = agree(&mut browser, page).await;
    let (code, secret) = (code_of(&page), app.secret.take().unwrap());
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("client_secret", &secret),
    ];
    let tokens = app.token(&form).await.accepted();
    let refresh = tokens.text("refresh_token");

    let token = registered.text("registration_access_token");
    let read = ask(Method::GET, &uri, Some(&token), None).await.accepted();
    let known = with(registered.body.clone(), json!({ "client_secret": null }));
    assert_eq!(read.body, known);
    assert_eq!(read.header("cache-control"), Some("no-store"));

    let changed = with(
        read.body,
        json!({ "client_name": "Harbour 2", "tos_uri": null, "contacts": null }),
    );
    let updated = ask(Method::PUT, &uri, Some(&token), Some(&changed)).await.accepted();
    assert_eq!(updated.text("client_name"), "Harbour 2");
    assert!(updated.body.get("tos_uri").is_none() && updated.body.get("client_secret").is_none());
    let next = updated.text("registration_access_token");
    assert_ne!(next, token);
    ask(Method::GET, &uri, Some(&token), None).await.unauthorized();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("client_secret", &secret),
    ];
    let refreshed = app.token(&form).await.accepted();

    let recorded = server.audit("policy.changed").into_iter().map(|entry| entry.body);
    let own: Vec<String> = recorded.filter(|body| body.contains("\"kind\":\"client\"")).collect();
    assert!(
        own.iter()
            .any(|body| body.contains("Harbour 2") && body.contains("contacts"))
    );
    assert!(!own.iter().any(|body| body.contains(&token) || body.contains(&next)));

    let removed = ask(Method::DELETE, &uri, Some(&next), None).await;
    assert_eq!(
        (removed.status, removed.header("cache-control")),
        (204, Some("no-store"))
    );
    for method in [Method::GET, Method::DELETE] {
        ask(method, &uri, Some(&next), None).await.unauthorized();
    }
    ask(Method::PUT, &uri, Some(&next), Some(&changed)).await.unauthorized();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refreshed.text("refresh_token")),
        ("client_secret", &secret),
    ];
    app.token(&form).await.refused(401, "invalid_client");
}

async fn of_two_updates_at_once_one_wins(server: &TestServer) {
    let registered = register(server, &least(), None).await.registered();
    let (uri, token) = (
        registered.text("registration_client_uri"),
        registered.text("registration_access_token"),
    );
    let body = json!({ "client_id": registered.text("client_id"), "redirect_uris": [CALLBACK] });
    let put = || ask(Method::PUT, &uri, Some(&token), Some(&body));
    let (one, two, three) = tokio::join!(put(), put(), put());
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401]);
    let won = [one, two, three]
        .into_iter()
        .find(|answer| answer.status == 200)
        .unwrap();
    let next = won.text("registration_access_token");
    ask(Method::GET, &uri, Some(&next), None).await.accepted();
}

async fn an_initial_token_counts_once(server: &TestServer) {
    let token = server
        .manage(|work, actor| registration::add_token(work, actor, "partner", (1, 60)))
        .await;
    let (body, token) = (least(), token.expose());
    let (one, two, three) = tokio::join!(
        register(server, &body, Some(token)),
        register(server, &body, Some(token)),
        register(server, &body, Some(token))
    );
    let mut statuses = [one.status, two.status, three.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401, 401]);
}

async fn clients_that_nobody_uses_are_forgotten(server: &TestServer) {
    let used = register(server, &least(), None).await.registered();
    let app = party(server, &used);
    app.tokens(&mut app.browser(), "alice", "openid").await;
    let unused = register(server, &least(), None).await.registered();
    server.advance(2_592_001);
    let late = register(server, &least(), None).await.registered();
    let forgotten = server.manage(|work, _| registration::forget_unused(work)).await;
    assert_eq!(forgotten, 1);
    for (client, status) in [(&used, 200), (&unused, 401), (&late, 200)] {
        let (uri, token) = (
            client.text("registration_client_uri"),
            client.text("registration_access_token"),
        );
        assert_eq!(ask(Method::GET, &uri, Some(&token), None).await.status, status);
    }
}

async fn files_leave_registered_clients_alone(server: &TestServer) {
    use countersign::crypto::random::Random;
    use countersign::manage::directory::{self, Document, Options};
    use countersign::model::actor::Actor;

    let registered = register(server, &least(), None).await.registered();
    let export = |view: &mut countersign::work::View<'_>| directory::export(view, &Actor::Operator, false);
    let exported = server.server.read_blocking(export).unwrap();
    let id = registered.text("client_id");
    assert!(exported.contains("client_id = \"app\"") && !exported.contains(&id));
    let mut document = Document::default();
    document.add("directory.toml", DIRECTORY).unwrap();
    let stored = server
        .server
        .read_blocking(|view| directory::stored_passwords(view, &Actor::Operator, &document))
        .unwrap();
    let settled = document
        .settle(&stored, server.server.shared(), &mut Random::from_os())
        .unwrap();
    let options = Options {
        prune: true,
        ..Options::default()
    };
    server
        .manage(move |work, actor| directory::apply(work, actor, &settled, options))
        .await;
    let (uri, token) = (
        registered.text("registration_client_uri"),
        registered.text("registration_access_token"),
    );
    ask(Method::GET, &uri, Some(&token), None).await.accepted();
}

async fn operators_disable_and_remove_them(server: &TestServer) {
    use countersign::manage::clients;

    let registered = register(server, &least(), None).await.registered();
    let (uri, token) = (
        registered.text("registration_client_uri"),
        registered.text("registration_access_token"),
    );
    let id = registered.text("client_id");
    let body = json!({ "client_id": id, "redirect_uris": [CALLBACK] });
    let disabled = id.clone();
    server
        .manage(move |work, actor| clients::set_disabled(work, actor, &disabled, true))
        .await;
    // Nobody enables himself.
    ask(Method::PUT, &uri, Some(&token), Some(&body)).await.unauthorized();
    ask(Method::DELETE, &uri, Some(&token), None).await.unauthorized();
    server
        .manage(move |work, actor| registration::remove(work, actor, &id))
        .await;
    ask(Method::GET, &uri, Some(&token), None).await.unauthorized();
    let kept = countersign::model::actor::Actor::Operator;
    let removal = server
        .server
        .perform(countersign::work::Origin::default(), move |work| {
            registration::remove(work, &kept, "app")
        });
    assert!(
        removal
            .await
            .unwrap_err()
            .to_string()
            .contains("did not register itself")
    );
}

#[tokio::test]
async fn unknown_clients_and_wrong_tokens_look_the_same() {
    let server = in_mode("open", "").start().await;
    let registered = register(&server, &least(), None).await.registered();
    let other = register(&server, &least(), None).await.registered();
    let (uri, token) = (
        registered.text("registration_client_uri"),
        registered.text("registration_access_token"),
    );
    let unknown = server.at("/oauth2/register/nobody");
    let body = json!({ "client_id": registered.text("client_id"), "redirect_uris": [CALLBACK] });
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let body = (method == Method::PUT).then_some(&body);
        let mut seen = Vec::new();
        let foreign = other.text("registration_access_token");
        for (uri, token) in [(&unknown, &token), (&uri, &foreign), (&uri, &"cs_ra_wrong".to_owned())] {
            let answer = ask(method.clone(), uri, Some(token), body).await;
            answer.unauthorized();
            let challenge = answer.header("www-authenticate").unwrap().to_owned();
            seen.push((answer.body, challenge));
        }
        // Clients of the directory manage nothing here.
        let of_directory = server.at("/oauth2/register/app");
        ask(method.clone(), &of_directory, Some(&token), body)
            .await
            .unauthorized();
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
        let none = ask(method, &uri, None, body).await;
        none.unauthorized();
        assert!(!none.header("www-authenticate").unwrap().contains("error"));
    }
    let wrong = answer(crate::support::endpoint::http().post(&uri)).await;
    assert_eq!(
        (wrong.status, wrong.header("allow")),
        (405, Some("GET, HEAD, PUT, DELETE, OPTIONS"))
    );
}

#[tokio::test]
async fn an_update_names_its_client_and_no_secret_of_its_own() {
    let server = in_mode("open", "").start().await;
    let registered = register(&server, &least(), None).await.registered();
    let (uri, token) = (
        registered.text("registration_client_uri"),
        registered.text("registration_access_token"),
    );
    let (id, secret) = (registered.text("client_id"), registered.text("client_secret"));
    for (change, code) in [
        (json!({ "client_id": null }), "invalid_client_metadata"),
        (json!({ "client_id": "app" }), "invalid_client_metadata"),
        (
            json!({ "client_secret": "chosen-by-the-client-itself-0123456789" }),
            "invalid_client_metadata",
        ),
        (
            json!({ "redirect_uris": ["https://app.example/#x"] }),
            "invalid_redirect_uri",
        ),
    ] {
        let body = with(json!({ "client_id": id, "redirect_uris": [CALLBACK] }), change);
        let refused = ask(Method::PUT, &uri, Some(&token), Some(&body)).await;
        assert_eq!((refused.status, refused.error().as_str()), (400, code), "{body}");
    }
    // The token stays good after a refusal, and the client's own secret may be repeated.
    let body = json!({ "client_id": id, "client_secret": secret, "redirect_uris": [CALLBACK] });
    let updated = ask(Method::PUT, &uri, Some(&token), Some(&body)).await.accepted();
    // Another method of authentication has another secret.
    let token = updated.text("registration_access_token");
    let body =
        json!({ "client_id": id, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_jwt" });
    let updated = ask(Method::PUT, &uri, Some(&token), Some(&body)).await.accepted();
    assert_ne!(updated.text("client_secret"), secret);
    let token = updated.text("registration_access_token");
    let body = json!({ "client_id": id, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let updated = ask(Method::PUT, &uri, Some(&token), Some(&body)).await.accepted();
    assert!(updated.body.get("client_secret").is_none());
    assert!(updated.body.get("client_secret_expires_at").is_none());
}
