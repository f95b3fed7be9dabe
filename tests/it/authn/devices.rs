//! Devices: browsers that a person proved a second factor in. CLAUSES.md S72 to S76, C8; ASSURANCE.md §12, example 35.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::directory::with_organisation;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in, prove};
use crate::support::server::{Builder, TestServer, with_directory};

const TRUSTED: &str = "10.1.2.3";
const ELSEWHERE: &str = "192.0.2.1";
const COOKIE: &str = "countersign_device";

const PEOPLE: &str = r#"
[[profiles]]
name = "portal"
activation_exempt = true

[[profiles]]
name = "ranged"
login_ip_ranges = ["192.0.2.0/24"]

[[users]]
username = "petra"
password = "wonderland-tea-party"
profile = "portal"

[[users]]
username = "rolf"
password = "wonderland-tea-party"
profile = "ranged"

[[users]]
username = "dora"
password = "wonderland-tea-party"
[users.claims]
email = "dora@example.com"
"#;

fn directory() -> String {
    format!("{}{PEOPLE}", with_organisation("trusted_ip_ranges = [\"10.0.0.0/8\"]"))
}

fn with(activation: &str) -> Builder {
    with_directory(&directory())
        .trusting("127.0.0.1")
        .settings(&format!("[assurance]\ndevice_activation = \"{activation}\""))
}

on_both! {
    with("verify");
    s73_s75_an_unknown_device_is_verified_once, s73_a_device_is_its_users_alone, s73_a_copied_cookie_is_found_out,
    s73_tabs_that_were_under_way_do_no_harm, s73_a_cleared_cookie_is_an_unknown_device,
    s73_a_device_is_forgotten_after_a_year, s73_a_profile_with_ranges_has_no_devices,
    s74_s72_c8_a_trusted_address_is_not_asked_and_makes_no_device, s72_a_trusted_address_waives_nothing_else,
    s75_who_has_nothing_to_verify_with_is_denied, s76_example_35_portal_users_need_no_activation,
    s73_twenty_devices_are_known, s73_a_new_password_forgets_devices,
}
on_both! {
    with_directory(&directory().replace("10.0.0.0/8", "127.0.0.0/8"))
        .settings("[assurance]\ndevice_activation = \"verify\"");
    s72_an_untrusted_proxy_is_in_no_trusted_range,
}
on_both! {
    with("notify");
    a_login_in_an_unknown_browser_is_told,
}

fn at(rp: &RelyingParty<'_>, ip: &str) -> Browser {
    let mut browser = rp.browser();
    browser.set_header("x-forwarded-for", ip);
    browser
}

/// Signs in anew, whatever session there is.
async fn sign_in(rp: &RelyingParty<'_>, browser: &mut Browser, username: &str) -> Page {
    browser.cookies.remove("cs_session");
    let page = rp.authorize(browser, "openid", &[]).await;
    log_in(browser, page, username).await
}

fn device(browser: &Browser) -> Option<String> {
    browser.cookies.named(COOKIE).map(|cookie| cookie.value.clone())
}

fn of_last(server: &TestServer, event: &str) -> Value {
    serde_json::from_str(&server.audit(event)[0].body).unwrap()
}

/// Alice with an authenticator app and a browser that is known.
async fn known(server: &TestServer) -> (Browser, String) {
    let high = RelyingParty::new(server, "high");
    let mut browser = at(&high, TRUSTED);
    let page = sign_in(&high, &mut browser, "alice").await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    browser.set_header("x-forwarded-for", ELSEWHERE);
    (browser, secret)
}

#[track_caller]
fn asks_to_verify(page: &Page) {
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
    assert!(
        page.body.contains("You have not signed in with this browser before."),
        "{}",
        page.body
    );
}

