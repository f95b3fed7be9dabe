//! The login of people who must prove two factors: nothing is had before both are proven. CLAUSES.md S1, S4, S11, S59.

use serde_json::json;

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD, with_client};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

/// The usual directory, with a profile that nobody can give `mfa_ui` and one whose API logins bring a code.
fn directory() -> String {
    let user = |name: &str, profile: &str| {
        format!("\n[[users]]\nusername = \"{name}\"\nprofile = \"{profile}\"\npassword = \"{PASSWORD}\"\n")
    };
    [
        DIRECTORY,
        "\n[[profiles]]\nname = \"community\"\nmfa_assignable = false\nrequired_acr = \"high\"\n",
        "\n[[profiles]]\nname = \"api\"\nmfa_ui = true\nmfa_api = true\n",
        &user("dora", "community"),
        &user("carol", "api"),
    ]
    .concat()
}

on_both! {
    with_directory(&directory());
    s1_with_mfa_ui_a_password_opens_nothing,
    s1_a_permission_that_is_given_later_asks_the_next_time,
    s4_an_abandoned_enrolment_leaves_nothing_and_comes_again,
    s11_a_profile_level_needs_no_permission,
    s59_mfa_api_covers_the_page_of_every_app
}

/// The page after the name and the password, in the browser's first errand with a client that requires nothing itself.
async fn half_way(rp: &RelyingParty<'_>, browser: &mut Browser, user: &str) -> Page {
    let page = rp.authorize(browser, "openid", &[]).await;
    log_in(browser, page, user).await
}

/// Enrols an authenticator app on this page, and sees `high` in the ID token.
async fn finished(server: &TestServer, rp: &RelyingParty<'_>, browser: &mut Browser, page: Page) {
    let (_, page) = enrol(server, browser, page).await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    let said = claims(&answer.text("id_token"));
    assert_eq!(
        (&said["acr"], &said["amr"]),
        (&json!("high"), &json!(["pwd", "otp", "mfa"]))
    );
}

async fn s1_with_mfa_ui_a_password_opens_nothing(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let half = half_way(&rp, &mut browser, "bob").await;
    assert_eq!(half.page().as_deref(), Some("enrol"));
    // A second tab, silence, and the address of the page after next.
    let tab = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(tab.page().as_deref(), Some("enrol"), "{}", tab.body);
    let silent = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(silent.query("error").as_deref(), Some("interaction_required"));
    assert_eq!(silent.query("code"), None);
    let consent = half.url.as_str().replace("/enrol", "/consent");
    assert_eq!(browser.get(&consent).await.page().as_deref(), Some("enrol"));
    assert!(server.audit("authorization.allowed").is_empty());
    finished(server, &rp, &mut browser, half).await;
}

async fn s1_a_permission_that_is_given_later_asks_the_next_time(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    code_of(&half_way(&rp, &mut browser, "alice").await);
    server.apply("[[users]]\nusername = \"alice\"\nprofile = \"staff\"\n");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    finished(server, &rp, &mut browser, page).await;
}

async fn s4_an_abandoned_enrolment_leaves_nothing_and_comes_again(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    assert_eq!(
        half_way(&rp, &mut browser, "bob").await.page().as_deref(),
        Some("enrol")
    );
    let events = ["authorization.allowed", "consent.given", "factor.enrolled"];
    assert!(events.iter().all(|event| server.audit(event).is_empty()));
    // The next login comes to the same page, and goes on from there to what was asked for.
    let mut browser = rp.browser();
    let page = half_way(&rp, &mut browser, "bob").await;
    let (_, page) = enrol(server, &mut browser, page).await;
    assert_eq!(page.page().as_deref(), Some("consent"));
}

async fn s11_a_profile_level_needs_no_permission(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = half_way(&rp, &mut browser, "dora").await;
    finished(server, &rp, &mut browser, page).await;
}

async fn s59_mfa_api_covers_the_page_of_every_app(server: &TestServer) {
    // An application that asks for less does not lower it.
    server.apply(&with_client("trusted", "required_acr = \"standard\""));
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = half_way(&rp, &mut browser, "carol").await;
    finished(server, &rp, &mut browser, page).await;
}
