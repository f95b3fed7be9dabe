//! Credentials and password, changed by their owner.

use super::{add_app, assert_at, at, builder};
use crate::support::directory::PASSWORD;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, code_of, log_in, prove};
use crate::support::server::TestServer;

const NEW: &str = "looking-glass-chess-game";

on_both! {
    builder();
    a_factor_is_added_named_and_removed, another_is_added_with_fresh_proof_of_the_first,
    s83_the_last_factor_stays_where_sign_ins_need_one, recovery_codes_are_shown_once_and_replaced, a_new_password_ends_other_sessions,
    what_is_on_record_is_not_removed_by_its_owner,
}

async fn a_factor_is_added_named_and_removed(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account/security").await;
    assert_at(&page, "account-security");
    assert_eq!(page.texts("li[data-factor=totp]"), Vec::<String>::new());
    let (_, page) = add_app(server, &mut browser).await;
    assert_at(&page, "account-security");
    assert_eq!(
        (
            page.texts("li[data-factor=totp]").len(),
            page.texts("p[role=status]").len()
        ),
        (1, 1)
    );

    let page = browser.follow(&page.url, &page.link("li[data-factor=totp] a")).await;
    assert_at(&page, "account-credential");
    let page = browser.submit(page.form().set("label", "My <old> phone")).await;
    assert!(
        page.texts("li[data-factor=totp]").concat().contains("My <old> phone"),
        "{}",
        page.body
    );

    let page = browser.follow(&page.url, &page.link("li[data-factor=totp] a")).await;
    let page = browser.follow(&page.url, &page.link("#remove")).await;
    assert_at(&page, "account-remove");
    let page = browser.submit(page.form()).await;
    assert_at(&page, "account-security");
    assert_eq!(page.texts("li[data-factor=totp]"), Vec::<String>::new());

    let told: Vec<String> = server
        .messages()
        .await
        .into_iter()
        .map(|message| message.subject)
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("added") && told[1].contains("removed"), "{told:?}");
    assert_eq!(server.audit("factor.removed").len(), 1);
}

async fn another_is_added_with_fresh_proof_of_the_first(server: &TestServer) {
    let (mut browser, _) = at(server, "alice", "/account/security").await;
    let (secret, _) = add_app(server, &mut browser).await;
    // Within a quarter of an hour the proof is fresh.
    server.advance(600);
    let page = browser.get(&server.at("/account/security/add/totp")).await;
    assert_at(&page, "enrol");
    server.advance(600);
    let page = browser.get(&server.at("/account/security/add/totp")).await;
    let page = prove(server, &mut browser, page, &secret).await;
    assert_at(&page, "enrol");

    // A browser that shows a password alone adds nothing: it is asked for the factor there is.
    let (mut other, page) = at(server, "alice", "/account/security/add/totp").await;
    assert_at(&page, "challenge");
    let id = page.url.path().split('/').nth(2).unwrap_or_default().to_owned();
    let page = other.get(&server.at(&format!("/interaction/{id}/enrol"))).await;
    assert_at(&page, "challenge");
}

async fn s83_the_last_factor_stays_where_sign_ins_need_one(server: &TestServer) {
    let (mut browser, page) = at(server, "bob", "/account/security").await;
    let (_, page) = crate::support::relying_party::enrol(server, &mut browser, page).await;
    assert_at(&page, "account-security");
    let page = browser.follow(&page.url, &page.link("li[data-factor] a")).await;
    let page = browser.follow(&page.url, &page.link("#remove")).await;
    let page = browser.submit(page.form()).await;
    assert_eq!(
        (page.status, page.texts("li[data-factor]").len()),
        (400, 1),
        "{}",
        page.body
    );
    server.advance(60);
    let (_, page) = add_app(server, &mut browser).await;
    let page = browser.follow(&page.url, &page.link("li[data-factor] a")).await;
    let page = browser.follow(&page.url, &page.link("#remove")).await;
    let page = browser.submit(page.form()).await;
    assert_eq!(
        (page.status, page.texts("li[data-factor]").len()),
        (200, 1),
        "{}",
        page.body
    );
}

