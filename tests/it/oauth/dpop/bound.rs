//! Whose tokens are bound to what. RFC 9449 §5, §6.

use serde_json::json;

use super::directory;
use crate::support::directory::{DIRECTORY, PASSWORD, with_client};
use crate::support::dpop::Prover;
use crate::support::relying_party::{RelyingParty, claims, code_of};
use crate::support::server::{TestServer, on_both, with_directory};

on_both! {
    with_directory(&directory());
    refresh_tokens_of_public_clients_are_bound,
    refresh_tokens_of_confidential_clients_are_not,
    a_client_whose_tokens_must_be_bound_gets_no_others,
    bound_tokens_are_told_about_and_revoked
}

/// A code for `client`.
async fn code(rp: &RelyingParty<'_>, further: &[(&str, &str)]) -> String {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid offline_access", further).await;
    let page = crate::support::relying_party::log_in(&mut browser, page, "alice").await;
    code_of(&crate::support::relying_party::agree(&mut browser, page).await)
}

fn page(server: &TestServer) -> RelyingParty<'_> {
    RelyingParty::public(server, "page", crate::support::directory::CALLBACK)
}

async fn refresh_tokens_of_public_clients_are_bound(server: &TestServer) {
    let (rp, prover, thief) = (page(server), Prover::new(), Prover::new());
    let first = prover.redeem(&rp, &code(&rp, &[]).await).await.accepted();
    assert_eq!(first.text("token_type"), "DPoP");
    let refresh = first.text("refresh_token");
    // Whoever took the token has nothing, and ends nothing.
    for refused in [rp.refresh(&refresh).await, thief.refresh(&rp, &refresh).await] {
        refused.refused(400, "invalid_grant");
    }
    let second = prover.refresh(&rp, &refresh).await.accepted();
    assert_eq!(
        claims(&second.text("access_token"))["cnf"],
        json!({ "jkt": prover.jkt() })
    );
    // Nor does a token that was used before end anything in other hands; in its own it does.
    server.advance(60);
    thief.refresh(&rp, &refresh).await.refused(400, "invalid_grant");
    rp.refresh(&refresh).await.refused(400, "invalid_grant");
    let third = prover.refresh(&rp, &second.text("refresh_token")).await.accepted();
    thief
        .refresh(&rp, &third.text("refresh_token"))
        .await
        .refused(400, "invalid_grant");
    prover.refresh(&rp, &refresh).await.refused(400, "invalid_grant");
    prover
        .refresh(&rp, &third.text("refresh_token"))
        .await
        .refused(400, "invalid_grant");
    // Where nothing was shown nothing is bound.
    let plain = rp.redeem(&code(&rp, &[]).await).await.accepted();
    assert_eq!(plain.text("token_type"), "Bearer");
    let plain = rp.refresh(&plain.text("refresh_token")).await.accepted();
    let bound = prover.refresh(&rp, &plain.text("refresh_token")).await.accepted();
    assert_eq!(bound.text("token_type"), "DPoP");
    rp.refresh(&bound.text("refresh_token")).await.accepted();
}

async fn refresh_tokens_of_confidential_clients_are_not(server: &TestServer) {
    let (rp, one, other) = (RelyingParty::new(server, "app"), Prover::new(), Prover::new());
    let first = one.redeem(&rp, &code(&rp, &[]).await).await.accepted();
    let second = other.refresh(&rp, &first.text("refresh_token")).await.accepted();
    assert_eq!(
        claims(&second.text("access_token"))["cnf"],
        json!({ "jkt": other.jkt() })
    );
    let third = rp.refresh(&second.text("refresh_token")).await.accepted();
    assert_eq!(third.text("token_type"), "Bearer");
    assert!(claims(&third.text("access_token")).get("cnf").is_none());
}

async fn a_client_whose_tokens_must_be_bound_gets_no_others(server: &TestServer) {
    let rp = RelyingParty::public(server, "bound", crate::support::directory::CALLBACK);
    let prover = Prover::new();
    let code = code(&rp, &[]).await;
    let said = rp.redeem(&code).await.refused(400, "invalid_dpop_proof");
    assert!(said.contains("must have a DPoP proof"), "{said}");
    // Nothing was spent by that.
    let tokens = prover.redeem(&rp, &code).await.accepted();
    assert_eq!(tokens.text("token_type"), "DPoP");
    rp.refresh(&tokens.text("refresh_token"))
        .await
        .refused(400, "invalid_dpop_proof");
    let robot = RelyingParty::new(server, "robot");
    for form in [
        vec![("grant_type", "client_credentials")],
        vec![
            ("grant_type", "password"),
            ("username", "alice"),
            ("password", PASSWORD),
        ],
    ] {
        robot.token(&form).await.refused(400, "invalid_dpop_proof");
        let tokens = prover.token(&robot, &form).await.accepted();
        assert_eq!(tokens.text("token_type"), "DPoP");
        let said = robot.introspect(&tokens.text("access_token")).await;
        assert_eq!(said["cnf"], json!({ "jkt": prover.jkt() }), "{form:?}");
        assert_eq!(said["token_type"], "DPoP");
    }
}

async fn bound_tokens_are_told_about_and_revoked(server: &TestServer) {
    let (rp, prover) = (RelyingParty::new(server, "trusted"), Prover::new());
    let tokens = prover.redeem(&rp, &code(&rp, &[]).await).await.accepted();
    let access = tokens.text("access_token");
    let said = rp.introspect(&access).await;
    assert_eq!(said["active"], true);
    assert_eq!(said["token_type"], "DPoP");
    assert_eq!(said["cnf"], json!({ "jkt": prover.jkt() }));
    let revoked = rp.post("/oauth2/revoke", &[("token", &access)]).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(rp.introspect(&access).await, json!({ "active": false }));
    let answer = prover.userinfo(server, &access).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn tokens_of_the_authorization_endpoint_cannot_be_bound() {
    let directory = with_client("spa", "dpop_bound_access_tokens = true");
    let refused = std::panic::AssertUnwindSafe(with_directory(&directory).start());
    let refused = tokio::spawn(refused.0).await;
    let panic = refused.err().expect("the directory is refused").into_panic();
    let said = panic.downcast_ref::<String>().expect("a text");
    assert!(said.contains("dpop_bound_access_tokens"), "{said}");
}

#[tokio::test]
async fn a_client_may_register_for_it() {
    let settings = "[registration]\nmode = \"open\"";
    let server = with_directory(DIRECTORY).settings(settings).start().await;
    let http = crate::support::endpoint::http();
    let register = async |metadata: serde_json::Value| {
        let request = http.post(server.at("/oauth2/register")).json(&metadata);
        crate::support::relying_party::answer(request).await
    };
    let metadata = json!({ "redirect_uris": ["https://app.example/callback"], "token_endpoint_auth_method": "none" });
    let plain = register(metadata.clone()).await;
    assert_eq!(plain.body["dpop_bound_access_tokens"], false);
    let metadata = crate::support::keys::with(metadata, json!({ "dpop_bound_access_tokens": true }));
    let bound = register(metadata).await;
    assert_eq!(bound.status, 201, "{}", bound.body);
    assert_eq!(bound.body["dpop_bound_access_tokens"], true);
    let client = bound.text("client_id");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "cs_ac_x"),
        ("client_id", &client),
    ];
    server
        .post("/oauth2/token", &form)
        .await
        .refused(400, "invalid_dpop_proof");
}
