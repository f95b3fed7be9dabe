//! Device authorization grant. RFC 8628.

use serde_json::{Value, json};

use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::endpoint;
use crate::support::log;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{Answer, RelyingParty, agree, answer, claims, log_in};
use crate::support::server::{TestServer, with_directory};

pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const API: &str = "https://api.example/transfers";

/// A television set that asks for consent, one that does not, one that must have a secret, and one that names people anew.
fn directory() -> String {
    let client = |id: &str, rest: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nclient_name = \"Harbour TV\"\nclient_uri = \"https://tv.example/about\"\n\
             grant_types = [\"{GRANT}\", \"refresh_token\"]\nscope = \"openid offline_access calendar reports\"\n\
             id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n{rest}\n"
        )
    };
    let public = "token_endpoint_auth_method = \"none\"\n";
    [
        DIRECTORY,
        &client("tv", public),
        &client("radio", &format!("{public}require_consent = false\n")),
        &client(
            "box",
            &format!("client_secret = \"{SECRET}\"\nrequire_consent = false\n"),
        ),
        &client(
            "glass",
            &format!(
                "{public}require_consent = false\nsubject_type = \"pairwise\"\n\
                 sector_identifier_uri = \"https://glass.example/sector.json\"\n"
            ),
        ),
        "\n[[users]]\nusername = \"robot\"\npassword = \"wonderland-tea-party\"\napi_only = true\n",
    ]
    .concat()
}

on_both! {
    with_directory(&directory());
    a_person_lets_a_device_in,
    a_device_that_asks_too_often_is_slowed_down_for_good,
    a_person_who_declines_gives_nothing,
    consent_that_is_declined_gives_nothing,
    a_code_that_ran_out_is_worth_nothing,
    wrong_codes_are_limited,
    a_code_is_answered_once_and_by_the_device_of_its_client,
    a_link_with_the_code_skips_nothing,
    another_browser_or_another_form_answers_nothing,
    what_changed_meanwhile_counts,
    who_removed_a_client_ended_its_approvals,
    a_client_that_may_do_less_gets_less,
    a_device_gets_what_it_asked_for,
    a_level_that_devices_cannot_reach_is_refused_at_once,
    what_is_wrong_with_a_request_is_said,
    devices_that_nobody_answers_are_limited_and_swept,
    an_api_only_user_is_signed_in_nowhere_afterwards
}

fn tv<'a>(server: &'a TestServer, client_id: &str) -> RelyingParty<'a> {
    RelyingParty::public(server, client_id, "")
}

/// The television set as it becomes.
fn changed(further: &str) -> String {
    format!(
        "[[clients]]\nclient_id = \"tv\"\ntoken_endpoint_auth_method = \"none\"\n\
         id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n{further}\n"
    )
}

/// What a device is told when it begins.
pub(super) async fn begin(rp: &RelyingParty<'_>, form: &[(&str, &str)]) -> Answer {
    let answer = rp.post("/oauth2/device_authorization", form).await;
    answer.body["device_code"].as_str().into_iter().for_each(log::keep_out);
    answer
}

