//! `client registration-token` and `client remove`, beside a server that runs.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::process::{Node, client};
use crate::support::server::Backend;

async fn on(backend: Backend, walk: impl AsyncFn(&Node)) {
    let Some(node) = Node::new(backend) else { return };
    node.configure_further("[registration]\nmode = \"token\"\n");
    node.run(&["migrate"]);
    let _serving = node.serve().await;
    walk(&node).await;
}

/// Registers a client with a token.
async fn register(node: &Node, token: &str) -> (StatusCode, Value) {
    let request = client()
        .post(format!("{}/oauth2/register", node.url))
        .bearer_auth(token);
    let body = json!({ "redirect_uris": ["https://app.example/callback"], "client_name": "Harbour" });
    let answer = request.json(&body).send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or_default())
}

fn tokens(node: &Node) -> Value {
    let told = node.run(&["client", "registration-token", "list", "--json"]);
    serde_json::from_str(&told).expect("JSON")
}

fn add(node: &Node, further: &[&str]) -> String {
    let told = node.run(&[&["client", "registration-token", "add"], further].concat());
    let token = told.strip_suffix('\n').expect("a line");
    assert!(!token.contains(['\n', ' ']) && token.len() >= 40, "{token}");
    token.to_owned()
}

#[tokio::test]
async fn tokens_let_as_many_clients_register_as_they_say() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        on(backend, async |node| {
            assert_eq!(register(node, "cs_rt_wrong").await.0, 401);
            let token = add(node, &["partner", "--uses", "2"]);
            let listed = tokens(node);
            assert_eq!(
                (&listed[0]["name"], &listed[0]["uses_left"]),
                (&json!("partner"), &json!(2))
            );
            for status in [201, 201, 401] {
                assert_eq!(register(node, &token).await.0, status);
            }
            assert_eq!(node.run(&["client", "list"]).matches("registration").count(), 2);

            let other = add(node, &["another"]);
            let told = node.run(&["client", "registration-token", "revoke", "another"]);
            assert_eq!(told, "another is revoked\n");
            assert_eq!(register(node, &other).await.0, 401);
            let refused = node.refused(&["client", "registration-token", "revoke", "another"]);
            assert!(refused.starts_with("countersign: "), "{refused}");
            for wrong in [
                ["zero", "--uses", "0"],
                ["brief", "--lifetime", "0"],
                ["", "--uses", "1"],
            ] {
                node.refused(&[&["client", "registration-token", "add"], &wrong[..]].concat());
            }
            // Who made and revoked them is recorded; what they are is nowhere.
            let audit = node.run(&["audit", "list", "--json"]);
            assert!(audit.contains("partner") && audit.contains("another"), "{audit}");
            for told in [
                audit,
                tokens(node).to_string(),
                node.run(&["export", "--secrets"]),
                node.logged(),
            ] {
                assert!(!told.contains(&token) && !told.contains(&other), "{told}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_client_that_registered_itself_is_removed_and_no_other() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        on(backend, async |node| {
            node.apply("[[clients]]\nclient_id = \"app\"\ntoken_endpoint_auth_method = \"none\"\ngrant_types = []\nresponse_types = []\nscope = \"openid\"\n");
            let token = add(node, &["partner"]);
            let (_, registered) = register(node, &token).await;
            let text = |member: &str| registered[member].as_str().expect("text").to_owned();
            let (id, uri, token) = (
                text("client_id"),
                text("registration_client_uri"),
                text("registration_access_token"),
            );
            let read = async || client().get(&uri).bearer_auth(&token).send().await.expect("an answer").status();
            assert_eq!(read().await, 200);
            let shown = node.run(&["client", "show", &id, "--json"]);
            assert!(shown.contains("Harbour") && !shown.contains(&text("client_secret")), "{shown}");
            for (other, why) in [("app", "did not register itself"), ("nobody", "nobody")] {
                let refused = node.refused(&["client", "remove", other]);
                assert!(refused.contains(why), "{refused}");
            }
            assert_eq!(node.run(&["client", "remove", &id]), format!("{id} is removed\n"));
            assert_eq!(read().await, 401);
            node.refused(&["client", "remove", &id]);
            node.refused(&["client", "show", &id]);
            assert!(node.run(&["client", "list"]).contains("app"));
        })
        .await;
    }
}