async fn s73_s75_an_unknown_device_is_verified_once(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    assert_eq!(server.audit("device.activated").len(), 1, "enrolment is a verification");
    let rp = RelyingParty::new(server, "trusted");
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    let mut other = at(&rp, ELSEWHERE);
    let page = sign_in(&rp, &mut other, "alice").await;
    asks_to_verify(&page);
    assert_eq!(
        of_last(server, "challenge.issued")["detail"],
        json!({ "needed": "low", "check": 8, "step": "challenge (totp): device needs low" })
    );
    assert_eq!(device(&other), None, "nothing is known before the proof");
    let page = prove(server, &mut other, page, &secret).await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&json!("high"), &json!(["pwd", "otp", "mfa"]))
    );
    assert_eq!(server.audit("device.activated").len(), 2);
    // Recognition is no factor: whoever is known by it alone has shown a password.
    server.advance(60);
    let page = sign_in(&rp, &mut other, "alice").await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!((&token["acr"], &token["amr"]), (&json!("standard"), &json!(["pwd"])));
    assert_eq!(
        of_last(server, "authorization.allowed")["facts"]["place"]["known_device"],
        true
    );
}

async fn s73_a_device_is_its_users_alone(server: &TestServer) {
    let (mut browser, _) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    let before = device(&browser);
    let page = sign_in(&rp, &mut browser, "dora").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    assert_eq!(device(&browser), before, "and it stays hers");
    code_of(&sign_in(&rp, &mut browser, "alice").await);
}

async fn s73_a_copied_cookie_is_found_out(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    let (mut thief, first) = (browser.clone(), device(&browser));
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    assert_ne!(device(&browser), first, "each login brings a new value");
    server.advance(61);
    // The old value is of no use to whoever knows the password, and the device is known no more.
    let page = sign_in(&rp, &mut thief, "alice").await;
    asks_to_verify(&page);
    assert_eq!(of_last(server, "device.revoked")["detail"]["reason"], "reuse");
    let page = sign_in(&rp, &mut browser, "alice").await;
    asks_to_verify(&page);
    code_of(&prove(server, &mut browser, page, &secret).await);
}

async fn s73_tabs_that_were_under_way_do_no_harm(server: &TestServer) {
    let (mut browser, _) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    let mut tab = browser.clone();
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    server.advance(60);
    let before = device(&tab);
    code_of(&sign_in(&rp, &mut tab, "alice").await);
    assert_eq!(device(&tab), before, "the newer value is in the other tab's answer");
    server.advance(100);
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    assert!(server.audit("device.revoked").is_empty());
}

async fn s73_a_cleared_cookie_is_an_unknown_device(server: &TestServer) {
    let (mut browser, _) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    for value in [None, Some("made-up"), Some("")] {
        let mut browser = browser.clone();
        match value {
            None => browser.cookies.remove(COOKIE),
            Some(value) => browser.cookies.replace(COOKIE, value),
        }
        asks_to_verify(&sign_in(&rp, &mut browser, "alice").await);
    }
    code_of(&sign_in(&rp, &mut browser, "alice").await);
}

async fn s73_a_device_is_forgotten_after_a_year(server: &TestServer) {
    const YEAR: i64 = 365 * 86_400;
    let (mut browser, _) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    server.advance(YEAR - 61);
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    // The year begins anew with each login.
    server.advance(YEAR - 1);
    code_of(&sign_in(&rp, &mut browser.clone(), "alice").await);
    server.advance(YEAR);
    asks_to_verify(&sign_in(&rp, &mut browser, "alice").await);
}

async fn s73_a_profile_with_ranges_has_no_devices(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    code_of(&sign_in(&rp, &mut at(&rp, ELSEWHERE), "rolf").await);
    let page = sign_in(&rp, &mut at(&rp, TRUSTED), "rolf").await;
    assert_eq!(
        page.query("error").as_deref(),
        Some("access_denied"),
        "trusted is not within"
    );
}

async fn s74_s72_c8_a_trusted_address_is_not_asked_and_makes_no_device(server: &TestServer) {
    let (_, secret) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = at(&rp, TRUSTED);
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    assert_eq!(device(&browser), None);
    // Outside it is not denied: it is verified.
    browser.set_header("x-forwarded-for", ELSEWHERE);
    let page = sign_in(&rp, &mut browser, "alice").await;
    asks_to_verify(&page);
    code_of(&prove(server, &mut browser, page, &secret).await);
    assert!(device(&browser).is_some());
}

