//! An errand belongs to one browser, and its forms to its own pages.

use super::errand;
use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::page::{Form, Page};
use crate::support::relying_party::{RelyingParty, agree, code_of, enrol, log_in};
use crate::support::server::with_directory;

#[tokio::test]
async fn another_browser_learns_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let consent = log_in(&mut browser, page, "alice").await;
    let mut fresh = rp.browser();
    let mut busy = rp.browser();
    let own = rp.authorize(&mut busy, "openid", &[]).await;
    for (other, class) in [(&mut fresh, "cookies_disabled"), (&mut busy, "expired_interaction")] {
        for address in [consent.url.as_str(), &errand(&consent)] {
            let page = other.get(address).await;
            assert_error_page(&page, class);
            for word in ["Harbour", "alice", "Alice", "app.example"] {
                assert!(!page.body.contains(word), "{word} in {}", page.body);
            }
        }
    }
    // The victim's form, token and all, posted from the attacker's browser; and the attacker's from the victim's.
    let page = attack::post(&busy, &consent.form(), &[]).await;
    assert_error_page(&page, "cross_site");
    let mut form = consent.form();
    form.action = own.form().action;
    assert_error_page(&attack::post(&browser, &form, &[]).await, "cross_site");
    let mut form = own.form().set("username", "alice").set("password", PASSWORD);
    form.action = consent.form().action;
    assert_error_page(&attack::post(&busy, &form, &[]).await, "cross_site");
    code_of(&agree(&mut browser, consent).await);
}

/// Every way a form can come from elsewhere, tried on a page that would accept it from here.
async fn assert_guarded(browser: &Browser, page: &Page, filled: &Form, foreign: &str) {
    let origin = page.url.origin().ascii_serialization();
    let mut stranger = browser.clone();
    stranger.cookies.remove("cs_browser");
    let attempts: &[(Form, &[(&str, &str)])] = &[
        (filled.clone().without("csrf"), &[]),
        (filled.clone().set("csrf", ""), &[]),
        (filled.clone().set("csrf", "AAAA"), &[]),
        (filled.clone().set("csrf", foreign), &[]),
        (filled.clone(), &[("origin", "https://evil.example")]),
        (filled.clone(), &[("origin", "null")]),
        (
            filled.clone(),
            &[("origin", "https://app.example"), ("sec-fetch-site", "same-origin")],
        ),
        (filled.clone(), &[("origin", &origin), ("sec-fetch-site", "cross-site")]),
        (filled.clone(), &[("sec-fetch-site", "cross-site")]),
        (filled.clone(), &[("sec-fetch-site", "same-site")]),
    ];
    for (form, headers) in attempts {
        let answer = attack::post(browser, form, headers).await;
        assert_error_page(&answer, "cross_site");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let class = match stranger.cookies.named("cs_session") {
        Some(_) => "cross_site",
        None => "cookies_disabled",
    };
    assert_error_page(&attack::post(&stranger, filled, &[]).await, class);
    stranger.cookies.remove("cs_session");
    let foreign = [("origin", "https://evil.example")];
    assert_error_page(&attack::post(&stranger, filled, &foreign).await, "cross_site");
}

#[tokio::test]
async fn a_browser_without_our_cookies_is_told_so_whatever_it_opens() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let filled = page.form().set("username", "alice").set("password", PASSWORD);
    let id = errand(&page).rsplit_once('/').expect("an errand").1.to_owned();
    let mut bodies = std::collections::BTreeSet::new();
    for id in [id.as_str(), "00000000-0000-0000-0000-000000000000", "x"] {
        for step in ["", "/login", "/challenge", "/enrol", "/consent"] {
            // Each a browser of its own: one that keeps no cookies.
            let opened = rp.browser().get(&server.at(&format!("/interaction/{id}{step}"))).await;
            assert_error_page(&opened, "cookies_disabled");
            assert!(!opened.headers.contains_key("set-cookie"));
            bodies.insert(opened.body);
            if !step.is_empty() {
                let mut form = filled.clone();
                form.action = opened.url;
                let posted = attack::post(&rp.browser(), &form, &[]).await;
                assert_error_page(&posted, "cookies_disabled");
                bodies.insert(posted.body);
            }
        }
    }
    assert_eq!(
        bodies.len(),
        1,
        "the answer is the same whether or not the errand is there"
    );
    assert!(bodies.iter().all(|body| body.contains("Allow cookies for this site")));
    // A session without its browser is no browser that keeps nothing.
    let mut page = log_in(&mut browser, page, "alice").await;
    browser.cookies.remove("cs_browser");
    page = browser.get(page.url.as_str()).await;
    assert_error_page(&page, "expired_interaction");
}

#[tokio::test]
async fn forms_from_elsewhere_do_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let other = rp.authorize(&mut browser, "openid", &[]).await;
    let foreign = other.form().value("csrf").unwrap();
    let page = rp.authorize(&mut browser, "openid", &[("acr_values", "high")]).await;
    let filled = page.form().set("username", "alice").set("password", PASSWORD);
    assert_guarded(&browser, &page, &filled, &foreign).await;
    let page = log_in(&mut browser, page, "alice").await;
    let secret = page.texts("#totp-secret").concat().replace(char::is_whitespace, "");
    let code = |at: i64| crate::support::totp::code(&secret, u64::try_from(at).unwrap());
    let filled = page.form().set("code", &code(server.now()));
    assert_guarded(&browser, &page, &filled, &foreign).await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    assert_guarded(&browser, &page, &page.form(), &foreign).await;
    code_of(&agree(&mut browser, page).await);
}

#[tokio::test]
async fn challenges_are_guarded_too() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (secret, _) = enrol(&server, &mut browser, page).await;
    server.advance(60);
    let mut browser = rp.browser();
    let other = rp.authorize(&mut browser, "openid", &[]).await;
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
    let code = crate::support::totp::code(&secret, u64::try_from(server.now()).unwrap());
    let filled = page.form().set("code", &code);
    assert_guarded(&browser, &page, &filled, &other.form().value("csrf").unwrap()).await;
    code_of(&browser.submit(filled).await);
}