pub(super) async fn begun(rp: &RelyingParty<'_>, scope: &str) -> Answer {
    let answer = begin(rp, &[("scope", scope)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

pub(super) async fn poll(rp: &RelyingParty<'_>, device: &Answer) -> Answer {
    rp.token(&[("grant_type", GRANT), ("device_code", &device.text("device_code"))])
        .await
}

/// Types the code of a device on its page.
pub(super) async fn type_in(server: &TestServer, browser: &mut Browser, user_code: &str) -> Page {
    let page = browser.get(&server.at("/device")).await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (200, Some("device")),
        "{}",
        page.body
    );
    browser.submit(page.form().set("user_code", user_code)).await
}

/// Says that the code is the device's.
pub(super) async fn same(browser: &mut Browser, page: Page) -> Page {
    assert_eq!(page.page().as_deref(), Some("device"), "{}", page.body);
    browser.submit_with(page.form(), "decision", "allow").await
}

#[track_caller]
pub(super) fn assert_connected(page: &Page) {
    assert_eq!(
        (page.status, page.page().as_deref()),
        (200, Some("notice")),
        "{}",
        page.body
    );
    assert_eq!(page.texts("h1"), ["Your device is connected"]);
}

/// Lets a device in, from the typed code on.
pub(super) async fn let_in(server: &TestServer, browser: &mut Browser, device: &Answer, username: &str) {
    let page = type_in(server, browser, &device.text("user_code")).await;
    let page = if page.page().as_deref() == Some("login") {
        log_in(browser, page, username).await
    } else {
        page
    };
    let page = same(browser, page).await;
    assert_connected(&agree(browser, page).await);
}

#[track_caller]
fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (400, error),
        "{}",
        answer.body
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
}

async fn a_person_lets_a_device_in(server: &TestServer) {
    let rp = tv(server, "tv");
    let device = begun(&rp, "openid offline_access calendar").await;
    let code = device.text("user_code");
    assert_eq!(code.len(), 9);
    assert!(
        code.bytes().all(|byte| b"BCDFGHJKLMNPQRSTVWXZ-".contains(&byte)),
        "{code}"
    );
    let uri = format!("{}/device", server.issuer);
    assert_eq!(device.text("verification_uri"), uri);
    assert_eq!(
        device.text("verification_uri_complete"),
        format!("{uri}?user_code={code}")
    );
    assert_eq!(
        (&device.body["expires_in"], &device.body["interval"]),
        (&json!(600), &json!(5))
    );
    assert_eq!(device.headers["cache-control"], "no-store");
    assert_refused(&poll(&rp, &device).await, "authorization_pending");

    let mut browser = Browser::new();
    let page = type_in(server, &mut browser, &code.to_lowercase().replace('-', " ")).await;
    assert!(page.body.contains("Harbour TV"), "the login page names the app");
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.texts("#user-code"), [code]);
    for told in ["Harbour TV", "127.0.0.1", "10:00 UTC", "Alice Moreau"] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert_eq!(page.texts(".client span"), ["tv.example"]);
    let page = same(&mut browser, page).await;
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    server.advance(5);
    assert_refused(&poll(&rp, &device).await, "authorization_pending");
    assert_connected(&browser.submit_with(page.form(), "decision", "allow").await);

    let tokens = poll(&rp, &device).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let (access, id_token) = (claims(&tokens.text("access_token")), claims(&tokens.text("id_token")));
    assert_eq!((&access["acr"], &access["amr"]), (&json!("standard"), &json!(["pwd"])));
    assert_eq!(
        (&access["client_id"], &access["scope"]),
        (&json!("tv"), &json!("calendar offline_access openid"))
    );
    assert_eq!(id_token["sub"], json!(server.user("alice").to_string()));
    assert_eq!(
        (&id_token["nonce"], &id_token["sid"], &access["sid"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.status, 200);
    assert_eq!(rp.userinfo(&tokens.text("access_token")).await.status, 200);
    assert_eq!(server.audit("authorization.allowed").len(), 1);
    let refused = server.audit("token.refused").len();
    assert_eq!(refused, 0, "that somebody waits is no entry");

    // RFC 8628 §5.2, RFC 6749 §4.1.2: a code that comes twice is somebody else's too.
    assert_refused(&poll(&rp, &device).await, "invalid_grant");
    assert_eq!(rp.userinfo(&tokens.text("access_token")).await.status, 401);
    assert_eq!(server.audit("token.reused").len(), 1);
}

async fn a_device_that_asks_too_often_is_slowed_down_for_good(server: &TestServer) {
    let rp = tv(server, "radio");
    let device = begun(&rp, "openid").await;
    // When it asks, after how many seconds, and what it is told.
    for (seconds, told) in [
        (0, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (15, "authorization_pending"),
        (14, "slow_down"),
        (20, "authorization_pending"),
    ] {
        server.advance(seconds);
        assert_refused(&poll(&rp, &device).await, told);
    }
    let mut browser = Browser::new();
    let_in(server, &mut browser, &device, "alice").await;
    assert_eq!(poll(&rp, &device).await.status, 200, "nobody waits for what is there");
}

async fn a_person_who_declines_gives_nothing(server: &TestServer) {
    let rp = tv(server, "radio");
    let (mut browser, device) = (Browser::new(), begun(&rp, "openid").await);
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    let page = log_in(&mut browser, page, "alice").await;
    let form = page.form();
    let page = browser.submit_with(page.form(), "decision", "deny").await;
    assert_eq!(page.texts("h1"), ["Nothing was shared"]);
    assert_refused(&poll(&rp, &device).await, "access_denied");
    assert_eq!(server.audit("consent.denied").len(), 1);
    // No second thoughts: not in this errand, not in another.
    let late = browser.submit_with(form, "decision", "allow").await;
    assert_error_page(&late, "expired_interaction");
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    assert_eq!(page.status, 400);
    assert_refused(&poll(&rp, &device).await, "access_denied");
}

async fn consent_that_is_declined_gives_nothing(server: &TestServer) {
    let rp = tv(server, "tv");
    let (mut browser, device) = (Browser::new(), begun(&rp, "openid calendar").await);
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    let page = log_in(&mut browser, page, "alice").await;
    let page = same(&mut browser, page).await;
    let page = browser.submit_with(page.form(), "decision", "deny").await;
    assert_eq!(page.texts("h1"), ["Nothing was shared"]);
    assert_refused(&poll(&rp, &device).await, "access_denied");
    // What has a box may be left out.
    let device = begun(&rp, "openid calendar").await;
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    let page = same(&mut browser, page).await;
    let form = page.form().choose("scope", "calendar", false);
    assert_connected(&browser.submit_with(form, "decision", "allow").await);
    assert_eq!(poll(&rp, &device).await.text("scope"), "openid");
}

async fn a_code_that_ran_out_is_worth_nothing(server: &TestServer) {
    let rp = tv(server, "radio");
    let (mut browser, device) = (Browser::new(), begun(&rp, "openid").await);
    server.advance(300);
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    let page = log_in(&mut browser, page, "alice").await;
    server.advance(300);
    let late = browser.submit_with(page.form(), "decision", "allow").await;
    assert_error_page(&late, "expired_interaction");
    assert_eq!(late.link("#back").path(), "/device");
    assert_refused(&poll(&rp, &device).await, "expired_token");
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    assert_eq!(page.status, 400);
    assert!(
        page.texts("#error").concat().contains("No device is waiting"),
        "{}",
        page.body
    );
    // What was allowed and not fetched in time is gone too.
    let device = begun(&rp, "openid").await;
    let_in(server, &mut browser, &device, "alice").await;
    server.advance(600);
    assert_refused(&poll(&rp, &device).await, "expired_token");
}

async fn wrong_codes_are_limited(server: &TestServer) {
    let rp = tv(server, "radio");
    let (mut browser, mut other) = (Browser::new(), Browser::new());
    let mut device = begun(&rp, "openid").await;
    for wrong in 0..20 {
        let typed = if wrong % 2 == 0 { "BBBB-BBBB" } else { "no code" };
        let page = type_in(server, &mut browser, typed).await;
        assert_eq!((page.status, page.page().as_deref()), (400, Some("device")));
        assert_eq!(page.attribute("#user_code", "aria-invalid").as_deref(), Some("true"));
    }
    for browser in [&mut browser, &mut other] {
        let page = type_in(server, browser, &device.text("user_code")).await;
        assert_eq!(page.error_class().as_deref(), Some("rate_limited"), "{}", page.body);
        assert_eq!((page.status, page.header("retry-after")), (429, Some("3600")));
        assert!(page.body.contains("Wait an hour, then try again."), "{}", page.body);
    }
    server.advance(3_601);
    device = begun(&rp, "openid").await;
    let_in(server, &mut other, &device, "alice").await;
    // A right one does not count.
    for _ in 0..25 {
        server.advance(61);
        let device = begun(&rp, "openid").await;
        let page = type_in(server, &mut other, &device.text("user_code")).await;
        assert_eq!(page.texts("#user-code"), [device.text("user_code")]);
    }
}

async fn a_code_is_answered_once_and_by_the_device_of_its_client(server: &TestServer) {
    let (rp, other) = (tv(server, "radio"), tv(server, "tv"));
    let (mut alice, mut bob) = (Browser::new(), Browser::new());
    let device = begun(&rp, "openid").await;
    let page = type_in(server, &mut alice, &device.text("user_code")).await;
    let ready = log_in(&mut alice, page, "alice").await;
    let_in(server, &mut bob, &device, "robot").await;
    let late = alice.submit_with(ready.form(), "decision", "allow").await;
    assert_error_page(&late, "expired_interaction");
    assert_refused(&poll(&other, &device).await, "invalid_grant");
    let tokens = poll(&rp, &device).await;
    assert_eq!(
        claims(&tokens.text("access_token"))["sub"],
        json!(server.user("robot").to_string())
    );
    let unknown = rp
        .token(&[("grant_type", GRANT), ("device_code", "cs_dc_unknown")])
        .await;
    assert_refused(&unknown, "invalid_grant");
    assert_refused(&rp.token(&[("grant_type", GRANT)]).await, "invalid_request");
    let app = RelyingParty::new(server, "app");
    assert_refused(&poll(&app, &device).await, "unauthorized_client");
    // A confidential client authenticates.
    let rp = RelyingParty::new(server, "box");
    let device = begun(&rp, "openid").await;
    let mut stranger = RelyingParty::new(server, "box");
    stranger.secret = Some("wrong".to_owned());
    for refused in [begin(&stranger, &[]).await, poll(&stranger, &device).await] {
        assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_client"));
        assert!(refused.headers.contains_key("www-authenticate"));
    }
    let_in(server, &mut bob, &device, "alice").await;
    assert_eq!(poll(&rp, &device).await.status, 200);
}

async fn a_link_with_the_code_skips_nothing(server: &TestServer) {
    let rp = tv(server, "radio");
    let (mut browser, device) = (Browser::new(), begun(&rp, "openid").await);
    let page = browser.get(&device.text("verification_uri_complete")).await;
    assert_eq!(page.form().value("user_code"), Some(device.text("user_code")));
    assert!(
        page.body
            .contains("Go on only if the device in front of you shows the same one")
    );
    let page = browser.submit(page.form()).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.texts("#user-code"), [device.text("user_code")]);
    assert_refused(&poll(&rp, &device).await, "authorization_pending");
    assert_connected(&same(&mut browser, page).await);
    // What no code can be is not repeated on the page.
    let page = browser.get(&server.at("/device?user_code=%3Cscript%3E")).await;
    assert_eq!(page.form().value("user_code").as_deref(), Some(""));
}

async fn another_browser_or_another_form_answers_nothing(server: &TestServer) {
    let rp = tv(server, "tv");
    let (mut browser, mut thief) = (Browser::new(), Browser::new());
    let device = begun(&rp, "openid").await;
    let page = browser.get(&server.at("/device")).await;
    let form = page.form().set("user_code", &device.text("user_code"));
    assert_error_page(&attack::post(&thief, &form, &[]).await, "cross_site");
    let evil = [("origin", "https://evil.example")];
    assert_error_page(&attack::post(&browser, &form, &evil).await, "cross_site");
    let page = browser.submit(form).await;
    let page = log_in(&mut browser, page, "alice").await;
    // Neither consent nor the errand's own address goes past the comparison.
    let errand = page.url.as_str().trim_end_matches("/device").to_owned();
    for path in ["/consent", "", "/login"] {
        let page = browser.get(&format!("{errand}{path}")).await;
        assert_eq!(page.url.path().rsplit('/').next(), Some("device"), "{path}");
    }
    let mut form = page.form();
    form.action = format!("{errand}/consent").parse().unwrap();
    assert_error_page(&browser.submit_with(form, "decision", "allow").await, "step_not_due");
    thief.get(&server.at("/device")).await;
    let stolen = attack::post(&thief, &page.form().add("decision", "allow"), &[]).await;
    assert!(stolen.status >= 400, "{}", stolen.body);
    assert_refused(&poll(&rp, &device).await, "authorization_pending");
    // Another person who signs in within the errand compares anew.
    assert_eq!(
        browser.get(&errand).await.texts("#user-code"),
        [device.text("user_code")]
    );
}

async fn what_changed_meanwhile_counts(server: &TestServer) {
    let rp = tv(server, "radio");
    let mut browser = Browser::new();
    let device = begun(&rp, "openid").await;
    let_in(server, &mut browser, &device, "alice").await;
    server.apply("[[users]]\nusername = \"alice\"\nstatus = \"disabled\"\n");
    assert_refused(&poll(&rp, &device).await, "invalid_grant");
    server.apply("[[users]]\nusername = \"alice\"\nstatus = \"active\"\n");
    let device = begun(&rp, "openid").await;
    let page = type_in(server, &mut Browser::new(), &device.text("user_code")).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    let disabled = "client_id = \"radio\"\ndisabled = true\n";
    server.apply(&directory().replace("client_id = \"radio\"\n", disabled));
    let refused = poll(&rp, &device).await;
    assert_eq!((refused.status, refused.error().as_str()), (401, "invalid_client"));
}

async fn who_removed_a_client_ended_its_approvals(server: &TestServer) {
    let rp = tv(server, "radio");
    let device = begun(&rp, "openid").await;
    let mut browser = Browser::new();
    let login = type_in(server, &mut browser, &device.text("user_code")).await;
    let (mut other, mut third) = (Browser::new(), Browser::new());
    let page = type_in(server, &mut other, &device.text("user_code")).await;
    let compare = log_in(&mut other, page, "alice").await;
    server.apply_pruned(&directory().replace("\"radio\"", "\"wireless\""));
    // Typed again, its code is none that anybody waits with.
    let page = type_in(server, &mut third, &device.text("user_code")).await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (400, Some("device")),
        "{}",
        page.body
    );
    // Errands that began before are over, wherever they are.
    let errand = login.url.as_str().trim_end_matches("/login").to_owned();
    for path in ["", "/login", "/device", "/consent"] {
        let page = browser.get(&format!("{errand}{path}")).await;
        assert_eq!(page.error_class().as_deref(), Some("expired_interaction"), "{path}");
    }
    let form = login
        .form()
        .set("username", "alice")
        .set("password", "wonderland-tea-party");
    assert_error_page(&browser.submit(form).await, "expired_interaction");
    let page = other.submit_with(compare.form(), "decision", "allow").await;
    assert_error_page(&page, "expired_interaction");
    // One that is disabled waits for nobody either.
    let rp = tv(server, "tv");
    let device = begun(&rp, "openid").await;
    server.apply(&changed(&format!("grant_types = [\"{GRANT}\"]\ndisabled = true")));
    let page = type_in(server, &mut third, &device.text("user_code")).await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (400, Some("device")),
        "{}",
        page.body
    );
}

