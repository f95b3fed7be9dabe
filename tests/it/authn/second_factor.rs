//! One-time codes: enrolled by proof, each used once, counted across tabs.

use crate::support::attack::assert_error_page;
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in, prove};
use crate::support::server::{TestServer, with_directory};
use crate::support::totp;

fn secret_of(page: &Page) -> String {
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    page.texts("#totp-secret").concat().replace(char::is_whitespace, "")
}

fn code_at(secret: &str, at: i64) -> String {
    totp::code(secret, u64::try_from(at).unwrap())
}

/// A code that no step near now has.
fn wrong(secret: &str, now: i64) -> String {
    let near: Vec<String> = (-2..=2).map(|step| code_at(secret, now + 30 * step)).collect();
    let codes = ["000000", "111111", "222222", "333333", "444444", "555555"];
    let free = codes.into_iter().find(|code| near.iter().all(|known| known != code));
    free.expect("a code that is free").to_owned()
}

async fn start() -> TestServer {
    with_directory(DIRECTORY).start().await
}

/// Alice before her second proof at the client that demands one, in a browser of its own.
async fn at_second_step(rp: &RelyingParty<'_>) -> (Browser, Page) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    (browser, page)
}

/// Enrols alice; a step later her authenticator shows an unused code.
async fn enrolled(server: &TestServer, rp: &RelyingParty<'_>) -> String {
    let (mut browser, page) = at_second_step(rp).await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    secret
}

#[tokio::test]
async fn a_factor_counts_once_it_was_confirmed() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp).await;
    let secret = secret_of(&page);
    let form = page.form().set("code", &wrong(&secret, server.now()));
    let page = browser.submit(form).await;
    assert_eq!(
        (page.status, secret_of(&page)),
        (400, secret.clone()),
        "the secret stays while the page is open"
    );
    assert!(server.audit("factor.enrolled").is_empty());
    assert!(server.messages().await.is_empty());
    // Nothing is enrolled: whoever signs in elsewhere enrols, and is not challenged.
    let (mut other, elsewhere) = at_second_step(&rp).await;
    assert_eq!(elsewhere.page().as_deref(), Some("enrol"));
    let (_, page) = enrol(&server, &mut other, elsewhere).await;
    code_of(&page);
    let messages = server.messages().await;
    assert_eq!(messages.len(), 1);
    let message = format!("{:?}", messages[0]);
    assert!(
        message.contains("alice@example.com") && !message.contains(&secret),
        "{message}"
    );
}

#[tokio::test]
async fn a_secret_that_somebody_else_saw_is_never_enrolled() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    // Somebody with the password alone looks at the enrolment page and goes away.
    let (mut thief, page) = at_second_step(&rp).await;
    let known = secret_of(&page);
    let (mut owner, own) = at_second_step(&rp).await;
    assert_ne!(secret_of(&own), known);
    let (_, done) = enrol(&server, &mut owner, own).await;
    code_of(&done);
    server.advance(60);
    let (_, answer) = enrol(&server, &mut thief, page).await;
    assert_error_page(&answer, "step_not_due");
    let page = thief.get(answer.link("#back").as_str()).await;
    let page = prove(&server, &mut thief, page, &known).await;
    assert_eq!((page.status, page.page().as_deref()), (400, Some("challenge")));
}

#[tokio::test]
async fn a_code_counts_one_step_either_way_and_once() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let secret = enrolled(&server, &rp).await;
    let used = "That code was used.";
    let not_right = "That code is not right.";
    for (offset, right) in [(-60, false), (60, false), (-30, true), (30, true)] {
        server.advance(120);
        let (mut browser, page) = at_second_step(&rp).await;
        let code = code_at(&secret, server.now() + offset);
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let page = browser.submit(page.form().set("code", &spaced)).await;
        if right {
            code_of(&page);
            let (mut other, page) = at_second_step(&rp).await;
            let page = other.submit(page.form().set("code", &code)).await;
            assert!(
                page.status == 400 && page.body.contains(used),
                "{offset}: in another session"
            );
        } else {
            assert!(page.status == 400 && page.body.contains(not_right), "{offset}");
        }
    }
}

