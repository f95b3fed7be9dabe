//! Numbers on the record that a code confirms, and numbers that are not asked for.

use serde_json::json;

use crate::support::codes::{ask_for_code, at_second_step, sending, wrong};
use crate::support::relying_party::{RelyingParty, claims, code_of};

#[tokio::test]
async fn s35_a_number_on_the_record_is_confirmed_by_a_code_and_its_owner_told() {
    let server = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "nora").await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    let page = browser.get(page.link("a[data-factor=sms]").as_str()).await;
    assert!(
        page.body.contains("…4321") && !page.body.contains("name=\"destination\""),
        "{}",
        page.body
    );
    assert!(server.codes().await.is_empty(), "looking sends nothing");
    // Another number in the form is not looked at.
    let form = page.form().add("destination", "+4915199999999");
    let page = browser.submit(form).await;
    assert_eq!(page.sent(), "We are sending a text message to …4321.");
    let codes = server.codes().await;
    assert_eq!((codes.len(), codes[0].to.as_str()), (1, "+4915187654321"));
    let answer =
        |page: &crate::support::page::Page, code: &str| page.form_at("form[action$='/enrol']").set("code", code);
    let page = browser.submit(answer(&page, &wrong(&codes[0].code))).await;
    assert_eq!((page.status, page.page().as_deref()), (400, Some("enrol")));
    assert!(server.audit("factor.enrolled").is_empty());
    let page = browser.submit(answer(&page, &server.last_code().await)).await;
    let token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&token["acr"], &token["amr"]),
        (&json!("high"), &json!(["pwd", "sms", "mca", "mfa"]))
    );
    assert_eq!(server.audit("factor.enrolled").len(), 1);
    let told = server.messages().await;
    assert!(
        told.iter()
            .any(|message| message.to == "nora@example.com" && message.text.contains("Text message"))
    );
    let (_, page) = at_second_step(&rp, "nora").await;
    assert_eq!(
        page.page().as_deref(),
        Some("challenge"),
        "from now on it is her second factor"
    );
}

#[tokio::test]
async fn s35_c7_no_number_is_asked_for_at_login_where_high_is_needed() {
    let server = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut browser, page) = at_second_step(&rp, "erik").await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
    assert!(page.attribute("a[data-factor=sms]", "href").is_none(), "{}", page.body);
    let mut forged = page.form().add("factor", "sms").add("destination", "+4915199999999");
    forged.action = page.url.join("code").unwrap();
    let answer = browser.submit(forged).await;
    assert_eq!(answer.error_class().as_deref(), Some("step_not_due"), "{}", answer.body);
    assert!(server.codes().await.is_empty());
    // Nora has a number, and a stronger factor: that one is proven, no number is added beside it.
    let (mut browser, page) = at_second_step(&rp, "nora").await;
    let (_, page) = crate::support::relying_party::enrol(&server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    let (_, page) = at_second_step(&rp, "nora").await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
    assert!(page.attribute("a[data-factor=sms]", "href").is_none());
}

#[tokio::test]
async fn s35_a_code_for_an_enrolment_is_worth_nothing_in_another_one() {
    let server = sending().start().await;
    let rp = RelyingParty::new(&server, "high");
    let (mut thief, page) = at_second_step(&rp, "nora").await;
    let page = thief.get(page.link("a[data-factor=sms]").as_str()).await;
    let of_thief = ask_for_code(&mut thief, &page).await;
    server.codes().await;
    let (mut owner, page) = at_second_step(&rp, "nora").await;
    let page = owner.get(page.link("a[data-factor=sms]").as_str()).await;
    let page = ask_for_code(&mut owner, &page).await;
    let code = server.last_code().await;
    let form = of_thief.form_at("form[action$='/enrol']").set("code", &code);
    assert_eq!(thief.submit(form).await.status, 400);
    code_of(
        &owner
            .submit(page.form_at("form[action$='/enrol']").set("code", &code))
            .await,
    );
}
