//! What codes may cost: cooldown, budgets, countries, and the alarm.

use countersign::model::one_time_code::CodePurpose;
use countersign::store;

use crate::support::codes::{MOBILE, ask_for_code, at_second_step, sending, type_code};
use crate::support::relying_party::{RelyingParty, code_of};
use crate::support::server::{Builder, TestServer};

fn limited(limits: &str) -> Builder {
    sending().settings(&format!("[limits.codes]\n{limits}"))
}

const EXHAUSTED: &str = "Too many codes were sent. Wait a while, or use another way.";

#[tokio::test]
async fn s36_a_code_is_asked_for_again_after_a_while_and_is_another_one() {
    let server = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let first = server.last_code().await;
    for _ in 0..3 {
        drop(browser.get(page.url.as_str()).await);
    }
    assert_eq!(server.codes().await.len(), 1, "a reload sends nothing");
    server.advance(29);
    let early = ask_for_code(&mut browser, &page).await;
    assert_eq!(
        (early.status, early.told().as_str()),
        (
            400,
            "A code was sent just now. You can ask for another one in 1 second."
        )
    );
    server.advance(1);
    let page = ask_for_code(&mut browser, &page).await;
    let codes = server.codes().await;
    assert_eq!(codes.len(), 2);
    if codes[0].code != codes[1].code {
        assert_eq!(
            type_code(&mut browser, &page, &first).await.status,
            400,
            "the first one is void"
        );
        let third = server.last_code().await;
        code_of(&type_code(&mut browser, &page, &third).await);
    }
}

/// How many of ten logins of a user, each in a browser of its own, are sent a code.
async fn sent_of_ten(server: &TestServer, username: &str) -> (usize, String) {
    let rp = RelyingParty::new(server, "high");
    let before = server.codes().await.len();
    let mut told = String::new();
    for _ in 0..10 {
        let (mut browser, page) = at_second_step(&rp, username).await;
        assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
        if page.sent().is_empty() {
            told = ask_for_code(&mut browser, &page).await.told();
        }
    }
    (server.codes().await.len() - before, told)
}

#[tokio::test]
async fn s36_codes_are_sent_so_often_to_a_number_a_person_an_address_a_country_and_in_all() {
    let open = "invalid_attempts = 100\n";
    for (limits, expected) in [
        ("per_number = 3", 3),
        ("per_number = 100\nper_number_daily = 4", 4),
        ("per_number = 100\nper_number_daily = 100\nper_user = 2", 2),
        (
            "per_number = 100\nper_number_daily = 100\nper_user = 100\nper_ip = 6",
            6,
        ),
        (
            "per_number = 100\nper_number_daily = 100\nper_user = 100\nper_country = 1",
            1,
        ),
        (
            "per_number = 100\nper_number_daily = 100\nper_user = 100\nper_server = 5",
            5,
        ),
    ] {
        let settings = format!("[limits]\n{open}[limits.codes]\n{limits}");
        let server = sending().settings(&settings).start().await;
        let (sent, told) = sent_of_ten(&server, "mia").await;
        assert_eq!((sent, told.as_str()), (expected, EXHAUSTED), "{limits}");
        let refused = server.audit("otp.send_failed");
        assert!(refused.len() >= 10 - expected, "{limits}");
        assert!(
            refused.iter().all(|entry| !entry.body.contains(&MOBILE[3..])),
            "{limits}"
        );
        if expected == 3 {
            assert_eq!(sent_of_ten(&server, "lars").await.0, 3, "another number has its own");
            server.advance(900);
            assert_eq!(sent_of_ten(&server, "mia").await.0, 3, "a quarter of an hour later");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn s36_codes_go_to_listed_countries_alone() {
    let server = limited("countries = [\"+44\"]").start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    assert_eq!((page.page().as_deref(), page.sent().as_str()), (Some("challenge"), ""));
    let page = ask_for_code(&mut browser, &page).await;
    assert_eq!(page.told(), "We cannot send a code there. Use another way.");
    assert!(server.codes().await.is_empty());
    let (_, page) = at_second_step(&rp, "lars").await;
    assert_eq!(page.sent(), "We are calling …0123.");
}

#[tokio::test]
async fn codes_that_are_bought_and_not_used_raise_an_alarm_once() {
    let server = limited("unused_alarm = 3\ncooldown = 0").start().await;
    let rp = RelyingParty::new(&server, "high");
    for used in [true, false, false] {
        let (mut browser, page) = at_second_step(&rp, "mia").await;
        let code = server.last_code().await;
        if used {
            code_of(&type_code(&mut browser, &page, &code).await);
        }
    }
    assert!(server.audit("otp.unused").is_empty(), "one of three was used");
    for _ in 0..2 {
        let (_, page) = at_second_step(&rp, "mia").await;
        assert!(!page.sent().is_empty());
        server.codes().await;
    }
    let alarms = server.audit("otp.unused");
    assert_eq!(alarms.len(), 1);
    assert!(
        alarms[0].body.contains("\"calling_code\":\"+49\""),
        "{}",
        alarms[0].body
    );
}

#[tokio::test]
async fn s30_neither_code_nor_destination_is_in_the_audit_log_or_the_database() {
    let server = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let first = server.last_code().await;
    let page = type_code(&mut browser, &page, &crate::support::codes::wrong(&first)).await;
    let second = server.last_code().await;
    code_of(&type_code(&mut browser, &page, &second).await);
    for event in [
        "otp.sent",
        "otp.voided",
        "challenge.failed",
        "challenge.passed",
        "login.allow",
    ] {
        let entries = server.audit(event);
        assert!(!entries.is_empty(), "{event}");
        for entry in entries {
            for secret in [first.as_str(), &second, &MOBILE[1..8], &MOBILE[3..]] {
                assert!(!entry.body.contains(secret), "{event}: {}", entry.body);
            }
        }
    }
    let errand = page.url.path_segments().unwrap().nth(1).unwrap().parse().unwrap();
    let latest = server
        .server
        .read_blocking(|view| store::one_time_codes::find_latest(view.tx, errand, CodePurpose::Challenge));
    let letter = latest.unwrap().expect("a code was sent").letter;
    assert_eq!(
        (letter.destination.as_str(), letter.sealed),
        (MOBILE, None),
        "nothing is left to be opened"
    );
}
