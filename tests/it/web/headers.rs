//! What every answer carries, and cookies.

use reqwest::header::{HeaderMap, SET_COOKIE};
use url::Url;

use crate::support::attack;
use crate::support::directory::{DIRECTORY, PASSWORD};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, code_of};
use crate::support::server::with_directory;
use crate::support::totp;

const HSTS: &str = "strict-transport-security";

fn policy(form_target: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
         form-action 'self'{form_target}; frame-ancestors 'none'"
    )
}

fn csp(page: &Page) -> &str {
    page.header("content-security-policy").expect("a content policy")
}

/// The attributes of a cookie that an answer sets, in order of the alphabet, without its value.
fn attributes(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let line = lines.into_iter().find(|line| line.starts_with(&format!("{name}=")))?;
    let mut attributes: Vec<&str> = line.split("; ").skip(1).collect();
    attributes.sort_unstable();
    Some(attributes.join("; "))
}

#[tokio::test]
async fn a_form_may_end_up_at_the_proven_redirect_uri_alone() {
    let server = with_directory(DIRECTORY).start().await;
    for (client, redirect_uri, target) in [
        ("app", "https://app.example/callback", " https://app.example"),
        ("native", "http://127.0.0.1:50123/callback", " http://127.0.0.1:50123"),
        ("native", "com.example.app:/callback", " com.example.app:"),
    ] {
        let mut rp = RelyingParty::public(&server, client, redirect_uri);
        rp.redirect_uri = redirect_uri.to_owned();
        let mut browser = rp.browser();
        let page = rp.authorize(&mut browser, "openid", &[("acr_values", "high")]).await;
        assert_eq!(csp(&page), policy(target));
        let form = page.form().set("username", "alice").set("password", "wrong");
        assert_eq!(
            csp(&browser.submit(form.clone()).await),
            policy(target),
            "with an error as well"
        );
        let page = browser.submit(form.set("password", PASSWORD)).await;
        assert_eq!((page.page().as_deref(), csp(&page)), (Some("enrol"), &*policy(target)));
    }
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp
        .authorize(&mut browser, "openid", &[("redirect_uri", "https://evil.example")])
        .await;
    assert_eq!(csp(&page), policy(""));
    let page = rp
        .authorize(
            &mut browser,
            "openid",
            &[("response_mode", "form_post"), ("prompt", "none")],
        )
        .await;
    assert_eq!(csp(&page), policy(" https://app.example"));
}

#[tokio::test]
async fn pages_carry_nothing_inline_and_are_not_kept() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let login = rp.authorize(&mut browser, "openid", &[]).await;
    let mut pages = vec![login.clone()];
    let form = login.form().set("username", "alice").set("password", PASSWORD);
    pages.push(browser.submit(form).await);
    pages.push(browser.get(&server.at("/")).await);
    pages.push(browser.get(&server.at("/oauth2/logout")).await);
    pages.push(browser.get(&server.at("/nowhere")).await);
    pages.push(
        rp.authorize(
            &mut browser,
            "openid",
            &[("response_mode", "form_post"), ("prompt", "none")],
        )
        .await,
    );
    for page in &pages {
        for inline in [" style=", " onclick=", " onload=", "<style", "javascript:"] {
            assert!(!page.body.contains(inline), "{inline} at {}", page.url);
        }
        assert_eq!(page.texts("script").concat(), "", "scripts are files");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.url);
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let server = with_directory(DIRECTORY).start().await;
    let browser = crate::support::browser::Browser::new();
    for path in [
        "/",
        "/nowhere",
        "/oauth2/authorize",
        "/oauth2/token",
        "/oauth2/jwks",
        "/oauth2/userinfo",
        "/health/live",
        "/.well-known/openid-configuration",
        "/interaction/x",
        "/static/nothing.css",
        "/welcome/x",
    ] {
        let page = attack::get(&browser, &Url::parse(&server.at(path)).unwrap()).await;
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("same-origin"), "{path}");
        assert!(csp(&page).contains("frame-ancestors 'none'") && csp(&page).starts_with("default-src 'none'"));
        assert!(page.header("x-request-id").is_some_and(|id| !id.is_empty()), "{path}");
        assert_eq!(page.header(HSTS), None, "plain http promises nothing");
    }
}

