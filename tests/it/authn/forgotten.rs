//! A forgotten password, and the day on which everything is lost: links that work once and lead past no factor.

use countersign::error::Result;
use countersign::manage::recovery;
use countersign::model::actor::Actor;
use countersign::work::Work;

use crate::support::attack::{assert_error_page, post_fields};
use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, code_of, enrol, prove};
use crate::support::server::{TestServer, with_directory};
use crate::support::totp;

const MAIL: &str = "[assurance]\ndevice_activation = \"off\"\n[messages]\nemail = { provider = \"capture\" }";
const NEW: &str = "a-brand-new-tea-party";

on_both! {
    with_directory(DIRECTORY).settings(MAIL);
    s51_a_forgotten_password_is_replaced_by_mail_and_every_factor_stays,
    s51_a_reset_link_works_once_for_two_who_use_it_at_once,
    accounts_made_elsewhere_keep_nobody_from_the_link,
    s39_a_temporary_code_leads_to_enrolment_once,
    a_rescued_administrator_enrols_anew,
}

/// Orders a mail from the login page of the client `high`.
async fn order(server: &TestServer, login: &str) -> (Browser, Page) {
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = browser.get(page.link("#forgot").as_str()).await;
    assert_eq!(page.page().as_deref(), Some("forgotten"));
    let page = browser.submit(page.form().set("username", login)).await;
    (browser, page)
}

/// The links in the mails that were sent, oldest first.
async fn links(server: &TestServer) -> Vec<String> {
    let messages = server.messages().await;
    let lines = messages.iter().flat_map(|message| message.text.lines());
    lines
        .filter(|line| line.contains("/reset/"))
        .map(str::to_owned)
        .collect()
}

/// Chooses a password on the page of a link.
async fn choose(browser: &mut Browser, page: &Page, password: &str) -> Page {
    assert_eq!(page.page().as_deref(), Some("reset"), "{}", page.body);
    let form = page.form().set("password", password).set("confirm", password);
    browser.submit(form).await
}

