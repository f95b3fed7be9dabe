//! Branding on pages and in mails. CLAUSES.md S34.

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The organisation has a picture and a light accent, the default profile a message, the client `high` a name and a dark
/// accent. What breaks out of markup, styles and addresses is in each.
fn directory() -> String {
    let organisation = format!(
        "name = \"Example Works\"\n[organisation.branding]\nlogo = \"{PNG}\"\naccent = {{ light = \"#7a1fa2\" }}\n\n\
         [[profiles]]\nname = \"default\"\n[profiles.branding]\n\
         message = \"</style><script>alert(1)</script> javascript:alert(1) \\\" onload='x'\"\n"
    );
    let client = "client_id = \"high\"\nbranding = { name = \"Harbour </title><script>alert(2)</script> \\\"&'\", \
                  accent = { dark = \"#e1a6f5\" } }\n";
    let named = DIRECTORY.replacen("name = \"Example Works\"\n", &organisation, 1);
    named.replacen("client_id = \"high\"\n", client, 1)
}

async fn start() -> TestServer {
    with_directory(&directory()).start().await
}

fn stylesheets(page: &Page) -> Vec<String> {
    let html = scraper::Html::parse_document(&page.body);
    let links = scraper::Selector::parse("link[rel=stylesheet]").unwrap();
    let href = |link: scraper::ElementRef<'_>| link.attr("href").unwrap_or_default().to_owned();
    html.select(&links).map(href).collect()
}

/// Nothing of the branding became markup, and the policy is that of any page.
#[track_caller]
fn is_contained(page: &Page, target: &str) {
    let html = scraper::Html::parse_document(&page.body);
    let inline = "script:not([src]), style, [style], [onload], [onerror], a[href^='javascript:']";
    let inline = scraper::Selector::parse(inline).unwrap();
    assert_eq!(html.select(&inline).count(), 0, "{}", page.body);
    let foreign = scraper::Selector::parse("[src^='http'], [src^='//'], [src^='data:'], link[href^='http']").unwrap();
    assert_eq!(html.select(&foreign).count(), 0, "{}", page.body);
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'self'{target}; frame-ancestors 'none'"
    );
    assert_eq!(page.header("content-security-policy"), Some(policy.as_str()));
}

#[tokio::test]
async fn s34_branding_is_shown_on_the_way_to_a_client_and_breaks_out_of_nothing() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    let name = "Harbour </title><script>alert(2)</script> \"&'";
    assert_eq!(login.texts("header.brand span"), [name]);
    assert!(login.texts("title").concat().ends_with(&format!("· {name}")));
    assert!(login.texts(".message").is_empty(), "the profile is not known yet");
    // The seal of who asks stays: its own name and its host.
    assert!(login.texts(".client").concat().contains("app.example"));
    assert!(stylesheets(&login).contains(&"/branding/7a1fa2-e1a6f5.css".to_owned()));
    is_contained(&login, " https://app.example");
    let enrolling = log_in(&mut browser, login, "alice").await;
    let message = "</style><script>alert(1)</script> javascript:alert(1) \" onload='x'";
    assert_eq!(enrolling.texts(".message"), [message]);
    assert_eq!(enrolling.texts("header.brand span"), [name]);
    is_contained(&enrolling, " https://app.example");
    let wrong = enrolling.form().set("code", "000000");
    let wrong = browser.submit(wrong).await;
    assert_eq!((wrong.status, wrong.texts(".message")), (400, vec![message.to_owned()]));
    enrol(&server, &mut browser, enrolling).await;
    let mails = server.messages().await;
    let subject = &mails.last().expect("a mail").subject;
    assert!(subject.contains("Example Works"), "a mail is from no client: {subject}");
}

#[tokio::test]
async fn s34_an_error_wears_the_colours_of_the_client_that_it_is_about() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut params = rp.request("openid");
    params.retain(|(name, _)| name != "redirect_uri");
    params.push(("redirect_uri".to_owned(), "https://elsewhere.example/".to_owned()));
    let mut browser = Browser::new();
    let page = browser.get(&rp.address(&params)).await;
    assert_eq!(page.error_class().as_deref(), Some("invalid_redirect_uri"));
    assert!(page.texts("header.brand span").concat().starts_with("Harbour"));
    is_contained(&page, "");
    let page = browser.get(&server.at("/nowhere")).await;
    assert_eq!(page.texts("header.brand span"), ["Example Works"]);
    assert!(stylesheets(&page).contains(&"/branding/7a1fa2-own.css".to_owned()));
}

#[tokio::test]
async fn s34_pictures_and_colours_come_from_our_own_origin() {
    let server = start().await;
    let mut browser = Browser::new();
    let page = browser.get(&server.at("/nowhere")).await;
    let logo = page.attribute("header img.logo", "src").expect("a picture");
    let picture = browser.get(&server.at(&logo)).await;
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/png"))
    );
    assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
    assert!(
        picture
            .header("cache-control")
            .is_some_and(|value| value.contains("immutable"))
    );
    let style = browser.get(&server.at("/branding/7a1fa2-own.css")).await;
    assert_eq!(
        (style.status, style.header("content-type")),
        (200, Some("text/css; charset=utf-8"))
    );
    assert!(style.body.contains("--accent:#7a1fa2"));
    for wrong in [
        "7a1fa2-red.css",
        "logo/unknown",
        "7a1fa2%7D-own.css",
        "logo/..%2F..%2Fetc%2Fpasswd",
    ] {
        assert_eq!(
            browser.get(&server.at(&format!("/branding/{wrong}"))).await.status,
            404,
            "{wrong}"
        );
    }
    // A new directory has a new picture at once, and the old one is gone.
    server.apply("[organisation]\nname = \"Example Works\"\n");
    let page = browser.get(&server.at("/nowhere")).await;
    assert!(page.attribute("header img.logo", "src").is_none());
    assert_eq!(browser.get(&server.at(&logo)).await.status, 404);
}
