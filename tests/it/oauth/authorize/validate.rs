//! What is refused, and who is told: the person until client and redirect URI are proven, the client from then on.

use countersign::manage::clients;
use countersign::model::actor::Actor;
use countersign::work::Origin;

use super::{ask, assert_refused, changed, start};
use crate::support::attack::assert_error_page;
use crate::support::directory::CALLBACK;
use crate::support::relying_party::{RelyingParty, claims, code_of, log_in};

/// A parameter, a value it is given, and what our page then says.
const UNPROVEN: &[(&str, &str, &str)] = &[
    ("client_id", "", "invalid_request"),
    ("client_id", "nobody", "unknown_client"),
    ("client_id", "APP", "unknown_client"),
    ("client_id", "trusted", "unknown_client"),
    ("+client_id", "app", "invalid_request"),
    ("redirect_uri", "", "invalid_request"),
    ("+redirect_uri", CALLBACK, "invalid_request"),
    ("redirect_uri", "https://app.example/callback/", "invalid_redirect_uri"),
    (
        "redirect_uri",
        "https://app.example/callback?x=1",
        "invalid_redirect_uri",
    ),
    ("redirect_uri", "https://app.example/callback#x", "invalid_redirect_uri"),
    (
        "redirect_uri",
        "https://app.example:443/callback",
        "invalid_redirect_uri",
    ),
    ("redirect_uri", "https://app.example/Callback", "invalid_redirect_uri"),
    (
        "redirect_uri",
        "https://app.example/x/../callback",
        "invalid_redirect_uri",
    ),
    ("redirect_uri", "https://app.example/%63allback", "invalid_redirect_uri"),
    (
        "redirect_uri",
        "https://app.example/callback%00",
        "invalid_redirect_uri",
    ),
    ("redirect_uri", " https://app.example/callback", "invalid_redirect_uri"),
    ("redirect_uri", "http://app.example/callback", "invalid_redirect_uri"),
    (
        "redirect_uri",
        "https://app.example.evil/callback",
        "invalid_redirect_uri",
    ),
    (
        "redirect_uri",
        "https://app.example@evil/callback",
        "invalid_redirect_uri",
    ),
    ("redirect_uri", "//app.example/callback", "invalid_redirect_uri"),
    ("redirect_uri", "javascript:alert(1)", "invalid_redirect_uri"),
    ("state", "nul\0", "invalid_request"),
];

#[tokio::test]
async fn errors_stay_on_our_page_until_client_and_redirect_uri_are_proven() {
    let server = start().await;
    let disable =
        |work: &mut countersign::work::Work<'_>| clients::set_disabled(work, &Actor::Operator, "trusted", true);
    server.server.perform_blocking(Origin::default(), disable).unwrap();
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    for (name, value, class) in UNPROVEN {
        let page = ask(&rp, &mut browser, &[(name, value)]).await;
        assert_error_page(&page, class);
        assert_eq!(page.url.path(), "/oauth2/authorize", "{name}={value}");
        // Nothing else that is wrong changes who is told.
        let page = ask(&rp, &mut browser, &[(name, value), ("prompt", "bogus")]).await;
        assert_error_page(&page, class);
    }
    let mut many = rp.request("openid");
    many.extend((0..100).map(|n| (format!("x{n}"), "y".to_owned())));
    assert_error_page(&browser.get(&rp.address(&many)).await, "invalid_request");
}

#[tokio::test]
async fn errors_after_that_go_back_to_the_client() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let cases: &[(&str, &str, &str)] = &[
        ("response_type", "", "invalid_request"),
        ("response_type", "code code", "unsupported_response_type"),
        ("scope", "admin", "invalid_scope"),
        ("scope", "openid \"", "invalid_scope"),
        ("+scope", "email", "invalid_request"),
        ("+nonce", "again", "invalid_request"),
        ("+unheard_of", "", "login"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "+1", "invalid_request"),
        ("max_age", "1.5", "invalid_request"),
        ("max_age", "99999999999", "invalid_request"),
        ("claims", "[]", "invalid_request"),
        ("claims", "{", "invalid_request"),
        ("claims", r#"{"id_token":[]}"#, "invalid_request"),
        ("id_token_hint", "a.b.c", "invalid_request"),
        ("request", "a.b.c", "invalid_request_object"),
        ("request_uri", "https://app.example/r", "invalid_request_uri"),
        ("registration", "{}", "registration_not_supported"),
        ("resource", "transfers", "invalid_target"),
        ("resource", "https://api.example/unheard-of", "invalid_target"),
        ("resource", "https://api.example/transfers#x", "invalid_target"),
        ("response_mode", "web_message", "invalid_request"),
    ];
    let (nonce, claims) = (
        "n".repeat(1_025),
        format!("{{\"pad\":{{\"value\":\"{}\"}}}}", "x".repeat(8_192)),
    );
    for (name, value) in [("nonce", &nonce), ("claims", &claims)] {
        let page = ask(&rp, &mut browser, &[(name, value)]).await;
        assert_refused(&rp, &page, "invalid_request");
    }
    for (name, value, expected) in cases {
        let page = ask(&rp, &mut browser, &[(name, value)]).await;
        if *expected == "login" {
            assert_eq!(page.page().as_deref(), Some("login"), "{name} is ignored");
        } else {
            assert_refused(&rp, &page, expected);
        }
    }
    // A state that came twice is nobody's.
    let page = ask(&rp, &mut browser, &[("+state", "other")]).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
    assert_eq!(page.query("state"), None);
    let deep = format!("{}{}", "[".repeat(4_000), "]".repeat(4_000));
    let page = ask(&rp, &mut browser, &[("claims", &deep)]).await;
    assert_refused(&rp, &page, "invalid_request");
}

