//! `acr_values`, `claims`, hints and languages.

use serde_json::{Value, json};

use super::{MORE, ask, assert_refused, start};
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in, prove};
use crate::support::server::with_directory;

const ALIAS: &str = "https://refeds.org/profile/mfa";

async fn id_token(rp: &RelyingParty<'_>, browser: &mut Browser, further: &[(&str, &str)]) -> Value {
    let page = ask(rp, browser, further).await;
    claims(&rp.redeem(&code_of(&page)).await.text("id_token"))
}

#[tokio::test]
async fn levels_are_asked_for_in_order_of_preference() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    for (values, acr) in [
        ("standard high", "standard"),
        ("high standard", "standard"),
        ("urn:unheard-of", "standard"),
        ("urn:unheard-of standard", "standard"),
        ("phr", "standard"),
    ] {
        let token = id_token(&rp, &mut browser, &[("acr_values", values)]).await;
        assert_eq!(token["acr"], acr, "{values}");
    }
    let page = ask(&rp, &mut browser, &[("acr_values", ALIAS)]).await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&json!(ALIAS), &json!(["pwd", "otp", "mfa"]))
    );
    // ASSURANCE.md §12, example 9.
    for (values, acr) in [("phr high", "high"), ("standard", "standard"), ("", "high")] {
        let token = id_token(&rp, &mut browser, &[("acr_values", values)]).await;
        assert_eq!(token["acr"], acr, "{values}");
    }
}

#[tokio::test]
async fn example_8_a_weaker_login_does_not_freshen_a_stronger_proof() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &[("acr_values", "high")]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    server.advance(1_500);
    let page = ask(&rp, &mut browser, &[("prompt", "login")]).await;
    code_of(&log_in(&mut browser, page, "alice").await);
    server.advance(300);
    let page = ask(&rp, &mut browser, &[("acr_values", "high"), ("max_age", "900")]).await;
    let page = prove(&server, &mut browser, page, &secret).await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&token["acr"], &token["auth_time"]),
        (&json!("high"), &json!(server.now()))
    );
}

#[tokio::test]
async fn strict_levels_are_an_error_when_unmet() {
    let server = with_directory(&format!("{DIRECTORY}{MORE}"))
        .settings("[assurance]\nacr_values_strict = true")
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    for values in ["phr", "urn:unheard-of"] {
        let page = ask(&rp, &mut browser, &[("acr_values", values)]).await;
        assert_refused(&rp, &page, "unmet_authentication_requirements");
    }
}

#[tokio::test]
async fn an_essential_level_is_met_or_refused() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    let acr = |member: Value| json!({ "id_token": { "acr": member } }).to_string();
    let essential = |values: &[&str]| acr(json!({ "essential": true, "values": values }));
    for unmet in [&["phr"][..], &["urn:unheard-of"]] {
        let further = [("claims", &*essential(unmet)), ("acr_values", "standard")];
        assert_refused(
            &rp,
            &ask(&rp, &mut browser, &further).await,
            "unmet_authentication_requirements",
        );
    }
    let voluntary = acr(json!({ "value": "phr" }));
    assert_eq!(
        id_token(&rp, &mut browser, &[("claims", &voluntary)]).await["acr"],
        "standard"
    );
    for harmless in [
        json!(null),
        json!({ "essential": true }),
        json!({ "value": 5 }),
        json!(7),
    ] {
        let token = id_token(&rp, &mut browser, &[("claims", &acr(harmless))]).await;
        assert_eq!(token["acr"], "standard");
    }
    let further = [("claims", &*essential(&["high"])), ("prompt", "none")];
    assert_refused(&rp, &ask(&rp, &mut browser, &further).await, "interaction_required");
    let page = ask(&rp, &mut browser, &[further[0]]).await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(token["acr"], "high");
    // Example 10: this user has an authenticator app alone.
    let page = ask(&rp, &mut browser, &[("claims", &essential(&["phr"]))]).await;
    assert_refused(&rp, &page, "unmet_authentication_requirements");
}

