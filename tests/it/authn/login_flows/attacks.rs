//! Whoever has the password and would rather not go through the flow.

use super::{WORD, assert_step, at_flow, details, directory, word};
use crate::support::attack::{self, assert_error_page};
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::with_directory;

/// Denies whoever is not at a place that nobody is at.
const DENY: &str = r#"
[[login_flows]]
name = "deny"
state = "active"

[[login_flows.steps]]
name = "check"
kind = "decision"
all = [{ value = "ip", is = "192.0.2.99" }]
valid = "done"
invalid = "no"

[[login_flows.steps]]
name = "no"
kind = "deny"
text = "Sign in from the counter, {username}."

[[login_flows.steps]]
name = "done"
kind = "finish"
"#;

#[tokio::test]
async fn s14_c4_a_half_login_reaches_flow_pages_alone() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    let errand = page.url.as_str().trim_end_matches("/flow").to_owned();
    for step in ["", "/login", "/challenge", "/enrol", "/consent"] {
        let page = browser.get(&format!("{errand}{step}")).await;
        assert_step(&page, "screen", "Which department?");
    }
    // Another client on the same cookie, with its own consent or none, with and without pages.
    for client in ["app", "trusted"] {
        let other = RelyingParty::new(&server, client);
        let page = other.authorize(&mut browser, "openid", &[]).await;
        assert_step(&page, "screen", "Which department?");
        let page = other.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
        assert_eq!(page.query("error").as_deref(), Some("interaction_required"));
        assert_eq!(page.query("code"), None);
    }
    // A form of a page that would be due without the flow.
    let mut form = page.form().without("word").add("decision", "allow");
    form.action = format!("{errand}/consent").parse().unwrap();
    assert_error_page(&attack::post(&browser, &form, &[]).await, "step_not_due");
    assert!(server.audit("authorization.allowed").is_empty());
}

#[tokio::test]
async fn s14_steps_are_neither_skipped_nor_answered_twice() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    let form = page.form().set("word", "sales");
    let turn: u32 = form.value("turn").unwrap().parse().unwrap();
    for other in [turn + 1, turn + 2, turn.wrapping_sub(1), 0] {
        let tried = form.clone().set("turn", &other.to_string());
        assert_error_page(&attack::post(&browser, &tried, &[]).await, "step_not_due");
    }
    assert_error_page(
        &attack::post(&browser, &form.clone().without("turn"), &[]).await,
        "step_not_due",
    );
    // A field that is not taken costs nothing, and goes no further.
    let empty = browser.submit(form.clone().set("word", "  ")).await;
    assert_eq!(
        (empty.status, empty.form().value("turn")),
        (400, Some(turn.to_string()))
    );
    assert_eq!(empty.texts("#error p"), ["Fill in the field Department."]);
    // The page of another tab, sent after this one went on.
    let again = browser.submit(form.clone().set("word", "kitchen")).await;
    assert_step(&again, "screen", "Which department?");
    assert_error_page(&attack::post(&browser, &form, &[]).await, "step_not_due");
    code_of(&browser.submit(again.form().set("word", "sales")).await);
}

#[tokio::test]
async fn s19_a_flow_page_takes_its_own_forms_alone() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (browser, page) = at_flow(&rp).await;
    let form = page.form().set("word", "sales");
    for forged in [form.clone().without("csrf"), form.clone().set("csrf", "AAAA")] {
        assert_error_page(&attack::post(&browser, &forged, &[]).await, "cross_site");
    }
    let (stranger, other) = at_flow(&rp).await;
    let mut stolen = form.clone();
    stolen.action = other.form().action;
    assert_error_page(&attack::post(&stranger, &stolen, &[]).await, "cross_site");
}

#[tokio::test]
async fn s14_a_flow_that_was_left_begins_with_the_password() {
    let server = word().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    server.advance(299);
    let page = browser.submit(page.form().set("word", "kitchen")).await;
    assert_step(&page, "screen", "Which department?");
    server.advance(300);
    assert_error_page(
        &attack::post(&browser, &page.form().set("word", "sales"), &[]).await,
        "step_not_due",
    );
    let login = browser.get(page.url.as_str()).await;
    assert_eq!(login.page().as_deref(), Some("login"));
    // The whole of it has a deadline too, in whatever errand.
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_step(&page, "screen", "Which department?");
    server.advance(2);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    let page = log_in(&mut browser, page, "carol").await;
    assert_step(&page, "screen", "Which department?");
    code_of(&browser.submit(page.form().set("word", "sales")).await);
}

#[tokio::test]
async fn s14_programs_are_refused_where_the_flow_verifies() {
    let server = word().start().await;
    let login = |username: &'static str| {
        let form = vec![
            ("grant_type", "password"),
            ("username", username),
            ("password", PASSWORD),
            ("scope", "calendar"),
        ];
        let server = &server;
        async move { server.post_as(("loader", SECRET), "/oauth2/token", &form).await }
    };
    login("alice").await.accepted();
    let told = login("carol").await.refused(400, "invalid_grant");
    assert_eq!(told, "this user signs in through the browser");
    // A flow that tells something and verifies nothing stands in nobody's way.
    let notice = "[[login_flows]]\nname = \"word\"\nstate = \"active\"\n\
        [[login_flows.steps]]\nname = \"hello\"\nkind = \"notice\"\ntitle = \"Hello\"\ntext = \"There.\"\n\
        [[login_flows.steps]]\nname = \"done\"\nkind = \"finish\"\n";
    server.apply(notice);
    login("carol").await.accepted();
}

#[tokio::test]
async fn s24_a_login_that_is_denied_ends_and_the_client_is_told_once_the_person_goes_on() {
    let server = with_directory(&directory(DENY, "deny")).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_flow(&rp).await;
    assert_step(&page, "denied", "You cannot sign in now");
    assert!(page.body.contains("Sign in from the counter, carol."), "{}", page.body);
    assert_eq!(details(&server, "flow.denied")[0]["step"].as_str(), Some("no"));
    assert_eq!(server.audit("session.ended").len(), 1);
    // Nothing is left of the login, in this tab or another.
    let other = rp.authorize(&mut browser.clone(), "openid", &[]).await;
    assert_eq!(other.page().as_deref(), Some("login"));
    assert_step(
        &browser.get(page.url.as_str()).await,
        "denied",
        "You cannot sign in now",
    );
    // Nor does a new login in this very errand change it.
    let mut form = other.form().set("username", "carol").set("password", PASSWORD);
    form.action = page.url.as_str().replace("/flow", "/login").parse().unwrap();
    form = form.set("csrf", &page.form().value("csrf").unwrap());
    let tried = browser.submit(form).await;
    assert_step(&tried, "denied", "You cannot sign in now");
    let page = browser.submit(tried.form()).await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(
        (page.query("state").as_deref(), page.query("code")),
        (Some("st&te"), None)
    );
    assert!(server.audit("authorization.allowed").is_empty());
}

#[tokio::test]
async fn s14_a_step_without_a_record_denies() {
    let nothing = directory(WORD, "word").replace("department = \"sales\"\n", "");
    let server = with_directory(&nothing).start().await;
    let (_, page) = at_flow(&RelyingParty::new(&server, "trusted")).await;
    assert_step(&page, "denied", "You cannot sign in now");
    assert_eq!(details(&server, "flow.denied")[0]["step"].as_str(), Some("user"));
}
