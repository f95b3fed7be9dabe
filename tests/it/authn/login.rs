//! Passwords: counted before they are looked at, and nothing told to strangers.

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::with_directory;

async fn type_in(browser: &mut Browser, page: &Page, username: &str, password: &str) -> Page {
    let form = page.form().set("username", username).set("password", password);
    browser.submit(form).await
}

/// A page without what differs by errand and by what was typed.
fn neutral(page: &Page, username: &str) -> String {
    let csrf = page.form().value("csrf").expect("a token");
    let id = page.url.path().to_owned();
    page.body.replace(&csrf, "").replace(&id, "").replace(username, "")
}

#[tokio::test]
async fn ten_wrong_passwords_shut_the_account_known_or_not() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut bodies = Vec::new();
    for username in ["alice", "nobody"] {
        for attempt in 0..10 {
            // Each try from another browser and in another spelling: the account is what is counted.
            let mut browser = rp.browser();
            let page = rp.authorize(&mut browser, "openid", &[]).await;
            let spelling = if attempt % 2 == 0 {
                username.to_uppercase()
            } else {
                username.to_owned()
            };
            let page = type_in(&mut browser, &page, &spelling, "wrong").await;
            assert_eq!((page.status, page.location.as_ref()), (400, None));
            bodies.push(neutral(&page, &spelling));
        }
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let page = type_in(&mut browser, &page, username, PASSWORD).await;
        assert_eq!(page.status, 400, "the right password is refused too");
        bodies.push(neutral(&page, username));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "all answers are the same");
    assert_eq!(server.audit("lockout.set").len(), 2);
    assert!(server.audit("login.allow").is_empty());
}

#[tokio::test]
async fn the_account_is_shut_for_the_whole_window() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut signed_in = rp.browser();
    rp.sign_in(&mut signed_in, "alice", "openid").await;
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    type_in(&mut browser, &page, "alice", "wrong").await;
    server.advance(590);
    for _ in 0..9 {
        type_in(&mut browser, &page, "alice", "wrong").await;
    }
    // The first wrong one is long past, the tenth is not; trying on does not lengthen it.
    for wait in [400, 400, 99] {
        server.advance(wait);
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        assert_eq!(type_in(&mut browser, &page, "alice", PASSWORD).await.status, 400);
    }
    let page = rp.authorize(&mut signed_in, "openid", &[("prompt", "none")]).await;
    code_of(&page);
    server.advance(1);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    code_of(&type_in(&mut browser, &page, "alice", PASSWORD).await);
}

#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    for _ in 0..3 {
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        for _ in 0..9 {
            type_in(&mut browser, &page, "alice", "wrong").await;
        }
        code_of(&log_in(&mut browser, page, "alice").await);
    }
}

#[tokio::test]
async fn other_accounts_stay_open() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..12 {
        type_in(&mut browser, &page, "bob", "wrong").await;
    }
    code_of(&log_in(&mut browser, page, "alice").await);
}

#[tokio::test]
async fn odd_input_is_a_wrong_password() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let long = "x".repeat(5_000);
    for (username, password) in [
        ("", ""),
        ("alice", ""),
        ("", PASSWORD),
        (" ", PASSWORD),
        ("alice", &*long),
        (&*long, PASSWORD),
        ("\u{1f510}\u{202e}\r\n", "\u{7}"),
        ("alice' or '1'='1", "' or '1'='1"),
        ("%", PASSWORD),
        ("alice", "wonderland-tea-party "),
        ("alice", "Wonderland-tea-party"),
    ] {
        let page = type_in(&mut browser, &page, username, password).await;
        assert_eq!(
            (page.status, page.page().as_deref()),
            (400, Some("login")),
            "{username:?}"
        );
        assert!(
            !page.body.contains(PASSWORD) && !page.body.contains(&long[..300]),
            "no password comes back"
        );
    }
}