/// Alice after name and password.
async fn sign_in(server: &TestServer, password: &str) -> (Browser, Page) {
    let rp = RelyingParty::new(server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let form = page.form().set("username", "alice").set("password", password);
    let page = browser.submit(form).await;
    (browser, page)
}

async fn with_app(server: &TestServer) -> (Browser, String) {
    let (mut browser, page) = sign_in(server, PASSWORD).await;
    let (secret, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    server.advance(60);
    (browser, secret)
}

async fn s51_a_forgotten_password_is_replaced_by_mail_and_every_factor_stays(server: &TestServer) {
    let (mut signed_in, secret) = with_app(server).await;
    let (_, page) = order(server, " Alice@EXAMPLE.com ").await;
    assert_eq!((page.status, page.page().as_deref()), (200, Some("notice")));
    let link = links(server).await.pop().expect("a link");
    assert!(link.starts_with(&format!("{}/reset/cs_wb_", server.issuer)), "{link}");
    let mut elsewhere = Browser::new();
    let reset = elsewhere.get(&link).await;
    for weak in ["short", PASSWORD, "ALICE@example.com"] {
        let again = choose(&mut elsewhere, &reset, weak).await;
        assert_eq!((again.status, again.page().as_deref()), (400, Some("reset")), "{weak}");
    }
    let form = reset.form().set("password", NEW).set("confirm", PASSWORD);
    assert_eq!(elsewhere.submit(form).await.status, 400, "they differ");
    let done = choose(&mut elsewhere, &reset, NEW).await;
    assert_eq!(
        (done.status, done.page().as_deref()),
        (200, Some("notice")),
        "{}",
        done.body
    );
    // It signed nobody in, and ended what was open.
    let rp = RelyingParty::new(server, "high");
    elsewhere.stop_at(&rp.redirect_uri);
    for browser in [&mut elsewhere, &mut signed_in] {
        let page = rp.authorize(browser, "openid", &[]).await;
        assert_eq!(page.page().as_deref(), Some("login"));
    }
    let (_, old) = sign_in(server, PASSWORD).await;
    assert_eq!((old.status, old.page().as_deref()), (400, Some("login")));
    // The factor on record is asked for as before.
    let (mut browser, page) = sign_in(server, NEW).await;
    code_of(&prove(server, &mut browser, page, &secret).await);
    let told = server.messages().await;
    assert!(
        told.iter().any(|mail| mail.subject.contains("was replaced")),
        "{told:?}"
    );
    assert!(server.audit("recovery.used")[0].body.contains("link_holder"));
    assert!(server.audit("device.revoked")[0].body.contains("password"));
    // Used once.
    assert_error_page(&Browser::new().get(&link).await, "link_gone");
    assert_error_page(&choose(&mut elsewhere, &reset, NEW).await, "link_gone");
}

async fn s51_a_reset_link_works_once_for_two_who_use_it_at_once(server: &TestServer) {
    order(server, "alice").await;
    order(server, "alice").await;
    let mut links = links(server).await;
    assert_eq!(links.len(), 2);
    let (other, link) = (links.remove(0), links.remove(0));
    let (mut one, mut two) = (Browser::new(), Browser::new());
    let (page_of_one, page_of_two) = (one.get(&link).await, two.get(&link).await);
    let (one, two) = tokio::join!(
        choose(&mut one, &page_of_one, "the-first-tea-party"),
        choose(&mut two, &page_of_two, "the-second-tea-party")
    );
    let done = [&one, &two]
        .into_iter()
        .filter(|page| page.page().as_deref() == Some("notice"));
    assert_eq!(done.count(), 1, "{} {}", one.body, two.body);
    assert_eq!(server.audit("recovery.used").len(), 1);
    // The other link was for the password that is gone.
    assert_error_page(&Browser::new().get(&other).await, "link_gone");
}

async fn accounts_made_elsewhere_keep_nobody_from_the_link(server: &TestServer) {
    let claims = "[users.claims]\nemail = \"zoe@example.com\"\nemail_verified = true\n";
    for number in 0..5 {
        let made = format!("[[users]]\nusername = \"made-{number}\"\nsso_only = true\npassword = \"{PASSWORD}\"\n");
        server.apply(&format!("{made}{claims}"));
    }
    server.apply(&format!(
        "[[users]]\nusername = \"zoe\"\npassword = \"{PASSWORD}\"\n{claims}"
    ));
    order(server, "zoe@example.com").await;
    assert_eq!(links(server).await.len(), 1);
}

#[tokio::test]
async fn s51_strangers_learn_nothing_from_a_forgotten_password() {
    let server = with_directory(DIRECTORY).settings(MAIL).start().await;
    let (_, known) = order(&server, "alice").await;
    let (_, unknown) = order(&server, "nobody@example.com").await;
    let (_, without_mail) = order(&server, "bob").await;
    let told = |page: &Page| (page.status, page.texts("h1, p, a"));
    assert_eq!(told(&known), told(&unknown));
    assert_eq!(told(&known), told(&without_mail));
    assert_eq!(links(&server).await.len(), 1);
    // More than a few mails an hour are not sent, and nobody is told that either.
    for _ in 0..9 {
        let (_, page) = order(&server, "ALICE").await;
        assert_eq!(told(&page), told(&known));
    }
    assert_eq!(links(&server).await.len(), 5);
    for _ in 0..8 {
        order(&server, "carol").await;
    }
    let (_, page) = order(&server, "dave").await;
    assert_eq!(page.status, 429, "{}", page.body);
    assert!(!known.body.contains("cs_wb_"));
}

#[tokio::test]
async fn s51_a_link_leads_to_the_configured_host_alone_and_for_half_an_hour() {
    let server = with_directory(DIRECTORY).settings(MAIL).start().await;
    let mut browser = Browser::new();
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=https"),
    ] {
        let page = browser.get(&server.at("/forgotten")).await;
        let mut forged = browser.clone();
        forged.set_header(name, value);
        forged.submit(page.form().set("username", "alice")).await;
    }
    let links = links(&server).await;
    assert_eq!(links.len(), 3);
    assert!(links.iter().all(|link| link.starts_with(&server.issuer)), "{links:?}");
    server.advance(1_799);
    assert_eq!(browser.get(&links[0]).await.page().as_deref(), Some("reset"));
    server.advance(1);
    assert_error_page(&browser.get(&links[0]).await, "link_gone");
    let mut made_up = links[0].clone();
    made_up.pop();
    assert_error_page(&browser.get(&made_up).await, "link_gone");
}

#[tokio::test]
async fn where_no_mail_is_sent_no_password_is_forgotten() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.attribute("#forgot", "href"), None);
    assert_error_page(&browser.get(&server.at("/forgotten")).await, "link_gone");
}

