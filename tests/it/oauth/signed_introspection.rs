//! Introspection that is answered in signed JWTs. RFC 9701.

use serde_json::{Value, json};

use crate::support::directory::{DIRECTORY, SECRET, with_client};
use crate::support::endpoint;
use crate::support::relying_party::{Answer, RelyingParty, answer, claims};
use crate::support::server::{TestServer, with_directory};

const SIGNED: &str = "application/token-introspection+jwt";

async fn introspect(server: &TestServer, client: &str, token: &str, accept: &str) -> Answer {
    let request = endpoint::http().post(server.at("/oauth2/introspect"));
    let request = request.basic_auth(client, Some(SECRET)).header("accept", accept);
    answer(request.form(&[("token", token)])).await
}

/// What a signed answer to `service` says of the token.
#[track_caller]
fn opened(server: &TestServer, answer: &Answer, algorithm: &str) -> Value {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some(SIGNED)),
        "{}",
        answer.body
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let jwt = answer.body.as_str().expect("a JWT");
    let read = countersign::crypto::jwt::inspect(jwt).expect("a JWT");
    assert_eq!(read.alg, algorithm);
    let header = countersign::crypto::digest::base64url_decode(jwt.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["typ"], "token-introspection+jwt");
    let said = claims(jwt);
    // §5: nothing that could make it pass for an access token.
    let members: Vec<&String> = said.as_object().unwrap().keys().collect();
    assert_eq!(members, ["aud", "iat", "iss", "token_introspection"]);
    assert_eq!((&said["iss"], &said["aud"]), (&json!(server.issuer), &json!("service")));
    assert_eq!(said["iat"], json!(server.now()));
    said["token_introspection"].clone()
}

#[tokio::test]
async fn an_api_that_asks_for_it_gets_a_signed_answer() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let token = rp
        .tokens(&mut rp.browser(), "alice", "openid")
        .await
        .text("access_token");
    let plain = introspect(&server, "service", &token, "application/json").await;
    assert_eq!(
        (plain.header("content-type"), &plain.body["active"]),
        (Some("application/json"), &json!(true))
    );
    for accept in [
        SIGNED,
        "application/json;q=0.5, Application/Token-Introspection+JWT;q=0.9",
    ] {
        let signed = introspect(&server, "service", &token, accept).await;
        assert_eq!(opened(&server, &signed, "RS256"), plain.body);
    }
    for accept in ["*/*", "application/jwt", "application/token-introspection+jwt;q=0"] {
        let answer = introspect(&server, "service", &token, accept).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
    for worthless in ["cs_at_unknown", "nonsense", ""] {
        let signed = introspect(&server, "service", worthless, SIGNED).await;
        if worthless.is_empty() {
            signed.refused(400, "invalid_request");
        } else {
            assert_eq!(opened(&server, &signed, "RS256"), json!({ "active": false }));
        }
    }
    // Who may not ask is not told more in a JWT, and the JWT is no access token.
    introspect(&server, "nobody", &token, SIGNED)
        .await
        .refused(401, "invalid_client");
    let signed = introspect(&server, "service", &token, SIGNED).await;
    let jwt = signed.body.as_str().unwrap();
    let said = introspect(&server, "service", jwt, "application/json").await;
    assert_eq!(said.body, json!({ "active": false }));
    assert_eq!(rp.userinfo(jwt).await.status, 401);
    server.stop().await;
}

#[tokio::test]
async fn an_api_that_registered_it_always_gets_a_signed_answer() {
    let directory = with_client("service", "introspection_signed_response_alg = \"ES256\"");
    let server = with_directory(&directory).start().await;
    let token = RelyingParty::new(&server, "service")
        .token(&[("grant_type", "client_credentials"), ("scope", "calendar")])
        .await
        .text("access_token");
    for accept in ["application/json", SIGNED] {
        let signed = introspect(&server, "service", &token, accept).await;
        let said = opened(&server, &signed, "ES256");
        assert_eq!((&said["active"], &said["sub"]), (&json!(true), &json!("service")));
    }
    server.stop().await;
}
