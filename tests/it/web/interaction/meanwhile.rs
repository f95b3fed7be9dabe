//! What happens between two steps: another person in another tab, an operator, a restart.

use super::{disable_client, disable_user, errand};
use crate::support::attack::{self, assert_error_page};
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, enrol, log_in, prove};
use crate::support::server::with_directory;

const CAROL: &str = r#"
[[users]]
username = "carol"
password = "wonderland-tea-party"
"#;

#[tokio::test]
async fn a_page_shown_to_one_is_not_answered_by_another() {
    let server = with_directory(&format!("{DIRECTORY}{CAROL}")).start().await;
    let (app, trusted) = (RelyingParty::new(&server, "app"), RelyingParty::new(&server, "trusted"));
    let mut browser = app.browser();
    let tokens = trusted.tokens(&mut browser, "alice", "openid").await;
    // Single sign-on: this tab asks alice; in another one carol signs in.
    let asks_alice = app.authorize(&mut browser, "openid", &[]).await;
    assert!(asks_alice.body.contains("Alice Moreau"));
    server.advance(1);
    let page = trusted
        .authorize(&mut browser, "openid", &[("prompt", "select_account")])
        .await;
    let page = log_in(&mut browser, page, "carol").await;
    code_of(&page);
    let answer = attack::post(&browser, &asks_alice.form(), &[]).await;
    assert_error_page(&answer, "step_not_due");
    assert!(server.audit("consent.given").is_empty());
    let page = browser.get(&errand(&asks_alice)).await;
    assert_eq!(page.page().as_deref(), Some("login"), "alice's errand asks for alice");
    // Whoever signs in there now is who goes on, and is asked.
    let page = log_in(&mut browser, page, "carol").await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    assert!(page.body.contains("carol") && !page.body.contains("Alice"));
    let answer = app.redeem(&code_of(&agree(&mut browser, page).await)).await;
    assert_ne!(
        claims(&answer.text("id_token"))["sub"],
        claims(&tokens.text("id_token"))["sub"]
    );
}

#[tokio::test]
async fn two_tabs_with_two_users_keep_apart() {
    let server = with_directory(&format!("{DIRECTORY}{CAROL}")).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let first = rp.authorize(&mut browser, "openid", &[]).await;
    let second = rp.authorize(&mut browser, "openid", &[]).await;
    let of_alice = log_in(&mut browser, first, "alice").await;
    let old = browser.clone();
    let of_carol = log_in(&mut browser, second, "carol").await;
    assert_error_page(&attack::post(&browser, &of_alice.form(), &[]).await, "step_not_due");
    let page = browser.get(of_alice.url.as_str()).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    // Alice's session ended when carol signed in here.
    assert_error_page(&attack::post(&old, &of_alice.form(), &[]).await, "step_not_due");
    code_of(&agree(&mut browser, of_carol).await);
}

#[tokio::test]
async fn a_disabled_user_gets_no_further() {
    let server = with_directory(DIRECTORY).start().await;
    let (app, high) = (RelyingParty::new(&server, "app"), RelyingParty::new(&server, "high"));
    let (mut one, mut two, mut three) = (app.browser(), high.browser(), app.browser());
    let consent = app.authorize(&mut one, "openid", &[]).await;
    let consent = log_in(&mut one, consent, "alice").await;
    let enrolment = high.authorize(&mut two, "openid", &[]).await;
    let enrolment = log_in(&mut two, enrolment, "alice").await;
    let login = app.authorize(&mut three, "openid", &[]).await;
    disable_user(&server, "alice");
    assert_error_page(&agree(&mut one, consent).await, "step_not_due");
    let (_, page) = enrol(&server, &mut two, enrolment).await;
    assert_error_page(&page, "step_not_due");
    let refused = log_in(&mut three, login, "alice").await;
    assert_eq!((refused.status, refused.page().as_deref()), (400, Some("login")));
    let page = app.authorize(&mut one, "openid", &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert!(server.audit("authorization.allowed").is_empty());
}

#[tokio::test]
async fn a_disabled_client_gets_no_answer() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let (mut one, mut two) = (rp.browser(), rp.browser());
    let consent = rp.authorize(&mut one, "openid", &[]).await;
    let consent = log_in(&mut one, consent, "alice").await;
    let login = rp.authorize(&mut two, "openid", &[]).await;
    disable_client(&server, "app");
    assert_error_page(&agree(&mut one, consent.clone()).await, "expired_interaction");
    assert_error_page(&one.get(&errand(&consent)).await, "expired_interaction");
    assert_error_page(&log_in(&mut two, login, "alice").await, "expired_interaction");
}

#[tokio::test]
async fn a_redirect_uri_that_was_withdrawn_gets_no_answer() {
    let server = with_directory(DIRECTORY).start().await;
    let mut rp = RelyingParty::new(&server, "app");
    rp.redirect_uri = "https://app.example/other".to_owned();
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    server.apply(&DIRECTORY.replace(", \"https://app.example/other\"", ""));
    assert_error_page(&agree(&mut browser, page).await, "expired_interaction");
}

#[tokio::test]
async fn a_level_that_is_raised_midway_is_asked_for() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    server.apply(&DIRECTORY.replace("client_name = \"Harbour Payroll\"", "required_acr = \"high\""));
    assert_error_page(&agree(&mut browser, page.clone()).await, "step_not_due");
    let page = browser.get(&errand(&page)).await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    let answer = rp.redeem(&code_of(&agree(&mut browser, page).await)).await;
    assert_eq!(claims(&answer.text("id_token"))["acr"], "high");
}

#[tokio::test]
async fn a_restart_loses_nothing_and_skips_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let verifier = rp.verifier.clone();
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[("acr_values", "high")]).await;
    let server = server.restart().await;
    let page = log_in(&mut browser, page, "alice").await;
    let server = server.restart().await;
    let again = browser.get(page.url.as_str()).await;
    assert_eq!(
        again.texts("#totp-secret"),
        page.texts("#totp-secret"),
        "the errand shows the same secret"
    );
    let server = server.restart().await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    let server = server.restart().await;
    let page = agree(&mut browser, page).await;
    let mut rp = RelyingParty::new(&server, "app");
    rp.verifier = verifier;
    assert_eq!(
        claims(&rp.redeem(&code_of(&page)).await.text("id_token"))["acr"],
        "high"
    );
    // What was used stays used.
    let mut other = rp.browser();
    let page = rp.authorize(&mut other, "openid", &[("acr_values", "high")]).await;
    let page = other
        .submit(page.form().set("username", "alice").set("password", PASSWORD))
        .await;
    let page = prove(&server, &mut other, page, &secret).await;
    assert!(
        page.body
            .contains("That code was used. A new one appears in 30 seconds."),
        "{}",
        page.body
    );
}
