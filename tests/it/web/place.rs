//! Where and when people sign in: login hours, login ranges, trusted ranges, and whose word about an address counts.
//! CLAUSES.md S66 to S72, C8, C17; ASSURANCE.md §12, examples 25 and 26.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, SECRET, with_organisation};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{Answer, RelyingParty, answer, code_of, enrol, log_in, prove};
use crate::support::server::{Builder, TestServer, with_directory};

const INSIDE: &str = "10.1.2.3";
const OUTSIDE: &str = "192.0.2.1";

const PEOPLE: &str = r#"
[[profiles]]
name = "office"
login_ip_ranges = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.10-192.0.2.20"]

[[profiles]]
name = "secure"
mfa_ui = true
login_ip_ranges = ["10.0.0.0/8"]

[[profiles]]
name = "noon"
mfa_ui = true
time_zone = "Europe/Berlin"
login_hours = { tuesday = ["12:00-18:00"] }

[[profiles]]
name = "shift"
login_hours = { tuesday = ["09:00-11:00"], wednesday = ["22:00-02:00"], friday = ["08:00-08:00"] }

[[profiles]]
name = "strict"
mfa_ui = true
login_hours = { tuesday = ["12:00-18:00"] }
login_ip_ranges = ["10.0.0.0/8"]

[[users]]
username = "tess"
password = "wonderland-tea-party"
profile = "strict"

[[users]]
username = "ines"
password = "wonderland-tea-party"
profile = "office"

[[users]]
username = "sven"
password = "wonderland-tea-party"
profile = "secure"

[[users]]
username = "nora"
password = "wonderland-tea-party"
profile = "noon"

[[users]]
username = "hans"
password = "wonderland-tea-party"
profile = "shift"
"#;

fn behind_proxy(organisation: &str) -> Builder {
    let directory = format!("{}{PEOPLE}", with_organisation(organisation));
    with_directory(&directory).trusting("127.0.0.1")
}

on_both! {
    behind_proxy("");
    s68_a_login_from_outside_the_ranges_is_denied, s68_ranges_hold_for_logins_and_not_for_what_follows,
    s70_example_26_the_range_is_checked_after_the_second_factor, s66_hours_are_the_profiles_in_its_zone,
    s67_example_25_outside_the_hours_nothing_is_asked, s67_a_session_goes_on_after_the_hours,
    s77_the_first_check_that_fails_decides,
}
on_both! {
    behind_proxy("").settings("[assurance]\nearly_ip_deny = true");
    s70_c17_early_ip_deny_asks_for_nothing_first,
}
on_both! {
    behind_proxy("login_ip_ranges = [\"10.1.0.0/16\", \"192.0.2.0/24\"]");
    s69_both_ranges_must_hold,
}
on_both! {
    behind_proxy("enforce_ip_on_every_request = true");
    s71_every_request_is_checked_where_the_organisation_says_so, s71_tokens_of_users_with_ranges_live_shorter,
    s71_a_client_may_be_relaxed,
}
on_both! {
    with_directory(&format!("{}{PEOPLE}", with_organisation("")));
    s68_the_word_of_an_untrusted_peer_does_not_count,
}

/// A browser at this address.
fn at(rp: &RelyingParty<'_>, ip: &str) -> Browser {
    let mut browser = rp.browser();
    browser.set_header("x-forwarded-for", ip);
    browser
}

/// Asks for a code at this address and gives the right password.
async fn sign_in(rp: &RelyingParty<'_>, browser: &mut Browser, username: &str) -> Page {
    let page = rp.authorize(browser, "openid", &[]).await;
    log_in(browser, page, username).await
}

#[track_caller]
fn denied(page: &Page, description: &str) {
    let told = (page.query("error"), page.query("error_description"));
    assert_eq!(
        told,
        (Some("access_denied".into()), Some(description.into())),
        "{}",
        page.body
    );
}

const NOT_HERE: &str = "login not permitted from here";
const NOT_NOW: &str = "login not permitted now";

/// The number of the check that refused last.
fn check(server: &TestServer) -> Value {
    let entries = server.audit("authorization.refused");
    let entry: Value = serde_json::from_str(&entries[0].body).unwrap();
    entry["detail"]["check"].clone()
}