async fn a_client_that_may_do_less_gets_less(server: &TestServer) {
    let rp = tv(server, "tv");
    let mut browser = Browser::new();
    let device = begun(&rp, "openid offline_access calendar").await;
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    let compare = log_in(&mut browser, page, "alice").await;
    server.apply(&changed(&format!(
        "grant_types = [\"{GRANT}\", \"refresh_token\"]\nscope = \"openid profile\""
    )));
    let page = same(&mut browser, compare).await;
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    assert_eq!(page.texts(".scopes code"), ["openid"]);
    assert_connected(&agree(&mut browser, page).await);
    let tokens = poll(&rp, &device).await;
    assert_eq!(claims(&tokens.text("access_token"))["scope"], "openid");
    assert!(tokens.body["refresh_token"].is_null(), "{}", tokens.body);
    // Nothing is left of what this one asked for.
    let device = begun(&rp, "profile").await;
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    server.apply(&changed(&format!(
        "grant_types = [\"{GRANT}\", \"refresh_token\"]\nscope = \"openid calendar\""
    )));
    assert_error_page(
        &browser.submit_with(page.form(), "decision", "allow").await,
        "expired_interaction",
    );
    // It may not ask for devices at all any more.
    let [waiting, asked] = [begun(&rp, "openid").await, begun(&rp, "openid").await];
    let page = type_in(server, &mut browser, &asked.text("user_code")).await;
    server.apply(&changed(
        "grant_types = [\"authorization_code\"]
redirect_uris = [\"https://tv.example/callback\"]",
    ));
    assert_error_page(
        &browser.submit_with(page.form(), "decision", "allow").await,
        "expired_interaction",
    );
    let page = type_in(server, &mut browser, &waiting.text("user_code")).await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (400, Some("device")),
        "{}",
        page.body
    );
}

