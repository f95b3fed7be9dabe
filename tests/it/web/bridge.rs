//! One prompt, not two: a token's evidence carried into a browser session. ASSURANCE.md §6.

use std::sync::LazyLock;

use countersign::authn::session;
use countersign::manage::sessions;
use countersign::model::signing_key::Algorithm;

use crate::support::attack::{self, assert_error_page};
use crate::support::browser::Browser;
use crate::support::directory::{PASSWORD, SECRET};
use crate::support::keys::{Keys, assertion_claims, toml};
use crate::support::page::Page;
use crate::support::relying_party::{Answer, RelyingParty, claims, code_of, enrol, log_in};
use crate::support::server::{TestServer, on_both, with_directory};

const API: &str = "https://api.example/statements";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// What the robot signs with.
static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new(Algorithm::Es256));

/// An app whose tokens open browser sessions, two apps that need high assurance, and one that needs nothing.
fn directory() -> String {
    let client = |id: &str, rest: &str| {
        format!(
            "[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"https://app.example/callback\"]\n\
             grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"openid web offline_access reports\"\n\
             require_consent = false\nid_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n{rest}\n"
        )
    };
    let user =
        |name: &str, rest: &str| format!("[[users]]\nusername = \"{name}\"\npassword = \"{PASSWORD}\"\n{rest}\n");
    let robot = format!(
        "[[clients]]\nclient_id = \"robot\"\nclient_secret = \"{SECRET}\"\nredirect_uris = [\"https://robot.example/\"]\n\
         grant_types = [\"authorization_code\", \"{JWT_BEARER}\"]\nscope = \"openid web\"\nrequire_consent = false\n\
         required_acr = \"high\"\njwt_bearer_assurance = \"session_backed\"\naccess_token_signing_alg = \"ES256\"\n\
         jwks = {}\n",
        toml(&KEYS.jwks())
    );
    [
        "[[profiles]]\nname = \"api\"\nmfa_ui = true\nmfa_api = true\n".to_owned(),
        user("carol", "profile = \"api\"\n[users.claims]\nname = \"Alice Moreau\""),
        client("tool", "")
            .replace("\"refresh_token\"", "\"password\"")
            .replace(" offline_access", ""),
        robot,
        "[[scopes]]\nname = \"reports\"\nrequired_acr = \"high\"\n".to_owned(),
        user("alice", "[users.claims]\nname = \"Alice Moreau\""),
        user("bob", ""),
        client("app", "required_acr = \"high\""),
        client("plain", ""),
        format!("[[resources]]\nidentifier = \"{API}\"\n"),
        client("second", "required_acr = \"high\""),
    ]
    .concat()
}

on_both! {
    with_directory(&directory());
    s64_one_prompt_from_login_to_the_last_resource,
    a_handle_opens_one_session_in_the_browser_that_was_asked,
    what_came_over_a_bridge_ends_with_its_origin,
    a_token_for_another_resource_crosses_nothing,
    a_bridge_raises_no_api_login,
    a_session_that_came_over_a_bridge_backs_no_assertion
}

/// Alice's tokens after password and authenticator, and how often she was asked for a second factor.
async fn tokens(server: &TestServer, rp: &RelyingParty<'_>, scope: &str) -> (Answer, usize) {
    tokens_of(server, rp, ("alice", scope)).await
}

async fn tokens_of(server: &TestServer, rp: &RelyingParty<'_>, (user, scope): (&str, &str)) -> (Answer, usize) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, scope, &[]).await;
    let page = log_in(&mut browser, page, user).await;
    let (_, page) = enrol(server, &mut browser, page).await;
    let answer = rp.redeem(&code_of(&page)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (answer, 1)
}

async fn bridge(rp: &RelyingParty<'_>, token: &str, target: &str) -> Answer {
    rp.post("/session/bridge", &[("access_token", token), ("target", target)])
        .await
}

/// The page that a bridge leads to in this browser.
async fn crossing(rp: &RelyingParty<'_>, browser: &mut Browser, token: &str) -> Page {
    let answer = bridge(rp, token, "/").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["expires_in"], 60);
    let page = browser.get(&answer.text("bridge_uri")).await;
    assert_eq!(page.page().as_deref(), Some("bridge"), "{}", page.body);
    assert!(page.body.contains("Alice Moreau"));
    page
}