async fn s68_a_login_from_outside_the_ranges_is_denied(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    for (ip, inside) in [
        ("10.0.0.0", true),
        ("10.255.255.255", true),
        ("11.0.0.0", false),
        ("9.255.255.255", false),
        ("192.0.2.9", false),
        ("192.0.2.10", true),
        ("192.0.2.20", true),
        ("192.0.2.21", false),
        ("::ffff:10.1.2.3", true),
        ("[::ffff:192.0.2.21]:443", false),
        ("2001:db8:ffff::1", true),
        ("[2001:db8::7]:4711", true),
        ("2001:db9::1", false),
        ("unknown", false),
        // What a stranger wrote before the proxy's own word does not count.
        ("10.1.2.3, 192.0.2.1", false),
        ("192.0.2.1, 10.1.2.3", true),
    ] {
        let page = sign_in(&rp, &mut at(&rp, ip), "ines").await;
        if inside {
            code_of(&page);
        } else {
            denied(&page, NOT_HERE);
            assert_eq!(check(server), 7, "{ip}");
        }
        // Nobody else is concerned.
        code_of(&sign_in(&rp, &mut at(&rp, ip), "alice").await);
    }
    let mut browser = rp.browser();
    browser.set_header("forwarded", "for=192.0.2.1, for=\"[2001:db8::7]:4711\";proto=https");
    code_of(&sign_in(&rp, &mut browser, "ines").await);
    browser.set_header("forwarded", "for=10.1.2.3, for=192.0.2.1");
    let mut outside = rp.browser();
    outside.set_header("forwarded", "for=10.1.2.3, for=_hidden");
    denied(&sign_in(&rp, &mut outside, "ines").await, NOT_HERE);
}

async fn s68_ranges_hold_for_logins_and_not_for_what_follows(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = at(&rp, INSIDE);
    code_of(&sign_in(&rp, &mut browser, "ines").await);
    browser.set_header("x-forwarded-for", OUTSIDE);
    code_of(&rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await);
    server.advance(1);
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
    denied(&log_in(&mut browser, page, "ines").await, NOT_HERE);
}

async fn s68_the_word_of_an_untrusted_peer_does_not_count(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    for (header, value) in [
        ("x-forwarded-for", INSIDE),
        ("forwarded", "for=10.1.2.3"),
        ("x-forwarded-proto", "https"),
    ] {
        let mut browser = rp.browser();
        browser.set_header(header, value);
        denied(&sign_in(&rp, &mut browser, "ines").await, NOT_HERE);
    }
    let noted = server.audit("server.forwarding_untrusted");
    assert_eq!(noted.len(), 1, "said once");
    let entry: Value = serde_json::from_str(&noted[0].body).unwrap();
    assert_eq!(entry["ip"], "127.0.0.1");
    let refused: Value = serde_json::from_str(&server.audit("authorization.refused")[0].body).unwrap();
    assert_eq!(
        refused["facts"]["place"],
        json!({ "ip": "127.0.0.1", "claims_other_address": true })
    );
}

async fn s69_both_ranges_must_hold(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    for (ip, alice, ines) in [
        ("10.1.0.1", true, true),
        ("10.2.0.1", false, false),
        ("192.0.2.15", true, true),
        ("192.0.2.1", true, false),
        ("203.0.113.9", false, false),
    ] {
        for (username, may) in [("alice", alice), ("ines", ines)] {
            let page = sign_in(&rp, &mut at(&rp, ip), username).await;
            if may {
                code_of(&page);
            } else {
                denied(&page, NOT_HERE);
            }
        }
    }
}

/// Enrols a user's authenticator app from inside.
async fn enrolled(server: &TestServer, rp: &RelyingParty<'_>, username: &str) -> String {
    let mut browser = at(rp, INSIDE);
    let page = sign_in(rp, &mut browser, username).await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    secret
}

async fn s70_example_26_the_range_is_checked_after_the_second_factor(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let secret = enrolled(server, &rp, "sven").await;
    let mut browser = at(&rp, OUTSIDE);
    let page = sign_in(&rp, &mut browser, "sven").await;
    assert_eq!(page.page().as_deref(), Some("challenge"), "the challenge comes first");
    let page = prove(server, &mut browser, page, &secret).await;
    denied(&page, NOT_HERE);
    assert_eq!(check(server), 7);
    assert_eq!(server.audit("challenge.passed").len(), 1, "and it was passed");
}

