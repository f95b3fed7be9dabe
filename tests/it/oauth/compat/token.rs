//! The token endpoint at the vendor's path: K4, K5, K9, K11, K17, K21, K22, K23.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{TOKEN, api_login, authorized, challenge, directory, named, redeemed, request, tokens};
use crate::support::directory::SECRET;
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{answer, code_of};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(&directory()).with_compat_paths();
    k4_a_chunked_body_is_read, k5_an_answer_names_who_and_where, k9_k11_an_api_login_is_answered_likewise,
    k17_a_client_for_itself_is_answered_likewise, k21_errors_are_json_always, k23_tokens_have_a_form_that_is_told_apart,
    our_own_endpoint_says_no_more_than_before,
}

/// What the server answers to a form that comes in two chunks.
fn chunked(url: &str, form: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut connection = TcpStream::connect(&host).unwrap();
    let (first, second) = form.split_at(form.len() / 2);
    write!(
        connection,
        "POST {TOKEN} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len(),
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

async fn k4_a_chunked_body_is_read(server: &TestServer) {
    let form = format!(
        "grant_type=password&username=alice&password={}&client_id=excused&client_secret={SECRET}",
        crate::support::directory::PASSWORD
    );
    let url = server.at(TOKEN);
    let answer = tokio::task::spawn_blocking(move || chunked(&url, &form)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("content-type: application/json"), "{answer}");
    assert!(answer.contains("\"instance_url\""), "{answer}");
}

async fn k5_an_answer_names_who_and_where(server: &TestServer) {
    let answer = tokens(server).await.body;
    let (organisation, user) = named(&answer);
    assert_eq!(user, server.user("alice").to_string());
    assert!(
        organisation.starts_with("00D") && organisation.len() == 18,
        "{organisation}"
    );
    assert_eq!(answer["id"], format!("{}/id/{organisation}/{user}", server.issuer));
    assert_eq!(answer["instance_url"], server.issuer);
    assert_eq!(answer["issued_at"], (server.now() * 1_000).to_string());
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["scope"], "api refresh_token");
    assert!(answer["refresh_token"].is_string());
    let mut members: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let expected = [
        "access_token",
        "expires_in",
        "id",
        "instance_url",
        "issued_at",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(members, expected);
}

async fn k9_k11_an_api_login_is_answered_likewise(server: &TestServer) {
    let answer = api_login(server, "excused").await.body;
    assert_eq!(named(&answer).1, server.user("alice").to_string());
    assert_eq!(answer["instance_url"], server.issuer);
    let wrong = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "wrong"),
        ("client_id", "excused"),
        ("client_secret", SECRET),
    ];
    server.post(TOKEN, &wrong).await.refused(400, "invalid_grant");
}

async fn k17_a_client_for_itself_is_answered_likewise(server: &TestServer) {
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    let answer = server.post_as(("service", SECRET), TOKEN, &form).await.accepted().body;
    assert_eq!(named(&answer).1, "service");
    assert_eq!(answer["instance_url"], server.issuer);
    assert!(answer["access_token"].is_string());
}

async fn k21_errors_are_json_always(server: &TestServer) {
    server
        .post(TOKEN, &[("grant_type", "password")])
        .await
        .refused(401, "invalid_client");
    server
        .post_as(
            ("service", SECRET),
            TOKEN,
            &[("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer")],
        )
        .await
        .refused(400, "unsupported_grant_type");
    // Another method, another kind of body, too large a body.
    let got = server.get(TOKEN).await;
    assert_eq!((got.status, got.header("allow")), (405, Some("POST, OPTIONS")));
    assert_eq!(got.header("content-type"), Some("application/json"));
    let posted = http()
        .post(server.at(TOKEN))
        .header("content-type", "text/html")
        .body("<p>");
    answer(posted).await.refused(400, "invalid_request");
    let large = "a".repeat(2_000_000);
    let posted = http()
        .post(server.at(TOKEN))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(large);
    answer(posted).await.refused(413, "invalid_request");
}

async fn k23_tokens_have_a_form_that_is_told_apart(server: &TestServer) {
    let answer = tokens(server).await;
    let token = answer.text("access_token");
    assert!(token.starts_with("eyJ") && token.split('.').count() == 3, "{token}");
    for secret in [answer.text("refresh_token"), token] {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        assert!(secret.chars().all(plain), "{secret}");
    }
}

async fn our_own_endpoint_says_no_more_than_before(server: &TestServer) {
    let page = authorized(server, &request("excused", &challenge())).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code_of(&page)),
        ("client_id", "excused"),
        ("client_secret", SECRET),
        ("redirect_uri", crate::support::directory::CALLBACK),
        ("code_verifier", super::VERIFIER),
    ];
    let answer = server.post("/oauth2/token", &form).await.accepted().body;
    for member in ["id", "instance_url", "issued_at"] {
        assert_eq!(answer.get(member), None);
    }
    let page = authorized(server, &request("excused", &challenge())).await;
    redeemed(server, "strict", &code_of(&page))
        .await
        .refused(400, "invalid_grant");
}

#[tokio::test]
async fn k22_the_apis_may_be_elsewhere_and_without_tls() {
    let elsewhere = "http://127.0.0.1:9123";
    let server = with_directory(&directory())
        .with_compat_paths()
        .with_compat_instance(elsewhere)
        .start()
        .await;
    assert_eq!(api_login(&server, "excused").await.text("instance_url"), elsewhere);
}
