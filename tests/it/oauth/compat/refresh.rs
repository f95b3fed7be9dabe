//! Refreshing at the vendor's path: K3, K6, K20.

use super::{TOKEN, VERIFIER, directory, introspected, named, tokens};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::on_both;
use crate::support::relying_party::Answer;
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory()).with_compat_paths();
    k3_a_verifier_that_comes_along_is_ignored, k6_a_client_may_keep_its_refresh_token,
    k6_everybody_else_s_is_replaced, k6_a_token_that_is_kept_still_ends, k20_a_loop_of_refreshes_is_stopped,
}

async fn refresh(server: &TestServer, client: &str, token: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("client_id", client),
        ("client_secret", SECRET),
        ("code_verifier", VERIFIER),
    ];
    server.post(TOKEN, &form).await
}

async fn k3_a_verifier_that_comes_along_is_ignored(server: &TestServer) {
    let token = tokens(server).await.text("refresh_token");
    refresh(server, "excused", &token).await.accepted();
}

async fn k6_a_client_may_keep_its_refresh_token(server: &TestServer) {
    let first = tokens(server).await;
    let token = first.text("refresh_token");
    for _ in 0..3 {
        server.advance(3_600);
        let answer = refresh(server, "excused", &token).await.accepted().body;
        assert_eq!(answer.get("refresh_token"), None);
        assert_eq!(named(&answer), named(&first.body));
        assert_eq!(answer["instance_url"], server.issuer);
        assert_ne!(answer["access_token"], first.body["access_token"]);
    }
    assert_eq!(server.audit("token.reused").len(), 0);
}

async fn k6_everybody_else_s_is_replaced(server: &TestServer) {
    let form = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", PASSWORD),
        ("scope", "api refresh_token"),
        ("client_id", "strict"),
        ("client_secret", SECRET),
    ];
    let token = server.post(TOKEN, &form).await.accepted().text("refresh_token");
    let next = refresh(server, "strict", &token).await.accepted().text("refresh_token");
    assert_ne!(next, token);
    refresh(server, "strict", &next).await.accepted();
    refresh(server, "strict", &token).await.refused(400, "invalid_grant");
}

async fn k6_a_token_that_is_kept_still_ends(server: &TestServer) {
    // Idle for longer than it may be, or revoked.
    let idle = i64::from(server.server.shared().settings.tokens.refresh_token_idle);
    let token = tokens(server).await.text("refresh_token");
    server.advance(idle - 1);
    refresh(server, "excused", &token).await.accepted();
    server.advance(idle - 1);
    assert_eq!(introspected(server, "excused", &token).await["active"], true);
    server.advance(2);
    refresh(server, "excused", &token).await.refused(400, "invalid_grant");
    let token = tokens(server).await.text("refresh_token");
    server.post(super::REVOKE, &[("token", &token)]).await.accepted();
    refresh(server, "excused", &token).await.refused(400, "invalid_grant");
}

async fn k20_a_loop_of_refreshes_is_stopped(server: &TestServer) {
    let token = tokens(server).await.text("refresh_token");
    let limit = server.server.shared().settings.limits.refreshes_per_grant;
    assert_eq!(limit, 30);
    for _ in 0..limit {
        refresh(server, "excused", &token).await.accepted();
    }
    let stopped = refresh(server, "excused", &token).await;
    stopped.refused(429, "temporarily_unavailable");
    assert!(stopped.header("retry-after").is_some());
    server.advance(301);
    refresh(server, "excused", &token).await.accepted();
}