async fn s70_c17_early_ip_deny_asks_for_nothing_first(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    enrolled(server, &rp, "sven").await;
    denied(&sign_in(&rp, &mut at(&rp, OUTSIDE), "sven").await, NOT_HERE);
    assert_eq!(check(server), 7);
    assert!(
        server
            .audit("challenge.issued")
            .iter()
            .all(|entry| !entry.body.contains(OUTSIDE))
    );
}

/// Posts to the token endpoint from an address.
async fn token_from(server: &TestServer, ip: &str, form: &[(&str, &str)]) -> Answer {
    let request = http().post(server.at("/oauth2/token")).header("x-forwarded-for", ip);
    answer(request.basic_auth("trusted", Some(SECRET)).form(form)).await
}

async fn userinfo_from(server: &TestServer, ip: &str, token: &str) -> Answer {
    let request = http().get(server.at("/oauth2/userinfo")).header("x-forwarded-for", ip);
    answer(request.bearer_auth(token)).await
}

async fn s71_every_request_is_checked_where_the_organisation_says_so(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = at(&rp, INSIDE);
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let page = log_in(&mut browser, page, "ines").await;
    let code = code_of(&page);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &rp.verifier),
    ];
    let tokens = token_from(server, INSIDE, &form).await.accepted();
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    // Pages: the session is kept, and works again from inside.
    for (ip, may) in [(OUTSIDE, false), (INSIDE, true), (OUTSIDE, false)] {
        browser.set_header("x-forwarded-for", ip);
        let page = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
        if may {
            code_of(&page);
        } else {
            denied(&page, NOT_HERE);
        }
    }
    // Userinfo.
    assert_eq!(userinfo_from(server, INSIDE, &access).await.status, 200);
    assert_eq!(userinfo_from(server, OUTSIDE, &access).await.error(), "invalid_token");
    // Introspection, by what the resource server says.
    let service = RelyingParty::new(server, "service");
    for (client_ip, active) in [
        (INSIDE, true),
        ("::ffff:10.1.2.3", true),
        (OUTSIDE, false),
        ("2001:db9::1", false),
    ] {
        let form = [("token", access.as_str()), ("client_ip", client_ip)];
        let said = service.post("/oauth2/introspect", &form).await.body;
        assert_eq!(said["active"], active, "{client_ip}");
        assert!(active || said == json!({ "active": false }));
        let own = [("token", refresh.as_str()), ("client_ip", client_ip)];
        assert_eq!(rp.post("/oauth2/introspect", &own).await.body["active"], active);
    }
    assert_eq!(
        service.introspect(&access).await["active"],
        true,
        "nothing is said of where"
    );
    let form = [("token", access.as_str()), ("client_ip", "here")];
    service
        .post("/oauth2/introspect", &form)
        .await
        .refused(400, "invalid_request");
    // Refresh: refused outside, and the token is not lost by it.
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let refused = token_from(server, OUTSIDE, &form).await;
    assert_eq!(refused.refused(400, "invalid_grant"), NOT_HERE);
    token_from(server, INSIDE, &form).await.accepted();
}

