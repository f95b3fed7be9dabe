//! Token revocation. RFC 7009.

use serde_json::json;

use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty};
use crate::support::server::{TestServer, with_directory};

const PATH: &str = "/oauth2/revoke";

on_both! {
    with_directory(DIRECTORY);
    a_refresh_token_takes_its_grant_along, an_access_token_ends_alone, nobody_revokes_what_is_not_theirs,
}

async fn tokens(rp: &RelyingParty<'_>) -> Answer {
    rp.tokens(&mut rp.browser(), "alice", "openid offline_access").await
}

async fn revoke(rp: &RelyingParty<'_>, token: &str) {
    let answer = rp.post(PATH, &[("token", token)]).await.accepted();
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

async fn is_active(rp: &RelyingParty<'_>, token: &str) -> bool {
    let said = rp.introspect(token).await;
    if said["active"] == false {
        assert_eq!(said, json!({ "active": false }));
    }
    said["active"] == true
}

async fn a_refresh_token_takes_its_grant_along(server: &TestServer) {
    for client in ["app", "trusted"] {
        let rp = RelyingParty::new(server, client);
        let (first, other) = (tokens(&rp).await, tokens(&rp).await);
        let second = rp.refresh(&first.text("refresh_token")).await.accepted();
        revoke(&rp, &second.text("refresh_token")).await;
        for answer in [&first, &second] {
            let access = answer.text("access_token");
            assert!(!is_active(&rp, &access).await);
            assert_eq!(rp.userinfo(&access).await.status, 401);
            rp.refresh(&answer.text("refresh_token"))
                .await
                .refused(400, "invalid_grant");
        }
        assert!(is_active(&rp, &other.text("access_token")).await, "another grant");
        rp.refresh(&other.text("refresh_token")).await.accepted();
        // Again is no error, and an old token of a family ends it as well.
        revoke(&rp, &second.text("refresh_token")).await;
        let newer = rp.refresh(&tokens(&rp).await.text("refresh_token")).await.accepted();
        assert!(is_active(&rp, &newer.text("access_token")).await);
        let third = tokens(&rp).await;
        let next = rp.refresh(&third.text("refresh_token")).await.accepted();
        revoke(&rp, &third.text("refresh_token")).await;
        assert!(!is_active(&rp, &next.text("refresh_token")).await);
    }
}

async fn an_access_token_ends_alone(server: &TestServer) {
    for client in ["app", "trusted"] {
        let rp = RelyingParty::new(server, client);
        let answer = tokens(&rp).await;
        let access = answer.text("access_token");
        assert_eq!(rp.userinfo(&access).await.status, 200);
        revoke(&rp, &access).await;
        assert!(!is_active(&rp, &access).await);
        assert!(!is_active(&RelyingParty::new(server, "service"), &access).await);
        let told = rp.userinfo(&access).await;
        assert_eq!((told.status, told.error().as_str()), (401, "invalid_token"));
        revoke(&rp, &access).await;
        let next = rp.refresh(&answer.text("refresh_token")).await.accepted();
        assert!(is_active(&rp, &next.text("access_token")).await);
    }
    assert_eq!(server.audit("token.revoked").len(), 2);
}

async fn nobody_revokes_what_is_not_theirs(server: &TestServer) {
    let (app, trusted) = (RelyingParty::new(server, "app"), RelyingParty::new(server, "trusted"));
    let answer = tokens(&app).await;
    let opaque = tokens(&trusted).await;
    for (thief, token) in [
        (&trusted, answer.text("access_token")),
        (&trusted, answer.text("refresh_token")),
        (&app, opaque.text("access_token")),
        (&app, opaque.text("refresh_token")),
    ] {
        thief
            .post(PATH, &[("token", &token)])
            .await
            .refused(400, "invalid_grant");
    }
    assert!(is_active(&app, &answer.text("access_token")).await);
    assert!(is_active(&app, &answer.text("refresh_token")).await);
    assert!(is_active(&trusted, &opaque.text("access_token")).await);
    assert!(is_active(&trusted, &opaque.text("refresh_token")).await);
    for unknown in ["x", "cs_at_x", "cs_rt_x", "cs_ac_x", "a.b.c", &answer.text("id_token")] {
        revoke(&app, unknown).await;
    }
    app.post(PATH, &[]).await.refused(400, "invalid_request");
    let wrong = [("token", "x")];
    server
        .post_as(("app", "wrong"), PATH, &wrong)
        .await
        .refused(401, "invalid_client");
    server.post(PATH, &wrong).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn public_clients_revoke_their_own() {
    let server = with_directory(DIRECTORY).start().await;
    let native = RelyingParty::public(&server, "native", "http://127.0.0.1:7777/callback");
    let answer = tokens(&native).await;
    let service = RelyingParty::new(&server, "service");
    assert!(is_active(&service, &answer.text("access_token")).await);
    let hinted = [
        ("token", answer.body["refresh_token"].as_str().unwrap()),
        ("token_type_hint", "access_token"),
    ];
    native.post(PATH, &hinted).await.accepted();
    assert!(!is_active(&service, &answer.text("access_token")).await);
    let secret = RelyingParty::new(&server, "app");
    let stolen = RelyingParty::public(&server, "app", CALLBACK);
    let token = tokens(&secret).await.text("refresh_token");
    stolen
        .post(PATH, &[("token", &token)])
        .await
        .refused(401, "invalid_client");
}

/// A token of a client alone has no grant that could end with it.
#[tokio::test]
async fn a_client_revokes_its_own_token() {
    let server = with_directory(DIRECTORY).start().await;
    let service = RelyingParty::new(&server, "service");
    for resource in ["https://api.example/transfers", "https://api.example/opaque"] {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", "calendar"),
            ("resource", resource),
        ];
        let token = service.token(&form).await.accepted().text("access_token");
        let other = service.token(&form).await.accepted().text("access_token");
        assert!(is_active(&service, &token).await);
        revoke(&service, &token).await;
        assert!(!is_active(&service, &token).await);
        assert!(is_active(&service, &other).await);
    }
}