#[tokio::test]
async fn cookies_are_lax_on_plain_http() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let start = Url::parse(&rp.address(&rp.request("openid"))).unwrap();
    let answer = attack::get(&browser, &start).await;
    assert_eq!(
        attributes(&answer.headers, "cs_browser").as_deref(),
        Some("HttpOnly; Path=/; SameSite=Lax")
    );
    let page = browser.get(start.as_str()).await;
    let form = page.form().set("username", "alice").set("password", PASSWORD);
    let answer = attack::post(&browser, &form, &[]).await;
    assert_eq!(
        attributes(&answer.headers, "cs_session").as_deref(),
        Some("HttpOnly; Path=/; SameSite=Lax")
    );
    code_of(&answer);
}

#[tokio::test]
async fn the_device_cookie_is_locked_to_the_host_and_kept_for_a_year() {
    for (issuer, name, expected) in [
        (
            None,
            "countersign_device",
            "HttpOnly; Max-Age=31536000; Path=/; SameSite=Lax",
        ),
        (
            Some("https://id.example"),
            "__Host-countersign_device",
            "HttpOnly; Max-Age=31536000; Path=/; SameSite=None; Secure",
        ),
    ] {
        let builder = with_directory(DIRECTORY);
        let server = match issuer {
            Some(issuer) => builder.issuer(issuer).start().await,
            None => builder.start().await,
        };
        let rp = RelyingParty::new(&server, "high");
        let mut browser = rp.browser();
        let origin = [("origin", server.issuer.as_str())];
        let page = rp.authorize(&mut browser, "openid", &[]).await;
        let form = page.form().set("username", "alice").set("password", PASSWORD);
        let answer = attack::post(&browser, &form, &origin).await;
        browser.cookies.keep(&page.url, &answer.headers);
        let page = browser.get(answer.location.unwrap().as_str()).await;
        let secret = page.texts("#totp-secret").concat().replace(char::is_whitespace, "");
        let code = totp::code(&secret, u64::try_from(server.now()).unwrap());
        let answer = attack::post(&browser, &page.form().set("code", &code), &origin).await;
        code_of(&answer);
        assert_eq!(attributes(&answer.headers, name).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn cookies_are_locked_to_the_host_on_https() {
    let server = with_directory(DIRECTORY).issuer("https://id.example").start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let start = Url::parse(&rp.address(&rp.request("openid"))).unwrap();
    let locked = Some("HttpOnly; Path=/; SameSite=None; Secure");
    let answer = attack::get(&browser, &start).await;
    assert_eq!(attributes(&answer.headers, "__Host-cs_browser").as_deref(), locked);
    assert_eq!(answer.header(HSTS), Some("max-age=31536000; includeSubDomains"));
    let page = browser.get(start.as_str()).await;
    let form = page.form().set("username", "alice").set("password", PASSWORD);
    let reached = [("origin", page.url.origin().ascii_serialization())].map(|(name, value)| (name, value));
    let headers: Vec<(&str, &str)> = reached.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = attack::post(&browser, &form, &headers).await;
    attack::assert_error_page(&answer, "cross_site");
    let answer = attack::post(&browser, &form, &[("origin", "https://id.example")]).await;
    assert_eq!(attributes(&answer.headers, "__Host-cs_session").as_deref(), locked);
    assert_eq!(answer.query("iss").as_deref(), Some("https://id.example"));
    let code = code_of(&answer);
    assert_eq!(rp.redeem(&code).await.status, 200);
    // A cookie without the prefix, which another host of the domain could have set, is not looked at.
    browser.cookies.keep(&page.url, &answer.headers);
    let signed_in = browser.cookies.named("__Host-cs_session").unwrap().value.clone();
    let mut planted = rp.browser();
    let mut headers = HeaderMap::new();
    headers.insert(SET_COOKIE, format!("cs_session={signed_in}; Path=/").parse().unwrap());
    planted.cookies.keep(&page.url, &headers);
    let none = rp.authorize(&mut planted, "openid", &[("prompt", "none")]).await;
    assert_eq!(none.query("error").as_deref(), Some("login_required"));
    code_of(&rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await);
}