async fn s64_one_prompt_from_login_to_the_last_resource(server: &TestServer) {
    let app = RelyingParty::new(server, "app");
    let (answer, prompts) = tokens(server, &app, "openid web").await;
    let (first, auth_time) = (
        claims(&answer.text("id_token")),
        claims(&answer.text("access_token"))["auth_time"].clone(),
    );
    server.advance(600);
    // Another browser on another device, which holds nothing but the token.
    let mut browser = app.browser();
    let page = crossing(&app, &mut browser, &answer.text("access_token")).await;
    let page = browser.submit(page.form()).await;
    assert_eq!((page.status, page.url.path()), (200, "/"));
    let mut asked = prompts;
    for (client, scope) in [("second", "openid"), ("plain", "openid reports"), ("app", "openid web")] {
        let rp = RelyingParty::new(server, client);
        let page = rp.authorize(&mut browser, scope, &[]).await;
        asked += usize::from(page.location.is_none());
        let tokens = rp.redeem(&code_of(&page)).await;
        let id_token = claims(&tokens.text("id_token"));
        assert_eq!(
            (&id_token["acr"], &id_token["amr"]),
            (&first["acr"], &first["amr"]),
            "{client}"
        );
        assert_eq!(id_token["auth_time"], auth_time, "{client}: nothing is added");
    }
    assert_eq!(asked, 1, "one prompt in all");
    // An hour without use, and the level is stale: a prompt is right.
    server.advance(3_601);
    let rp = RelyingParty::new(server, "second");
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("challenge"));
    assert_eq!(server.audit("assurance.bridged").len(), 1);
}

/// RFC 9068 §4: an API that was shown a token for itself gets no session of the person's with it.
async fn a_token_for_another_resource_crosses_nothing(server: &TestServer) {
    let rp = RelyingParty::new(server, "plain");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "web", &[("resource", API)]).await;
    let page = log_in(&mut browser, page, "bob").await;
    let tokens = rp.redeem(&code_of(&page)).await.accepted();
    let answer = bridge(&rp, &tokens.text("access_token"), "/").await;
    let said = answer.refused(400, "invalid_grant");
    assert!(said.contains("for another resource"), "{said}");
    let refresh = tokens.text("refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
        ("resource", &server.issuer),
    ];
    let own = rp.token(&form).await.accepted().text("access_token");
    assert_eq!(bridge(&rp, &own, "/").await.status, 200);
}

async fn a_handle_opens_one_session_in_the_browser_that_was_asked(server: &TestServer) {
    let app = RelyingParty::new(server, "app");
    let token = tokens(server, &app, "openid web").await.0.text("access_token");
    let (mut browser, mut thief) = (app.browser(), app.browser());
    let page = crossing(&app, &mut browser, &token).await;
    // The form of one browser is worth nothing in another, nor from another site.
    thief.get(page.url.as_str()).await;
    assert_error_page(&attack::post(&thief, &page.form(), &[]).await, "cross_site");
    let evil = [("origin", "https://evil.example")];
    assert_error_page(&attack::post(&browser, &page.form(), &evil).await, "cross_site");
    let opened = browser.submit(page.form()).await;
    assert_eq!(opened.status, 200);
    // Once.
    let again = browser.submit(page.form()).await;
    assert_eq!(again.error_class().as_deref(), Some("not_found"), "{}", again.body);
    // A minute.
    let page = crossing(&app, &mut thief, &token).await;
    server.advance(61);
    let late = thief.submit(page.form()).await;
    assert_eq!(late.error_class().as_deref(), Some("not_found"), "{}", late.body);
    assert!(thief.cookies.named("cs_session").is_none());
}

async fn what_came_over_a_bridge_ends_with_its_origin(server: &TestServer) {
    let app = RelyingParty::new(server, "app");
    let answer = tokens(server, &app, "openid web offline_access").await.0;
    let mut browser = app.browser();
    let page = crossing(&app, &mut browser, &answer.text("access_token")).await;
    browser.submit(page.form()).await;
    let plain = RelyingParty::new(server, "plain");
    let page = plain.authorize(&mut browser, "openid web offline_access", &[]).await;
    let bridged = plain.redeem(&code_of(&page)).await;
    // A bridged session's tokens open no further session.
    assert_eq!(
        bridge(&plain, &bridged.text("access_token"), "/").await.error(),
        "invalid_grant"
    );
    let revoked = app
        .post("/oauth2/revoke", &[("token", &answer.text("refresh_token"))])
        .await;
    assert_eq!(revoked.status, 200);
    assert_eq!(
        plain.introspect(&bridged.text("access_token")).await,
        serde_json::json!({ "active": false })
    );
    assert_eq!(
        plain.refresh(&bridged.text("refresh_token")).await.error(),
        "invalid_grant"
    );
    let page = plain.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(
        page.page().as_deref(),
        Some("login"),
        "the session ended with the grant"
    );
}

