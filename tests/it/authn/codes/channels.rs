//! Which channel a code takes, and what it is worth: texts, calls and mail.

use countersign::model::message::Channel;
use serde_json::json;

use crate::support::codes::{ask_for_code, at_second_step, people, sending, type_code};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of};
use crate::support::server::{Builder, TestServer, with_directory};

fn verifying() -> Builder {
    sending().settings("[assurance]\ndevice_activation = \"verify\"")
}

async fn token(rp: &RelyingParty<'_>, page: &Page) -> (serde_json::Value, serde_json::Value) {
    let token = claims(&rp.redeem(&code_of(page)).await.text("id_token"));
    (token["acr"].clone(), token["amr"].clone())
}

fn factors(page: &Page) -> Vec<String> {
    ["passkey", "totp", "sms", "voice", "email"]
        .into_iter()
        .filter(|kind| page.attribute(&format!("a[data-factor={kind}]"), "href").is_some())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn s29_a_call_says_the_code_to_whoever_asks_for_one() {
    let server = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    assert_eq!(factors(&page), ["voice"], "mail reaches no high");
    let page = browser.get(page.link("a[data-factor=voice]").as_str()).await;
    assert_eq!(server.codes().await.len(), 1, "choosing sends nothing");
    assert_eq!(
        (page.sent(), page.texts("#send")),
        (String::new(), vec!["Call me".to_owned()])
    );
    // The text message went out a moment ago; the call waits its while too.
    let early = ask_for_code(&mut browser, &page).await;
    assert_eq!(
        early.told(),
        "A code was sent just now. You can ask for another one in 30 seconds."
    );
    server.advance(30);
    let page = ask_for_code(&mut browser, &page).await;
    assert_eq!(page.sent(), "We are calling …5678.");
    let codes = server.codes().await;
    assert_eq!((codes.len(), codes[1].channel), (2, Channel::Voice));
    assert_eq!(
        type_code(&mut browser, &page, &codes[0].code).await.status,
        400,
        "the text message is void"
    );
    let called = server.last_code().await;
    let page = type_code(&mut browser, &page, &called).await;
    assert_eq!(
        token(&rp, &page).await,
        (json!("high"), json!(["pwd", "tel", "mca", "mfa"]))
    );
}

#[tokio::test]
async fn s37_example_27_an_unknown_device_is_verified_by_a_call_to_a_landline() {
    let server = verifying().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_second_step(&rp, "lars").await;
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
    assert_eq!(
        (page.sent().as_str(), factors(&page).len()),
        ("We are calling …0123.", 0)
    );
    let codes = server.codes().await;
    assert_eq!((codes.len(), codes[0].channel), (1, Channel::Voice));
    let page = type_code(&mut browser, &page, &codes[0].code).await;
    assert_eq!(
        token(&rp, &page).await,
        (json!("high"), json!(["pwd", "tel", "mca", "mfa"]))
    );
    assert_eq!(server.audit("device.activated").len(), 1);
    browser.cookies.remove("cs_session");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    code_of(&crate::support::relying_party::log_in(&mut browser, page, "lars").await);
    assert_eq!(server.codes().await.len(), 1, "the device is known now");
}

#[tokio::test]
async fn s38_s26_c13_without_a_telephone_the_code_is_mailed_and_reaches_no_high() {
    let server = verifying().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_second_step(&rp, "erik").await;
    assert_eq!(page.sent(), "We are sending an e-mail to ….com.");
    let codes = server.codes().await;
    assert_eq!((codes.len(), codes[0].to.as_str()), (1, "erik@example.com"));
    assert!(codes[0].text.contains("It counts for 10 minutes"), "{}", codes[0].text);
    let page = type_code(&mut browser, &page, &codes[0].code).await;
    assert_eq!(token(&rp, &page).await, (json!("standard"), json!(["pwd", "email"])));
    let high = RelyingParty::new(&server, "high");
    let page = high.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(
        page.page().as_deref(),
        Some("enrol"),
        "a code by mail is no method for high"
    );
    assert_eq!(server.codes().await.len(), 1);
}

#[tokio::test]
async fn s38_without_telephone_and_mail_there_is_no_way_in() {
    let server = verifying().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (_, page) = at_second_step(&rp, "bob").await;
    assert_eq!(
        page.page().as_deref(),
        Some("enrol"),
        "his profile leads him to a factor"
    );
    let (_, page) = at_second_step(&rp, "nora").await;
    assert_eq!(page.query("error").as_deref(), Some("access_denied"), "{}", page.body);
    assert!(server.codes().await.is_empty());
}

#[tokio::test]
async fn s37_numbers_on_the_internet_verify_a_device_and_reach_no_high() {
    let server = verifying().start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let (mut browser, page) = at_second_step(&rp, "vera").await;
    let page = type_code(&mut browser, &page, &server.last_code().await).await;
    assert_eq!(
        token(&rp, &page).await,
        (json!("standard"), json!(["pwd", "sms", "mca"]))
    );
    let high = RelyingParty::new(&server, "high");
    let page = high.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
    server.stop().await;

    let server = sending()
        .settings("[assurance]\ncolumns = { voip = \"high\" }")
        .start()
        .await;
    let high = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&high, "vera").await;
    let page = type_code(&mut browser, &page, &server.last_code().await).await;
    assert_eq!(
        token(&high, &page).await,
        (json!("high"), json!(["pwd", "sms", "mca", "mfa"]))
    );
}