async fn a_device_gets_what_it_asked_for(server: &TestServer) {
    let rp = tv(server, "glass");
    let mut browser = Browser::new();
    let device = begin(&rp, &[("scope", "openid"), ("resource", API)]).await;
    let_in(server, &mut browser, &device, "alice").await;
    let form = [
        ("grant_type", GRANT),
        ("device_code", &device.text("device_code")),
        ("resource", "https://api.example/opaque"),
    ];
    assert_refused(&rp.token(&form).await, "invalid_target");
    let tokens = poll(&rp, &device).await;
    let access = claims(&tokens.text("access_token"));
    assert_eq!(access["aud"], json!(API));
    assert_ne!(access["sub"], json!(server.user("alice").to_string()), "pairwise");
    assert_eq!(access["sub"], claims(&tokens.text("id_token"))["sub"]);
    assert!(tokens.body["refresh_token"].is_null(), "{}", tokens.body);
    // The browser's session is none of the device's: it may end.
    let device = begun(&rp, "openid offline_access").await;
    let_in(server, &mut browser, &device, "alice").await;
    let tokens = poll(&rp, &device).await;
    let page = browser.get(&server.at("/oauth2/logout")).await;
    browser.submit(page.form()).await;
    assert_eq!(rp.refresh(&tokens.text("refresh_token")).await.status, 200);
}

