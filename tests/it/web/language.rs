//! The language of pages and mails: what the reader chose, what the client asked for (`ui_locales`), what the account says,
//! what the browser accepts, English.

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

const GERDA: &str = r#"
[[users]]
username = "gerda"
password = "wonderland-tea-party"
[users.claims]
name = "Gerda Baum"
email = "gerda@example.com"
locale = "de-AT"
"#;

async fn start() -> TestServer {
    with_directory(&format!("{DIRECTORY}{GERDA}")).start().await
}

/// The language that a page says it is in, everywhere that it says so.
#[track_caller]
fn lang(page: &Page) -> String {
    let lang = page.attribute("html", "lang").expect("a language");
    assert_eq!(page.header("content-language"), Some(lang.as_str()));
    assert_eq!(page.header("vary"), Some("Accept-Language, Cookie"));
    lang
}

fn accepting(languages: &str) -> Browser {
    let mut browser = Browser::new();
    browser.stop_at("https://app.example");
    browser.set_header("accept-language", languages);
    browser
}

#[tokio::test]
async fn a_browser_says_what_it_accepts() {
    let server = start().await;
    for (accepted, expected) in [("de-CH, en;q=0.5", "de"), ("fr", "en"), ("en, de;q=0.9", "en")] {
        let page = accepting(accepted).get(&server.at("/nowhere")).await;
        assert_eq!((lang(&page).as_str(), page.status), (expected, 404));
        assert_eq!(page.body.contains("Hier ist nichts"), expected == "de");
    }
}

#[tokio::test]
async fn a_client_asks_for_a_language() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = accepting("en");
    let page = rp
        .authorize(&mut browser, "openid", &[("ui_locales", "fr de-AT en")])
        .await;
    assert_eq!(
        (lang(&page).as_str(), page.texts("h1")),
        ("de", vec!["Anmelden".to_owned()])
    );
    let wrong = page.form().set("username", "alice").set("password", "not-the-password");
    let page = browser.submit(wrong).await;
    assert_eq!((lang(&page).as_str(), page.status), ("de", 400));
    assert!(
        page.texts("[role=alert]")
            .concat()
            .starts_with("Dieser Benutzername und dieses Passwort")
    );
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!((lang(&page).as_str(), page.page().as_deref()), ("de", Some("enrol")));
    // What ends the errand is worded for the same reader.
    server.advance(86_400);
    let page = browser.get(page.url.as_str()).await;
    assert_eq!(page.error_class().as_deref(), Some("expired_interaction"));
    assert_eq!(lang(&page), "de");
}

#[tokio::test]
async fn an_error_before_the_errand_is_in_the_language_asked_for() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let further = [("redirect_uri", "https://elsewhere.example/"), ("ui_locales", "de")];
    let mut params = rp.request("openid");
    params.retain(|(name, _)| name != "redirect_uri");
    params.extend(further.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let page = accepting("en").get(&rp.address(&params)).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_redirect_uri"));
    assert_eq!(lang(&page), "de");
}

#[tokio::test]
async fn an_account_says_its_language_once_it_is_known() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = accepting("en");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(lang(&page), "en");
    let page = log_in(&mut browser, page, "gerda").await;
    assert_eq!((lang(&page).as_str(), page.page().as_deref()), ("de", Some("enrol")));
    enrol(&server, &mut browser, page).await;
    let page = browser.get(&server.at("/oauth2/logout")).await;
    assert_eq!(lang(&page), "de");
    let mails = server.messages().await;
    let mail = mails.last().expect("a mail");
    assert!(mail.subject.starts_with("Ein neuer Anmeldeweg"), "{}", mail.subject);
    assert!(mail.text.contains("„Authenticator-App“") && mail.text.contains("3. März 2026, 10:00 Uhr UTC"));
}

#[tokio::test]
async fn a_client_is_heard_before_the_account() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = accepting("de");
    let page = rp.authorize(&mut browser, "openid", &[("ui_locales", "en")]).await;
    assert_eq!(lang(&page), "en");
    let page = log_in(&mut browser, page, "gerda").await;
    assert_eq!(lang(&page), "en");
}

#[tokio::test]
async fn a_reader_chooses_and_is_heard_first() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = accepting("de");
    let page = rp.authorize(&mut browser, "openid", &[("ui_locales", "de")]).await;
    let link = page.link("footer .languages a[hreflang=en][lang=en]");
    browser.set_header("referer", page.url.as_str());
    let page = browser.get(link.as_str()).await;
    assert_eq!((lang(&page).as_str(), page.page().as_deref()), ("en", Some("login")));
    let page = log_in(&mut browser, page, "gerda").await;
    assert_eq!(lang(&page), "en");
    let cookie = browser.cookies.named("cs_lang").expect("the choice is remembered");
    assert_eq!(cookie.value, "en");
}

#[tokio::test]
async fn choosing_a_language_leads_nowhere_else() {
    let server = start().await;
    let near = server.issuer.replace("//", "//evil@");
    for referer in [
        "https://evil.example/".to_owned(),
        format!("{}.evil.example/", server.issuer),
        format!("{}//evil.example/", server.issuer),
        format!("{}/language/de", server.issuer),
        near,
        "/account".to_owned(),
    ] {
        let mut browser = accepting("en");
        browser.set_header("referer", &referer);
        let page = browser.get(&server.at("/language/de")).await;
        assert_eq!(
            (page.url.as_str(), lang(&page).as_str()),
            (server.at("/").as_str(), "de"),
            "{referer}"
        );
    }
    let mut browser = accepting("en");
    let page = browser.get(&server.at("/language/xx")).await;
    assert_eq!(lang(&page), "en");
    assert!(browser.cookies.named("cs_lang").is_none());
    // A cookie that names no language of ours says nothing.
    browser.set_header("cookie", "cs_lang=%22%3E%3Cscript%3E");
    assert_eq!(lang(&browser.get(&server.at("/")).await), "en");
}
