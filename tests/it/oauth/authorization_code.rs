//! Web-server flow.

use countersign::manage::{clients, users};
use countersign::model::actor::Actor;
use countersign::work::Work;
use serde_json::json;

use crate::support::directory::{CALLBACK, DIRECTORY, SECRET, with_client};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, agree, answer, claims, code_of, enrol, log_in, prove};
use crate::support::server::{TestServer, with_directory};

#[tokio::test]
async fn a_password_login_says_standard() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid profile", &[]).await;
    let page = log_in(&mut browser, page, "Alice").await;
    assert_eq!(page.page().as_deref(), Some("consent"), "{}", page.body);
    let page = agree(&mut browser, page).await;
    assert_eq!(page.query("state").as_deref(), Some("st&te"));
    assert_eq!(page.query("iss"), Some(server.issuer.clone()));
    let answer = rp.redeem(&code_of(&page)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id_token = claims(&answer.text("id_token"));
    assert_eq!(id_token["acr"], "standard");
    assert_eq!(id_token["amr"], json!(["pwd"]));
    assert_eq!(id_token["auth_time"], server.now());
    assert_eq!(id_token["nonce"], "n-0S6");
    let access = claims(&answer.text("access_token"));
    assert_eq!(access["acr"], "standard");
    let userinfo = rp.userinfo(&answer.text("access_token")).await;
    assert_eq!(userinfo.body["name"], "Alice Moreau");
    assert_eq!(userinfo.body["email"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_high_client_enrols_once_and_challenges_after() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "high");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (secret, page) = enrol(&server, &mut browser, page).await;
    let answer = rp.redeem(&code_of(&page)).await;
    let id_token = claims(&answer.text("id_token"));
    assert_eq!(id_token["acr"], "high");
    assert_eq!(id_token["amr"], json!(["pwd", "otp", "mfa"]));
    // Single sign-on: nothing is asked again.
    let page = rp.authorize(&mut browser, "openid", &[("prompt", "none")]).await;
    assert_eq!(rp.redeem(&code_of(&page)).await.status, 200);
    // A fresher proof is one code.
    server.advance(100);
    let page = rp.authorize(&mut browser, "openid", &[("max_age", "60")]).await;
    let page = prove(&server, &mut browser, page, &secret).await;
    let id_token = claims(&rp.redeem(&code_of(&page)).await.text("id_token"));
    assert_eq!(id_token["auth_time"], server.now());
    assert_eq!(server.messages().await.len(), 1, "the owner is told of the new factor");
}

on_both! {
    with_directory(DIRECTORY);
    a_code_counts_once, a_code_expires, a_code_is_its_clients, a_wrong_verifier_burns_the_code,
    the_redirect_uri_must_be_the_same, nothing_is_minted_once_somebody_is_disabled,
    of_parallel_redemptions_one_succeeds,
}

async fn code(rp: &RelyingParty<'_>) -> String {
    code_of(
        &rp.sign_in(&mut rp.browser(), "alice", "openid profile offline_access")
            .await,
    )
}

async fn a_code_counts_once(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let code = code(&rp).await;
    let first = rp.redeem(&code).await.accepted();
    let (access, refresh) = (first.text("access_token"), first.text("refresh_token"));
    assert_eq!(rp.introspect(&access).await["active"], true);
    rp.redeem(&code).await.refused(400, "invalid_grant");
    assert_eq!(rp.introspect(&access).await, json!({ "active": false }));
    assert_eq!(rp.introspect(&refresh).await, json!({ "active": false }));
    assert_eq!(rp.userinfo(&access).await.status, 401);
    rp.refresh(&refresh).await.refused(400, "invalid_grant");
    rp.redeem(&code).await.refused(400, "invalid_grant");
    assert_eq!(server.audit("token.reused").len(), 1, "the theft is told once");
}

async fn a_code_expires(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let late = code(&rp).await;
    server.advance(60);
    rp.redeem(&late).await.refused(400, "invalid_grant");
    let early = code(&rp).await;
    server.advance(59);
    rp.redeem(&early).await.accepted();
}

async fn a_code_is_its_clients(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let code = code(&rp).await;
    let mut thief = RelyingParty::new(server, "trusted");
    thief.verifier.clone_from(&rp.verifier);
    let told = thief.redeem(&code).await.refused(400, "invalid_grant");
    assert_eq!(told, thief.redeem("cs_ac_unknown").await.refused(400, "invalid_grant"));
    rp.redeem(&code).await.accepted();
    // Nor does another client's attempt end anything afterwards.
    thief.redeem(&code).await.refused(400, "invalid_grant");
    assert_eq!(server.audit("token.reused").len(), 0);
}

async fn a_wrong_verifier_burns_the_code(server: &TestServer) {
    let mut rp = RelyingParty::new(server, "app");
    for wrong in [
        "x".repeat(43),
        "short".to_owned(),
        String::new(),
        format!("{}=", "x".repeat(43)),
    ] {
        let code = code(&rp).await;
        let right = std::mem::replace(&mut rp.verifier, wrong);
        rp.redeem(&code).await.refused(400, "invalid_grant");
        rp.verifier = right;
        rp.redeem(&code).await.refused(400, "invalid_grant");
    }
}

async fn the_redirect_uri_must_be_the_same(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let code = code(&rp).await;
    for uri in [
        "https://app.example/other",
        "https://app.example/callback/",
        "",
        "https://APP.example/callback",
    ] {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", uri),
            ("code_verifier", &rp.verifier),
        ];
        rp.token(&form).await.refused(400, "invalid_grant");
    }
    rp.redeem(&code).await.accepted();
}