#[tokio::test]
async fn errors_take_the_way_that_the_response_would() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    for (kind, error) in [
        ("token", "unauthorized_client"),
        ("code token", "unauthorized_client"),
        ("code id_token token code", "unsupported_response_type"),
    ] {
        let page = ask(&rp, &mut browser, &[("response_type", kind)]).await;
        assert_eq!(page.fragment("error").as_deref(), Some(error), "{kind}");
        assert_eq!(page.fragment("state").as_deref(), Some("st&te"));
        assert_eq!(page.fragment("iss").as_deref(), Some(server.issuer.as_str()));
        assert_eq!(page.location.unwrap().query(), None);
    }
    let page = ask(&rp, &mut browser, &[("response_mode", "fragment"), ("prompt", "none")]).await;
    assert_eq!(page.fragment("error").as_deref(), Some("login_required"));
    let page = ask(&rp, &mut browser, &[("response_mode", "form_post"), ("prompt", "none")]).await;
    assert_eq!((page.status, page.location.as_ref()), (200, None));
    let form = page.form();
    assert_eq!(form.action.as_str(), CALLBACK);
    let sent = ["error", "state", "iss", "code"].map(|name| form.value(name));
    let expected = [Some("login_required"), Some("st&te"), Some(&*server.issuer), None];
    assert_eq!(sent.each_ref().map(Option::as_deref), expected);
    let spa = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = spa.browser();
    let further = [("response_type", "token"), ("response_mode", "query")];
    let page = ask(&spa, &mut browser, &further).await;
    assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"));
    let page = ask(&spa, &mut browser, &[("response_type", "id_token"), ("nonce", "")]).await;
    assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"));
    let further = [("response_type", "id_token"), ("scope", "profile")];
    let page = ask(&spa, &mut browser, &further).await;
    assert_eq!(page.fragment("error").as_deref(), Some("invalid_scope"));
}

#[tokio::test]
async fn a_form_carries_the_code() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &[("response_mode", "form_post")]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let form = page.form();
    assert_eq!(form.action.as_str(), CALLBACK);
    assert_eq!(form.value("state").as_deref(), Some("st&te"));
    assert_eq!(form.value("iss").as_deref(), Some(server.issuer.as_str()));
    assert_eq!(rp.redeem(&form.value("code").unwrap()).await.status, 200);
}

#[tokio::test]
async fn resources_may_be_repeated_and_become_the_audience() {
    let server = start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let transfers = "https://api.example/transfers";
    let further = [
        ("+resource", transfers),
        ("+resource", transfers),
        ("+audience", "a"),
        ("+audience", "b"),
    ];
    let page = ask(&rp, &mut browser, &further).await;
    let page = log_in(&mut browser, page, "alice").await;
    let page = crate::support::relying_party::agree(&mut browser, page).await;
    let answer = rp.redeem(&code_of(&page)).await;
    assert_eq!(claims(&answer.text("access_token"))["aud"], transfers);
}

#[tokio::test]
async fn native_applications_choose_the_port_and_nothing_else() {
    let server = start().await;
    let mut rp = RelyingParty::public(&server, "native", "http://127.0.0.1:50123/callback");
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.location.as_ref().and_then(url::Url::port), Some(50_123));
    let code = code_of(&page);
    // The code belongs to that port (RFC 6749 §4.1.3).
    rp.redirect_uri = "http://127.0.0.1:50124/callback".to_owned();
    assert_eq!(rp.redeem(&code).await.error(), "invalid_grant");
    let page = browser
        .get(&rp.address(&changed(
            &rp,
            "openid",
            &[("redirect_uri", "com.example.app:/callback")],
        )))
        .await;
    assert!(
        page.location
            .unwrap()
            .as_str()
            .starts_with("com.example.app:/callback?code=")
    );
    for other in [
        "http://localhost:50123/callback",
        "http://127.0.0.2:50123/callback",
        "http://[::1]:50123/callback",
        "http://127.0.0.1:50123/callback/",
        "http://127.0.0.1:50123/callback?x",
        "https://127.0.0.1:50123/callback",
        "http://user@127.0.0.1:50123/callback",
        "http://0x7f000001:50123/callback",
        "com.example.app:/callback2",
        "com.example.app://callback",
    ] {
        let page = ask(&rp, &mut browser, &[("redirect_uri", other)]).await;
        assert_error_page(&page, "invalid_redirect_uri");
    }
    // A web client's port is part of its address.
    let web = RelyingParty::new(&server, "app");
    let page = ask(
        &web,
        &mut browser,
        &[("redirect_uri", "https://app.example:8443/callback")],
    )
    .await;
    assert_error_page(&page, "invalid_redirect_uri");
}

#[tokio::test]
async fn a_redirect_uri_keeps_its_query_and_may_be_left_out_without_openid() {
    let server = start().await;
    let mut rp = RelyingParty::new(&server, "blocking");
    rp.redirect_uri = "https://app.example/callback?tenant=1".to_owned();
    let mut browser = rp.browser();
    let page = ask(&rp, &mut browser, &[("prompt", "none")]).await;
    assert_refused(&rp, &page, "login_required");
    assert_eq!(page.query("tenant").as_deref(), Some("1"));
    // A session short of a blocking client's level is refused rather than raised.
    let page = ask(&rp, &mut browser, &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_refused(&rp, &page, "access_denied");
    let exempt = RelyingParty::new(&server, "exempt");
    let further = [("scope", "calendar"), ("redirect_uri", "")];
    let page = ask(&exempt, &mut browser, &further).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &*code_of(&page)),
        ("code_verifier", &exempt.verifier),
    ];
    assert_eq!(
        exempt.token(&form).await.status,
        200,
        "not sent, so not asked for again"
    );
}