async fn a_level_that_devices_cannot_reach_is_refused_at_once(server: &TestServer) {
    // `device_assurance` is `deny` unless something else is said.
    let refused = begin(&tv(server, "radio"), &[("scope", "reports")]).await;
    assert_refused(&refused, "unauthorized_client");
    // Bob's profile demands a second factor, which is known once he is.
    let rp = tv(server, "radio");
    let (mut browser, device) = (Browser::new(), begun(&rp, "openid").await);
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    let page = log_in(&mut browser, page, "bob").await;
    assert_eq!(
        (page.status, page.error_class().as_deref()),
        (403, Some("access_denied"))
    );
    assert_refused(&poll(&rp, &device).await, "access_denied");
}

async fn what_is_wrong_with_a_request_is_said(server: &TestServer) {
    let rp = tv(server, "radio");
    assert_refused(
        &begin(&RelyingParty::new(server, "app"), &[]).await,
        "unauthorized_client",
    );
    assert_refused(&begin(&rp, &[("scope", "payroll")]).await, "invalid_scope");
    assert_refused(&begin(&rp, &[("scope", "a\"b")]).await, "invalid_scope");
    assert_refused(
        &begin(&rp, &[("resource", "https://elsewhere.example/")]).await,
        "invalid_target",
    );
    assert_refused(
        &begin(&rp, &[("scope", "openid"), ("scope", "openid")]).await,
        "invalid_request",
    );
    let unknown = begin(&tv(server, "nobody"), &[]).await;
    assert_eq!((unknown.status, unknown.error().as_str()), (401, "invalid_client"));
    let address = server.at("/oauth2/device_authorization");
    let json = endpoint::http().post(&address).json(&json!({ "client_id": "radio" }));
    assert_refused(&answer(json).await, "invalid_request");
    let got = answer(endpoint::http().get(&address)).await;
    assert_eq!((got.status, &got.headers["allow"]), (405, &"POST".parse().unwrap()));
}