#[tokio::test]
async fn of_two_sessions_with_one_code_one_wins() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let secret = enrolled(&server, &rp).await;
    let (mut one, page_of_one) = at_second_step(&rp).await;
    let (mut two, page_of_two) = at_second_step(&rp).await;
    let (one, two) = tokio::join!(
        prove(&server, &mut one, page_of_one, &secret),
        prove(&server, &mut two, page_of_two, &secret)
    );
    let codes = [&one, &two].into_iter().filter(|page| page.query("code").is_some());
    assert_eq!(codes.count(), 1);
    let refused = if one.query("code").is_some() { two } else { one };
    assert!(refused.body.contains("That code was used."), "{}", refused.body);
}

#[tokio::test]
async fn ten_wrong_codes_and_prompts_shut_the_account_across_tabs() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let secret = enrolled(&server, &rp).await;
    let wrong = wrong(&secret, server.now());
    let mut tabs = Vec::new();
    for _ in 0..3 {
        // Each with its own login: a right password does not forget wrong codes.
        tabs.push(at_second_step(&rp).await);
    }
    let mut last = None;
    for attempt in 0..10 {
        let (browser, page) = &mut tabs[attempt % 3];
        let answer = browser.submit(page.form().set("code", &wrong)).await;
        assert_eq!((answer.status, answer.page().as_deref()), (400, Some("challenge")));
        last = Some(answer.texts("[role=alert], #error").concat());
    }
    let (browser, page) = &mut tabs[0];
    let answer = prove(&server, browser, page.clone(), &secret).await;
    assert_eq!(answer.status, 400, "the right code is refused too");
    assert_eq!(
        Some(answer.texts("[role=alert], #error").concat()),
        last,
        "in the same words"
    );
    for wait in [0, 899] {
        server.advance(wait);
        let (_, page) = at_second_step(&rp).await;
        assert_eq!(
            (page.status, page.page().as_deref()),
            (400, Some("login")),
            "and so is the password"
        );
    }
    server.advance(1);
    let (mut browser, page) = at_second_step(&rp).await;
    code_of(&prove(&server, &mut browser, page, &secret).await);
}

#[tokio::test]
async fn wrong_codes_at_enrolment_are_counted_too() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp).await;
    let wrong = wrong(&secret_of(&page), server.now());
    for _ in 0..10 {
        assert_eq!(browser.submit(page.form().set("code", &wrong)).await.status, 400);
    }
    let (_, page) = enrol(&server, &mut browser, page).await;
    assert_eq!((page.status, page.page().as_deref()), (400, Some("enrol")));
    assert!(server.audit("factor.enrolled").is_empty());
}

#[tokio::test]
async fn what_is_no_code_is_a_wrong_code() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let secret = enrolled(&server, &rp).await;
    let (mut browser, page) = at_second_step(&rp).await;
    let right = code_at(&secret, server.now());
    let wide: String = right
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
        .collect();
    for odd in [
        "",
        "12345",
        &*format!("{right}0"),
        &*"9".repeat(4_000),
        "12345a",
        &*wide,
        "-12345",
        "1e5000",
    ] {
        let page = browser.submit(page.form().set("code", odd)).await;
        assert_eq!((page.status, page.page().as_deref()), (400, Some("challenge")), "{odd}");
    }
    code_of(&browser.submit(page.form().set("code", &right)).await);
}

#[tokio::test]
async fn s5_an_age_is_demanded_of_the_second_factor_too() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    // Bob's profile demands two factors in pages, and nothing of what clients ask for.
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "bob").await;
    let (secret, _) = enrol(&server, &mut browser, page).await;
    server.advance(400);
    let page = rp.authorize(&mut browser, "openid", &[("max_age", "300")]).await;
    let page = prove(&server, &mut browser, page, &secret).await;
    let answer = rp.redeem(&code_of(&page)).await;
    let told = claims(&answer.text("id_token"));
    assert_eq!(
        (&told["acr"], &told["auth_time"]),
        (&"high".into(), &server.now().into())
    );
}
