//! Accounts at other providers on the pages of an account: connected, listed, removed.

use serde_json::json;

use super::{REFUSED, UNKNOWN};
use super::{connect, listed, reaching, says, sign_in};
use crate::support::browser::Browser;
use crate::support::page::Page;
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::server::{TestServer, on_both};

on_both!(reaching();
    a_person_connects_an_account_and_removes_it, connecting_takes_fresh_proof, nobody_takes_an_account_that_is_taken,
    an_answer_to_another_session_connects_nothing, what_fails_there_is_told, the_last_way_in_stays,
    a_provider_may_keep_connecting_to_operators);

const SECURITY: &str = "/account/security";

/// A provider that nobody is connected with yet.
fn fresh(server: &TestServer, further: &str) -> Provider {
    let provider = Provider::start(server);
    server.apply(&provider.listed(further));
    provider
}

/// Somebody who signed in with a password.
async fn signed_in(server: &TestServer, username: &str) -> (Browser, Page) {
    let mut browser = Browser::new();
    let page = browser.get(&server.at(SECURITY)).await;
    let form = page.form_at("form[action$=login]");
    let form = form
        .set("username", username)
        .set("password", crate::support::directory::PASSWORD);
    let page = browser.submit(form).await;
    (browser, page)
}

async fn asked(browser: &mut Browser, page: &Page) -> Page {
    let link = page.link("[data-connect]");
    browser.follow(&page.url, &link).await
}

async fn a_person_connects_an_account_and_removes_it(server: &TestServer) {
    let provider = fresh(server, "");
    let rp = RelyingParty::new(server, "trusted");
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, UNKNOWN);
    let (mut browser, page) = signed_in(server, "alice").await;
    assert!(page.attribute("[data-connection]", "data-connection").is_none());
    let page = asked(&mut browser, &page).await;
    assert_eq!(page.page().as_deref(), Some("account-connect"), "{}", page.body);
    let page = browser.submit(page.form()).await;
    assert_eq!(page.page().as_deref(), Some("account-security"), "{}", page.body);
    assert_eq!(
        page.attribute("[data-connection]", "data-connection").as_deref(),
        Some("Example Staff")
    );
    assert!(
        page.body
            .contains("Connected. You can sign in with that account from now on.")
    );
    assert!(!page.body.contains("alice-there"));
    provider.was_asked_rightly();
    let told = server.messages().await;
    assert!(
        told.iter()
            .any(|mail| format!("{mail:?}").contains("alice@example.com")),
        "{told:?}"
    );
    let mut there = rp.browser();
    assert!(sign_in(&rp, &mut there, &provider, &[]).await.query("code").is_some());
    // Removed, it signs nobody in, and what it signed in to is over.
    let link = page.link("[data-connection] a");
    let page = browser.follow(&page.url, &link).await;
    assert_eq!(page.page().as_deref(), Some("account-remove"), "{}", page.body);
    let page = browser.submit(page.form()).await;
    assert!(
        page.attribute("[data-connection]", "data-connection").is_none(),
        "{}",
        page.body
    );
    assert_eq!(
        rp.authorize(&mut there, "openid", &[]).await.page().as_deref(),
        Some("login")
    );
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, UNKNOWN);
}

async fn connecting_takes_fresh_proof(server: &TestServer) {
    let provider = fresh(server, "");
    let (mut browser, page) = signed_in(server, "alice").await;
    let form = asked(&mut browser, &page).await.form();
    server.advance(901);
    provider.is_at(server.now());
    let due = browser.submit(form).await;
    assert_eq!(due.page().as_deref(), Some("login"), "{}", due.body);
    assert!(provider.redeemed().is_empty());
    // Nobody is sent there by a form of another site.
    let (mut browser, page) = signed_in(server, "alice").await;
    let form = asked(&mut browser, &page).await.form().without("csrf");
    let refused = browser.submit(form).await;
    assert_eq!(refused.error_class().as_deref(), Some("cross_site"));
}

async fn nobody_takes_an_account_that_is_taken(server: &TestServer) {
    let provider = listed(server, "").await;
    server.apply(&format!(
        "[[users]]\nusername = \"dora\"\npassword = \"{}\"\n",
        crate::support::directory::PASSWORD
    ));
    let (mut browser, page) = signed_in(server, "dora").await;
    let page = asked(&mut browser, &page).await;
    let page = browser.submit(page.form()).await;
    assert_eq!(page.page().as_deref(), Some("account-security"));
    assert_eq!(
        page.texts("#error"),
        ["That account is connected with somebody else here."]
    );
    // As many as may be, and no more.
    for number in 0..6 {
        provider.signs_in(&format!("dora-{number}"));
        let page = browser.get(&server.at(SECURITY)).await;
        let page = asked(&mut browser, &page).await;
        let page = browser.submit(page.form()).await;
        let error = page.texts("#error");
        assert_eq!(error.is_empty(), number < 5, "{number}: {error:?}");
    }
}

