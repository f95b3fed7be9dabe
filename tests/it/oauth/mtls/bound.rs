//! Tokens that are bound to certificates. RFC 8705 §3, §4.

use serde_json::{Value, json};

use super::{FOR_ITSELF, directory, rp, server, settings, shared, token};
use crate::oauth::device::{assert_connected, same, type_in};
use crate::support::client_certificate::{HEADER, Shown};
use crate::support::directory::PASSWORD;
use crate::support::dpop::Prover;
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, agree, answer, claims, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

on_both! {
    server();
    tokens_of_every_grant_are_bound,
    a_device_gets_bound_tokens,
    bound_tokens_are_good_with_the_certificate_alone,
    refresh_tokens_of_public_clients_are_bound,
    who_does_not_want_it_gets_plain_tokens,
    both_bindings_hold_at_once
}

async fn code(rp: &RelyingParty<'_>) -> String {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid offline_access calendar", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    code_of(&agree(&mut browser, page).await)
}

async fn userinfo(server: &TestServer, token: &str, shown: Option<&Shown>) -> Answer {
    let request = http().get(server.at("/oauth2/userinfo")).bearer_auth(token);
    answer(match shown {
        Some(shown) => request.header(HEADER, shown.header()),
        None => request,
    })
    .await
}

fn bound_to(shown: &Shown) -> Value {
    json!({ "x5t#S256": shown.thumbprint() })
}

/// A token that this client was given, which must be bound to its certificate.
fn check(tokens: &Answer, shown: &Shown) -> String {
    assert_eq!(tokens.text("token_type"), "Bearer");
    let access = tokens.text("access_token");
    assert_eq!(claims(&access)["cnf"], bound_to(shown));
    access
}

async fn tokens_of_every_grant_are_bound(server: &TestServer) {
    let (client, shown) = (rp(server, "payroll"), &shared().payroll);
    let other = shared().authority.issue("payroll", |_| {});
    let first = token(&client, shown, &client.redemption(&code(&client).await))
        .await
        .accepted();
    let access = check(&first, shown);
    // A renewed certificate of the same client goes on, as it authenticates (RFC 8705 §7.1).
    let refresh = first.text("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let second = token(&client, &other, &refresh).await.accepted();
    check(&second, &other);
    let login = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", PASSWORD),
        ("scope", "calendar"),
    ];
    check(&token(&client, shown, &login).await.accepted(), shown);
    let own = check(&token(&client, shown, &FOR_ITSELF).await.accepted(), shown);
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", access.as_str()),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("scope", "calendar"),
    ];
    check(&token(&client, shown, &exchange).await.accepted(), shown);
    // Who has the token and not its key exchanges nothing.
    token(&client, &other, &exchange).await.refused(400, "invalid_request");
    let form = [("token", own.as_str())];
    let said = client
        .post_with("/oauth2/introspect", &form, &[(HEADER, &shown.header())])
        .await
        .body;
    assert_eq!((&said["active"], &said["cnf"]), (&json!(true), &bound_to(shown)));
}

async fn a_device_gets_bound_tokens(server: &TestServer) {
    let (client, shown) = (rp(server, "payroll"), &shared().payroll);
    let (form, header) = ([("scope", "calendar")], shown.header());
    let begun = client
        .post_with("/oauth2/device_authorization", &form, &[(HEADER, &header)])
        .await
        .accepted();
    let mut browser = client.browser();
    let page = type_in(server, &mut browser, &begun.text("user_code")).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_connected(&same(&mut browser, page).await);
    let device_code = begun.text("device_code");
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", device_code.as_str()),
    ];
    check(&token(&client, shown, &poll).await.accepted(), shown);
}

