//! Lockout and throttles: two sides, prompts, wrong codes, addresses. CLAUSES.md S81, S82, C18; ASSURANCE.md §10, §12,
//! examples 28 and 31.

use countersign::manage::users;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, code_of, enrol, log_in, prove};
use crate::support::server::{Builder, TestServer, with_directory};
use crate::support::totp;

fn limits(toml: &str) -> Builder {
    with_directory(DIRECTORY)
        .trusting("127.0.0.1")
        .settings(&format!("[limits]\n{toml}"))
}

on_both! {
    limits("");
    s81_c18_example_31_ten_abandoned_prompts_lock_the_known_browser, s81_a_login_that_is_finished_nets_nothing,
    s81_a_page_that_is_loaded_again_is_no_new_prompt, strangers_do_not_lock_a_known_device,
    a_locked_account_keeps_its_sessions_and_cannot_step_up, failed_logins_from_one_address_are_throttled,
}
on_both! {
    limits("invalid_attempts = 3");
    example_28_wrong_codes_lock_the_account, s81_a_wrong_code_counts_once, wrong_codes_and_passwords_count_together,
}
on_both! {
    limits("invalid_attempts = 5");
    a_password_does_not_forget_wrong_codes,
}
on_both! {
    limits("invalid_attempts = 3\nlockout_length = \"forever\"");
    a_lock_may_last_until_an_operator_ends_it,
}
on_both! {
    limits("invalid_attempts = 3\nlockout_length = 3600");
    a_lock_may_last_longer_than_failures_are_counted,
}
on_both! {
    limits("invalid_attempts = \"none\"\nfailed_logins_per_ip = 1000\nfactor_failures = 5");
    too_many_wrong_codes_in_a_row_disable_a_factor, without_a_limit_nothing_is_locked,
}
on_both! {
    limits("invalid_attempts = 3\nprompts_count = false");
    prompts_need_not_count,
}
on_both! {
    limits("logins_per_user = 5");
    logins_of_one_account_are_throttled_known_or_not,
}

/// Each request of this browser comes from an address of its own network, as far as throttles go.
fn at(rp: &RelyingParty<'_>, ip: &str) -> Browser {
    let mut browser = rp.browser();
    browser.set_header("x-forwarded-for", ip);
    browser
}

async fn give(browser: &mut Browser, page: &Page, password: &str) -> Page {
    let form = page.form().set("username", "alice").set("password", password);
    browser.submit(form).await
}

/// Gives alice's right password at the client that wants `high`.
async fn attempt(rp: &RelyingParty<'_>, browser: &mut Browser) -> Page {
    browser.cookies.remove("cs_session");
    let page = rp.authorize(browser, "openid", &[]).await;
    log_in(browser, page, "alice").await
}

/// Alice with an authenticator app and a browser that is known.
async fn known(server: &TestServer) -> (Browser, String) {
    let high = RelyingParty::new(server, "high");
    let mut browser = high.browser();
    let page = attempt(&high, &mut browser).await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    (browser, secret)
}

/// A code that no step near now has.
fn wrong(server: &TestServer, secret: &str) -> String {
    let at = |step: i64| totp::code(secret, u64::try_from(server.now() + 30 * step).unwrap());
    let near: Vec<String> = (-2..=2).map(at).collect();
    let codes = ["000000", "111111", "222222", "333333", "444444", "555555"];
    let free = codes.into_iter().find(|code| near.iter().all(|known| known != code));
    free.expect("a code that is free").to_owned()
}

async fn type_wrong(server: &TestServer, browser: &mut Browser, page: &Page, secret: &str) -> Page {
    let form = page.form().set("code", &wrong(server, secret));
    let answer = browser.submit(form).await;
    assert_eq!((answer.status, answer.page().as_deref()), (400, Some("challenge")));
    answer
}

#[track_caller]
fn asked(page: &Page) {
    assert_eq!(
        (page.status, page.page().as_deref()),
        (200, Some("challenge")),
        "{}",
        page.body
    );
}

/// The sentence of a login that is not accepted, which is the same whatever the reason.
#[track_caller]
fn refused(page: &Page) {
    assert_eq!(
        (page.status, page.page().as_deref()),
        (400, Some("login")),
        "{}",
        page.body
    );
    assert!(page.body.contains("That username and password do not belong together."));
}

fn of_last(server: &TestServer, event: &str) -> Value {
    serde_json::from_str(&server.audit(event)[0].body).unwrap()
}