async fn nothing_is_minted_once_somebody_is_disabled(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let code = code(&rp).await;
    let disable = |work: &mut Work<'_>, actor: &Actor| clients::set_disabled(work, actor, "app", true);
    server.manage(disable).await;
    rp.redeem(&code).await.refused(401, "invalid_client");
    server
        .manage(|work, actor| clients::set_disabled(work, actor, "app", false))
        .await;
    rp.redeem(&code).await.accepted();
    let code = self::code(&rp).await;
    let alice = server.user("alice");
    server
        .manage(move |work, actor| users::disable(work, actor, alice))
        .await;
    rp.redeem(&code).await.refused(400, "invalid_grant");
}

async fn of_parallel_redemptions_one_succeeds(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let code = code(&rp).await;
    let requests = (0..50).map(|_| {
        let request = http()
            .post(server.at("/oauth2/token"))
            .basic_auth("trusted", Some(SECRET))
            .form(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", &rp.verifier),
            ]);
        tokio::spawn(answer(request))
    });
    let mut redeemed = Vec::new();
    for request in requests.collect::<Vec<_>>() {
        let said = request.await.unwrap();
        if said.status == 200 {
            redeemed.push(said.text("access_token"));
        } else {
            said.refused(400, "invalid_grant");
        }
    }
    assert_eq!(redeemed.len(), 1);
    // The others showed that the code was known to more than one: what came of it is over.
    assert_eq!(rp.introspect(&redeemed[0]).await, json!({ "active": false }));
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let directory = with_client("trusted", "require_pkce = false");
    let server = with_directory(&directory).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let page = rp.authorize(&mut browser, "openid", &without).await;
    let code = code_of(&log_in(&mut browser, page, "alice").await);
    rp.redeem(&code).await.refused(400, "invalid_grant");
    let code = code_of(&rp.authorize(&mut browser, "openid", &without).await);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
    ];
    rp.token(&form).await.accepted();
}

#[tokio::test]
async fn resources_may_be_narrowed_and_shape_the_token() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let (transfers, opaque) = ("https://api.example/transfers", "https://api.example/opaque");
    let mut params = rp.request("openid offline_access");
    params.extend([transfers, opaque].map(|resource| ("resource".to_owned(), resource.to_owned())));
    let page = browser.get(&rp.address(&params)).await;
    let code = code_of(&log_in(&mut browser, page, "alice").await);
    let ask = async |form: &[(&str, &str)]| rp.token(form).await;
    let base = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", rp.verifier.as_str()),
    ];
    let with = |resource| [base.as_slice(), &[("resource", resource)]].concat();
    ask(&with("https://api.example/elsewhere"))
        .await
        .refused(400, "invalid_target");
    let answer = ask(&with(transfers)).await.accepted();
    let service = RelyingParty::new(&server, "service");
    let said = service.introspect(&answer.text("access_token")).await;
    assert_eq!(said["aud"], transfers);
    let refresh = answer.text("refresh_token");
    let refreshed = ask(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("resource", opaque),
    ])
    .await;
    let token = refreshed.accepted().text("access_token");
    assert!(token.starts_with("cs_at_"), "{token}");
    let said = service.introspect(&token).await;
    assert_eq!(said["aud"], opaque);
}
