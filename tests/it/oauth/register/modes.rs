//! Who may register clients, how many and how often.

use countersign::manage::registration;
use reqwest::Method;
use serde_json::json;

use super::{ask, in_mode, least, register};
use crate::support::directory::DIRECTORY;
use crate::support::endpoint::http;
use crate::support::relying_party::answer;
use crate::support::server::with_directory;

const METADATA: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

#[tokio::test]
async fn nobody_registers_where_it_is_off() {
    let server = with_directory(DIRECTORY).start().await;
    let token = server
        .manage(|work, actor| registration::add_token(work, actor, "partner", (9, 60)))
        .await;
    for token in [None, Some(token.expose())] {
        let refused = register(&server, &least(), token).await;
        refused.refused(404, "invalid_request");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = ask(method, &server.at("/oauth2/register/app"), Some("x"), None).await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
    for path in METADATA {
        assert!(server.get(path).await.body.get("registration_endpoint").is_none());
    }
}

#[tokio::test]
async fn metadata_names_the_endpoint_while_anybody_may_register() {
    for mode in ["open", "token"] {
        let server = in_mode(mode, "").start().await;
        for path in METADATA {
            let endpoint = server.get(path).await.accepted().text("registration_endpoint");
            assert_eq!(endpoint, format!("{}/oauth2/register", server.issuer));
        }
    }
}

#[tokio::test]
async fn a_token_is_needed_and_ends() {
    let server = in_mode("token", "per_address = 100").start().await;
    let none = register(&server, &least(), None).await;
    none.unauthorized();
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"countersign\""));
    register(&server, &least(), Some("cs_ri_wrong")).await.unauthorized();
    let token = server
        .manage(|work, actor| registration::add_token(work, actor, "partner", (2, 3_600)))
        .await;
    // What is refused does not use it up.
    let refused = register(&server, &json!({}), Some(token.expose())).await;
    assert_eq!(refused.status, 400);
    let first = register(&server, &least(), Some(token.expose())).await.registered();
    // The token of a registration is for that one alone.
    let own = first.text("registration_access_token");
    register(&server, &least(), Some(&own)).await.unauthorized();
    register(&server, &least(), Some(token.expose())).await.registered();
    register(&server, &least(), Some(token.expose())).await.unauthorized();

    let late = server
        .manage(|work, actor| registration::add_token(work, actor, "late", (2, 60)))
        .await;
    server.advance(60);
    register(&server, &least(), Some(late.expose())).await.unauthorized();
    let void = server
        .manage(|work, actor| registration::add_token(work, actor, "void", (2, 60)))
        .await;
    server
        .manage(|work, actor| registration::revoke_token(work, actor, "void"))
        .await;
    register(&server, &least(), Some(void.expose())).await.unauthorized();
    let changes: Vec<String> = server
        .audit("policy.changed")
        .into_iter()
        .map(|entry| entry.body)
        .collect();
    assert!(changes.iter().any(|body| body.contains("registration_tokens.void")));
    assert!(!changes.iter().any(|body| body.contains(void.expose())));
}

#[tokio::test]
async fn a_wrong_token_is_refused_where_none_is_needed() {
    let server = in_mode("open", "").start().await;
    register(&server, &least(), Some("cs_ri_wrong")).await.unauthorized();
    register(&server, &least(), None).await.registered();
}

#[tokio::test]
async fn an_address_registers_so_many_in_an_hour() {
    let server = in_mode("open", "per_address = 3").start().await;
    register(&server, &least(), None).await.registered();
    // Failures count: each may have made us fetch something.
    assert_eq!(register(&server, &json!({}), None).await.status, 400);
    register(&server, &least(), Some("cs_ri_wrong")).await.unauthorized();
    let refused = register(&server, &least(), None).await;
    refused.refused(429, "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), Some("3600"));
    server.advance(3_601);
    register(&server, &least(), None).await.registered();
}

#[tokio::test]
async fn there_are_so_many_clients_and_no_more() {
    let server = in_mode("open", "max_clients = 2").start().await;
    let first = register(&server, &least(), None).await.registered();
    register(&server, &least(), None).await.registered();
    register(&server, &least(), None)
        .await
        .refused(429, "temporarily_unavailable");
    let (uri, token) = (
        first.text("registration_client_uri"),
        first.text("registration_access_token"),
    );
    assert_eq!(ask(Method::DELETE, &uri, Some(&token), None).await.status, 204);
    register(&server, &least(), None).await.registered();
}

#[tokio::test]
async fn bodies_are_json_objects() {
    let server = in_mode("open", "per_address = 100").start().await;
    let post = |kind: &'static str, body: &str| {
        let request = http().post(server.at("/oauth2/register"));
        answer(request.header("content-type", kind).body(body.to_owned()))
    };
    let body = least().to_string();
    for (kind, body) in [
        ("text/plain", body.as_str()),
        (
            "application/x-www-form-urlencoded",
            "redirect_uris=https://app.example/",
        ),
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "\"x\""),
        ("application/json", "{\"redirect_uris\": ["),
        ("application/json", &"[".repeat(10_000)),
    ] {
        post(kind, body).await.refused(400, "invalid_client_metadata");
    }
    let large = json!({ "redirect_uris": [format!("https://app.example/{}", "a".repeat(70_000))] }).to_string();
    post("application/json", &large).await.refused(413, "invalid_request");
    assert_eq!(post("application/JSON; charset=utf-8", &body).await.status, 201);
    let wrong = ask(Method::GET, &server.at("/oauth2/register"), None, None).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("POST, OPTIONS")));
}
