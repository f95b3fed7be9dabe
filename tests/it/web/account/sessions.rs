//! Sessions and known browsers, ended and forgotten by their owner.

use super::{add_app, assert_at, at, builder};
use crate::support::on_both;
use crate::support::server::TestServer;

on_both! {
    builder();
    sessions_are_listed_with_their_level_and_ended, a_known_browser_is_forgotten,
}

async fn sessions_are_listed_with_their_level_and_ended(server: &TestServer) {
    let (mut first, _) = at(server, "alice", "/account").await;
    let (mut second, _) = at(server, "alice", "/account").await;
    add_app(server, &mut second).await;
    let page = second.get(&server.at("/account/sessions")).await;
    assert_at(&page, "account-sessions");
    assert_eq!(page.texts("li[data-session]").len(), 2, "{}", page.body);
    assert!(page.texts("li[data-here]").concat().contains("High"), "{}", page.body);
    let page = second.submit(page.form_at("li[data-session] form")).await;
    assert_eq!(page.texts("li[data-session]").len(), 1, "{}", page.body);
    assert_at(&first.get(&server.at("/account")).await, "login");

    let (mut third, _) = at(server, "alice", "/account").await;
    let (mut fourth, _) = at(server, "bob", "/account/sessions").await;
    let page = second.get(&server.at("/account/sessions")).await;
    let page = second
        .submit_with(page.form_at("form:has(#end-others)"), "session", "others")
        .await;
    assert_eq!(page.texts("li[data-session]").len(), 1, "{}", page.body);
    assert_at(&third.get(&server.at("/account")).await, "login");
    assert_at(&fourth.get(&server.at("/account")).await, "enrol");
}

async fn a_known_browser_is_forgotten(server: &TestServer) {
    let (mut browser, _) = at(server, "alice", "/account").await;
    add_app(server, &mut browser).await;
    let page = browser.get(&server.at("/account/sessions")).await;
    assert_eq!(page.texts("li[data-device]").len(), 1, "{}", page.body);
    let page = browser.submit(page.form_at("li[data-device] form")).await;
    assert_eq!(page.texts("li[data-device]").len(), 0, "{}", page.body);
    assert_eq!(server.audit("device.revoked").len(), 1);
}
