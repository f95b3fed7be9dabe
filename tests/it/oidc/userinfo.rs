//! The userinfo endpoint. OpenID Connect Core §5.3, RFC 6750.

use countersign::crypto::jwk_set::JwkSet;
use countersign::crypto::jwt;
use countersign::manage::users;
use countersign::store;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::directory::{DIRECTORY, with_client};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, answer, claims, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

const PATH: &str = "/oauth2/userinfo";

on_both! {
    with_directory(DIRECTORY);
    scopes_say_which_claims,
    a_token_that_is_not_good_is_refused,
    nothing_is_said_of_what_is_blank_or_of_another_type,
    a_token_for_other_resources_reads_what_its_scope_says
}

async fn token(rp: &RelyingParty<'_>, scope: &str) -> String {
    rp.tokens(&mut rp.browser(), "alice", scope).await.text("access_token")
}

async fn with_header(server: &TestServer, header: &str) -> Answer {
    answer(http().get(server.at(PATH)).header(AUTHORIZATION, header)).await
}

#[track_caller]
fn challenged(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer realm=\"countersign\""), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{code}\"")), "{challenge}");
    assert!(challenge.contains("error_description=\""), "{challenge}");
    assert_eq!(answer.error(), code);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

async fn scopes_say_which_claims(server: &TestServer) {
    let subject = server.user("alice").to_string();
    for client in ["app", "trusted"] {
        let rp = RelyingParty::new(server, client);
        for (scope, expected) in [
            ("openid", json!({})),
            (
                "openid email",
                json!({ "email": "alice@example.com", "email_verified": true }),
            ),
            (
                "openid profile",
                json!({ "name": "Alice Moreau", "preferred_username": "alice", "updated_at": server.now() }),
            ),
        ] {
            let mut expected = expected;
            expected["sub"] = subject.clone().into();
            let answer = rp.userinfo(&token(&rp, scope).await).await.accepted();
            assert_eq!(answer.body, expected, "{scope}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

/// Records from before claims were checked (OpenID Connect Core §5.1, §5.3.2).
async fn nothing_is_said_of_what_is_blank_or_of_another_type(server: &TestServer) {
    let alice = server.user("alice");
    server
        .manage(move |work, _| {
            let mut user = store::users::find(work.tx, alice)?.expect("alice");
            let claims = json!({
                "name": "", "given_name": "Alice", "nickname": "   ", "email": 5, "email_verified": "yes",
                "birthdate": "yesterday", "locale": ["de"], "updated_at": "x", "preferred_username": " ",
            });
            user.claims = claims.as_object().cloned().expect("claims");
            user.updated_at = None;
            store::users::update(work.tx, &user)?;
            store::directory::raise_version(work.tx)
        })
        .await;
    let rp = RelyingParty::new(server, "trusted");
    let told = json!({ "sub": alice.to_string(), "given_name": "Alice", "preferred_username": "alice" });
    let requested = json!({ "id_token": { "email_verified": null, "name": null, "given_name": null } }).to_string();
    let mut browser = rp.browser();
    let page = rp
        .authorize(&mut browser, "openid profile email", &[("claims", &requested)])
        .await;
    let page = log_in(&mut browser, page, "alice").await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    assert_eq!(rp.userinfo(&answer.text("access_token")).await.accepted().body, told);
    let id_token = claims(&answer.text("id_token"));
    assert_eq!(id_token["given_name"], "Alice");
    assert!(
        id_token.get("name").is_none() && id_token.get("email_verified").is_none(),
        "{id_token}"
    );
}

async fn a_token_that_is_not_good_is_refused(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let good = rp.tokens(&mut rp.browser(), "alice", "openid offline_access").await;
    let access = good.text("access_token");
    for wrong in [
        "x",
        "a.b.c",
        "cs_at_x",
        &good.text("refresh_token"),
        &good.text("id_token"),
        &format!("{access}x"),
    ] {
        challenged(&rp.userinfo(wrong).await, 401, "invalid_token");
    }
    rp.userinfo(&access).await.accepted();
    server.advance(900);
    challenged(&rp.userinfo(&access).await, 401, "invalid_token");
    let without = token(&RelyingParty::new(server, "trusted"), "profile").await;
    challenged(&rp.userinfo(&without).await, 403, "insufficient_scope");
    let fresh = token(&rp, "openid").await;
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::disable(work, actor, alice))
        .await;
    challenged(&rp.userinfo(&fresh).await, 401, "invalid_token");
}

/// Libraries send the one token that they have; the scope `openid` is what userinfo is for. Who wants APIs to read nothing
/// narrows.
async fn a_token_for_other_resources_reads_what_its_scope_says(server: &TestServer) {
    const API: &str = "https://api.example/statements";
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid profile offline_access", &[("resource", API)]);
    let page = page.await;
    let page = log_in(&mut browser, page, "alice").await;
    let tokens = rp.redeem(&code_of(&page)).await.accepted();
    rp.userinfo(&tokens.text("access_token")).await.accepted();
    let refresh = tokens.text("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let with = |further: &[(&'static str, &'static str)]| [&form[..], further].concat();
    let narrow = rp
        .token(&with(&[("resource", API), ("scope", "profile")]))
        .await
        .accepted();
    challenged(
        &rp.userinfo(&narrow.text("access_token")).await,
        403,
        "insufficient_scope",
    );
    // And a token for this server alone, or for both.
    let mut own = form.to_vec();
    own.push(("resource", &server.issuer));
    let token = rp.token(&own).await.accepted().text("access_token");
    assert_eq!(rp.introspect(&token).await["aud"], server.issuer);
    rp.userinfo(&token).await.accepted();
    own.push(("resource", API));
    let token = rp.token(&own).await.accepted().text("access_token");
    assert_eq!(rp.introspect(&token).await["aud"], json!([server.issuer, API]));
    // Who signs nobody in has no need of it.
    let page = rp.authorize(&mut browser, "profile", &[("resource", API)]).await;
    let code = code_of(&page);
    let mut redemption = rp.redemption(&code).to_vec();
    redemption.push(("resource", &server.issuer));
    rp.token(&redemption).await.refused(400, "invalid_target");
}

#[tokio::test]
async fn a_token_comes_in_one_way() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let access = token(&rp, "openid").await;
    let post = || http().post(server.at(PATH));
    let form = [("access_token", access.as_str())];
    answer(post().form(&form)).await.accepted();
    answer(post().bearer_auth(&access)).await.accepted();
    answer(post().bearer_auth(&access).json(&json!({}))).await.accepted();
    with_header(&server, &format!("bearer {access}")).await.accepted();
    challenged(
        &answer(post().bearer_auth(&access).form(&form)).await,
        400,
        "invalid_request",
    );
    let twice = [("access_token", "x"), ("access_token", access.as_str())];
    challenged(&answer(post().form(&twice)).await, 400, "invalid_request");
    let large = post()
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("a".repeat(100_000));
    challenged(&answer(large).await, 413, "invalid_request");
    // RFC 6750 §3.1: who brings nothing is told how to, and no error.
    for request in [
        http().get(server.at(PATH)),
        http().get(server.at(&format!("{PATH}?access_token={access}"))),
        http().get(server.at(PATH)).header(AUTHORIZATION, "Basic YTpi"),
        post(),
        post().json(&json!({ "access_token": access })),
    ] {
        let answer = answer(request).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"countersign\""));
    }
}

#[tokio::test]
async fn scripts_of_other_origins_may_ask() {
    let server = with_directory(DIRECTORY).start().await;
    let preflight = answer(http().request(reqwest::Method::OPTIONS, server.at(PATH))).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some("Authorization, Content-Type, DPoP, MCP-Protocol-Version")
    );
    for said in [
        preflight,
        server.get(PATH).await,
        with_header(&server, "Bearer x").await,
    ] {
        assert_eq!(said.header("access-control-allow-origin"), Some("*"));
        assert_eq!(said.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn it_is_signed_where_that_was_registered() {
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        let server = with_directory(&with_client(
            "app",
            &format!("userinfo_signed_response_alg = \"{alg}\""),
        ))
        .start()
        .await;
        let rp = RelyingParty::new(&server, "app");
        let answer = rp.userinfo(&token(&rp, "openid email").await).await.accepted();
        assert_eq!(answer.header("content-type"), Some("application/jwt"));
        let Value::String(token) = &answer.body else {
            panic!("not a JWT: {}", answer.body)
        };
        let published = JwkSet::parse(&server.get("/oauth2/jwks").await.body).unwrap();
        let algorithm = alg.parse().unwrap();
        let kid = jwt::inspect(token).unwrap().kid;
        let key = published.candidates(kid.as_deref(), algorithm).next().unwrap();
        let said = Value::Object(jwt::verify_with(token, key, &[algorithm]).unwrap());
        let expected = json!({
            "iss": server.issuer, "aud": "app", "sub": server.user("alice").to_string(), "email": "alice@example.com",
            "email_verified": true,
        });
        assert_eq!(said, expected);
        challenged(&rp.userinfo("x").await, 401, "invalid_token");
    }
}

#[tokio::test]
async fn a_token_about_no_user_tells_nothing() {
    let server = with_directory(DIRECTORY).start().await;
    let service = RelyingParty::new(&server, "service");
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    let token = service.token(&form).await.accepted().text("access_token");
    // RFC 6750 §3.1: it is good, and not for this.
    challenged(&service.userinfo(&token).await, 403, "insufficient_scope");
}
