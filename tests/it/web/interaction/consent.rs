//! Consent: given, remembered, narrowed, refused.

use serde_json::Value;

use crate::support::attack;
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, code_of, log_in};
use crate::support::server::with_directory;

async fn scope(rp: &RelyingParty<'_>, page: &Page) -> Vec<String> {
    let answer = rp.redeem(&code_of(page)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let scope = match &answer.body["scope"] {
        Value::String(scope) => scope.clone(),
        other => panic!("no scope: {other}"),
    };
    scope.split(' ').map(str::to_owned).collect()
}

/// Allows all but the optional calendar.
async fn agree_without_calendar(browser: &mut Browser, page: Page) -> Page {
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    let form = page.form().choose("scope", "calendar", false);
    browser.submit_with(form, "decision", "allow").await
}

#[tokio::test]
async fn declining_goes_back_and_is_not_remembered() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let page = browser.submit_with(page.form(), "decision", "deny").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    assert_eq!(page.query("iss").as_deref(), Some(server.issuer.as_str()));
    assert_eq!(page.query("code"), None);
    assert_eq!(server.audit("consent.denied").len(), 1);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    assert_eq!(scope(&rp, &agree(&mut browser, page).await).await, ["openid"]);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(scope(&rp, &page).await, ["openid"], "remembered");
    // Only what is new is asked for.
    let page = rp.authorize(&mut browser, "openid email", &[]).await;
    assert!(page.body.contains("<code>email</code>") && !page.body.contains("<code>openid</code>"));
}

#[tokio::test]
async fn what_is_left_out_is_left_out() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid calendar", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert!(page.body.contains("See your calendar"), "scopes are shown in words");
    let page = agree_without_calendar(&mut browser, page).await;
    assert_eq!(scope(&rp, &page).await, ["openid"]);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(scope(&rp, &page).await, ["openid"]);
    let page = rp.authorize(&mut browser, "openid calendar", &[]).await;
    assert_eq!(
        page.page().as_deref(),
        Some("consent"),
        "the calendar was not agreed to"
    );
    let page = agree(&mut browser, page).await;
    assert_eq!(scope(&rp, &page).await, ["calendar", "openid"]);
    // Agreed to before and not asked about now: it stays.
    let page = rp.authorize(&mut browser, "openid calendar email", &[]).await;
    assert!(!page.body.contains("<code>calendar</code>"));
    let page = agree(&mut browser, page).await;
    assert_eq!(scope(&rp, &page).await, ["calendar", "email", "openid"]);
    // Taken back where it is asked about again.
    let page = rp
        .authorize(&mut browser, "openid calendar", &[("prompt", "consent")])
        .await;
    let page = agree_without_calendar(&mut browser, page).await;
    assert_eq!(scope(&rp, &page).await, ["openid"]);
    let page = rp
        .authorize(&mut browser, "openid calendar", &[("prompt", "none")])
        .await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_consent_form_never_grows_the_request() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let mut form = page.form();
    for more in ["calendar", "reports", "offline_access", "admin", "openid"] {
        form = form.add("scope", more);
    }
    let answer = attack::post(&browser, &form.add("response_type", "token"), &[]).await;
    assert_eq!(scope(&rp, &answer).await, ["openid"]);
    let page = rp
        .authorize(&mut browser, "openid calendar", &[("prompt", "none")])
        .await;
    assert_eq!(
        page.query("error").as_deref(),
        Some("consent_required"),
        "nothing else was remembered"
    );
}

#[tokio::test]
async fn the_first_of_two_answers_counts() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let form = page.form();
    let two = form.clone().add("decision", "deny").add("decision", "allow");
    let fields: Vec<(String, String)> = two.fields();
    let answer = attack::post_fields(&browser, &form.action, &fields, &[]).await;
    assert_eq!(answer.query("code"), None, "no answer that says both is a yes");
}
