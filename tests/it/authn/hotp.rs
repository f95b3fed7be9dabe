//! Hardware tokens (HOTP, RFC 4226): enrolled by their owners and by operators, each counter once, brought back in step.

use countersign::manage::hardware_tokens::{self, HardwareToken};

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in};
use crate::support::server::{TestServer, with_directory};
use crate::support::totp::counted_code;

/// RFC 4226, Appendix D.
const SECRET: &[u8] = b"12345678901234567890";
const BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

on_both! {
    with_directory(DIRECTORY);
    s39_a_person_enrols_a_hardware_token,
    s39_of_two_sessions_with_one_counter_one_wins,
    s39_two_codes_in_a_row_bring_a_token_back_in_step,
}

/// Alice before her second proof at the client that demands one, in a browser of its own.
async fn at_second_step(server: &TestServer) -> (Browser, Page) {
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    (browser, page)
}

/// Gives alice a token whose next code is that of `counter`.
async fn given(server: &TestServer, serial: &'static str, counter: i64) {
    let alice = server.user("alice");
    let token = HardwareToken {
        serial: serial.to_owned(),
        secret: SECRET.to_vec().into(),
        digits: 6,
        counter,
    };
    let add = server.manage(move |work, operator| hardware_tokens::add(work, operator, alice, &token));
    add.await;
}

/// Answers the challenge with the code of a counter.
async fn press(browser: &mut Browser, page: &Page, counter: u64) -> Page {
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
    let code = counted_code(BASE32, counter);
    browser.submit(page.form().set("code", &code)).await
}

fn is_refused(page: &Page) -> bool {
    let told = "That code is not right. Press the token’s button and type the next one.";
    (page.status, page.page().as_deref()) == (400, Some("challenge")) && page.body.contains(told)
}

async fn s39_a_person_enrols_a_hardware_token(server: &TestServer) {
    let (mut browser, page) = at_second_step(server).await;
    let page = browser.get(page.link("a[data-factor=hotp]").as_str()).await;
    assert_eq!(page.texts("h1"), ["Set up your hardware token"]);
    let secret = page.texts("#hotp-secret").concat().replace(char::is_whitespace, "");
    let address = page.link("a[href^=otpauth]");
    assert!(
        address.as_str().starts_with("otpauth://hotp/Example%20Works:alice?")
            && address
                .query()
                .unwrap_or_default()
                .contains(&format!("secret={secret}"))
            && address.query().unwrap_or_default().ends_with("counter=0"),
        "{address}"
    );
    let wrong = counted_code(&secret, 500);
    let page = browser.submit(page.form().set("code", &wrong)).await;
    assert_eq!((page.status, page.page().as_deref()), (400, Some("enrol")));
    let again = page.texts("#hotp-secret").concat().replace(char::is_whitespace, "");
    assert_eq!(again, secret, "the secret stays while the page is open");
    let page = browser.submit(page.form().set("code", &counted_code(&secret, 0))).await;
    code_of(&page);
    let mail = server.messages().await.pop().expect("a mail").text;
    assert!(
        mail.contains("\"Hardware token\" now confirms") && !mail.contains(&secret),
        "{mail}"
    );
    // The code that enrolled it counts no more, the next one does.
    let (mut other, page) = at_second_step(server).await;
    let page = other.submit(page.form().set("code", &counted_code(&secret, 0))).await;
    assert!(is_refused(&page), "{}", page.body);
    let page = other.submit(page.form().set("code", &counted_code(&secret, 1))).await;
    assert!(page.query("code").is_some(), "{}", page.body);
}

async fn s39_of_two_sessions_with_one_counter_one_wins(server: &TestServer) {
    given(server, "HT-1", 0).await;
    let (mut one, page_of_one) = at_second_step(server).await;
    let (mut two, page_of_two) = at_second_step(server).await;
    let (one, two) = tokio::join!(press(&mut one, &page_of_one, 0), press(&mut two, &page_of_two, 0));
    let codes = [&one, &two].into_iter().filter(|page| page.query("code").is_some());
    assert_eq!(codes.count(), 1);
    assert!(is_refused(&one) || is_refused(&two));
}

async fn s39_two_codes_in_a_row_bring_a_token_back_in_step(server: &TestServer) {
    given(server, "HT-1", 0).await;
    let (mut browser, page) = at_second_step(server).await;
    // The tenth press: within the look-ahead.
    code_of(&press(&mut browser, &page, 9).await);
    let (mut browser, page) = at_second_step(server).await;
    assert!(is_refused(&press(&mut browser, &page, 9).await), "used");
    assert!(is_refused(&press(&mut browser, &page, 8).await), "passed");
    // Ten presses in vain and one: beyond it. Codes with a gap, one that came between, and one again are no two in a row.
    for counter in [20, 22, 500, 23, 23, 110] {
        assert!(is_refused(&press(&mut browser, &page, counter).await), "{counter}");
    }
    server.advance(1_000);
    let (mut browser, page) = at_second_step(server).await;
    assert!(is_refused(&press(&mut browser, &page, 30).await));
    code_of(&press(&mut browser, &page, 31).await);
    let (mut browser, page) = at_second_step(server).await;
    assert!(is_refused(&press(&mut browser, &page, 31).await), "used");
    code_of(&press(&mut browser, &page, 32).await);
}

#[tokio::test]
async fn s39_the_more_convenient_of_two_factors_is_a_link_away() {
    let server = with_directory(DIRECTORY).start().await;
    let (mut browser, page) = at_second_step(&server).await;
    let (_, page) = enrol(&server, &mut browser, page).await;
    code_of(&page);
    given(&server, "HT-1", 0).await;
    server.advance(60);
    let (mut browser, page) = at_second_step(&server).await;
    let page = browser.get(page.link("a[data-factor=hotp]").as_str()).await;
    assert!(page.body.contains("The digits that your token shows"));
    code_of(&press(&mut browser, &page, 0).await);
    assert_eq!(server.audit("challenge.passed").len(), 1);
}

#[tokio::test]
async fn s39_a_token_proves_possession_without_attested_hardware() {
    let server = with_directory(DIRECTORY).start().await;
    given(&server, "HT-1", 7).await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let page = press(&mut browser, &page, 7).await;
    let told = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(told["acr"], "high");
    assert_eq!(told["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    let entry = server.audit("factor.enrolled").remove(0).body;
    assert!(entry.contains("HT-1") && entry.contains("operator"), "{entry}");
}
