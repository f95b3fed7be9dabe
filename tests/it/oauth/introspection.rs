//! Token introspection. RFC 7662, RFC 9470 §6.2.

use countersign::manage::{clients, users};
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use crate::support::directory::DIRECTORY;
use crate::support::keys::Keys;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, claims};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(DIRECTORY);
    an_access_token_says_all_it_stands_for, whatever_is_wrong_is_inactive_and_nothing_more, refresh_tokens_are_their_clients,
}

async fn tokens(rp: &RelyingParty<'_>) -> Answer {
    rp.tokens(&mut rp.browser(), "alice", "openid offline_access").await
}

fn inactive() -> Value {
    json!({ "active": false })
}

async fn an_access_token_says_all_it_stands_for(server: &TestServer) {
    for client in ["app", "trusted"] {
        let rp = RelyingParty::new(server, client);
        let token = tokens(&rp).await.text("access_token");
        let by_others = RelyingParty::new(server, "service").introspect(&token).await;
        let said = rp.introspect(&token).await;
        assert_eq!(said, by_others, "{client}");
        let expected = json!({
            "active": true, "token_type": "Bearer", "username": "alice", "iss": server.issuer, "aud": server.issuer,
            "sub": server.user("alice").to_string(), "client_id": client, "scope": "offline_access openid",
            "iat": server.now(), "exp": server.now() + 900, "jti": said["jti"], "sid": said["sid"],
            "acr": "standard", "amr": ["pwd"], "auth_time": server.now(),
        });
        assert_eq!(said, expected);
        assert!(said["jti"].is_string() && said["sid"].is_string());
    }
    let answer = RelyingParty::new(server, "app")
        .post("/oauth2/introspect", &[("token", "x")])
        .await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

async fn whatever_is_wrong_is_inactive_and_nothing_more(server: &TestServer) {
    let (app, service) = (RelyingParty::new(server, "app"), RelyingParty::new(server, "service"));
    let answer = tokens(&app).await;
    let (jwt, id_token) = (answer.text("access_token"), answer.text("id_token"));
    let opaque = tokens(&RelyingParty::new(server, "trusted")).await.text("access_token");
    let forged = Keys::new(Algorithm::Es256).sign(&claims(&jwt));
    let (head, tail) = jwt.split_at(jwt.len() - 4);
    let changed = format!("{head}{}", if tail == "AAAA" { "BBBB" } else { "AAAA" });
    for garbage in [
        "x",
        "cs_at_",
        "cs_at_x",
        "cs_rt_x",
        "..",
        "a.b.c",
        &forged,
        &changed,
        &id_token,
        &format!("{opaque}x"),
        &format!("{jwt}."),
        &"a".repeat(50_000),
    ] {
        assert_eq!(service.introspect(garbage).await, inactive(), "{garbage}");
    }
    // Neither theirs nor meant for them, and they are no resource server.
    assert_eq!(RelyingParty::new(server, "trusted").introspect(&jwt).await, inactive());
    assert_eq!(app.introspect(&opaque).await, inactive());
    let both = async |state: &str| {
        for token in [&jwt, &opaque] {
            let said = service.introspect(token).await;
            if state == "active" {
                assert_eq!(said["active"], true);
            } else {
                assert_eq!(said, inactive(), "{state}");
            }
        }
    };
    both("active").await;
    let alice = server.user("alice");
    for (client, disabled) in [("app", true), ("trusted", true), ("app", false), ("trusted", false)] {
        server
            .manage(move |work, actor| clients::set_disabled(work, actor, client, disabled))
            .await;
        let said = service.introspect(if client == "app" { &jwt } else { &opaque }).await;
        assert_eq!(said["active"], !disabled);
    }
    server
        .manage(move |work, actor| users::disable(work, actor, alice))
        .await;
    both("of a disabled user").await;
}

async fn refresh_tokens_are_their_clients(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let token = tokens(&rp).await.text("refresh_token");
    let said = rp.introspect(&token).await;
    let expected = json!({
        "active": true, "username": "alice", "sub": server.user("alice").to_string(), "client_id": "app",
        "scope": "offline_access openid", "iss": server.issuer, "iat": server.now(),
        "exp": server.now() + 30 * 86_400, "acr": "standard", "amr": ["pwd"], "auth_time": server.now(),
    });
    assert_eq!(said, expected);
    for other in ["service", "trusted"] {
        assert_eq!(
            RelyingParty::new(server, other).introspect(&token).await,
            inactive(),
            "{other}"
        );
    }
    let next = rp.refresh(&token).await.accepted().text("refresh_token");
    assert_eq!(rp.introspect(&token).await, inactive());
    assert_eq!(rp.introspect(&next).await["active"], true);
    server.advance(30 * 86_400);
    assert_eq!(rp.introspect(&next).await, inactive());
}

#[tokio::test]
async fn time_ends_tokens_to_the_second() {
    let server = with_directory(DIRECTORY).start().await;
    let (app, trusted) = (RelyingParty::new(&server, "app"), RelyingParty::new(&server, "trusted"));
    let jwt = tokens(&app).await.text("access_token");
    let opaque = tokens(&trusted).await.text("access_token");
    server.advance(899);
    assert_eq!(app.introspect(&jwt).await["active"], true);
    assert_eq!(trusted.introspect(&opaque).await["active"], true);
    server.advance(1);
    assert_eq!(app.introspect(&jwt).await, inactive());
    assert_eq!(trusted.introspect(&opaque).await, inactive());
}

#[tokio::test]
async fn only_clients_that_authenticate_may_ask() {
    let server = with_directory(DIRECTORY).start().await;
    let native = RelyingParty::public(&server, "native", "http://127.0.0.1:7777/callback");
    let token = tokens(&native).await.text("access_token");
    let path = "/oauth2/introspect";
    native
        .post(path, &[("token", &token)])
        .await
        .refused(401, "invalid_client");
    server
        .post(path, &[("token", &token)])
        .await
        .refused(401, "invalid_client");
    server
        .post_as(("service", "wrong"), path, &[("token", &token)])
        .await
        .refused(401, "invalid_client");
    let service = RelyingParty::new(&server, "service");
    service.post(path, &[]).await.refused(400, "invalid_request");
    service
        .post(path, &[("token", "")])
        .await
        .refused(400, "invalid_request");
    service
        .post(path, &[("token", "a"), ("token", "b")])
        .await
        .refused(400, "invalid_request");
    let hinted = [("token", token.as_str()), ("token_type_hint", "refresh_token")];
    assert_eq!(service.post(path, &hinted).await.accepted().body["active"], true);
}

#[tokio::test]
async fn the_resource_a_token_is_for_may_ask() {
    let api = "https://api.example/transfers";
    let resource = format!(
        "\n[[clients]]\nclient_id = \"{api}\"\nclient_secret = \"{}\"\ngrant_types = []\nresponse_types = []\n",
        crate::support::directory::SECRET
    );
    let server = with_directory(&format!("{DIRECTORY}{resource}")).start().await;
    let service = RelyingParty::new(&server, "service");
    let ask = async |resource: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "calendar"),
            ("resource", resource),
        ];
        service.token(&form).await.accepted().text("access_token")
    };
    let mut holder = RelyingParty::new(&server, api);
    // RFC 6749 §2.3.1: identifiers are form-encoded in HTTP Basic.
    holder.client_id = url::form_urlencoded::byte_serialize(api.as_bytes()).collect();
    assert_eq!(holder.introspect(&ask(api).await).await["active"], true);
    assert_eq!(
        holder.introspect(&ask("https://api.example/opaque").await).await,
        inactive()
    );
}
