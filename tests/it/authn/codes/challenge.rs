//! A challenge with a code that is sent: bound, used once, replaced where it was wrong.

use tokio::task::JoinSet;

use crate::support::codes::{MOBILE, ask_for_code, at_second_step, sending, type_code, wrong};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims, code_of};
use crate::support::server::TestServer;

on_both! {
    sending().settings("[limits.codes]\nper_number = 20");
    s25_s27_a_code_by_text_message_is_a_second_factor, s25_a_code_counts_in_its_own_login_alone, s25_a_code_counts_once,
    s22_a_wrong_code_is_void_and_another_is_sent, s36_c12_example_28_after_four_wrong_codes_none_is_taken,
    s36_wrong_codes_are_counted_whatever_is_tried, s25_of_many_answers_with_one_code_one_counts,
}

async fn s25_s27_a_code_by_text_message_is_a_second_factor(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
    assert_eq!(page.sent(), "We are sending a text message to …5678.");
    let address = page.header("refresh").expect("it looks again").to_owned();
    assert!(address.starts_with("2; url=/interaction/"), "{address}");
    let codes = server.codes().await;
    assert_eq!((codes.len(), codes[0].to.as_str()), (1, MOBILE));
    let (code, host) = (&codes[0].code, "127.0.0.1");
    let last_line = format!("@{host} #{code}");
    assert_eq!(codes[0].text.lines().last(), Some(last_line.as_str()));
    assert!(codes[0].text.starts_with("Example Works: "), "{}", codes[0].text);
    let page = browser.get(page.url.as_str()).await;
    assert_eq!(
        (page.sent().as_str(), page.header("refresh")),
        ("We sent a text message to …5678.", None)
    );
    assert_eq!(
        page.attribute("#code", "autocomplete").as_deref(),
        Some("one-time-code")
    );
    let page = type_code(&mut browser, &page, &format!(" {} {} ", &code[..3], &code[3..])).await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&"high".into(), &serde_json::json!(["pwd", "sms", "mca", "mfa"]))
    );
    for (event, count) in [
        ("otp.sent", 1),
        ("challenge.passed", 1),
        ("otp.send_failed", 0),
        ("otp.voided", 0),
    ] {
        assert_eq!(server.audit(event).len(), count, "{event}");
    }
    assert_eq!(server.codes().await.len(), 1, "looking sends nothing");
}

async fn s25_a_code_counts_in_its_own_login_alone(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut one, page_of_one) = at_second_step(&rp, "mia").await;
    let code_of_one = server.last_code().await;
    let (mut two, page_of_two) = at_second_step(&rp, "mia").await;
    let codes = server.codes().await;
    assert_eq!(codes.len(), 2, "each login has its own");
    let page = type_code(&mut two, &page_of_two, &code_of_one).await;
    assert_eq!((page.status, page.page().as_deref()), (400, Some("challenge")));
    code_of(&type_code(&mut one, &page_of_one, &code_of_one).await);
    let own = server.last_code().await;
    assert_ne!(own, codes[1].code, "what was open there is void");
    code_of(&type_code(&mut two, &page, &own).await);
}

async fn s25_a_code_counts_once(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let used = server.last_code().await;
    code_of(&type_code(&mut browser, &page, &used).await);
    let (mut other, again) = at_second_step(&rp, "mia").await;
    let new = server.last_code().await;
    if used != new {
        assert_eq!(type_code(&mut other, &again, &used).await.status, 400);
    }
    // The form of the login that is over is answered as any page that is not due.
    let late = type_code(&mut browser, &page, &used).await;
    assert!(late.query("code").is_none(), "{:?}", late.location);
}

async fn s22_a_wrong_code_is_void_and_another_is_sent(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, page) = at_second_step(&rp, "mia").await;
    let first = server.last_code().await;
    let page = type_code(&mut browser, &page, &wrong(&first)).await;
    assert_eq!(
        page.told(),
        "That code is not right, and counts no more. Type the one that we send you now."
    );
    assert_eq!(page.sent(), "We are sending a text message to …5678.");
    let codes = server.codes().await;
    assert_eq!(codes.len(), 2);
    assert_eq!(server.audit("otp.voided").len(), 1);
    let page = type_code(&mut browser, &page, &first).await;
    assert_eq!(page.status, 400, "the first one is void");
    let third = server.last_code().await;
    code_of(&type_code(&mut browser, &page, &third).await);
}

