//! What applications may do, taken back; and what happened, in plain words.

use super::{assert_at, at, builder};
use crate::support::on_both;
use crate::support::relying_party::RelyingParty;
use crate::support::server::TestServer;

on_both! {
    builder();
    what_an_application_may_do_is_taken_back, activity_is_told_in_words, people_change_what_they_say_of_themselves,
}

async fn what_an_application_may_do_is_taken_back(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let tokens = rp.tokens(&mut browser, "alice", "openid offline_access calendar").await;
    let page = browser.get(&server.at("/account/applications")).await;
    assert_at(&page, "account-applications");
    let told = page.texts("li[data-client=app]").concat();
    assert!(
        told.contains("Harbour Payroll") && told.contains("See your calendar"),
        "{told}"
    );
    let page = browser.submit(page.form_at("li[data-client=app] form")).await;
    assert_eq!(page.texts("li[data-client]"), Vec::<String>::new());
    assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
    assert_eq!(rp.introspect(&tokens.text("access_token")).await["active"], false);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_at(&page, "consent");
}

async fn activity_is_told_in_words(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    rp.tokens(&mut browser, "alice", "openid").await;
    let page = browser.get(&server.at("/account/activity")).await;
    assert_at(&page, "account-activity");
    let told = page.texts("ol.rows li").join("\n");
    for words in [
        "You signed in",
        "You agreed to what Harbour Payroll asked for",
        "Harbour Payroll was given access",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

async fn people_change_what_they_say_of_themselves(server: &TestServer) {
    let (mut browser, page) = at(server, "alice", "/account").await;
    let form = page
        .form()
        .set("name", "Alice <Liddell>")
        .add("email", "mallory@example.com");
    let page = browser.submit(form).await;
    assert_at(&page, "account");
    assert_eq!(page.form().value("name").as_deref(), Some("Alice <Liddell>"));
    assert!(
        page.body.contains("alice@example.com"),
        "an address is not changed by a form: {}",
        page.body
    );
    let page = browser.submit(page.form().set("name", &"x".repeat(121))).await;
    assert_eq!(
        (page.status, page.form().value("name").as_deref()),
        (400, Some("Alice <Liddell>"))
    );
}
