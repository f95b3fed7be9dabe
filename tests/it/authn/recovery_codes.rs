//! Recovery codes: shown once, used once, worth a new factor and no more.

use countersign::authn::recovery_codes;

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

const LENIENT: &str = "[limits]\ninvalid_attempts = 100\nprompts_count = false";

on_both! {
    with_directory(DIRECTORY).settings(LENIENT);
    s39_a_recovery_code_leads_to_a_new_factor_and_not_past_it,
    of_twenty_posts_of_one_recovery_code_one_succeeds,
    a_new_set_of_recovery_codes_voids_the_one_before,
}

async fn at_second_step(server: &TestServer) -> (Browser, Page) {
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    (browser, page)
}

/// Lets alice enrol an authenticator app, a minute ago.
async fn with_app(server: &TestServer) -> String {
    let (mut browser, page) = at_second_step(server).await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    secret
}

async fn codes(server: &TestServer) -> Vec<String> {
    let alice = server.user("alice");
    let codes = server
        .manage(move |work, _| recovery_codes::generate(work, alice))
        .await;
    codes.iter().map(|code| code.expose().to_owned()).collect()
}

fn left(server: &TestServer) -> Option<usize> {
    let alice = server.user("alice");
    server
        .server
        .read_blocking(|view| recovery_codes::remaining(view, alice))
        .expect("the codes are counted")
}

/// The challenge by a recovery code.
async fn asked(browser: &mut Browser, page: &Page) -> Page {
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
    let page = browser.get(page.link("a[data-factor=recovery_code]").as_str()).await;
    assert_eq!(page.attribute("#code", "inputmode").as_deref(), Some("text"));
    page
}

async fn s39_a_recovery_code_leads_to_a_new_factor_and_not_past_it(server: &TestServer) {
    with_app(server).await;
    let codes = codes(server).await;
    assert_eq!(codes.len(), 10);
    let (mut browser, page) = at_second_step(server).await;
    let others = page.texts("a[data-factor]");
    assert_eq!(
        others.last().map(String::as_str),
        Some("Use a recovery code"),
        "{others:?}"
    );
    let page = asked(&mut browser, &page).await;
    let wrong = browser.submit(page.form().set("code", "0000-0000-0000-0000")).await;
    assert!(wrong.status == 400 && wrong.body.contains("That code is not right, or was used."));
    let typed = codes[3].to_lowercase().replace('-', " ");
    let page = browser.submit(page.form().set("code", &typed)).await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    assert_eq!(left(server), Some(9));
    // Nothing is had until the new factor is confirmed; then everything is.
    let rp = RelyingParty::new(server, "high");
    let mut stolen = browser.clone();
    let elsewhere = rp.authorize(&mut stolen, "openid", &[("prompt", "none")]).await;
    assert_eq!(elsewhere.query("error").as_deref(), Some("interaction_required"));
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let (_, page) = enrol(server, &mut browser, page).await;
    let told = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(
        (&told["acr"], &told["amr"]),
        (&"high".into(), &serde_json::json!(["pwd", "otp", "mfa"]))
    );
    let messages = server.messages().await;
    let mail = messages
        .iter()
        .find(|message| message.subject.contains("recovery code"))
        .expect("a mail");
    assert!(
        mail.text.contains("Codes left: 9") && mail.to == "alice@example.com",
        "{}",
        mail.text
    );
    let entry = server.audit("recovery.used").remove(0).body;
    assert!(entry.contains("\"left\":9") && !entry.contains(&codes[3]), "{entry}");
    // Used once.
    let (mut again, page) = at_second_step(server).await;
    let page = asked(&mut again, &page).await;
    assert_eq!(again.submit(page.form().set("code", &codes[3])).await.status, 400);
    assert_eq!(left(server), Some(9));
}

async fn of_twenty_posts_of_one_recovery_code_one_succeeds(server: &TestServer) {
    with_app(server).await;
    let codes = codes(server).await;
    let mut posts = Vec::new();
    for _ in 0..20 {
        // Each in a browser and a session of its own.
        let (mut browser, page) = at_second_step(server).await;
        let page = asked(&mut browser, &page).await;
        posts.push((browser, page.form().set("code", &codes[0])));
    }
    let posts = posts
        .into_iter()
        .map(|(mut browser, form)| tokio::spawn(async move { browser.submit(form).await }));
    let posts: Vec<_> = posts.collect();
    let mut through = 0;
    for post in posts {
        let page = post.await.expect("an answer");
        through += usize::from(page.page().as_deref() == Some("enrol"));
    }
    assert_eq!(through, 1);
    assert_eq!(left(server), Some(9));
    assert_eq!(server.audit("recovery.used").len(), 1);
}

async fn a_new_set_of_recovery_codes_voids_the_one_before(server: &TestServer) {
    with_app(server).await;
    let old = codes(server).await;
    let new = codes(server).await;
    let (mut browser, page) = at_second_step(server).await;
    let page = asked(&mut browser, &page).await;
    assert_eq!(browser.submit(page.form().set("code", &old[0])).await.status, 400);
    let page = browser.submit(page.form().set("code", &new[0])).await;
    assert_eq!(page.page().as_deref(), Some("enrol"));
    // What a code proved ends with its set.
    codes(server).await;
    let rp = RelyingParty::new(server, "high");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
}

#[tokio::test]
async fn a_set_whose_codes_are_all_used_is_offered_no_more() {
    let server = with_directory(DIRECTORY).settings(LENIENT).start().await;
    with_app(&server).await;
    for code in codes(&server).await {
        let (mut browser, page) = at_second_step(&server).await;
        let page = asked(&mut browser, &page).await;
        let page = browser.submit(page.form().set("code", &code)).await;
        assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    }
    let (_, page) = at_second_step(&server).await;
    assert!(page.texts("a[data-factor]").is_empty(), "{}", page.body);
    assert_eq!(left(&server), Some(0));
}

#[tokio::test]
async fn wrong_recovery_codes_are_counted_like_any_code() {
    let server = with_directory(DIRECTORY).start().await;
    with_app(&server).await;
    let codes = codes(&server).await;
    let (mut browser, page) = at_second_step(&server).await;
    let page = asked(&mut browser, &page).await;
    for _ in 0..10 {
        let wrong = browser.submit(page.form().set("code", "ZZZZ-ZZZZ-ZZZZ-ZZZZ")).await;
        assert_eq!(wrong.status, 400);
    }
    let right = browser.submit(page.form().set("code", &codes[0])).await;
    assert_eq!(right.status, 400, "the account is locked");
    assert_eq!(left(&server), Some(10));
    // No page was told any of them.
    assert!(!right.body.contains(&codes[0]));
}
