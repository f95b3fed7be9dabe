//! Requests of clients to end a session. RP-Initiated Logout 1.0 §2 to §4.

use serde_json::Value;
use url::Url;

use super::{OUT, browser, id_token, is_signed_in, logout, two_clients};
use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::keys::Keys;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims};
use crate::support::server::TestServer;

on_both! { two_clients(); a_client_that_was_told_of_the_session_ends_it, anybody_else_makes_us_ask, wrong_requests_lead_nowhere }

async fn a_client_that_was_told_of_the_session_ends_it(server: &TestServer) {
    let rp = RelyingParty::new(server, "one");
    for (with_client, seconds) in [(true, 0), (false, 1_000_000)] {
        let mut browser = browser(&rp);
        let hint = id_token(&rp, &mut browser, "openid").await;
        let stolen = browser.clone();
        let mut params = vec![
            ("id_token_hint", &*hint),
            ("post_logout_redirect_uri", OUT),
            ("state", "a&b=c"),
            ("unknown", "ignored"),
        ];
        if with_client {
            params.push(("client_id", "one"));
        }
        let page = browser.get(&logout(server, &params)).await;
        let there = page.location.expect("the person goes on").to_string();
        assert_eq!(there, format!("{OUT}&state=a%26b%3Dc"));
        assert!(browser.cookies.named("cs_session").is_none());
        assert!(!is_signed_in(&rp, &browser).await && !is_signed_in(&rp, &stolen).await);
        // §2: once more, and long after the ID token expired.
        server.advance(seconds);
        let page = browser.get(&logout(server, &params)).await;
        assert_eq!(page.location.map(String::from), Some(format!("{OUT}&state=a%26b%3Dc")));
        let page = browser.get(&logout(server, &[("id_token_hint", &hint)])).await;
        assert_eq!((page.status, page.page().as_deref()), (200, Some("signed-out")));
    }
    assert_eq!(server.audit("session.ended").len(), 2);
}

async fn anybody_else_makes_us_ask(server: &TestServer) {
    let (one, two) = (RelyingParty::new(server, "one"), RelyingParty::new(server, "two"));
    let mut other = browser(&one);
    let foreign = id_token(&one, &mut other, "openid").await;
    let mut browser = browser(&one);
    let own = id_token(&one, &mut browser, "openid").await;
    id_token(&two, &mut browser, "openid").await;
    let out = ("post_logout_redirect_uri", OUT);
    for params in [
        &[][..],
        &[("state", "x")],
        &[("client_id", "one")],
        &[("client_id", "one"), out, ("state", "x")],
        &[("id_token_hint", &foreign), out, ("state", "x")],
        &[("id_token_hint", &own), ("logout_hint", "bob"), out, ("state", "x")],
    ] {
        let page = browser.get(&logout(server, params)).await;
        assert_eq!(
            (page.status, page.page().as_deref()),
            (200, Some("logout")),
            "{params:?}"
        );
        assert!(page.body.contains("Alice Moreau"));
        let stayed = browser.submit_with(page.form(), "decision", "cancel").await;
        assert_eq!((stayed.status, stayed.url.path()), (200, "/"));
        assert!(is_signed_in(&one, &browser).await, "{params:?}");
        let policy = page.header("content-security-policy").unwrap();
        let goes_on = params.contains(&out);
        assert_eq!(policy.contains("form-action 'self' https://app.example;"), goes_on);
        let mut copy = browser.clone();
        // The last of them says yes.
        if params.len() == 4 {
            let page = copy.submit_with(page.form(), "decision", "confirm").await;
            assert_eq!(page.location.map(String::from), Some(format!("{OUT}&state=x")));
        }
    }
    assert!(!is_signed_in(&one, &browser).await && !is_signed_in(&two, &browser).await);
    assert!(
        is_signed_in(&one, &other).await,
        "the other browser's session is another"
    );
    // Nobody is signed in any more: without a proof of where the request comes from, going on takes a click.
    let mut browser = Browser::new();
    let page = browser.get(&logout(server, &[("client_id", "one"), out])).await;
    assert_eq!(page.page().as_deref(), Some("signed-out"));
    assert_eq!(page.link("#back").as_str(), OUT);
    assert_eq!(page.header("refresh"), None);
}

