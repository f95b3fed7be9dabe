//! Consent: given, remembered, narrowed, refused.

use serde_json::Value;

use crate::support::attack;
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, with_client};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

const SILENT: (&str, &str) = ("prompt", "none");

on_both! {
    with_directory(DIRECTORY);
    a_request_without_scopes_is_agreed_to_as_well, each_resource_is_agreed_to_once
}

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

/// RFC 6749 §10.2: nobody gets a token about a person who never heard of them, not even one that names no scope.
async fn a_request_without_scopes_is_agreed_to_as_well(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = RelyingParty::new(server, "trusted").browser();
    RelyingParty::new(server, "trusted")
        .sign_in(&mut browser, "alice", "openid")
        .await;
    let page = rp.authorize(&mut browser, "", &[SILENT]).await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
    let page = rp.authorize(&mut browser, "", &[]).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
    assert!(page.body.contains("learn nothing else about you"), "{}", page.body);
    let tokens = rp.redeem(&code_of(&agree(&mut browser, page).await)).await.accepted();
    // RFC 6749 §3.3: a scope has at least one token.
    let token = tokens.text("access_token");
    let introspected = rp.introspect(&token).await;
    assert_eq!(introspected["active"], true);
    for said in [&tokens.body, &claims(&token), &introspected] {
        assert_eq!(said.get("scope"), None, "{said}");
    }
    code_of(&rp.authorize(&mut browser, "", &[SILENT]).await);
    let page = rp.authorize(&mut browser, "openid", &[SILENT]).await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
}

async fn each_resource_is_agreed_to_once(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    let (transfers, opaque) = ("https://api.example/transfers", "https://api.example/opaque");
    let at = |resource: &'static str| ("resource", resource);
    let page = rp.authorize(&mut browser, "openid", &[SILENT, at(transfers)]).await;
    assert_eq!(page.query("error").as_deref(), Some("consent_required"));
    let page = rp.authorize(&mut browser, "openid", &[at(transfers)]).await;
    assert_eq!(page.texts("#resources li"), [format!("Transfers {transfers}")]);
    let page = browser.submit_with(page.form(), "decision", "deny").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    let page = rp.authorize(&mut browser, "openid", &[at(transfers)]).await;
    agree(&mut browser, page).await;
    code_of(&rp.authorize(&mut browser, "openid", &[SILENT, at(transfers)]).await);
    let recorded = format!("\"resources\":[\"{transfers}\"]");
    let given = server.audit("consent.given");
    assert!(given.iter().any(|entry| entry.body.contains(&recorded)), "{given:?}");
    // Only what is new is asked for, and what was agreed to stays.
    let page = rp.authorize(&mut browser, "openid", &[at(opaque)]).await;
    assert_eq!(page.texts("#resources li"), [opaque]);
    agree(&mut browser, page).await;
    for known in [transfers, opaque] {
        code_of(&rp.authorize(&mut browser, "openid", &[SILENT, at(known)]).await);
    }
    // Where it acts for her is told beside what it may do, and this server is nowhere else.
    let own = [SILENT, ("resource", server.issuer.as_str())];
    code_of(&rp.authorize(&mut browser, "openid", &own).await);
    let told = browser.get(&server.at("/account/applications")).await;
    assert_eq!(
        told.texts("li[data-client=app] .effects:last-of-type li"),
        [opaque.to_owned(), format!("Transfers {transfers}")]
    );
}

/// RFC 8252 §8.6: any program on the device may send the same request.
#[tokio::test]
async fn an_app_of_the_device_is_agreed_to_each_time() {
    let directory = with_client("native", "").replace(
        "scope = \"openid offline_access\"\nrequire_consent = false",
        "scope = \"openid offline_access\"",
    );
    let server = with_directory(&directory).start().await;
    for redirect_uri in ["http://127.0.0.1:4001/callback", "com.example.app:/callback"] {
        let rp = RelyingParty::public(&server, "native", redirect_uri);
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let page = log_in(&mut browser, page, "alice").await;
        let page = agree(&mut browser, page).await;
        assert!(page.query("code").is_some(), "{:?}", page.location);
        let page = rp.authorize(&mut browser, "openid", &[SILENT]).await;
        assert_eq!(page.query("error").as_deref(), Some("consent_required"));
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        assert_eq!(page.page().as_deref(), Some("consent"));
        assert!(agree(&mut browser, page).await.query("code").is_some());
    }
}
