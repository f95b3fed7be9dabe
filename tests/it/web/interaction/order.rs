//! No step is skipped, repeated or taken in another's errand: no code without every proof.

use super::{STEPS, errand, step};
use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::page::{Form, Page};
use crate::support::relying_party::{RelyingParty, agree, code_of, enrol, log_in, prove};
use crate::support::server::{TestServer, with_directory};

/// The form of a page, refilled with everything that any step could want, posted to another step.
fn aimed(page: &Page, step_name: &str) -> Form {
    let mut form = page.form();
    form.action = step(page, step_name);
    form.add("username", "alice")
        .add("password", "wrong")
        .add("code", "000000")
        .add("decision", "allow")
        .add("scope", "calendar")
}

/// Tries every step but the one that is due, by GET and by POST.
async fn assert_only(browser: &Browser, page: &Page, due: &str) {
    assert_eq!(page.page().as_deref(), Some(due), "{}", page.body);
    for other in STEPS {
        let answer = attack::get(browser, &step(page, other)).await;
        if other == due {
            assert_eq!(answer.status, 200);
            continue;
        }
        assert_eq!((answer.status, answer.query("code")), (303, None));
        assert_eq!(
            answer.location.unwrap().as_str(),
            errand(page),
            "{other} leads on to {due}"
        );
        let answer = attack::post(browser, &aimed(page, other), &[]).await;
        if other == "login" {
            // A wrong password is wrong, also where none was asked for.
            assert_eq!(answer.location.unwrap().as_str(), errand(page));
        } else {
            assert_error_page(&answer, "step_not_due");
            assert_eq!(answer.link("#back").as_str(), errand(page), "there is a way on");
        }
    }
    let answer = attack::get(browser, &errand(page).parse().unwrap()).await;
    assert_eq!(answer.location.unwrap(), step(page, due));
}

#[tokio::test]
async fn no_step_is_skipped() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let high = [("acr_values", "high")];
    let page = rp.authorize(&mut browser, "openid", &high).await;
    assert_only(&browser, &page, "login").await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_only(&browser, &page, "enrol").await;
    let page = browser.get(page.url.as_str()).await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    assert_only(&browser, &page, "consent").await;
    server.advance(60);
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &high).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_only(&browser, &page, "challenge").await;
    let page = prove(&server, &mut browser, page, &secret).await;
    assert_only(&browser, &page, "consent").await;
    let page = agree(&mut browser, page).await;
    code_of(&page);
}

#[tokio::test]
async fn empty_forms_prove_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let empty = |page: &Page| vec![("csrf".to_owned(), page.form().value("csrf").unwrap())];
    let high = [("acr_values", "high")];
    let page = rp.authorize(&mut browser, "openid", &high).await;
    let answer = attack::post_fields(&browser, &page.url, &empty(&page), &[]).await;
    assert_eq!((answer.status, answer.page().as_deref()), (400, Some("login")));
    let page = log_in(&mut browser, page, "alice").await;
    let answer = attack::post_fields(&browser, &page.url, &empty(&page), &[]).await;
    assert_eq!((answer.status, answer.page().as_deref()), (400, Some("enrol")));
    let (_, page) = enrol(&server, &mut browser, page).await;
    let answer = attack::post_fields(&browser, &page.url, &empty(&page), &[]).await;
    assert_error_page(&answer, "step_not_due");
    let answer = attack::post_fields(&browser, &page.url, &[], &[]).await;
    assert_error_page(&answer, "cross_site");
    code_of(&agree(&mut browser, page).await);
}

#[tokio::test]
async fn an_errand_ends_once() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    let consent = log_in(&mut browser, login.clone(), "alice").await;
    let twin = browser.clone();
    code_of(&agree(&mut browser, consent.clone()).await);
    for page in [&login, &consent] {
        assert_error_page(&browser.get(page.url.as_str()).await, "expired_interaction");
        let answer = attack::post(&browser, &page.form().without("password"), &[]).await;
        assert!(answer.query("code").is_none());
    }
    assert_error_page(&browser.get(&errand(&login)).await, "expired_interaction");
    assert_error_page(&attack::post(&twin, &consent.form(), &[]).await, "expired_interaction");
    let filled = login.form().set("username", "alice").set("password", PASSWORD);
    assert_error_page(&attack::post(&browser, &filled, &[]).await, "expired_interaction");
    assert_eq!(server.audit("authorization.allowed").len(), 1, "one code was made");
}

#[tokio::test]
async fn an_errand_that_took_too_long_is_over() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    let consent = log_in(&mut browser, login.clone(), "alice").await;
    server.advance(600);
    assert_error_page(&browser.get(consent.url.as_str()).await, "expired_interaction");
    assert_error_page(&agree(&mut browser, consent).await, "expired_interaction");
    assert_error_page(&log_in(&mut browser, login, "alice").await, "expired_interaction");
    for nowhere in [
        "/interaction/x/login",
        "/interaction/00000000-0000-0000-0000-000000000000",
        "/interaction/%00",
    ] {
        assert_error_page(&browser.get(&server.at(nowhere)).await, "expired_interaction");
    }
}

#[tokio::test]
async fn a_proof_in_one_errand_is_none_in_anothers() {
    let server = with_directory(DIRECTORY).start().await;
    let (app, high) = (RelyingParty::new(&server, "app"), RelyingParty::new(&server, "high"));
    let mut browser = app.browser();
    let weak = app.authorize(&mut browser, "openid", &[]).await;
    let strong = high.authorize(&mut browser, "openid", &[]).await;
    let consent = log_in(&mut browser, weak, "alice").await;
    // The other client's errand in the address, with the token of this page.
    for name in STEPS {
        let mut form = aimed(&consent, name);
        form.action = step(&strong, name);
        assert_error_page(&attack::post(&browser, &form, &[]).await, "cross_site");
    }
    let page = browser.get(&errand(&strong)).await;
    assert_eq!(
        page.page().as_deref(),
        Some("enrol"),
        "the password counts, the second proof is due"
    );
    code_of(&agree(&mut browser, consent).await);
    assert_eq!(codes_of(&server, "high"), 0);
}

fn codes_of(server: &TestServer, client: &str) -> usize {
    let allowed = server.audit("authorization.allowed");
    allowed
        .iter()
        .filter(|entry| format!("{entry:?}").contains(&format!("\"{client}\"")))
        .count()
}