#[expect(clippy::too_many_lines, reason = "one table of wrong requests")]
async fn wrong_requests_lead_nowhere(server: &TestServer) {
    let rp = RelyingParty::new(server, "one");
    let mut browser = browser(&rp);
    let hint = id_token(&rp, &mut browser, "openid").await;
    let access = rp.tokens(&mut rp.browser(), "alice", "openid").await;
    let (head, _) = hint.rsplit_once('.').unwrap();
    let (tampered, forged) = (
        format!("{head}.AAAA"),
        Keys::new("ES256".parse().unwrap()).sign(&claims(&hint)),
    );
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    let long = "a".repeat(20_000);
    let (access, out) = (access.text("access_token"), ("post_logout_redirect_uri", OUT));
    let to = |uri: &'static str| ("post_logout_redirect_uri", uri);
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![("id_token_hint", &tampered), out], "invalid_request"),
        (vec![("id_token_hint", &forged), out], "invalid_request"),
        (vec![("id_token_hint", &unsigned), out], "invalid_request"),
        (vec![("id_token_hint", &access), out], "invalid_request"),
        (vec![("id_token_hint", &long), out], "invalid_request"),
        (vec![("id_token_hint", "x"), out], "invalid_request"),
        (
            vec![("id_token_hint", &hint), ("client_id", "two"), out],
            "invalid_request",
        ),
        (
            vec![("id_token_hint", &hint), ("id_token_hint", &hint), out],
            "invalid_request",
        ),
        (
            vec![("id_token_hint", &hint), ("state", "a"), ("state", "b"), out],
            "invalid_request",
        ),
        (vec![out], "invalid_request"),
        (vec![("client_id", "nobody"), out], "unknown_client"),
        (vec![("client_id", "nobody")], "unknown_client"),
        (
            vec![("id_token_hint", &hint), to("https://app.example/callback")],
            "invalid_redirect_uri",
        ),
        (
            vec![("id_token_hint", &hint), to("https://app.example/out?from=us&x=1")],
            "invalid_redirect_uri",
        ),
        (
            vec![("id_token_hint", &hint), to("https://app.example/out")],
            "invalid_redirect_uri",
        ),
        (
            vec![("id_token_hint", &hint), to("https://evil.example/")],
            "invalid_redirect_uri",
        ),
        (
            vec![("id_token_hint", &hint), to("javascript:alert(1)")],
            "invalid_redirect_uri",
        ),
        (
            vec![("client_id", "one"), to("https://evil.example/")],
            "invalid_redirect_uri",
        ),
        (vec![("client_id", "trusted"), out], "invalid_redirect_uri"),
    ];
    let endpoint = Url::parse(&server.at("/oauth2/logout")).unwrap();
    for (params, class) in cases {
        let url = Url::parse(&logout(server, &params)).unwrap();
        let fields: Vec<(String, String)> = params.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        for page in [
            attack::get(&browser, &url).await,
            attack::post_fields(&browser, &endpoint, &fields, &[]).await,
        ] {
            assert_error_page(&page, class);
            assert_eq!(page.status, 400, "{params:?}");
            assert!(page.location.is_none() && page.header("set-cookie").is_none());
            assert_eq!(page.header("cache-control"), Some("no-store"));
            assert_eq!(
                page.link("#back").path(),
                "/oauth2/logout",
                "the person can still sign out"
            );
        }
        assert!(is_signed_in(&rp, &browser).await, "{params:?}");
    }
    // The person can.
    let page = browser.get(&server.at("/oauth2/logout")).await;
    browser.submit_with(page.form(), "decision", "confirm").await;
    assert!(!is_signed_in(&rp, &browser).await);
}

