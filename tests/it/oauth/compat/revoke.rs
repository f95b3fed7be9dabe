//! Revocation at the vendor's path: K7.

use super::{REVOKE, TOKEN, api_login, directory, tokens};
use crate::support::directory::SECRET;
use crate::support::on_both;
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory()).with_compat_paths();
    k7_who_has_a_token_of_an_excused_client_may_revoke_it, k7_others_authenticate, k7_errors_come_in_a_form,
}

async fn is_active(server: &TestServer, token: &str) -> bool {
    super::introspected(server, "excused", token).await["active"] == true
        || super::introspected(server, "strict", token).await["active"] == true
}

async fn k7_who_has_a_token_of_an_excused_client_may_revoke_it(server: &TestServer) {
    let answer = tokens(server).await;
    let (access, refresh) = (answer.text("access_token"), answer.text("refresh_token"));
    assert!(is_active(server, &access).await);
    let told = server.post(REVOKE, &[("token", &access)]).await.accepted();
    assert_eq!(told.header("cache-control"), Some("no-store"));
    assert!(!is_active(server, &access).await);
    assert!(is_active(server, &refresh).await);
    // A refresh token takes its access tokens along.
    let answer = tokens(server).await;
    let (access, refresh) = (answer.text("access_token"), answer.text("refresh_token"));
    server.post(REVOKE, &[("token", &refresh)]).await.accepted();
    assert!(!is_active(server, &access).await && !is_active(server, &refresh).await);
    // RFC 7009 §2.2: again, and what never was a token, is no error.
    for token in [refresh.as_str(), "cs_rt_nobody", "cs_at_nobody", "eyJ.e30.x", "x"] {
        server.post(REVOKE, &[("token", token)]).await.accepted();
    }
}

async fn k7_others_authenticate(server: &TestServer) {
    let token = api_login(server, "strict").await.text("access_token");
    let told = server.post(REVOKE, &[("token", &token)]).await;
    assert_eq!(told.status, 401);
    assert!(is_active(server, &token).await);
    let form = [
        ("token", token.as_str()),
        ("client_id", "strict"),
        ("client_secret", SECRET),
    ];
    server.post(REVOKE, &form).await.accepted();
    assert!(!is_active(server, &token).await);
    // At our own path possession is never enough.
    let token = tokens(server).await.text("access_token");
    server
        .post("/oauth2/revoke", &[("token", &token)])
        .await
        .refused(401, "invalid_client");
    // Nor is another client's authentication.
    let form = [
        ("token", token.as_str()),
        ("client_id", "strict"),
        ("client_secret", SECRET),
    ];
    assert_eq!(server.post(REVOKE, &form).await.status, 400);
    assert!(is_active(server, &token).await);
}

async fn k7_errors_come_in_a_form(server: &TestServer) {
    for form in [&[][..], &[("token", "x"), ("token", "y")]] {
        let told = server.post(REVOKE, form).await;
        assert_eq!(told.status, 400);
        assert_eq!(told.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(told.header("cache-control"), Some("no-store"));
        let body = told.body.as_str().unwrap();
        assert!(
            body.starts_with("error=invalid_request&error_description=token"),
            "{body}"
        );
    }
    let got = server.get(REVOKE).await;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST, OPTIONS")));
    // The token endpoint says it as everywhere.
    server.post(TOKEN, &[]).await.refused(400, "invalid_request");
}
