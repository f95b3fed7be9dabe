//! Sessions: a new cookie at each rise, none that was planted, and decay.

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use serde_json::json;
use url::Url;

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in, prove};
use crate::support::server::{TestServer, with_directory};

fn cookie(browser: &Browser) -> String {
    browser.cookies.named("cs_session").expect("a session").value.clone()
}

/// Whether this browser is signed in, by asking for single sign-on.
async fn is_signed_in(rp: &RelyingParty<'_>, browser: &mut Browser) -> bool {
    let page = rp.authorize(browser, "openid", &[("prompt", "none")]).await;
    page.query("code").is_some()
}

#[tokio::test]
async fn each_rise_brings_a_new_cookie_and_the_old_one_is_dead() {
    let server = with_directory(DIRECTORY).start().await;
    let (trusted, high) = (
        RelyingParty::new(&server, "trusted"),
        RelyingParty::new(&server, "high"),
    );
    let mut browser = trusted.browser();
    trusted.sign_in(&mut browser, "alice", "openid").await;
    let mut stolen = vec![browser.clone()];
    assert!(is_signed_in(&trusted, &mut browser.clone()).await);
    let page = high.authorize(&mut browser, "openid", &[]).await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    stolen.push(browser.clone());
    server.advance(60);
    let page = high.authorize(&mut browser, "openid", &[("max_age", "30")]).await;
    code_of(&prove(&server, &mut browser, page, &secret).await);
    stolen.push(browser.clone());
    let page = trusted.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    code_of(&log_in(&mut browser, page, "alice").await);
    let mut cookies: Vec<String> = stolen.iter().chain([&browser]).map(cookie).collect();
    cookies.sort();
    cookies.dedup();
    assert_eq!(cookies.len(), 4, "each rise brings a new cookie");
    for thief in &mut stolen {
        assert!(!is_signed_in(&trusted, thief).await, "a cookie from before the rise");
    }
    assert!(is_signed_in(&trusted, &mut browser).await);
}

#[tokio::test]
async fn a_cookie_that_was_planted_is_not_taken_up() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut thief, mut known_to_thief) = (rp.browser(), rp.browser());
    let page = rp.authorize(&mut thief, "openid", &[]).await;
    log_in(&mut thief, page, "bob").await;
    let taken = cookie(&thief);
    server.advance(1);
    for planted in ["chosen-by-the-attacker", &taken] {
        let mut victim = rp.browser();
        let mut headers = HeaderMap::new();
        let line = format!("cs_session={planted}; Path=/; HttpOnly");
        headers.insert(SET_COOKIE, HeaderValue::from_str(&line).unwrap());
        victim.cookies.keep(&Url::parse(&server.at("/")).unwrap(), &headers);
        let page = rp.authorize(&mut victim, "openid", &[("prompt", "login")]).await;
        code_of(&log_in(&mut victim, page, "alice").await);
        assert_ne!(cookie(&victim), planted);
        known_to_thief.cookies = victim.cookies.clone();
        known_to_thief.cookies.replace("cs_session", planted);
        assert!(!is_signed_in(&rp, &mut known_to_thief).await, "{planted}");
    }
}

#[tokio::test]
async fn a_high_session_decays_to_standard_and_then_to_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let (trusted, high) = (
        RelyingParty::new(&server, "trusted"),
        RelyingParty::new(&server, "high"),
    );
    let mut browser = trusted.browser();
    let page = high.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    // Example 5: an hour without use is still high; a second more is not.
    server.advance(3_600);
    let none = [("prompt", "none")];
    let mut idle = browser.clone();
    let page = high.authorize(&mut idle, "openid", &none).await;
    let token = claims(&high.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(token["auth_time"], server.now() - 3_600);
    server.advance(3_601);
    let page = high.authorize(&mut browser, "openid", &none).await;
    assert_eq!(page.query("error").as_deref(), Some("interaction_required"));
    let page = trusted.authorize(&mut browser, "openid", &none).await;
    let token = claims(&trusted.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!((&token["acr"], &token["amr"]), (&json!("standard"), &json!(["pwd"])));
    let page = high.authorize(&mut browser, "openid", &[]).await;
    code_of(&prove(&server, &mut browser, page, &secret).await);
    server.advance(7_201);
    assert!(!is_signed_in(&trusted, &mut browser).await);
}

#[tokio::test]
async fn example_7_a_code_of_last_night_is_stale_however_active_the_session() {
    let server = with_directory(DIRECTORY).start().await;
    let (trusted, high) = (
        RelyingParty::new(&server, "trusted"),
        RelyingParty::new(&server, "high"),
    );
    let mut browser = trusted.browser();
    let page = high.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    for _ in 0..15 {
        server.advance(3_120);
        assert!(is_signed_in(&trusted, &mut browser).await);
    }
    let page = high.authorize(&mut browser, "openid", &[]).await;
    let page = prove(&server, &mut browser, page, &secret).await;
    let token = claims(&high.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&token["acr"], &token["auth_time"]),
        (&json!("high"), &json!(server.now()))
    );
}

#[tokio::test]
async fn a_factor_that_was_removed_proves_nothing_any_more() {
    let server = with_directory(DIRECTORY).start().await;
    let high = RelyingParty::new(&server, "high");
    let mut browser = high.browser();
    let page = high.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    let operator = countersign::model::actor::Actor::Operator;
    let find = |view: &mut countersign::work::View<'_>| countersign::manage::users::find(view, &operator, "alice");
    let alice = server.server.read_blocking(find).unwrap().id;
    let reset = move |work: &mut countersign::work::Work<'_>| {
        countersign::manage::users::reset_factors(work, &countersign::model::actor::Actor::Operator, alice)
    };
    let origin = countersign::work::Origin::default();
    assert_eq!(server.server.perform_blocking(origin, reset).unwrap(), 1);
    let page = high.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
}

const LIMITED: &str = r#"
[[profiles]]
name = "kiosk"
session_lifetime = 3600
session_idle = 600

[[users]]
username = "kim"
password = "wonderland-tea-party"
profile = "kiosk"
"#;

on_both! {
    with_directory(&format!("{DIRECTORY}{LIMITED}"));
    a_profile_limits_pauses_in_sessions, a_profile_limits_the_life_of_sessions,
}

async fn a_profile_limits_pauses_in_sessions(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let (mut kim, mut alice) = (rp.browser(), rp.browser());
    rp.sign_in(&mut kim, "kim", "openid").await;
    rp.sign_in(&mut alice, "alice", "openid").await;
    for _ in 0..3 {
        server.advance(599);
        assert!(is_signed_in(&rp, &mut kim).await);
    }
    server.advance(600);
    let page = rp.authorize(&mut kim, "openid", &[("prompt", "none")]).await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
    assert!(is_signed_in(&rp, &mut alice).await, "other profiles are not concerned");
}

async fn a_profile_limits_the_life_of_sessions(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "kim", "openid").await;
    for _ in 0..6 {
        server.advance(599);
        assert!(is_signed_in(&rp, &mut browser).await);
    }
    server.advance(6);
    assert!(!is_signed_in(&rp, &mut browser).await);
    // Whoever signs in again has another hour.
    for _ in 0..2 {
        let page = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
        code_of(&log_in(&mut browser, page, "kim").await);
        server.advance(599);
        assert!(is_signed_in(&rp, &mut browser).await);
    }
    for _ in 0..4 {
        server.advance(590);
        assert!(is_signed_in(&rp, &mut browser).await);
    }
}
