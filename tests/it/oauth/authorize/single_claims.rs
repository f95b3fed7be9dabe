//! Claims that are asked for one by one take the consent that their scope takes. OpenID Connect Core §3.1.2.4, §5.5.

use serde_json::{Value, json};

use super::assert_refused;
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(DIRECTORY);
    they_are_agreed_to_and_remembered,
    consent_to_signing_in_is_no_consent_to_them,
    a_client_is_given_none_of_a_scope_that_it_may_not_have,
    who_needs_no_consent_gets_them
}

fn email_and_name() -> String {
    json!({ "userinfo": { "email": null }, "id_token": { "name": { "essential": true } } }).to_string()
}

async fn ask(rp: &RelyingParty<'_>, browser: &mut Browser, claims: &str, prompt: &str) -> Page {
    rp.authorize(browser, "openid", &[("claims", claims), ("prompt", prompt)])
        .await
}

/// The scopes that a page asks for.
fn asked(page: &Page) -> Vec<String> {
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    page.texts(".scopes code")
}

/// What the ID token and userinfo say of somebody besides who they are.
async fn told(rp: &RelyingParty<'_>, page: &Page) -> (Value, Value) {
    let tokens = rp.redeem(&code_of(page)).await.accepted();
    assert_eq!(tokens.text("scope"), "openid");
    let read = rp.userinfo(&tokens.text("access_token")).await.accepted().body;
    let token = claims(&tokens.text("id_token"));
    let personal = |said: &Value| {
        let names = ["name", "email", "email_verified", "preferred_username", "phone_number"];
        let had = names.iter().filter(|name| !said[**name].is_null());
        Value::from(had.copied().collect::<Vec<_>>())
    };
    (personal(&token), personal(&read))
}

async fn they_are_agreed_to_and_remembered(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &email_and_name(), "").await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(asked(&page), ["email", "openid", "profile"]);
    let page = agree(&mut browser, page).await;
    assert_eq!(told(&rp, &page).await, (json!(["name"]), json!(["email"])));
    let page = ask(&rp, &mut browser, &email_and_name(), "none").await;
    assert_eq!(told(&rp, &page).await, (json!(["name"]), json!(["email"])));
    // Who asks for none of it is told none of it.
    let page = ask(&rp, &mut browser, "", "none").await;
    assert_eq!(told(&rp, &page).await, (json!([]), json!([])));
    let page = ask(&rp, &mut browser, &email_and_name(), "consent").await;
    assert_eq!(asked(&page), ["email", "openid", "profile"]);
}

async fn consent_to_signing_in_is_no_consent_to_them(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    code_of(&rp.sign_in(&mut browser, "alice", "openid").await);
    let page = ask(&rp, &mut browser, &email_and_name(), "none").await;
    assert_refused(&rp, &page, "consent_required");
    let page = ask(&rp, &mut browser, &email_and_name(), "").await;
    assert_eq!(asked(&page), ["email", "profile"]);
    // Who declines is told about to nobody, now as before.
    let page = browser.submit_with(page.form(), "decision", "deny").await;
    assert_refused(&rp, &page, "access_denied");
    let page = ask(&rp, &mut browser, "", "none").await;
    assert_eq!(told(&rp, &page).await, (json!([]), json!([])));
}

async fn a_client_is_given_none_of_a_scope_that_it_may_not_have(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let everything = json!({ "userinfo": { "email": null, "name": null, "phone_number": { "essential": true } } });
    let (mut browser, everything) = (rp.browser(), everything.to_string());
    let page = ask(&rp, &mut browser, &everything, "").await;
    let page = log_in(&mut browser, page, "alice").await;
    let (_, page) = crate::support::relying_party::enrol(server, &mut browser, page).await;
    let page = if page.page().as_deref() == Some("consent") {
        assert_eq!(asked(&page), ["openid"]);
        agree(&mut browser, page).await
    } else {
        page
    };
    assert_eq!(told(&rp, &page).await, (json!([]), json!([])));
}

async fn who_needs_no_consent_gets_them(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &email_and_name(), "").await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(told(&rp, &page).await, (json!(["name"]), json!(["email"])));
}

#[tokio::test]
async fn what_may_be_left_out_is_left_out() {
    let optional = "[[scopes]]\nname = \"email\"\ndescription = \"Your address\"\noptional = true\n";
    let server = with_directory(&format!("{DIRECTORY}\n{optional}")).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &email_and_name(), "").await;
    let page = log_in(&mut browser, page, "alice").await;
    let form = page.form().choose("scope", "email", false);
    let page = browser.submit_with(form, "decision", "allow").await;
    assert_eq!(told(&rp, &page).await, (json!(["name"]), json!([])));
    let page = ask(&rp, &mut browser, &email_and_name(), "none").await;
    assert_refused(&rp, &page, "consent_required");
}