/// Carol signs in to APIs with a code of her app.
const CAROL: &str = r#"
[[profiles]]
name = "api"
mfa_ui = true
mfa_api = true

[[users]]
username = "carol"
password = "wonderland-tea-party"
profile = "api"
claims = { email = "carol@example.com" }
"#;

#[tokio::test]
async fn s45_a_code_is_asked_for_where_it_serves_instead_of_the_security_token() {
    let server = with_directory(&format!("{DIRECTORY}{CAROL}"))
        .settings(MAIL)
        .start()
        .await;
    let secret = server.enrolled("carol").await;
    order(&server, "carol").await;
    let link = links(&server).await.pop().expect("a link");
    let mut browser = Browser::new();
    let page = browser.get(&link).await;
    let reset = |page: &Page, code: &str| {
        let form = page.form().set("password", NEW).set("confirm", NEW);
        form.set("code", code)
    };
    let right = server.code(&secret);
    for wrong in ["", "123", "wonderland-tea-party"] {
        let again = browser.submit(reset(&page, wrong)).await;
        assert_eq!((again.status, again.page().as_deref()), (400, Some("reset")), "{wrong}");
        assert!(again.body.contains("That code is not right."), "{}", again.body);
    }
    let done = browser.submit(reset(&page, &right)).await;
    assert_eq!(
        (done.status, done.page().as_deref()),
        (200, Some("notice")),
        "{}",
        done.body
    );
    // The code was used with it, and the account still asks for one.
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let form = page.form().set("username", "carol").set("password", NEW);
    let page = browser.submit(form).await;
    let page = browser.submit(page.form().set("code", &right)).await;
    assert!(page.body.contains("That code was used."), "{}", page.body);
}

#[tokio::test]
async fn s45_guesses_at_the_code_of_a_reset_lock_the_account() {
    let server = with_directory(&format!("{DIRECTORY}{CAROL}"))
        .settings(MAIL)
        .start()
        .await;
    let secret = server.enrolled("carol").await;
    order(&server, "carol").await;
    let link = links(&server).await.pop().expect("a link");
    let mut browser = Browser::new();
    let page = browser.get(&link).await;
    let at = u64::try_from(server.now()).unwrap();
    let near: Vec<String> = (0..5).map(|step| totp::code(&secret, at + 30 * step - 60)).collect();
    let wrong = ["000000", "111111"]
        .into_iter()
        .find(|code| near.iter().all(|known| known != code));
    let reset = |code: &str| {
        let form = page.form().set("password", NEW).set("confirm", NEW);
        form.set("code", code)
    };
    for _ in 0..10 {
        assert_eq!(browser.submit(reset(wrong.unwrap())).await.status, 400);
    }
    let locked = browser.submit(reset(&server.code(&secret))).await;
    assert_eq!((locked.status, locked.page().as_deref()), (400, Some("reset")));
    assert!(server.audit("recovery.used").is_empty());
}

/// Changes something of a user as the operator does.
async fn operate<T: Send + 'static>(
    server: &TestServer,
    change: impl FnOnce(&mut Work<'_>, &Actor, countersign::model::id::UserId) -> Result<T> + Send + 'static,
) -> T {
    let alice = server.user("alice");
    server.manage(move |work, operator| change(work, operator, alice)).await
}