async fn s36_c12_example_28_after_four_wrong_codes_none_is_taken(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut browser, mut page) = at_second_step(&rp, "mia").await;
    let mut last = String::new();
    for sent in 1..=4 {
        let codes = server.codes().await;
        assert_eq!(codes.len(), sent, "a new code after each wrong one");
        last.clone_from(&codes[sent - 1].code);
        page = type_code(&mut browser, &page, &wrong(&last)).await;
        assert_eq!(page.status, 400);
    }
    assert_eq!(server.codes().await.len(), 4, "none after the fourth");
    let until = "To protect your account none is sent or taken until 10:15 UTC.";
    assert!(page.told().ends_with(until), "{}", page.told());
    assert!(page.texts("#code, #resend, #send").is_empty() && !page.body.contains("name=\"code\""));
    assert_eq!(server.audit("lockout.set").len(), 1);
    // The fifth is the right one, typed into a page that was open before.
    let (mut other, before) = at_second_step(&rp, "mia").await;
    assert!(before.told().ends_with(until), "{}", before.told());
    assert_eq!(server.codes().await.len(), 4, "a new login sends none either");
    let csrf = page.url.clone();
    let page = browser.get(csrf.as_str()).await;
    let form = page.texts("form");
    assert!(form.is_empty(), "nothing to fill in: {form:?}");
    drop(other.get(before.url.as_str()).await);
    server.advance(900);
    let (mut later, page) = at_second_step(&rp, "mia").await;
    let code = server.last_code().await;
    assert_ne!(server.codes().await.len(), 4);
    code_of(&type_code(&mut later, &page, &code).await);
}

async fn s36_wrong_codes_are_counted_whatever_is_tried(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (mut one, page_of_one) = at_second_step(&rp, "mia").await;
    let (mut two, mut page_of_two) = at_second_step(&rp, "mia").await;
    // A page that waits with a right code, in a third login.
    let (mut three, page_of_three) = at_second_step(&rp, "mia").await;
    let right = server.last_code().await;
    let page = type_code(&mut one, &page_of_one, "").await;
    let wrong_one = wrong(&server.last_code().await);
    let page = type_code(&mut one, &page, &wrong_one).await;
    assert_eq!(page.status, 400);
    // Another channel in another login.
    server.advance(30);
    page_of_two = two.get(page_of_two.link("a[data-factor=voice]").as_str()).await;
    page_of_two = ask_for_code(&mut two, &page_of_two).await;
    let spoken = server.last_code().await;
    page_of_two = type_code(&mut two, &page_of_two, &wrong(&spoken)).await;
    assert_eq!(page_of_two.status, 400);
    let again = server.last_code().await;
    let page = type_code(&mut two, &page_of_two, &wrong(&again)).await;
    assert!(page.told().starts_with("Too many codes were wrong."), "{}", page.told());
    let late = type_code(&mut three, &page_of_three, &right).await;
    assert_eq!(
        (late.status, late.page().as_deref()),
        (400, Some("challenge")),
        "the fifth is right and refused"
    );
    assert!(late.told().starts_with("Too many codes were wrong."), "{}", late.told());
}

async fn s25_of_many_answers_with_one_code_one_counts(server: &TestServer) {
    let rp = RelyingParty::new(server, "high");
    let (browser, page) = at_second_step(&rp, "mia").await;
    let code = server.last_code().await;
    let mut answers = JoinSet::new();
    for _ in 0..20 {
        let (mut browser, page, code) = (browser.clone(), page.clone(), code.clone());
        answers.spawn(async move { type_code(&mut browser, &page, &code).await });
    }
    let answers = answers.join_all().await;
    let through = answers.iter().filter(|page| page.query("code").is_some()).count();
    assert_eq!(through, 1);
    assert_eq!(server.audit("challenge.passed").len(), 1);
    assert_eq!(server.codes().await.len(), 1, "those that came late sent nothing");
}
