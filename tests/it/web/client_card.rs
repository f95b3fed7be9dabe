//! What pages show of the client that sent somebody here: its name and host, its logo from our own origin, its privacy policy
//! and its terms (OpenID Connect Registration §2).

use countersign::manage::clients;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::directory::{DIRECTORY, with_client};
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, log_in};
use crate::support::server::{Builder, TestServer, with_directory};
use crate::support::service::{Behaviour, Service};

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
const GIF: &str = "GIF89a\u{1}\u{0}\u{1}\u{0}";
/// Where the logo of `app` is, as pages name it.
const LOGO: &str = "/branding/client?client_id=app";
const OUTBOUND: &str = "[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\n";

on_both! {
    with_directory(DIRECTORY).settings(OUTBOUND);
    a_client_that_gives_nothing_has_a_name_and_a_host,
    pages_show_logo_policy_and_terms,
    a_logo_is_what_its_first_bytes_tell,
    what_cannot_be_shown_is_not_there,
    a_failure_is_not_tried_again_at_once,
    only_known_clients_that_are_enabled_have_a_logo,
}

fn service() -> Service {
    Service::start(Behaviour::Answer(200, GIF.to_owned()))
}

/// Gives `app` a logo at the service, a policy and terms.
fn describe(server: &TestServer, logo_uri: &str) {
    let members = format!(
        "logo_uri = \"{logo_uri}\"\npolicy_uri = \"https://app.example/privacy\"\ntos_uri = \"https://terms.example/\"\n"
    );
    server.apply(&with_client("app", &members));
}

async fn login(server: &TestServer) -> (Browser, Page) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    (browser, page)
}

async fn picture(server: &TestServer, address: &str) -> Page {
    Browser::new().get(&server.at(address)).await
}

#[track_caller]
fn links(page: &Page) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse("a[rel=noreferrer]").unwrap();
    let link = |link: scraper::ElementRef<'_>| {
        assert_eq!(link.attr("target"), None);
        (link.attr("href").unwrap_or_default().to_owned(), link.text().collect())
    };
    html.select(&selector).map(link).collect()
}

async fn a_client_that_gives_nothing_has_a_name_and_a_host(server: &TestServer) {
    let (_, page) = login(server).await;
    assert_eq!(page.texts(".client strong"), ["Harbour Payroll"]);
    assert_eq!(page.texts(".client .host"), ["app.example"]);
    assert_eq!((page.attribute(".client img", "src"), links(&page)), (None, Vec::new()));
    assert_eq!(picture(server, LOGO).await.status, 404);
}

async fn pages_show_logo_policy_and_terms(server: &TestServer) {
    let service = service();
    describe(server, &service.url("/logo"));
    let (mut browser, page) = login(server).await;
    assert_eq!(page.page().as_deref(), Some("login"));
    let consent = log_in(&mut browser, page.clone(), "alice").await;
    assert_eq!(consent.page().as_deref(), Some("consent"));
    let told = [
        (
            "https://app.example/privacy".to_owned(),
            "How the app uses data".to_owned(),
        ),
        ("https://terms.example/".to_owned(), "Its terms".to_owned()),
    ];
    for page in [page, consent] {
        assert_eq!(page.texts(".client strong"), ["Harbour Payroll"]);
        assert_eq!(page.texts(".client .host"), ["app.example"]);
        assert_eq!(links(&page), told, "said once");
        let logo = |name| page.attribute(".client img", name);
        assert_eq!((logo("src").as_deref(), logo("alt").as_deref()), (Some(LOGO), Some("")));
        assert_eq!(logo("width").as_deref(), Some("40"));
    }
    assert!(service.asked().is_empty(), "no page waits for a picture");
    let shown = picture(server, LOGO).await;
    assert_eq!((shown.status, shown.body.as_str()), (200, GIF));
    let asked = service.asked();
    assert_eq!(asked[0].line, "GET /logo");
    for told in ["cookie", "referer", "forwarded", "x-forwarded-for", "accept-language"] {
        assert_eq!(asked[0].header(told), None, "{told}");
    }
}

