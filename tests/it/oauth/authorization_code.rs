//! Web-server flow.

use serde_json::json;

use crate::support::directory::DIRECTORY;
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, enrol, log_in, prove};
use crate::support::server::with_directory;

#[tokio::test]
async fn a_password_login_says_standard() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid profile", &[]).await;
    let page = log_in(&mut browser, page, "Alice").await;
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    let page = agree(&mut browser, page).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    assert_eq!(page.query("iss"), Some(server.issuer.clone()));
    let answer = rp.redeem(&code_of(&page)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id_token = claims(&answer.text("id_token"));
    assert_eq!(id_token["acr"], "standard");
    assert_eq!(id_token["amr"], json!(["pwd"]));
    assert_eq!(id_token["auth_time"], server.now());
    assert_eq!(id_token["nonce"], "n-0S6");
    let access = claims(&answer.text("access_token"));
    assert_eq!(access["acr"], "standard");
    let userinfo = rp.userinfo(&answer.text("access_token")).await;
    assert_eq!(userinfo.body["name"], "Alice Moreau");
    assert_eq!(userinfo.body["email"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_high_client_enrols_once_and_challenges_after() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    let answer = rp.redeem(&code_of(&page)).await;
    let id_token = claims(&answer.text("id_token"));
    assert_eq!(id_token["acr"], "high");
    assert_eq!(id_token["amr"], json!(["pwd", "otp", "mfa"]));
    // Single sign-on: nothing is asked again.
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    // A fresher proof is one code.
    server.advance(100);
    let page = rp.authorize(&mut browser, "openid", &[("max_age", "60")]).await;
    let page = prove(&server, &mut browser, page, &secret).await;
    let id_token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(id_token["auth_time"], server.now());
    assert_eq!(server.messages().await.len(), 1, "the owner is told of the new factor");
}
