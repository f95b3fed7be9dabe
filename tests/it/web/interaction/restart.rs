//! An errand that took too long: a way on for whoever began it, and nothing for anybody else.

use super::{disable_client, errand};
use crate::support::attack::{self, assert_error_page};
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, log_in};
use crate::support::server::with_directory;

/// Where the page offers to start again, if it does.
fn again(page: &Page) -> Option<String> {
    assert_error_page(page, "expired_interaction");
    page.attribute("#back", "href")
}

#[tokio::test]
async fn starting_again_makes_the_same_request() {
    let server = with_directory(DIRECTORY).at("/tenant").start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let further = [("acr_values", "standard"), ("claims", r#"{"userinfo":{"name":null}}"#)];
    let login = rp.authorize(&mut browser, "openid calendar", &further).await;
    server.advance(600);
    let filled = login.form().set("username", "alice").set("password", PASSWORD);
    let posted = attack::post(&browser, &filled, &[]).await;
    let opened = browser.get(login.url.as_str()).await;
    let resumed = browser.get(&login.url.as_str().replace("/login", "")).await;
    let offered = again(&posted).expect("a way on");
    assert!(offered.starts_with("/tenant/oauth2/authorize?"));
    for page in [&opened, &resumed] {
        assert_eq!(again(page).as_deref(), Some(offered.as_str()));
        assert_eq!(page.texts("#back"), ["Start again"]);
    }
    let page = browser.follow(&opened.url, &opened.link("#back")).await;
    assert_ne!(page.url, login.url, "it is a new errand");
    let page = log_in(&mut browser, page, "alice").await;
    assert!(page.body.contains("See your calendar"));
    let page = agree(&mut browser, page).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    let answer = rp.redeem(&code_of(&page)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(claims(&answer.text("id_token"))["nonce"], "n-0S6");
    assert_eq!(
        rp.userinfo(&answer.text("access_token")).await.text("name"),
        "Alice Moreau"
    );
}

#[tokio::test]
async fn nobody_else_is_told_how() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let (mut browser, mut other) = (rp.browser(), rp.browser());
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    rp.authorize(&mut other, "openid", &[]).await;
    server.advance(600);
    let page = other.get(login.url.as_str()).await;
    assert_eq!(again(&page), None);
    assert!(!page.body.contains("app.example"));
    assert!(again(&browser.get(login.url.as_str()).await).is_some());
}

#[tokio::test]
async fn an_errand_that_is_done_is_not_begun_again() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    let consent = log_in(&mut browser, login, "alice").await;
    code_of(&agree(&mut browser, consent.clone()).await);
    assert_eq!(again(&browser.get(&errand(&consent)).await), None);
    server.advance(600);
    assert_eq!(again(&browser.get(&errand(&consent)).await), None);
}

#[tokio::test]
async fn a_request_that_would_not_be_taken_is_not_offered() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    let other = RelyingParty::new(&server, "trusted");
    let swept = other.authorize(&mut browser, "openid", &[]).await;
    let long = "a".repeat(4_096);
    let long = other.authorize(&mut browser, "openid", &[("state", &long)]).await;
    server.advance(600);
    assert!(again(&browser.get(login.url.as_str()).await).is_some());
    disable_client(&server, "app");
    assert_eq!(again(&browser.get(login.url.as_str()).await), None);
    assert_eq!(
        again(&browser.get(long.url.as_str()).await),
        None,
        "no proxy need let it pass"
    );
    assert!(again(&browser.get(swept.url.as_str()).await).is_some());
    server.advance(3_601);
    countersign::jobs::ensure_schedule(&server.server).await.unwrap();
    countersign::jobs::run_due(&server.server).await;
    assert_eq!(
        again(&browser.get(swept.url.as_str()).await),
        None,
        "nothing is known of it"
    );
}