async fn s71_a_client_may_be_relaxed(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = at(&rp, INSIDE);
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let code = code_of(&log_in(&mut browser, page, "ines").await);
    let tokens = rp.redeem(&code).await.accepted();
    let set = |relaxation: &str| {
        let directory = with_organisation("enforce_ip_on_every_request = true").replacen(
            "client_id = \"trusted\"\n",
            &format!("client_id = \"trusted\"\nip_relaxation = \"{relaxation}\"\n"),
            1,
        );
        server.apply(&format!("{directory}{PEOPLE}"));
    };
    let access = tokens.text("access_token");
    for (relaxation, refreshes, is_told) in [
        ("enforce", 400, 401),
        ("enforce_except_refresh", 200, 401),
        ("bypass", 200, 200),
        ("bypass_for_activated", 400, 401),
    ] {
        set(relaxation);
        let refresh = tokens.text("refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        assert_eq!(
            token_from(server, OUTSIDE, &form).await.status,
            refreshes,
            "{relaxation}"
        );
        assert_eq!(
            userinfo_from(server, OUTSIDE, &access).await.status,
            is_told,
            "{relaxation}"
        );
    }
    // A grant that rests on a second factor is activated.
    let mut browser = at(&rp, INSIDE);
    let high = [("acr_values", "high")];
    let page = rp.authorize(&mut browser, "openid offline_access", &high).await;
    let page = log_in(&mut browser, page, "ines").await;
    let (_, page) = enrol(server, &mut browser, page).await;
    let tokens = rp.redeem(&code_of(&page)).await.accepted();
    let refresh = tokens.text("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    token_from(server, OUTSIDE, &form).await.accepted();
    assert_eq!(
        userinfo_from(server, OUTSIDE, &tokens.text("access_token"))
            .await
            .status,
        200
    );
}

async fn s71_tokens_of_users_with_ranges_live_shorter(server: &TestServer) {
    for (client, username, lifetime) in [
        ("app", "ines", 300),
        ("trusted", "ines", 900),
        ("app", "alice", 900),
        ("trusted", "alice", 900),
    ] {
        let rp = RelyingParty::new(server, client);
        let answer = rp.tokens(&mut at(&rp, INSIDE), username, "openid").await;
        assert_eq!(answer.body["expires_in"], lifetime, "{client} {username}");
        let said = RelyingParty::new(server, "service")
            .introspect(&answer.text("access_token"))
            .await;
        assert_eq!(said["exp"], server.now() + lifetime, "{client} {username}");
    }
}

async fn s66_hours_are_the_profiles_in_its_zone(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    // Tuesday 10:00 in the organisation's zone, UTC; the last minute is within, and a range may pass midnight.
    for (wait, may, told) in [
        (0, true, "Tuesday 10:00"),
        (60 * 60 + 59, true, "Tuesday 11:00:59"),
        (1, false, "Tuesday 11:01"),
        (34 * 3_600 + 58 * 60, false, "Wednesday 21:59"),
        (60, true, "Wednesday 22:00"),
        (4 * 3_600, true, "Thursday 02:00"),
        (60, false, "Thursday 02:01"),
        (
            30 * 3_600 - 60,
            false,
            "Friday 08:00, when a range of no length would begin",
        ),
    ] {
        server.advance(wait);
        let page = sign_in(&rp, &mut rp.browser(), "hans").await;
        if may {
            assert!(page.query("code").is_some(), "{told}");
        } else {
            denied(&page, NOT_NOW);
            assert_eq!(check(server), 4, "{told}");
        }
    }
}

async fn s67_example_25_outside_the_hours_nothing_is_asked(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    // 11:00 in Berlin: nobody signs in, and nothing is asked for first.
    let page = sign_in(&rp, &mut rp.browser(), "nora").await;
    denied(&page, NOT_NOW);
    assert_eq!(check(server), 4);
    assert!(server.audit("challenge.issued").is_empty());
    // A wrong password is a wrong password, whatever the hour.
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let form = page.form().set("username", "nora").set("password", "wrong");
    assert_eq!(browser.submit(form).await.status, 400);
    server.advance(3_600);
    let page = sign_in(&rp, &mut rp.browser(), "nora").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "noon in Berlin");
}

async fn s77_the_first_check_that_fails_decides(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = at(&rp, OUTSIDE);
    denied(&sign_in(&rp, &mut browser, "tess").await, NOT_NOW);
    assert_eq!(check(server), 4, "hours before the second factor and the range");
    server.advance(7_200);
    let page = sign_in(&rp, &mut at(&rp, OUTSIDE), "tess").await;
    assert_eq!(
        page.page().as_deref(),
        Some("enrol"),
        "the second factor before the range"
    );
    let mut browser = at(&rp, OUTSIDE);
    let page = sign_in(&rp, &mut browser, "tess").await;
    let (_, page) = enrol(server, &mut browser, page).await;
    denied(&page, NOT_HERE);
    assert_eq!(check(server), 7);
}

async fn s67_a_session_goes_on_after_the_hours(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid offline_access", &[]).await;
    let code = code_of(&log_in(&mut browser, page, "hans").await);
    let refresh = rp.redeem(&code).await.accepted().text("refresh_token");
    server.advance(5_400);
    let none = [("prompt", "none")];
    code_of(&rp.authorize(&mut browser, "openid", &none).await);
    let refresh = rp.refresh(&refresh).await.accepted().text("refresh_token");
    let ending = format!("{}{PEOPLE}", with_organisation("")).replacen(
        "name = \"shift\"\n",
        "name = \"shift\"\nhours_end_sessions = true\n",
        1,
    );
    server.apply(&ending);
    denied(&rp.authorize(&mut browser, "openid", &none).await, NOT_NOW);
    assert_eq!(rp.refresh(&refresh).await.refused(400, "invalid_grant"), NOT_NOW);
}