async fn devices_that_nobody_answers_are_limited_and_swept(server: &TestServer) {
    let rp = tv(server, "radio");
    let first = begun(&rp, "openid").await;
    for _ in 1..60 {
        begun(&rp, "openid").await;
    }
    let refused = begin(&rp, &[]).await;
    assert_eq!(
        (refused.status, refused.error().as_str()),
        (429, "temporarily_unavailable")
    );
    assert_eq!(refused.headers["retry-after"], "60");
    server.advance(61);
    begun(&rp, "openid").await;
    server.advance(3_600);
    assert_refused(&poll(&rp, &first).await, "expired_token");
    server.advance(7_200);
    let before = server.server.clock().now().plus_seconds(-3_600);
    server
        .manage(move |work, _| countersign::store::sweep::expired(work.tx, before))
        .await;
    assert_refused(&poll(&rp, &first).await, "invalid_grant");
}

async fn an_api_only_user_is_signed_in_nowhere_afterwards(server: &TestServer) {
    let rp = tv(server, "radio");
    let (mut browser, device) = (Browser::new(), begun(&rp, "openid").await);
    let_in(server, &mut browser, &device, "robot").await;
    assert_eq!(poll(&rp, &device).await.status, 200);
    let device = begun(&rp, "openid").await;
    let page = type_in(server, &mut browser, &device.text("user_code")).await;
    assert_eq!(page.page().as_deref(), Some("login"), "{}", page.body);
}