#[tokio::test]
async fn claims_are_told_where_they_were_asked_for() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    let asked =
        json!({ "userinfo": { "email": null, "password": null }, "id_token": { "name": { "essential": true } } });
    let page = ask(&rp, &mut browser, &[("claims", &asked.to_string())]).await;
    let answer = rp.redeem(&code_of(&page)).await;
    let token = claims(&answer.text("id_token"));
    let userinfo = rp.userinfo(&answer.text("access_token")).await.body;
    assert_eq!(
        (&token["name"], &token["email"]),
        (&json!("Alice Moreau"), &Value::Null)
    );
    assert_eq!(
        (&userinfo["name"], &userinfo["email"]),
        (&Value::Null, &json!("alice@example.com"))
    );
    assert_eq!(userinfo["password"], Value::Null);
}

#[tokio::test]
async fn a_hint_names_the_only_user_who_will_do() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut alice, mut carol) = (rp.browser(), rp.browser());
    let tokens = rp.tokens(&mut alice, "alice", "openid").await;
    let hint = tokens.text("id_token");
    rp.tokens(&mut carol, "carol", "openid").await;
    server.advance(1_000);
    let none = [("id_token_hint", &*hint), ("prompt", "none")];
    code_of(&ask(&rp, &mut alice, &none).await);
    assert_refused(&rp, &ask(&rp, &mut carol, &none).await, "login_required");
    let page = ask(&rp, &mut carol, &[none[0]]).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    let page = log_in(&mut carol, page, "carol").await;
    assert_refused(&rp, &page, "login_required");
    let subject = |sub: &Value| json!({ "id_token": { "sub": { "value": sub } } }).to_string();
    let alice_alone = subject(&claims(&hint)["sub"]);
    code_of(&ask(&rp, &mut alice, &[("claims", &alice_alone)]).await);
    let page = ask(&rp, &mut carol, &[("claims", &alice_alone), ("prompt", "none")]).await;
    assert_refused(&rp, &page, "login_required");
    // Two that contradict each other fit nobody.
    let somebody = subject(&json!("somebody"));
    let page = ask(&rp, &mut alice, &[none[0], none[1], ("claims", &somebody)]).await;
    assert_refused(&rp, &page, "login_required");
}

#[tokio::test]
async fn a_hint_that_is_no_id_token_of_this_client_is_refused() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let tokens = rp.tokens(&mut browser, "alice", "openid").await;
    let hint = tokens.text("id_token");
    let (signed, signature) = hint.rsplit_once('.').unwrap();
    let swapped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed}.{swapped}{}", &signature[1..]);
    let unsigned = format!("{}.{}.", "eyJhbGciOiJub25lIn0", signed.split('.').nth(1).unwrap());
    for wrong in [forged, unsigned, tokens.text("access_token")] {
        let page = ask(&rp, &mut browser, &[("id_token_hint", &wrong), ("prompt", "none")]).await;
        assert_refused(&rp, &page, "invalid_request");
    }
    let other = RelyingParty::new(&server, "trusted");
    let page = ask(&other, &mut browser, &[("id_token_hint", &hint), ("prompt", "none")]).await;
    assert_refused(&other, &page, "invalid_request");
}

#[tokio::test]
async fn a_login_hint_is_typed_in_and_no_markup() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let hint = r#""><script>alert('x')</script>"#;
    let page = ask(
        &rp,
        &mut browser,
        &[("login_hint", hint), ("ui_locales", "xx de-CH en")],
    )
    .await;
    assert_eq!(page.form().value("username").as_deref(), Some(hint));
    assert!(!page.body.contains("<script>alert"));
    assert_eq!(page.attribute("html", "lang").as_deref(), Some("de"));
    let page = browser
        .submit(page.form().set("username", hint).set("password", "wrong"))
        .await;
    assert_eq!(page.form().value("username").as_deref(), Some(hint));
    assert!(!page.body.contains("<script>alert"));
}
