//! Other people's things, forms from elsewhere, and steps that are skipped.

use super::{add_app, assert_at, at, builder};
use crate::support::browser::Browser;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::log_in;
use crate::support::server::{TestServer, with_directory};

on_both! {
    builder();
    nobody_reaches_what_is_anothers, a_form_from_elsewhere_changes_nothing, a_stale_form_asks_for_proof_first,
    an_errand_of_another_browser_is_not_finished,
}
on_both! {
    with_directory(&format!("{}{BUILDER}", crate::support::directory::DIRECTORY));
    users_for_apis_alone_enrol_and_then_find_the_pages_shut,
}

const BUILDER: &str = r#"
[[users]]
username = "builder"
password = "wonderland-tea-party"
api_only = true
"#;

async fn credential_of(server: &TestServer, username: &str) -> (Browser, String) {
    let (mut browser, _) = at(server, username, "/account").await;
    let (_, page) = add_app(server, &mut browser).await;
    let path = page.link("li[data-factor] a").path().to_owned();
    (browser, path)
}

async fn nobody_reaches_what_is_anothers(server: &TestServer) {
    let (_, hers) = credential_of(server, "alice").await;
    let (mut bob, page) = at(server, "bob", "/account/security").await;
    let (_, page) = crate::support::relying_party::enrol(server, &mut bob, page).await;
    assert_at(&page, "account-security");
    for path in [
        hers.clone(),
        format!("{hers}/remove"),
        "/account/security/nonsense".to_owned(),
    ] {
        let page = bob.get(&server.at(&path)).await;
        assert_eq!((page.status, page.page().as_deref()), (404, Some("error")), "{path}");
    }
    let own = bob.get(&server.at("/account/security")).await;
    let own = bob.follow(&own.url, &own.link("li[data-factor] a")).await;
    for path in [hers.clone(), format!("{hers}/remove")] {
        let mut form = own.form();
        form.action.set_path(&path);
        assert_eq!(bob.submit(form).await.status, 404, "{path}");
    }
    let sessions = bob.get(&server.at("/account/sessions")).await;
    let session = {
        let (mut alice, _) = at(server, "alice", "/account").await;
        let page = alice.get(&server.at("/account/sessions")).await;
        page.attribute("li[data-here]", "data-session").unwrap_or_default()
    };
    let form = sessions.form_at("li[data-device] form").add("session", &session);
    let mut form = form;
    form.action.set_path("/account/sessions");
    assert_eq!(bob.submit(form).await.status, 404);
}

async fn a_form_from_elsewhere_changes_nothing(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account").await;
    for form in [page.form().without("csrf"), page.form().set("csrf", "AAAA")] {
        let page = browser.submit(form.set("name", "Mallory")).await;
        assert_eq!(
            (page.status, page.error_class().as_deref()),
            (403, Some("cross_site")),
            "{}",
            page.body
        );
    }
    let (_, other) = at(server, "bob", "/account").await;
    drop(other);
    let page = browser.get(&server.at("/account")).await;
    assert_eq!(page.form().value("name").as_deref(), Some("Alice Moreau"));
}

async fn a_stale_form_asks_for_proof_first(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account/security/password").await;
    server.advance(901);
    let new = "looking-glass-chess-game";
    let page = browser
        .submit(page.form().set("password", new).set("confirm", new))
        .await;
    let page: Page = log_in(&mut browser, page, "alice").await;
    assert_at(&page, "account-password");
    assert_eq!(
        server.audit("password.changed").len(),
        0,
        "what was typed before the proof is not done by it"
    );
}

async fn an_errand_of_another_browser_is_not_finished(server: &TestServer) {
    let mut browser = Browser::new();
    let page = browser.get(&server.at("/account")).await;
    let mut other = Browser::new();
    assert_eq!(other.get(page.url.as_str()).await.status, 400);
    // One that has been to another errand is no better off.
    other.get(&server.at("/account")).await;
    let stolen = other.get(page.url.as_str()).await;
    assert_eq!(
        (stolen.status, stolen.error_class().as_deref()),
        (400, Some("expired_interaction"))
    );
}

async fn users_for_apis_alone_enrol_and_then_find_the_pages_shut(server: &TestServer) {
    let (mut browser, page) = at(server, "builder", "/account").await;
    let (_, page) = crate::support::relying_party::enrol(server, &mut browser, page).await;
    assert_eq!(
        (page.status, page.error_class().as_deref()),
        (403, Some("account_closed")),
        "{}",
        page.body
    );
    for path in ["/account/security", "/account/security/password", "/account/sessions"] {
        assert_eq!(browser.get(&server.at(path)).await.status, 403, "{path}");
    }
}