#[tokio::test]
async fn switched_off_there_is_none_of_it() {
    let off = with_directory(&directory()).settings("[device]\nenabled = false");
    let server = off.start().await;
    let rp = tv(&server, "radio");
    let metadata = server
        .get("/.well-known/openid-configuration")
        .await
        .accepted()
        .body
        .clone();
    assert_eq!(metadata["device_authorization_endpoint"], Value::Null);
    assert!(!metadata["grant_types_supported"].to_string().contains("device_code"));
    assert_eq!(begin(&rp, &[]).await.status, 404);
    let got = answer(endpoint::http().get(server.at("/oauth2/device_authorization"))).await;
    assert_eq!(got.status, 404);
    let form = [("grant_type", GRANT), ("device_code", "cs_dc_unknown")];
    assert_refused(&rp.token(&form).await, "unsupported_grant_type");
    let page = Browser::new().get(&server.at("/device")).await;
    assert_eq!(page.status, 404);
    server.stop().await;
}

/// An issuer with a path has its page below it.
#[tokio::test]
async fn below_an_issuer_with_a_path_all_is_the_same() {
    let server = with_directory(&directory()).at("/tenant").start().await;
    let rp = tv(&server, "radio");
    let device = begun(&rp, "openid").await;
    assert_eq!(device.text("verification_uri"), format!("{}/device", server.issuer));
    let_in(&server, &mut Browser::new(), &device, "alice").await;
    assert_eq!(poll(&rp, &device).await.status, 200);
    server.stop().await;
}

/// The device asked from a network far away: the page says so.
#[tokio::test]
async fn a_device_in_another_network_is_pointed_out() {
    let server = with_directory(&directory()).trusting("127.0.0.1").start().await;
    let address = server.at("/oauth2/device_authorization");
    let asked = endpoint::http()
        .post(address)
        .header("x-forwarded-for", "203.0.113.9")
        .form(&[("client_id", "radio"), ("scope", "openid")]);
    let device = answer(asked).await;
    log::keep_out(&device.text("device_code"));
    for (from, is_told) in [("198.51.100.7", true), ("203.0.113.9", false)] {
        let mut browser = Browser::new();
        browser.set_header("x-forwarded-for", from);
        let page = type_in(&server, &mut browser, &device.text("user_code")).await;
        let page = log_in(&mut browser, page, "alice").await;
        assert!(page.body.contains("203.0.113.9"));
        assert_eq!(page.body.contains("not the network that you are in"), is_told, "{from}");
    }
    server.stop().await;
}