async fn what_is_on_record_is_not_removed_by_its_owner(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account/security").await;
    assert_at(&page, "account-security");
    let on_record = page.link("li[data-factor=email] a");
    let page = browser.get(on_record.as_str()).await;
    assert_at(&page, "account-credential");
    assert_eq!(page.attribute("#remove", "href"), None);
    assert!(page.attribute("a#email", "href").is_some(), "{}", page.body);
    assert_at(
        &browser.submit(page.form().set("label", "Work")).await,
        "account-security",
    );
    let removal = browser.get(&format!("{on_record}/remove")).await;
    assert_eq!(removal.status, 404, "{}", removal.body);
    let mut form = page.form();
    form.action.set_path(&format!("{}/remove", on_record.path()));
    assert_eq!(browser.submit(form).await.status, 404);
    let page = browser.get(&server.at("/account/security")).await;
    assert!(page.texts("li[data-factor=email]").concat().contains("Work"));
}

async fn a_new_password_ends_other_sessions(server: &TestServer) {
    let (mut other, page) = at(server, "alice", "/account").await;
    assert_at(&page, "account");
    let (mut browser, page) = at(server, "alice", "/account/security/password").await;
    assert_at(&page, "account-password");
    let differing = page.form().set("password", NEW).set("confirm", PASSWORD);
    let page = browser.submit(differing).await;
    assert_eq!(page.status, 400, "{}", page.body);
    for (weak, why) in [
        ("short", "at least"),
        (PASSWORD, "the password you have"),
        ("Alice@example.com", "easy to guess"),
    ] {
        let refused = browser
            .submit(page.form().set("password", weak).set("confirm", weak))
            .await;
        let told = refused.texts("#error").concat();
        assert!(refused.status == 400 && told.contains(why), "{weak}: {told}");
    }
    let page = browser
        .submit(page.form().set("password", NEW).set("confirm", NEW))
        .await;
    assert_at(&page, "account-security");
    assert_at(&browser.get(&server.at("/account")).await, "account");
    let page = other.get(&server.at("/account")).await;
    let page = log_in(&mut other, page, "alice").await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (400, Some("login")),
        "the old password is worth nothing"
    );

    let rp = RelyingParty::new(server, "trusted");
    let mut third = rp.browser();
    let page = rp.authorize(&mut third, "openid", &[]).await;
    let form = page.form().set("username", "alice").set("password", NEW);
    code_of(&third.submit(form).await);
    let subjects: Vec<String> = server
        .messages()
        .await
        .into_iter()
        .map(|message| message.subject)
        .collect();
    assert!(
        subjects.iter().any(|subject| subject.contains("password")),
        "{subjects:?}"
    );

    // A password of a quarter of an hour ago is asked for again.
    server.advance(901);
    assert_at(&browser.get(&server.at("/account/security/password")).await, "login");
}

async fn recovery_codes_are_shown_once_and_replaced(server: &TestServer) {
    let (mut browser, _) = at(server, "alice", "/account/security").await;
    add_app(server, &mut browser).await;
    let page = browser.get(&server.at("/account/security/recovery")).await;
    assert_at(&page, "account-recovery");
    let first = browser.submit(page.form()).await.texts("ol.codes code");
    assert_eq!(first.len(), 10, "{first:?}");
    let page = browser.get(&server.at("/account/security/recovery")).await;
    assert_eq!(page.texts("ol.codes code"), Vec::<String>::new(), "they are shown once");
    assert!(page.body.contains("10"), "{}", page.body);
    let second = browser.submit(page.form()).await.texts("ol.codes code");
    assert!(second.iter().all(|code| !first.contains(code)), "{second:?}");
    // Showing them takes fresh proof.
    server.advance(901);
    assert_at(
        &browser.get(&server.at("/account/security/recovery")).await,
        "challenge",
    );
}