async fn s39_a_temporary_code_leads_to_enrolment_once(server: &TestServer) {
    with_app(server).await;
    let (old, _) = operate(server, |work, operator, alice| {
        recovery::temporary_code(work, operator, alice, 24)
    })
    .await;
    let (code, _) = operate(server, |work, operator, alice| {
        recovery::temporary_code(work, operator, alice, 24)
    })
    .await;
    assert!(code.expose().len() == 8 && code.expose().bytes().all(|byte| byte.is_ascii_digit()));
    let (mut browser, page) = sign_in(server, PASSWORD).await;
    let page = browser.get(page.link("a[data-factor=recovery_code]").as_str()).await;
    let again = browser.submit(page.form().set("code", old.expose())).await;
    assert_eq!(again.status, 400, "another code took its place");
    let typed = format!("{} {}", &code.expose()[..4], &code.expose()[4..]);
    let page = browser.submit(page.form().set("code", &typed)).await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    // Used once: nobody else is offered it.
    let (_, other) = sign_in(server, PASSWORD).await;
    assert_eq!(other.attribute("a[data-factor=recovery_code]", "href"), None);
    let (_, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    assert_eq!(server.audit("recovery.issued").len(), 2);
    assert!(server.audit("recovery.used")[0].body.contains("temporary"));
    assert!(!server.audit("recovery.issued")[0].body.contains(code.expose()));
    // A code that nobody used is void after its time.
    operate(server, |work, operator, alice| {
        recovery::temporary_code(work, operator, alice, 1)
    })
    .await;
    server.advance(3_600);
    let (_, page) = sign_in(server, PASSWORD).await;
    assert_eq!(page.attribute("a[data-factor=recovery_code]", "href"), None);
}

async fn a_rescued_administrator_enrols_anew(server: &TestServer) {
    let (mut signed_in, _) = with_app(server).await;
    let token = operate(server, recovery::rescue).await;
    let link = format!("{}/reset/{}", server.issuer, token.expose());
    let mut browser = Browser::new();
    let page = browser.get(&link).await;
    // Nothing changes until it is used.
    let rp = RelyingParty::new(server, "high");
    code_of(&rp.authorize(&mut signed_in, "openid", &[]).await);
    let done = choose(&mut browser, &page, NEW).await;
    assert_eq!(
        (done.status, done.page().as_deref()),
        (200, Some("notice")),
        "{}",
        done.body
    );
    assert_error_page(&browser.get(&link).await, "link_gone");
    let page = rp.authorize(&mut signed_in, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    let (mut browser, page) = sign_in(server, NEW).await;
    let (_, page) = enrol(server, &mut browser, page).await;
    code_of(&page);
    for event in ["rescue.issued", "rescue.used", "factor.removed"] {
        assert_eq!(server.audit(event).len(), 1, "{event}");
    }
}

#[tokio::test]
async fn a_rescue_link_lasts_an_hour() {
    let server = with_directory(DIRECTORY).start().await;
    let token = operate(&server, recovery::rescue).await;
    let link = format!("{}/reset/{}", server.issuer, token.expose());
    server.advance(3_600);
    assert_error_page(&Browser::new().get(&link).await, "link_gone");
    let (_, page) = sign_in(&server, PASSWORD).await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "the account is as it was");
}

#[tokio::test]
async fn where_no_mail_leads_back_in_nobody_orders_one() {
    let without = with_directory(DIRECTORY).settings("[assurance]\ndevice_activation = \"off\"");
    let off = with_directory(DIRECTORY)
        .settings(MAIL)
        .passwords("reset_by_mail = false");
    for builder in [without, off] {
        let server = builder.start().await;
        let rp = RelyingParty::new(&server, "high");
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        assert_eq!(page.page().as_deref(), Some("login"));
        assert!(page.texts("#forgot").is_empty(), "{}", page.body);
        let gone = browser.get(&server.at("/forgotten")).await;
        assert_eq!(
            (gone.status, gone.page().as_deref()),
            (404, Some("error")),
            "{}",
            gone.body
        );
        let url = server.at("/forgotten").parse().unwrap();
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        let fields = [("csrf".to_owned(), csrf), ("username".to_owned(), "alice".to_owned())];
        let posted = post_fields(&browser, &url, &fields, &[("origin", &server.issuer)]).await;
        assert_eq!(
            (posted.status, posted.page().as_deref()),
            (404, Some("error")),
            "{}",
            posted.body
        );
        assert!(server.messages().await.is_empty());
        server.stop().await;
    }
}