async fn s72_a_trusted_address_waives_nothing_else(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let page = sign_in(&rp, &mut at(&rp, TRUSTED), "bob").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "mfa_ui");
    let high = RelyingParty::new(server, "high");
    let page = sign_in(&high, &mut at(&high, TRUSTED), "alice").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "the client's level");
}

async fn s75_who_has_nothing_to_verify_with_is_denied(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let page = sign_in(&rp, &mut at(&rp, ELSEWHERE), "dora").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    let description = page.query("error_description").unwrap();
    assert_eq!(
        description,
        "this device cannot be verified, contact your administrator"
    );
    assert_eq!(of_last(server, "authorization.refused")["detail"]["check"], 8);
    code_of(&sign_in(&rp, &mut at(&rp, TRUSTED), "dora").await);
}

async fn s76_example_35_portal_users_need_no_activation(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let page = sign_in(&rp, &mut at(&rp, ELSEWHERE), "petra").await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(token["acr"], "standard");
    let facts = &of_last(server, "authorization.allowed")["facts"];
    assert_eq!(facts["place"], json!({ "ip": ELSEWHERE }), "neither known nor trusted");
    // They are not spared a level that is required.
    let high = RelyingParty::new(server, "high");
    let page = sign_in(&high, &mut at(&high, ELSEWHERE), "petra").await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
}

async fn s73_twenty_devices_are_known(server: &TestServer) {
    let (mut first, secret) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    let mut last = first.clone();
    for known_before in 1..=20 {
        if known_before == 20 {
            code_of(&sign_in(&rp, &mut first, "alice").await);
        }
        last = at(&rp, ELSEWHERE);
        let page = sign_in(&rp, &mut last, "alice").await;
        code_of(&prove(server, &mut last, page, &secret).await);
        server.advance(60);
    }
    let revoked = server.audit("device.revoked");
    assert_eq!(revoked.len(), 1);
    assert_eq!(of_last(server, "device.revoked")["detail"]["reason"], "limit");
    asks_to_verify(&sign_in(&rp, &mut first, "alice").await);
    code_of(&sign_in(&rp, &mut last, "alice").await);
}

async fn s73_a_new_password_forgets_devices(server: &TestServer) {
    let (mut browser, _) = known(server).await;
    let rp = RelyingParty::new(server, "trusted");
    let changed = directory().replacen(
        "password = \"wonderland-tea-party\"",
        "password = \"through-the-glass\"",
        1,
    );
    server.apply(&changed);
    browser.cookies.remove("cs_session");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let form = page
        .form()
        .set("username", "alice")
        .set("password", "through-the-glass");
    asks_to_verify(&browser.submit(form).await);
    assert_eq!(of_last(server, "device.revoked")["detail"]["reason"], "password");
}

async fn s72_an_untrusted_proxy_is_in_no_trusted_range(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    code_of(&sign_in(&rp, &mut rp.browser(), "dora").await);
    for header in ["x-forwarded-for", "forwarded", "x-forwarded-host"] {
        let mut browser = rp.browser();
        browser.set_header(header, "127.0.0.1");
        let page = sign_in(&rp, &mut browser, "dora").await;
        assert_eq!(page.query("error").as_deref(), Some("access_denied"), "{header}");
        assert_eq!(of_last(server, "authorization.refused")["detail"]["check"], 8);
    }
}

async fn a_login_in_an_unknown_browser_is_told(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let told = async || {
        let messages = server.messages().await;
        messages
            .into_iter()
            .filter(|message| message.subject.starts_with("A new browser"))
            .collect::<Vec<_>>()
    };
    for (ip, username) in [(TRUSTED, "dora"), (ELSEWHERE, "rolf"), (ELSEWHERE, "petra")] {
        code_of(&sign_in(&rp, &mut at(&rp, ip), username).await);
    }
    assert!(told().await.is_empty());
    code_of(&sign_in(&rp, &mut at(&rp, ELSEWHERE), "dora").await);
    let messages = told().await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].to, "dora@example.com");
    assert!(messages[0].text.contains(ELSEWHERE) && messages[0].text.contains("Firefox/140.0"));
    let (mut browser, _) = known(server).await;
    code_of(&sign_in(&rp, &mut browser, "alice").await);
    assert_eq!(told().await.len(), 1, "a known browser is not told of");
}