async fn s81_c18_example_31_ten_abandoned_prompts_lock_the_known_browser(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    for _ in 0..10 {
        asked(&attempt(&rp, &mut browser).await);
    }
    refused(&attempt(&rp, &mut browser).await);
    let locked = of_last(server, "lockout.set")["detail"].clone();
    assert_eq!(locked["side"], "device");
    assert_eq!(server.audit("lockout.set").len(), 1);
    // The other side is open, and a login there does not open this one.
    let mut other = rp.browser();
    let page = attempt(&rp, &mut other).await;
    code_of(&prove(server, &mut other, page, &secret).await);
    refused(&attempt(&rp, &mut browser).await);
    server.advance(899);
    refused(&attempt(&rp, &mut browser).await);
    server.advance(1);
    let page = attempt(&rp, &mut browser).await;
    code_of(&prove(server, &mut browser, page, &secret).await);
}

async fn s81_a_login_that_is_finished_nets_nothing(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    for _ in 0..2 {
        for _ in 0..9 {
            asked(&attempt(&rp, &mut browser).await);
        }
        let page = attempt(&rp, &mut browser).await;
        code_of(&prove(server, &mut browser, page, &secret).await);
        server.advance(60);
    }
    assert!(server.audit("lockout.set").is_empty());
}

async fn s81_a_page_that_is_loaded_again_is_no_new_prompt(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    let mut page = attempt(&rp, &mut browser).await;
    let errand = page.url.path().rsplit_once('/').unwrap().0.to_owned();
    for _ in 0..12 {
        page = browser.get(&server.at(&errand)).await;
        asked(&page);
        page = browser.get(page.url.as_str()).await;
    }
    code_of(&prove(server, &mut browser, page, &secret).await);
}

async fn strangers_do_not_lock_a_known_device(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    let mut stranger = rp.browser();
    let page = rp.authorize(&mut stranger, "openid", &[]).await;
    for _ in 0..12 {
        refused(&give(&mut stranger, &page, "wrong").await);
    }
    assert_eq!(of_last(server, "lockout.set")["detail"], json!({ "side": "account" }));
    refused(&attempt(&rp, &mut rp.browser()).await);
    let page = attempt(&rp, &mut browser).await;
    code_of(&prove(server, &mut browser, page, &secret).await);
    // That does not open the account to strangers; an operator does.
    refused(&attempt(&rp, &mut rp.browser()).await);
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::unlock(work, actor, alice))
        .await;
    asked(&attempt(&rp, &mut rp.browser()).await);
    assert_eq!(server.audit("lockout.cleared").len(), 1);
}

async fn a_locked_account_keeps_its_sessions_and_cannot_step_up(server: &TestServer) {
    let (_, secret) = known(server).await;
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut browser = trusted.browser();
    let page = trusted.authorize(&mut browser, "openid offline_access", &[]).await;
    let code = code_of(&log_in(&mut browser, page, "alice").await);
    let refresh = trusted.redeem(&code).await.accepted().text("refresh_token");
    let mut stranger = high.browser();
    let page = high.authorize(&mut stranger, "openid", &[]).await;
    for _ in 0..11 {
        refused(&give(&mut stranger, &page, "wrong").await);
    }
    code_of(&trusted.authorize(&mut browser, "openid", &[("prompt", "none")]).await);
    trusted.refresh(&refresh).await.accepted();
    let page = high.authorize(&mut browser, "openid", &[]).await;
    asked(&page);
    let locked = prove(server, &mut browser, page.clone(), &secret).await;
    let wrong = type_wrong(server, &mut browser, &page, &secret).await;
    let alert = |page: &Page| page.texts("[role=alert], #error").concat();
    assert_eq!(
        (locked.status, alert(&locked)),
        (400, alert(&wrong)),
        "in the words of a wrong code"
    );
    server.advance(900);
    let page = high.authorize(&mut browser, "openid", &[]).await;
    code_of(&prove(server, &mut browser, page, &secret).await);
}