#[tokio::test]
async fn c13_texts_and_calls_move_down_by_one_setting() {
    for (setting, at_high) in [("high", "challenge"), ("standard", "enrol"), ("none", "enrol")] {
        let settings = format!("[assurance]\ncolumns = {{ restricted = \"{setting}\" }}");
        let server = sending().settings(&settings).start().await;
        let (_, page) = at_second_step(&RelyingParty::new(&server, "high"), "mia").await;
        assert_eq!(page.page().as_deref(), Some(at_high), "{setting}");
        server.stop().await;
    }
}

#[tokio::test]
async fn s27_s28_a_channel_without_a_sender_is_not_offered() {
    for (messages, at_high) in [
        ("", "enrol"),
        ("[messages]\nemail = { provider = \"capture\" }", "enrol"),
        ("[messages]\nvoice = { provider = \"capture\" }", "challenge"),
    ] {
        let server = with_directory(&people()).settings(messages).start().await;
        let (_, page) = at_second_step(&RelyingParty::new(&server, "high"), "mia").await;
        assert_eq!(
            (page.page().as_deref(), factors(&page).len()),
            (Some(at_high), 0),
            "{messages}"
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn s37_a_number_that_was_changed_reaches_no_high_for_a_day() {
    let server: TestServer = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    code_of(&type_code(&mut browser, &page, &server.last_code().await).await);
    server.apply(&people().replace("+49 151 1234-5678", "+49 151 1111-2222"));
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(
        page.page().as_deref(),
        Some("enrol"),
        "what the old number proved is over, the new one is too new"
    );
    for (wait, at_high) in [(86_399, "enrol"), (1, "challenge")] {
        server.advance(wait);
        let (_, page) = at_second_step(&rp, "mia").await;
        assert_eq!(page.page().as_deref(), Some(at_high), "{wait}");
    }
    assert_eq!(
        server.codes().await.last().map(|code| code.to.clone()).as_deref(),
        Some("+4915111112222")
    );
    server.apply(&people().replace("phone_number_verified = true", "phone_number_verified = false"));
    let (_, page) = at_second_step(&rp, "mia").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "nobody vouches for it any more");
}

#[tokio::test]
async fn s26_the_mailed_code_lives_longer_than_the_texted_one() {
    let server = verifying()
        .settings("[limits]\ninteraction_lifetime = 3600")
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    for (username, lifetime) in [("mia", 300), ("erik", 600)] {
        for (age, right) in [(lifetime - 1, true), (lifetime, false)] {
            let mut browser = rp.browser();
            let page = rp.authorize(&mut browser, "openid", &[("prompt", "login")]).await;
            let page = crate::support::relying_party::log_in(&mut browser, page, username).await;
            let code = server.last_code().await;
            server.advance(age);
            let answer = type_code(&mut browser, &page, &code).await;
            assert_eq!(
                answer.query("code").is_some(),
                right,
                "{username} after {age}: {}",
                answer.body
            );
            server.advance(3_600);
        }
    }
}
