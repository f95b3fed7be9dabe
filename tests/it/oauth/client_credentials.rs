//! The client for itself. RFC 6749 §4.4, RFC 8707.

use serde_json::json;

use crate::support::directory::{DIRECTORY, SECRET, with_client};
use crate::support::on_both;
use crate::support::relying_party::{Answer, claims};
use crate::support::server::{TestServer, with_directory};

const TRANSFERS: &str = "https://api.example/transfers";
const OPAQUE: &str = "https://api.example/opaque";
const STATEMENTS: &str = "https://api.example/statements";

on_both! { with_directory(DIRECTORY); a_token_says_what_the_client_may_do, resources_shape_the_token,
resources_that_disagree_need_separate_tokens }

async fn ask(server: &TestServer, form: &[(&str, &str)]) -> Answer {
    let form = [&[("grant_type", "client_credentials")], form].concat();
    server.post_as(("service", SECRET), "/oauth2/token", &form).await
}

async fn a_token_says_what_the_client_may_do(server: &TestServer) {
    let answer = ask(server, &[("scope", "calendar")]).await.accepted();
    let token = answer.text("access_token");
    let expected = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 900, "scope": "calendar" });
    assert_eq!(answer.body, expected);
    let said = claims(&token);
    let expected = json!({
        "iss": server.issuer,
        "sub": "service",
        "aud": server.issuer,
        "client_id": "service",
        "scope": "calendar",
        "iat": server.now(),
        "exp": server.now() + 900,
        "jti": said["jti"],
    });
    assert_eq!(said, expected);
    assert!(said["jti"].as_str().unwrap().len() >= 20);
    let again = ask(server, &[("scope", "calendar")]).await.accepted();
    assert_ne!(claims(&again.text("access_token"))["jti"], said["jti"]);
    let told = server
        .post_as(("service", SECRET), "/oauth2/introspect", &[("token", &token)])
        .await;
    let mut expected = said.clone();
    expected["active"] = true.into();
    expected["token_type"] = "Bearer".into();
    assert_eq!(told.body, expected);
}

async fn resources_shape_the_token(server: &TestServer) {
    let answer = ask(server, &[("scope", "calendar"), ("resource", TRANSFERS)])
        .await
        .accepted();
    assert_eq!(claims(&answer.text("access_token"))["aud"], TRANSFERS);
    let answer = ask(server, &[("scope", "calendar"), ("resource", OPAQUE)])
        .await
        .accepted();
    assert!(answer.text("access_token").starts_with("cs_at_"));
    let form = [("scope", "calendar"), ("resource", TRANSFERS), ("resource", TRANSFERS)];
    let answer = ask(server, &form).await.accepted();
    assert_eq!(
        claims(&answer.text("access_token"))["aud"],
        TRANSFERS,
        "named twice is named"
    );
    for unknown in [
        "https://api.example/transfers/",
        "https://api.example",
        "transfers",
        "https://api.example/transfers#f",
    ] {
        ask(server, &[("scope", "calendar"), ("resource", unknown)])
            .await
            .refused(400, "invalid_target");
    }
}

async fn resources_that_disagree_need_separate_tokens(server: &TestServer) {
    let with = |resources: &[&'static str]| {
        let named = resources.iter().map(|resource| ("resource", *resource));
        named.chain([("scope", "calendar")]).collect::<Vec<_>>()
    };
    for (resources, what) in [
        ([TRANSFERS, STATEMENTS].as_slice(), "signing algorithm"),
        (&[STATEMENTS, OPAQUE], "format"),
        (&[STATEMENTS, TRANSFERS, OPAQUE], "format"),
    ] {
        let told = ask(server, &with(resources)).await.refused(400, "invalid_target");
        let (first, second) = (resources[0], resources[resources.len() - 1]);
        let expected = format!("{first} and {second} need separate tokens: they differ in token {what}");
        assert_eq!(told, expected);
    }
    for resource in [TRANSFERS, STATEMENTS, OPAQUE] {
        ask(server, &with(&[resource])).await.accepted();
    }
    // One says its algorithm and no format, the other its format and no algorithm.
    let both = ask(server, &with(&[TRANSFERS, OPAQUE])).await.accepted();
    let token = both.text("access_token");
    assert!(token.starts_with("cs_at_"));
    let told = server
        .post_as(("service", SECRET), "/oauth2/introspect", &[("token", &token)])
        .await;
    assert_eq!(told.body["aud"], json!([TRANSFERS, OPAQUE]));
}

