//! The password grant: API logins. RFC 6749 §4.3, ASSURANCE.md §8, CLAUSES.md S40 to S54.

mod api_only;
mod faults;
mod mfa_api;
mod suffix;
mod tokens;

use serde_json::json;

use crate::support::api_login::directory;
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory());
    a_password_is_exchanged_for_tokens, a_refresh_token_works_as_any_other, a_wrong_client_costs_nothing,
    a_request_that_is_not_one_costs_nothing
}

async fn a_password_is_exchanged_for_tokens(server: &TestServer) {
    let answer = server
        .api_login_with("loader", " ALICE ", PASSWORD, &[("scope", "openid calendar")])
        .await
        .accepted();
    let token = claims(&answer.text("access_token"));
    let expected = json!({
        "iss": server.issuer, "sub": server.user("alice").to_string(), "aud": server.issuer, "client_id": "loader",
        "scope": "calendar openid", "iat": server.now(), "exp": server.now() + 900, "jti": token["jti"],
        "grant_id": token["grant_id"], "acr": "standard", "amr": ["pwd"], "auth_time": server.now(),
    });
    assert_eq!(token, expected);
    let id_token = claims(&answer.text("id_token"));
    assert_eq!(
        (&id_token["acr"], &id_token["aud"]),
        (&json!("standard"), &json!("loader"))
    );
    assert_eq!(id_token.get("nonce"), None);
    assert_eq!(
        answer.body.get("refresh_token"),
        None,
        "offline_access was not asked for"
    );
    assert_eq!(server.audit("login.allow").len(), 1);
    let (acr, amr) = server.allowance();
    assert_eq!((acr.as_str(), amr), ("standard", vec!["pwd".to_owned()]));
    let metadata = server.get("/.well-known/openid-configuration").await;
    let grant_types = metadata.body["grant_types_supported"].as_array().unwrap();
    assert!(
        grant_types.contains(&json!("password")),
        "like every grant type that clients can be registered for"
    );
}

async fn a_refresh_token_works_as_any_other(server: &TestServer) {
    let scope = [("scope", "calendar")];
    let answer = server
        .api_login_with("tool", "alice", PASSWORD, &scope)
        .await
        .accepted();
    let rp = RelyingParty::new(server, "tool");
    let first = answer.text("refresh_token");
    let auth_time = server.now();
    server.advance(600);
    let refreshed = rp.refresh(&first).await.accepted();
    let about = RelyingParty::new(server, "service")
        .introspect(&refreshed.text("access_token"))
        .await;
    assert_eq!((&about["acr"], &about["amr"]), (&json!("standard"), &json!(["pwd"])));
    assert_eq!(about["auth_time"], auth_time, "a refresh is no login");
    let second = refreshed.text("refresh_token");
    let third = rp.refresh(&second).await.accepted().text("refresh_token");
    for token in [first, second, third] {
        rp.refresh(&token).await.refused(400, "invalid_grant");
    }
}

async fn a_wrong_client_costs_nothing(server: &TestServer) {
    let form = [("grant_type", "password"), ("username", "alice"), ("password", "wrong")];
    for _ in 0..12 {
        let wrong = server.post_as(("loader", "wrong"), "/oauth2/token", &form).await;
        wrong.refused(401, "invalid_client");
        let other = server.post_as(("app", SECRET), "/oauth2/token", &form).await;
        other.refused(400, "unauthorized_client");
    }
    assert!(server.audit("login.deny").is_empty() && server.audit("lockout.set").is_empty());
    server.api_login("alice", PASSWORD).await.accepted();
}

async fn a_request_that_is_not_one_costs_nothing(server: &TestServer) {
    let long = "x".repeat(256);
    let login = |name, password| [("grant_type", "password"), ("username", name), ("password", password)];
    for _ in 0..12 {
        for (name, password) in [("", "wrong"), ("alice", ""), (&*long, "wrong")] {
            let answer = server
                .post_as(("loader", SECRET), "/oauth2/token", &login(name, password))
                .await;
            answer.refused(400, "invalid_request");
        }
        for (parameter, code) in [
            (("scope", "profile"), "invalid_scope"),
            (("scope", "\u{fffd}"), "invalid_scope"),
            (("resource", "https://elsewhere.example"), "invalid_target"),
            (("username", "bob"), "invalid_request"),
            (("security_token", "x"), "invalid_request"),
        ] {
            let further = [parameter, ("security_token", "x")];
            let answer = server.api_login_with("loader", "alice", "wrong", &further).await;
            answer.refused(400, code);
        }
    }
    assert!(server.audit("login.deny").is_empty());
    server.api_login("alice", PASSWORD).await.accepted();
}
