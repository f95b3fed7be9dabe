//! Users for APIs alone. CLAUSES.md S53.

use countersign::store;

use crate::support::api_login::{directory, person};
use crate::support::directory::PASSWORD;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in, prove};
use crate::support::server::{TestServer, with_directory};

fn robots() -> String {
    let robot = |name: &str, profile: &str| person(name, profile) + "api_only = true\n";
    format!(
        "{}{}{}",
        directory(),
        robot("robot", "default"),
        robot("guarded", "api")
    )
}

on_both! {
    with_directory(&robots());
    s53_an_application_s_request_leaves_no_session, s53_the_factor_is_enrolled_in_such_a_request,
    s53_a_refusal_leaves_no_session
}

fn sessions(server: &TestServer, username: &str) -> usize {
    let user = server.user(username);
    let listed = server
        .server
        .read_blocking(|view| store::sessions::of_user(view.tx, user, view.now));
    listed.unwrap().len()
}

async fn s53_an_application_s_request_leaves_no_session(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.sign_in(&mut browser, "robot", "openid offline_access").await;
    assert_eq!(sessions(server, "robot"), 0);
    let tokens = rp.redeem(&code_of(&page)).await.accepted();
    assert_eq!(claims(&tokens.text("id_token"))["acr"], "standard");
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    rp.refresh(&tokens.text("refresh_token")).await.accepted();
    server.api_login("robot", PASSWORD).await.accepted();
    // Whoever is not for APIs alone stays signed in.
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    code_of(&rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await);
}

async fn s53_the_factor_is_enrolled_in_such_a_request(server: &TestServer) {
    let secret = server.enrolled("guarded").await;
    assert_eq!(sessions(server, "guarded"), 0);
    let password = format!("{PASSWORD}{}", server.code(&secret));
    server.api_login("guarded", &password).await.accepted();
    server.advance(30);
    // From then on the request asks for both, each time.
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "guarded").await;
    assert_eq!(sessions(server, "guarded"), 1, "until the request is over");
    code_of(&prove(server, &mut browser, page, &secret).await);
    assert_eq!(sessions(server, "guarded"), 0);
}

async fn s53_a_refusal_leaves_no_session(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "robot").await;
    assert_eq!(sessions(server, "robot"), 1);
    let page = browser.submit_with(page.form(), "decision", "deny").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(sessions(server, "robot"), 0);
}