async fn an_answer_to_another_session_connects_nothing(server: &TestServer) {
    let provider = fresh(server, "");
    provider.signs_in("mallory-there");
    let (mut mallory, page) = signed_in(server, "alice").await;
    let form = asked(&mut mallory, &page).await.form();
    mallory.stop_at(&provider.issuer());
    let left = mallory.submit(form).await;
    let mut stranger = Browser::new();
    stranger.stop_at(&server.at("/"));
    let back = stranger.get(left.location.unwrap().as_str()).await.location.unwrap();
    // In another browser it is nothing; in the same browser with another session neither.
    let (mut victim, _) = signed_in(server, "alice").await;
    assert_eq!(
        victim.get(back.as_str()).await.error_class().as_deref(),
        Some("expired_interaction")
    );
    let page = mallory.get(&server.at("/oauth2/logout")).await;
    mallory.submit_with(page.form(), "decision", "confirm").await;
    let page = mallory.get(&server.at(SECURITY)).await;
    let form = page.form_at("form[action$=login]").set("username", "alice");
    mallory
        .submit(form.set("password", crate::support::directory::PASSWORD))
        .await;
    let page = mallory.get(back.as_str()).await;
    assert_eq!(page.texts("#error"), [REFUSED], "{}", page.body);
    assert!(page.attribute("[data-connection]", "data-connection").is_none());
    let rp = RelyingParty::new(server, "trusted");
    says(&sign_in(&rp, &mut rp.browser(), &provider, &[]).await, UNKNOWN);
}

async fn what_fails_there_is_told(server: &TestServer) {
    let provider = fresh(server, "");
    let (mut browser, page) = signed_in(server, "alice").await;
    for (answer, claims) in [
        (json!({ "code": null, "error": "access_denied" }), json!({})),
        (json!({}), json!({ "nonce": "another" })),
        (json!({ "iss": "https://other.example" }), json!({})),
    ] {
        provider.answers(answer);
        provider.claims(claims);
        let asked = asked(&mut browser, &page).await;
        let page = browser.submit(asked.form()).await;
        assert_eq!(page.page().as_deref(), Some("account-security"), "{}", page.body);
        assert_eq!(page.texts("#error").len(), 1);
        assert!(page.attribute("[data-connection]", "data-connection").is_none());
    }
}

async fn the_last_way_in_stays(server: &TestServer) {
    let provider = listed(server, "").await;
    server.apply("[[users]]\nusername = \"carol\"\nsso_only = true\n");
    connect(server, &provider, "carol", "carol-there").await;
    provider.signs_in("carol-there");
    provider.claims(json!({ "auth_time": server.now() }));
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    sign_in(&rp, &mut browser, &provider, &[]).await;
    let page = browser.get(&server.at(SECURITY)).await;
    let link = page.link("[data-connection] a");
    let page = browser.follow(&page.url, &link).await;
    let page = browser.submit(page.form()).await;
    assert_eq!(page.texts("#error").len(), 1, "{}", page.body);
    assert!(page.attribute("[data-connection]", "data-connection").is_some());
}

async fn a_provider_may_keep_connecting_to_operators(server: &TestServer) {
    let provider = fresh(server, "connectable = false");
    let (mut browser, page) = signed_in(server, "alice").await;
    assert!(page.attribute("[data-connect]", "href").is_none());
    let address = url::form_urlencoded::byte_serialize(provider.issuer().as_bytes()).collect::<String>();
    let page = browser
        .get(&server.at(&format!("{SECURITY}/connect?issuer={address}")))
        .await;
    assert_eq!(page.status, 404, "{}", page.body);
    // The login page has it all the same.
    let rp = RelyingParty::new(server, "trusted");
    let mut other = rp.browser();
    let login = rp.authorize(&mut other, "openid", &[]).await;
    assert_eq!(login.texts("#providers button").len(), 1);
    log_in_by_password(&mut other, login).await;
}

async fn log_in_by_password(browser: &mut Browser, page: Page) {
    let form = page.form_at("form[action$=login]").set("username", "alice");
    let page = browser
        .submit(form.set("password", crate::support::directory::PASSWORD))
        .await;
    assert!(page.query("code").is_some(), "{}", page.body);
}
