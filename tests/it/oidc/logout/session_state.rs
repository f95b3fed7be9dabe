//! The state of a browser's session as a client computes it. Session Management 1.0 §2, §3.

use countersign::crypto::digest::{base64url, sha256};

use super::{browser, id_token, logout, two_clients};
use crate::support::browser::Browser;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, log_in};
use crate::support::server::with_directory;

/// What our frame answers in this browser.
fn is_unchanged(browser: &Browser, client_id: &str, session_state: &str) -> bool {
    let state = browser.cookies.named("cs_state").expect("the browser's state");
    let state = &state.value;
    let (hash, salt) = session_state.split_once('.').expect("a salt");
    let text = format!("{client_id} https://app.example {state} {salt}");
    base64url(sha256(text.as_bytes()).as_bytes()) == hash
}

fn state_of(page: &Page) -> String {
    page.query("session_state")
        .unwrap_or_else(|| panic!("no session_state at {:?}", page.location))
}

#[tokio::test]
async fn it_changes_with_login_and_logout_and_whose_it_is() {
    let server = two_clients().start().await;
    let (one, two) = (RelyingParty::new(&server, "one"), RelyingParty::new(&server, "two"));
    let mut browser = browser(&one);
    // Nobody is signed in: the error says of which state that is so.
    let page = one.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    let nobody = state_of(&page);
    assert!(is_unchanged(&browser, "one", &nobody));
    let page = one.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let alice = state_of(&page);
    assert!(is_unchanged(&browser, "one", &alice) && !is_unchanged(&browser, "one", &nobody));
    assert!(!is_unchanged(&browser, "two", &alice), "it is each client's own");
    let again = state_of(&one.authorize(&mut browser, "openid", &[("prompt", "none")]).await);
    assert!(again != alice && is_unchanged(&browser, "one", &again) && is_unchanged(&browser, "one", &alice));
    let other = state_of(&two.authorize(&mut browser, "openid", &[]).await);
    assert!(is_unchanged(&browser, "two", &other) && is_unchanged(&browser, "one", &alice));
    // Another person signs in.
    server.advance(1);
    let page = one.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    let page = log_in(&mut browser, page, "bob").await;
    let page = if page.page().as_deref() == Some("enrol") {
        crate::support::relying_party::enrol(&server, &mut browser, page)
            .await
            .1
    } else {
        page
    };
    let bob = state_of(&page);
    assert!(is_unchanged(&browser, "one", &bob) && !is_unchanged(&browser, "one", &alice));
    // Signing out leads back to nobody's.
    let hint = id_token(&one, &mut browser, "openid").await;
    browser.get(&logout(&server, &[("id_token_hint", &hint)])).await;
    assert!(is_unchanged(&browser, "one", &nobody) && !is_unchanged(&browser, "one", &bob));
}

#[tokio::test]
async fn it_is_for_openid_requests_and_web_origins() {
    let server = two_clients().start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.sign_in(&mut browser, "alice", "calendar").await;
    assert!(page.query("code").is_some() && page.query("session_state").is_none());
    let native = RelyingParty::public(&server, "native", "com.example.app:/callback");
    let page = native.sign_in(&mut Browser::new(), "alice", "openid").await;
    assert!(page.query("code").is_some() && page.query("session_state").is_none());
}

#[tokio::test]
async fn the_frame_is_for_every_site() {
    let server = two_clients().start().await;
    let page = Browser::new().get(&server.at("/oauth2/check_session")).await;
    assert_eq!((page.status, page.header("x-frame-options")), (200, None));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.ends_with("frame-ancestors *") && policy.starts_with("default-src 'none'; script-src 'self'"));
    assert_eq!(page.header("set-cookie"), None);
    assert_eq!(page.attribute("script", "data-cookie").as_deref(), Some("cs_state"));
    let script = page.attribute("script", "src").unwrap();
    let script = Browser::new().get(&server.at(&script)).await;
    assert_eq!(script.status, 200);
    assert_eq!(
        server.get("/.well-known/openid-configuration").await.body["check_session_iframe"],
        format!("{}/oauth2/check_session", server.issuer)
    );
}

#[tokio::test]
async fn none_is_told_where_it_is_off() {
    let server = with_directory(crate::support::directory::DIRECTORY)
        .settings("[logout]\nsession_management = false")
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.sign_in(&mut browser, "alice", "openid").await;
    assert!(page.query("code").is_some() && page.query("session_state").is_none());
    assert!(browser.cookies.named("cs_state").is_none());
    let page = Browser::new().get(&server.at("/oauth2/check_session")).await;
    assert_eq!(page.status, 404);
    assert!(
        server
            .get("/.well-known/openid-configuration")
            .await
            .body
            .get("check_session_iframe")
            .is_none()
    );
}