async fn failed_logins_from_one_address_are_throttled(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = at(&rp, "2001:db8::1");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    for name in 0..60 {
        // Logins that do not fail are not counted.
        if name % 20 == 0 {
            let mut other = at(&rp, "2001:db8::2");
            let page = rp.authorize(&mut other, "openid", &[]).await;
            code_of(&log_in(&mut other, page, "alice").await);
        }
        let form = page
            .form()
            .set("username", &format!("nobody{name}"))
            .set("password", "wrong");
        refused(&browser.submit(form).await);
    }
    // The network is what counts, not the address, and a right password is not looked at either.
    for ip in ["2001:db8::1", "2001:db8::ffff:1"] {
        let mut browser = at(&rp, ip);
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let answer = log_in(&mut browser, page, "alice").await;
        assert_eq!(
            (answer.status, answer.error_class().as_deref()),
            (429, Some("rate_limited"))
        );
        assert_eq!(answer.header("retry-after"), Some("60"));
    }
    // Entries of one instant have no order among them where several connections write.
    let denials = server.audit("login.deny");
    let mut denials = denials
        .iter()
        .map(|entry| serde_json::from_str::<Value>(&entry.body).unwrap());
    let refusal = denials
        .find(|denial| denial["detail"]["reason"] == "rate_limited" && denial["facts"]["counts"][0]["count"] == 62)
        .expect("a refusal by check 1");
    assert_eq!(
        refusal["detail"],
        json!({ "reason": "rate_limited", "check": 1, "step": "refuse: rate_limited" })
    );
    let counted = json!({ "what": "failed logins from this address in a minute", "count": 62, "limit": 60 });
    assert_eq!(refusal["facts"]["counts"][0], counted);
    for (wait, ip) in [(0, "2001:db8:0:1::1"), (60, "2001:db8::1")] {
        server.advance(wait);
        let mut browser = at(&rp, ip);
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        code_of(&log_in(&mut browser, page, "alice").await);
    }
}