async fn a_logo_is_what_its_first_bytes_tell(server: &TestServer) {
    let service = service();
    describe(server, &service.url("/gif"));
    let shown = picture(server, LOGO).await;
    // It was called JSON.
    assert_eq!(shown.header("content-type"), Some("image/gif"));
    assert_eq!(shown.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    let nothing = "default-src 'none'; frame-ancestors 'none'";
    assert_eq!(shown.header("content-security-policy"), Some(nothing));
    picture(server, LOGO).await;
    assert_eq!(service.asked().len(), 1, "it is kept");
    service.behave(Behaviour::Answer(200, SVG.to_owned()));
    describe(server, &service.url("/svg"));
    let shown = picture(server, LOGO).await;
    assert_eq!((shown.status, shown.body.as_str()), (200, SVG));
    assert_eq!(shown.header("content-type"), Some("image/svg+xml"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    assert_eq!(shown.header("content-security-policy"), Some(policy));
}

async fn what_cannot_be_shown_is_not_there(server: &TestServer) {
    let service = service();
    let elsewhere = Service::start(Behaviour::Answer(200, GIF.to_owned()));
    let large = format!("GIF89a{}", " ".repeat(100 * 1024));
    let cases = [
        ("/html", Behaviour::Answer(200, "<!DOCTYPE html><svg></svg>".to_owned())),
        ("/large", Behaviour::Answer(200, large)),
        ("/none", Behaviour::Answer(404, GIF.to_owned())),
        ("/moved", Behaviour::Redirect(elsewhere.url("/"))),
    ];
    for (path, behaviour) in cases {
        service.behave(behaviour);
        describe(server, &service.url(path));
        let answer = picture(server, LOGO).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.header("content-type").unwrap().starts_with("text/html"),
            "{path}"
        );
        assert!(!answer.body.contains("GIF89a"), "{path}");
    }
    assert_eq!(service.asked().len(), 4);
    assert!(elsewhere.asked().is_empty());
    // Where nobody listens, and where nobody may look.
    for uri in [
        "http://127.0.0.1:9/logo",
        "http://10.0.0.1/logo",
        "https://[::1]/logo",
        "https://169.254.169.254/",
    ] {
        describe(server, uri);
        assert_eq!(picture(server, LOGO).await.status, 404, "{uri}");
        let (_, page) = login(server).await;
        assert_eq!(page.texts(".client strong"), ["Harbour Payroll"]);
    }
}

async fn a_failure_is_not_tried_again_at_once(server: &TestServer) {
    let service = service();
    service.behave(Behaviour::Answer(500, String::new()));
    describe(server, &service.url("/logo"));
    for _ in 0..5 {
        assert_eq!(picture(server, LOGO).await.status, 404);
    }
    assert_eq!(service.asked().len(), 1);
}

async fn only_known_clients_that_are_enabled_have_a_logo(server: &TestServer) {
    let service = service();
    describe(server, &service.url("/logo"));
    assert_eq!(picture(server, LOGO).await.status, 200);
    for other in [
        "/branding/client",
        "/branding/client?client_id=",
        "/branding/client?client_id=nobody",
        "/branding/client?client_id=trusted",
        "/branding/client?client_id=app%00",
        "/branding/client?client_id=http%3A%2F%2F127.0.0.1%2Flogo",
        "/branding/client?url=http%3A%2F%2F127.0.0.1%2Flogo",
    ] {
        assert_eq!(picture(server, other).await.status, 404, "{other}");
    }
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "app", true))
        .await;
    assert_eq!(picture(server, LOGO).await.status, 404);
    assert_eq!(service.asked().len(), 1);
}

fn taking_documents() -> Builder {
    with_directory(DIRECTORY).settings(&format!("[registration]\nmetadata_documents = true\n{OUTBOUND}"))
}

/// Its identifier is an address; what it names elsewhere is not shown (OpenID Connect Registration §9.1).
#[tokio::test]
async fn a_client_that_a_document_describes_shows_what_is_at_its_own_hosts() {
    let server = taking_documents().at("/id").start().await;
    let (service, logo) = (service(), service());
    let address = service.url("/a/./client.json").replace("/./", "/");
    let document = |logo_uri: &str| {
        let document = json!({
            "client_id": address, "client_name": "Atlas Notes", "redirect_uris": ["https://atlas.example/callback"],
            "logo_uri": logo_uri, "policy_uri": "https://atlas.example/privacy", "tos_uri": "https://bank.example/terms",
        });
        Behaviour::Answer(200, document.to_string())
    };
    service.behave(document(&logo.url("/logo")));
    let rp = RelyingParty::public(&server, &address, "https://atlas.example/callback");
    let page = rp.authorize(&mut rp.browser(), "openid", &[]).await;
    assert_eq!(page.texts(".client strong"), ["Atlas Notes"]);
    let shown: Vec<_> = links(&page).into_iter().map(|(to, _)| to).collect();
    assert_eq!(shown, ["https://atlas.example/privacy"]);
    let source = page.attribute(".client img", "src").expect("a logo");
    assert!(
        source.starts_with("/id/branding/client?client_id=http%3A%2F%2F127.0.0.1"),
        "{source}"
    );
    let shown = picture(&server, source.trim_start_matches("/id")).await;
    assert_eq!((shown.status, logo.asked().len()), (200, 1));

    let other = self::service();
    let address = other.url("/client.json");
    let foreign = json!({
        "client_id": address, "client_name": "Atlas", "redirect_uris": ["https://atlas.example/callback"],
        "logo_uri": "https://bank.example/logo.svg",
    });
    other.behave(Behaviour::Answer(200, foreign.to_string()));
    let rp = RelyingParty::public(&server, &address, "https://atlas.example/callback");
    let page = rp.authorize(&mut rp.browser(), "openid", &[]).await;
    assert_eq!(page.texts(".client strong"), ["Atlas"]);
    assert_eq!(page.attribute(".client img", "src"), None);
}