async fn a_bridge_raises_no_api_login(server: &TestServer) {
    let plain = RelyingParty::new(server, "plain");
    let mut browser = plain.browser();
    let page = plain.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "carol").await;
    let (secret, _) = enrol(server, &mut browser, page).await;
    server.advance(60);
    // Password and code, and `standard` all the same: an API login says no more.
    let password = format!("{PASSWORD}{}", server.code(&secret));
    let answer = server
        .api_login_with("tool", "carol", &password, &[("scope", "openid web")])
        .await
        .accepted();
    let tool = RelyingParty::new(server, "tool");
    assert_eq!(claims(&answer.text("access_token"))["acr"], "standard");
    let mut browser = tool.browser();
    let page = crossing(&tool, &mut browser, &answer.text("access_token")).await;
    browser.submit(page.form()).await;
    let page = RelyingParty::new(server, "second")
        .authorize(&mut browser, "openid", &[])
        .await;
    assert_eq!(page.page().as_deref(), Some("challenge"), "{}", page.body);
}

async fn a_session_that_came_over_a_bridge_backs_no_assertion(server: &TestServer) {
    let app = RelyingParty::new(server, "app");
    let token = tokens(server, &app, "openid web").await.0.text("access_token");
    let ask = async || {
        let assertion = KEYS.sign(&assertion_claims("robot", "alice", &server.issuer, server.now()));
        let form = [("grant_type", JWT_BEARER), ("assertion", &assertion)];
        server.advance(1);
        server.post_as(("robot", SECRET), "/oauth2/token", &form).await
    };
    ask().await.accepted();
    // Her own session ends; the one that the token opened stays, and its grant must not be outlived.
    let mut browser = app.browser();
    let page = crossing(&app, &mut browser, &token).await;
    browser.submit(page.form()).await;
    let alice = server.user("alice");
    let own = server
        .manage(move |work, _| session::live_of_user(&mut work.view(), alice))
        .await;
    let own = own.into_iter().find(|session| session.bridged_from.is_none()).unwrap();
    server
        .manage(move |work, actor| sessions::end(work, actor, own.id))
        .await;
    ask().await.refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_bridge_is_for_the_tokens_owner_its_scope_and_our_own_pages() {
    let server = with_directory(&directory()).start().await;
    let app = RelyingParty::new(&server, "app");
    let answer = tokens(&server, &app, "openid web").await.0;
    let token = answer.text("access_token");
    for target in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a b",
    ] {
        let refused = bridge(&app, &token, target).await;
        assert_eq!(refused.error(), "invalid_request", "{target:?}");
    }
    assert_eq!(
        bridge(&RelyingParty::new(&server, "second"), &token, "/").await.error(),
        "invalid_grant"
    );
    assert_eq!(bridge(&app, "cs_at_unknown", "/").await.error(), "invalid_grant");
    let (narrow, _) = tokens_of(&server, &app, ("bob", "openid")).await;
    let refused = bridge(&app, &narrow.text("access_token"), "/").await;
    assert_eq!(refused.error(), "insufficient_scope", "not for web");
}

#[tokio::test]
async fn a_session_of_another_user_gives_way_and_a_stronger_one_stays() {
    let server = with_directory(&directory()).start().await;
    let (app, plain) = (RelyingParty::new(&server, "app"), RelyingParty::new(&server, "plain"));
    let token = tokens(&server, &app, "openid web").await.0.text("access_token");
    let mut browser = app.browser();
    plain.sign_in(&mut browser, "bob", "openid").await;
    let page = crossing(&app, &mut browser, &token).await;
    browser.submit(page.form()).await;
    let answer = plain
        .redeem(&code_of(&plain.authorize(&mut browser, "openid", &[]).await))
        .await;
    assert_eq!(
        claims(&answer.text("id_token"))["sub"],
        server.user("alice").to_string()
    );
    assert_eq!(server.audit("session.ended").len(), 1, "bob's");
    // The same again: the browser's own session shows as much, so it stays.
    let before = browser.cookies.named("cs_session").map(|cookie| format!("{cookie:?}"));
    let page = crossing(&app, &mut browser, &token).await;
    browser.submit(page.form()).await;
    assert_eq!(
        browser.cookies.named("cs_session").map(|cookie| format!("{cookie:?}")),
        before
    );
}