#[tokio::test]
async fn each_resource_has_its_algorithm() {
    let resources: String = ["RS256", "PS256", "ES256", "EdDSA"]
        .map(|alg| {
            format!("[[resources]]\nidentifier = \"https://api.example/{alg}\"\naccess_token_signing_alg = \"{alg}\"\n")
        })
        .concat();
    let server = with_directory(&format!("{DIRECTORY}{resources}")).start().await;
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        let resource = format!("https://api.example/{alg}");
        let answer = ask(&server, &[("scope", "calendar"), ("resource", &resource)])
            .await
            .accepted();
        let token = answer.text("access_token");
        let header = countersign::crypto::jwt::inspect(&token).unwrap().header;
        assert_eq!(header["alg"], alg);
        assert_eq!(header["typ"], "at+jwt", "RFC 9068 §2.1");
    }
}

#[tokio::test]
async fn a_client_may_be_held_to_its_resources() {
    let directory = with_client("service", &format!("resources = [\"{TRANSFERS}\"]"));
    let server = with_directory(&directory).start().await;
    ask(&server, &[("scope", "calendar"), ("resource", TRANSFERS)])
        .await
        .accepted();
    ask(&server, &[("scope", "calendar"), ("resource", OPAQUE)])
        .await
        .refused(400, "invalid_target");
}

/// Example 19: there is no user who could reach a level.
#[tokio::test]
async fn where_a_level_is_required_nothing_is_given() {
    let strict = "[[resources]]\nidentifier = \"https://api.example/strict\"\nrequired_acr = \"standard\"\n";
    let server = with_directory(&format!("{DIRECTORY}{strict}")).start().await;
    ask(&server, &[("scope", "reports")])
        .await
        .refused(400, "unauthorized_client");
    ask(&server, &[("scope", "calendar reports")])
        .await
        .refused(400, "unauthorized_client");
    ask(&server, &[]).await.refused(400, "unauthorized_client");
    ask(
        &server,
        &[("scope", "calendar"), ("resource", "https://api.example/strict")],
    )
    .await
    .refused(400, "unauthorized_client");
    server.apply("[organisation]\nrequired_acr = \"standard\"\n");
    ask(&server, &[("scope", "calendar")])
        .await
        .refused(400, "unauthorized_client");
}

#[tokio::test]
async fn scopes_about_users_are_not_for_it() {
    let directory = DIRECTORY.replace(
        "scope = \"calendar reports\"",
        "scope = \"openid offline_access profile calendar\"",
    );
    let server = with_directory(&directory).start().await;
    let answer = ask(&server, &[]).await.accepted();
    assert_eq!(answer.body["scope"], "calendar profile");
    assert_eq!(answer.body.get("refresh_token"), None);
    assert_eq!(answer.body.get("id_token"), None);
    ask(&server, &[("scope", "openid offline_access")])
        .await
        .refused(400, "invalid_scope");
    // It is nobody's token, so there is nobody to tell about.
    let told = crate::support::relying_party::RelyingParty::new(&server, "app")
        .userinfo(&answer.text("access_token"))
        .await;
    assert_eq!((told.status, told.error().as_str()), (403, "insufficient_scope"));
}

#[tokio::test]
async fn a_greatest_age_for_people_stops_no_program() {
    let directory = with_client("service", "default_max_age = 300");
    let server = with_directory(&directory).start().await;
    ask(&server, &[("scope", "calendar")]).await.accepted();
}
