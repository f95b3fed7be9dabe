//! The request as a form, and what no database takes.

use url::Url;

use super::{assert_refused, changed, start};
use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, code_of, log_in};
use crate::support::server::{Backend, with_directory};

/// Posts a request from a page of the client's own.
async fn post(rp: &RelyingParty<'_>, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
    let fields = changed(rp, "openid", changes);
    let mut inputs = String::new();
    for (name, value) in fields {
        let value = value.replace('&', "&amp;");
        inputs.push_str(&["<input type=hidden name=\"", &name, "\" value=\"", &value, "\">"].concat());
    }
    let page = Page {
        status: 200,
        url: Url::parse("https://app.example/start").unwrap(),
        headers: reqwest::header::HeaderMap::new(),
        body: format!(
            "<form method=post action=\"{}\">{inputs}</form>",
            rp.server.at("/oauth2/authorize")
        ),
        location: None,
    };
    browser.submit(page.form()).await
}

#[tokio::test]
async fn a_posted_request_goes_on_by_a_navigation_of_its_own() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let endpoint = Url::parse(&server.at("/oauth2/authorize")).unwrap();
    let answer = attack::post_fields(&browser, &endpoint, &rp.request("openid"), &[]).await;
    assert_eq!(answer.status, 303);
    assert!(answer.location.unwrap().path().starts_with("/interaction/"));
    let page = post(&rp, &mut browser, &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let page = agree(&mut browser, page).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    // Signed in already: the session counts, though its cookie did not come with the post.
    let page = post(&rp, &mut browser, &[]).await;
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    let page = post(&rp, &mut browser, &[("prompt", "none")]).await;
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
}

#[tokio::test]
async fn a_posted_request_is_refused_as_any_other() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = post(&rp, &mut browser, &[("prompt", "none")]).await;
    assert_refused(&rp, &page, "login_required");
    let page = post(&rp, &mut browser, &[("code_challenge", "")]).await;
    assert_refused(&rp, &page, "invalid_request");
    assert_error_page(
        &post(&rp, &mut browser, &[("client_id", "nobody")]).await,
        "unknown_client",
    );
    let page = post(&rp, &mut browser, &[("redirect_uri", "https://evil.example/")]).await;
    assert_error_page(&page, "invalid_redirect_uri");
    // The parameters of a form are its body: what the address says besides counts for nothing.
    let endpoint = Url::parse(&rp.address(&rp.request("openid"))).unwrap();
    let page = attack::post_fields(&browser, &endpoint, &[], &[]).await;
    assert_error_page(&page, "invalid_request");
    let endpoint = Url::parse(&server.at("/oauth2/authorize")).unwrap();
    let body = serde_json::to_string(&rp.request("openid")).unwrap();
    let answer = attack::post_body(&browser, &endpoint, ("application/json", body)).await;
    assert_error_page(&answer, "invalid_request");
}

#[tokio::test]
async fn another_browser_cannot_go_on_with_a_posted_request() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let (mut browser, mut other) = (rp.browser(), rp.browser());
    let page = post(&rp, &mut browser, &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    assert_error_page(&other.get(page.url.as_str()).await, "cookies_disabled");
    post(&rp, &mut other, &[]).await;
    assert_error_page(&other.get(page.url.as_str()).await, "expired_interaction");
}

#[tokio::test]
async fn a_character_that_postgresql_does_not_take_is_no_failure_of_ours() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(server) = with_directory(DIRECTORY).on(backend).try_start().await else {
            return;
        };
        let rp = RelyingParty::new(&server, "app");
        let mut browser = rp.browser();
        for name in ["client_id", "state", "nonce", "x"] {
            let page = browser
                .get(&rp.address(&changed(&rp, "openid", &[(name, "a\0b")])))
                .await;
            assert_error_page(&page, "invalid_request");
        }
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let page = browser
            .submit(page.form().set("username", "a\0b").set("password", "c\0d"))
            .await;
        assert_error_page(&page, "invalid_request");
        let nobody = RelyingParty::new(&server, "a\0b");
        let answer = nobody.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!((answer.status, &*answer.error()), (401, "invalid_client"));
    }
}