async fn example_28_wrong_codes_lock_the_account(server: &TestServer) {
    let (_, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = attempt(&rp, &mut browser).await;
    for _ in 0..3 {
        type_wrong(server, &mut browser, &page, &secret).await;
    }
    let answer = prove(server, &mut browser, page.clone(), &secret).await;
    assert_eq!(
        (answer.status, answer.page().as_deref()),
        (400, Some("challenge")),
        "the right code is refused"
    );
    assert_eq!(
        of_last(server, "challenge.failed")["detail"]["reason"],
        "bad credentials"
    );
    // Neither another tab nor another login nor another browser helps.
    refused(&attempt(&rp, &mut browser).await);
    refused(&attempt(&rp, &mut rp.browser()).await);
    server.advance(900);
    let page = attempt(&rp, &mut browser).await;
    code_of(&prove(server, &mut browser, page, &secret).await);
}

async fn s81_a_wrong_code_counts_once(server: &TestServer) {
    let (_, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    for _ in 0..2 {
        // The page counts, and each page that is shown again for a wrong code: three of three.
        let mut browser = rp.browser();
        let page = attempt(&rp, &mut browser).await;
        for _ in 0..2 {
            type_wrong(server, &mut browser, &page, &secret).await;
        }
        code_of(&prove(server, &mut browser, page, &secret).await);
        server.advance(60);
    }
}

async fn wrong_codes_and_passwords_count_together(server: &TestServer) {
    let (_, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = attempt(&rp, &mut browser).await;
    type_wrong(server, &mut browser, &page, &secret).await;
    let mut other = rp.browser();
    let page = rp.authorize(&mut other, "openid", &[]).await;
    refused(&give(&mut other, &page, "wrong").await);
    refused(&give(&mut other, &page, PASSWORD).await);
}

async fn a_password_does_not_forget_wrong_codes(server: &TestServer) {
    let (_, secret) = known(server).await;
    let (high, trusted) = (RelyingParty::new(server, "high"), RelyingParty::new(server, "trusted"));
    let mut browser = high.browser();
    let page = attempt(&high, &mut browser).await;
    for _ in 0..3 {
        type_wrong(server, &mut browser, &page, &secret).await;
    }
    // A login at a client that wants no code contains no check of one.
    for _ in 0..2 {
        code_of(&attempt(&trusted, &mut trusted.browser()).await);
    }
    let mut browser = high.browser();
    asked(&attempt(&high, &mut browser).await);
    refused(&attempt(&trusted, &mut trusted.browser()).await);
}

async fn a_lock_may_last_until_an_operator_ends_it(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..3 {
        refused(&give(&mut browser, &page, "wrong").await);
    }
    server.advance(10 * 365 * 86_400);
    refused(&attempt(&rp, &mut browser).await);
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::unlock(work, actor, alice))
        .await;
    code_of(&attempt(&rp, &mut browser).await);
}

async fn a_lock_may_last_longer_than_failures_are_counted(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..2 {
        refused(&give(&mut browser, &page, "wrong").await);
    }
    // Failures of long ago are not counted.
    server.advance(900);
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..3 {
        refused(&give(&mut browser, &page, "wrong").await);
    }
    for wait in [900, 2_699] {
        server.advance(wait);
        refused(&attempt(&rp, &mut browser).await);
    }
    server.advance(1);
    code_of(&attempt(&rp, &mut browser).await);
}

async fn too_many_wrong_codes_in_a_row_disable_a_factor(server: &TestServer) {
    let (mut browser, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    let page = attempt(&rp, &mut browser).await;
    for _ in 0..4 {
        type_wrong(server, &mut browser, &page, &secret).await;
    }
    code_of(&prove(server, &mut browser, page, &secret).await);
    server.advance(60);
    // A right one ended the row; both sides count in the next.
    let mut other = rp.browser();
    let (page, page_of_other) = (attempt(&rp, &mut browser).await, attempt(&rp, &mut other).await);
    for _ in 0..3 {
        type_wrong(server, &mut browser, &page, &secret).await;
    }
    type_wrong(server, &mut other, &page_of_other, &secret).await;
    assert!(server.audit("factor.disabled").is_empty());
    let wrong = type_wrong(server, &mut other, &page_of_other, &secret).await;
    let entry = of_last(server, "factor.disabled");
    assert_eq!(entry["detail"]["factor"], "totp");
    let right = prove(server, &mut browser, page, &secret).await;
    let alert = |page: &Page| page.texts("[role=alert], #error").concat();
    assert_eq!(
        (right.status, alert(&right)),
        (400, alert(&wrong)),
        "in the words of a wrong code"
    );
    assert_eq!(server.audit("factor.disabled").len(), 1);
    let messages = server.messages().await;
    let told = messages
        .iter()
        .filter(|message| message.subject.contains("was disabled"));
    assert_eq!(
        told.map(|message| message.to.as_str()).collect::<Vec<_>>(),
        ["alice@example.com"]
    );
    // Whoever knows the password enrols nothing in its place; an operator lets it count again.
    server.advance(60);
    asked(&attempt(&rp, &mut other).await);
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::unlock(work, actor, alice))
        .await;
    let page = attempt(&rp, &mut other).await;
    code_of(&prove(server, &mut other, page, &secret).await);
}

async fn without_a_limit_nothing_is_locked(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    for _ in 0..40 {
        refused(&give(&mut browser, &page, "wrong").await);
    }
    code_of(&give(&mut browser, &page, PASSWORD).await);
}

async fn prompts_need_not_count(server: &TestServer) {
    let (_, secret) = known(server).await;
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    for _ in 0..8 {
        asked(&attempt(&rp, &mut browser).await);
    }
    let page = attempt(&rp, &mut browser).await;
    for _ in 0..3 {
        type_wrong(server, &mut browser, &page, &secret).await;
    }
    assert_eq!(
        prove(server, &mut browser, page, &secret).await.status,
        400,
        "wrong codes do"
    );
}

async fn logins_of_one_account_are_throttled_known_or_not(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    for (username, status) in [("alice", 303), ("nobody", 400)] {
        for tried in 0..6 {
            let mut browser = at(&rp, &format!("198.51.100.{tried}"));
            let page = rp.authorize(&mut browser, "openid", &[]).await;
            let answer = log_in(&mut browser, page, username).await;
            if tried < 5 {
                assert_eq!(answer.status, status, "{username}");
            } else {
                assert_eq!(
                    (answer.status, answer.error_class().as_deref()),
                    (429, Some("rate_limited"))
                );
                assert_eq!(answer.header("retry-after"), Some("3600"), "{username}");
            }
        }
    }
    server.advance(3_600);
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    code_of(&log_in(&mut browser, page, "alice").await);
}

#[tokio::test]
async fn counts_outlive_a_restart() {
    let server = limits("invalid_attempts = 3").start().await;
    for _ in 0..2 {
        let rp = RelyingParty::new(&server, "trusted");
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        refused(&give(&mut browser, &page, "wrong").await);
    }
    let server = server.restart().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    refused(&give(&mut browser, &page, "wrong").await);
    refused(&give(&mut browser, &page, PASSWORD).await);
    server.stop().await;
}