async fn bound_tokens_are_good_with_the_certificate_alone(server: &TestServer) {
    let (client, shown) = (RelyingParty::new(server, "web"), &shared().payroll);
    let said = client
        .redeem(&code(&client).await)
        .await
        .refused(400, "invalid_request");
    assert!(said.contains("TLS certificate"), "{said}");
    let tokens = token(&client, shown, &client.redemption(&code(&client).await))
        .await
        .accepted();
    let access = check(&tokens, shown);
    assert_eq!(userinfo(server, &access, Some(shown)).await.status, 200);
    for shown in [
        None,
        Some(&shared().robot),
        Some(&shared().authority.issue("payroll", |_| {})),
    ] {
        let answer = userinfo(server, &access, shown).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"));
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with("Bearer ") && challenge.contains("invalid_token"),
            "{challenge}"
        );
    }
    let link = [("access_token", access.as_str()), ("target", "/account")];
    client
        .post("/session/bridge", &link)
        .await
        .refused(400, "invalid_grant");
}

async fn refresh_tokens_of_public_clients_are_bound(server: &TestServer) {
    let (client, own) = (rp(server, "kept"), Shown::self_signed(|_| {}));
    let code = code(&client).await;
    client.redeem(&code).await.refused(400, "invalid_request");
    let tokens = token(&client, &own, &client.redemption(&code)).await.accepted();
    check(&tokens, &own);
    let refresh = tokens.text("refresh_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    token(&client, &shared().robot, &refresh)
        .await
        .refused(400, "invalid_grant");
    token(&client, &own.renewed(), &refresh)
        .await
        .refused(400, "invalid_grant");
    client.token(&refresh).await.refused(400, "invalid_request");
    check(&token(&client, &own, &refresh).await.accepted(), &own);
}

async fn who_does_not_want_it_gets_plain_tokens(server: &TestServer) {
    let shown = &shared().robot;
    for id in ["robot", "page"] {
        let client = rp(server, id);
        let tokens = token(&client, shown, &client.redemption(&code(&client).await))
            .await
            .accepted();
        let access = tokens.text("access_token");
        assert!(claims(&access).get("cnf").is_none());
        assert_eq!(userinfo(server, &access, None).await.status, 200);
    }
}

async fn both_bindings_hold_at_once(server: &TestServer) {
    let (client, shown, prover) = (rp(server, "payroll"), &shared().payroll, Prover::new());
    let code = code(&client).await;
    let proof = prover.for_token(server);
    let headers = [(HEADER, shown.header()), ("dpop", proof)];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let tokens = client
        .post_with("/oauth2/token", &client.redemption(&code), &headers)
        .await
        .accepted();
    assert_eq!(tokens.text("token_type"), "DPoP");
    let access = tokens.text("access_token");
    let expected = json!({ "jkt": prover.jkt(), "x5t#S256": shown.thumbprint() });
    assert_eq!(claims(&access)["cnf"], expected);
    let answer = prover.userinfo(server, &access).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"));
    assert_eq!(userinfo(server, &access, Some(shown)).await.status, 401);
}

#[tokio::test]
async fn proofs_may_name_the_other_address() {
    let server = server().start().await;
    let (client, prover) = (rp(&server, "page"), Prover::new());
    let code = code(&client).await;
    let changes = json!({ "htu": "https://mtls.example/oauth2/token" });
    let proof = prover.proof(&server, ("POST", "/oauth2/token"), changes);
    let tokens = client
        .post_with("/oauth2/token", &client.redemption(&code), &[("dpop", &proof)])
        .await;
    assert_eq!(tokens.accepted().text("token_type"), "DPoP");
}

#[tokio::test]
async fn proxies_of_other_makes_hand_certificates_on_too() {
    let server = with_directory(&directory())
        .trusting("127.0.0.1")
        .settings(&settings("X-SSL-Client-Cert"));
    let (server, shown) = (server.start().await, &shared().payroll);
    let client = rp(&server, "payroll");
    let escaped: String = url::form_urlencoded::byte_serialize(shown.pem.as_bytes()).collect();
    let escaped = escaped.replace('+', "%20");
    let headers = [("x-ssl-client-cert", escaped.as_str())];
    let tokens = client.post_with("/oauth2/token", &FOR_ITSELF, &headers).await;
    check(&tokens.accepted(), shown);
    let headers = [(HEADER, shown.header())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    client
        .post_with("/oauth2/token", &FOR_ITSELF, &headers)
        .await
        .refused(401, "invalid_client");
}