#[tokio::test]
async fn a_post_from_another_site_is_followed_by_a_navigation_of_ours() {
    let server = two_clients().start().await;
    let rp = RelyingParty::new(&server, "one");
    let mut browser = browser(&rp);
    let hint = id_token(&rp, &mut browser, "openid").await;
    let endpoint = Url::parse(&server.at("/oauth2/logout")).unwrap();
    let fields = [
        ("id_token_hint", &*hint),
        ("post_logout_redirect_uri", OUT),
        ("csrf", "x"),
        ("state", "s t"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    // Without cookies, as `SameSite=Lax` has it.
    let page = attack::post_fields(
        &Browser::new(),
        &endpoint,
        &fields,
        &[("origin", "https://app.example")],
    )
    .await;
    assert_eq!((page.status, page.header("set-cookie")), (303, None));
    let here = page.location.unwrap();
    assert_eq!(
        (here.path(), here.query().unwrap().contains("csrf")),
        ("/oauth2/logout", false)
    );
    let page = browser.get(here.as_str()).await;
    assert_eq!(page.location.map(String::from), Some(format!("{OUT}&state=s+t")));
    assert!(!is_signed_in(&rp, &browser).await);
    // With cookies, as over https.
    let hint = id_token(&rp, &mut browser, "openid").await;
    let fields = [("id_token_hint".to_owned(), hint)];
    let page = attack::post_fields(&browser, &endpoint, &fields, &[("origin", "https://app.example")]).await;
    assert_eq!((page.status, page.page().as_deref()), (200, Some("signed-out")));
    assert!(!is_signed_in(&rp, &browser).await);
    // A body of another type is no request.
    let page = attack::post_body(&browser, &endpoint, ("application/json", "{}".into())).await;
    assert_error_page(&page, "invalid_request");
}

#[tokio::test]
async fn a_native_client_comes_back_to_any_port() {
    let native = super::client("native-one", "application_type = \"native\"")
        .replace(OUT, "http://127.0.0.1/out\", \"com.example.app:/out");
    let server = two_clients().start().await;
    server.apply(&native);
    let rp = RelyingParty::new(&server, "native-one");
    for uri in ["http://127.0.0.1:50123/out", "com.example.app:/out"] {
        let mut browser = rp.browser();
        browser.stop_at(uri);
        let hint = id_token(&rp, &mut browser, "openid").await;
        let params = [("id_token_hint", &*hint), ("post_logout_redirect_uri", uri)];
        assert_eq!(
            browser
                .get(&logout(&server, &params))
                .await
                .location
                .map(String::from)
                .as_deref(),
            Some(uri)
        );
    }
}

#[tokio::test]
async fn refresh_tokens_that_were_not_for_later_end_with_the_session() {
    let server = two_clients().start().await;
    let plain = super::client("plain", "").replace("scope = \"openid ", "scope = \"openid calendar ");
    server.apply(&plain);
    let rp = RelyingParty::new(&server, "plain");
    let mut browser = browser(&rp);
    let kept = rp
        .tokens(&mut browser, "alice", "openid offline_access")
        .await
        .text("refresh_token");
    let page = rp.authorize(&mut browser, "calendar", &[]).await;
    let page = crate::support::relying_party::agree(&mut browser, page).await;
    let ended = rp
        .redeem(&crate::support::relying_party::code_of(&page))
        .await
        .text("refresh_token");
    let mut other = super::browser(&rp);
    let page = rp.sign_in(&mut other, "alice", "calendar").await;
    let elsewhere = rp
        .redeem(&crate::support::relying_party::code_of(&page))
        .await
        .text("refresh_token");
    let page = browser.get(&server.at("/oauth2/logout")).await;
    browser.submit_with(page.form(), "decision", "confirm").await;
    assert_eq!(rp.refresh(&ended).await.error(), "invalid_grant");
    for token in [kept, elsewhere] {
        let answer = rp.refresh(&token).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(matches!(answer.body["refresh_token"], Value::String(_)));
    }
}
