//! The token endpoint: what it refuses and how. RFC 6749 §3.2, §5.2.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};

use crate::support::directory::{CALLBACK, DIRECTORY, SECRET};
use crate::support::endpoint::http;
use crate::support::relying_party::answer;
use crate::support::server::{TestServer, with_directory};

/// The client that asks, what it sends, and the error code it gets.
type Refused = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TRANSFERS: &str = "https://api.example/transfers";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn every_refusal_has_its_code() {
    let server = with_directory(DIRECTORY).start().await;
    let table: &[Refused] = &[
        ("app", &[], "invalid_request"),
        ("app", &[("grant_type", "")], "invalid_request"),
        ("app", &[("grant_type", "password")], "unauthorized_client"),
        ("app", &[("grant_type", "implicit")], "unsupported_grant_type"),
        ("app", &[("grant_type", "Refresh_Token")], "unsupported_grant_type"),
        ("app", &[("grant_type", "client_credentials")], "unauthorized_client"),
        ("app", &[("grant_type", "authorization_code")], "invalid_request"),
        (
            "app",
            &[
                ("grant_type", "authorization_code"),
                ("code", "cs_ac_x"),
                ("redirect_uri", CALLBACK),
            ],
            "invalid_grant",
        ),
        (
            "service",
            &[("grant_type", "authorization_code"), ("code", "x")],
            "unauthorized_client",
        ),
        ("app", &[("grant_type", "refresh_token")], "invalid_request"),
        (
            "app",
            &[("grant_type", "refresh_token"), ("refresh_token", "cs_rt_x")],
            "invalid_grant",
        ),
        (
            "service",
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
            "unauthorized_client",
        ),
        ("app", &[("grant_type", BEARER)], "invalid_request"),
        (
            "app",
            &[("grant_type", BEARER), ("assertion", "a.b.c")],
            "invalid_grant",
        ),
        (
            "service",
            &[("grant_type", "client_credentials"), ("scope", "openid")],
            "invalid_scope",
        ),
        (
            "service",
            &[("grant_type", "client_credentials"), ("scope", "nothing")],
            "invalid_scope",
        ),
        (
            "service",
            &[("grant_type", "client_credentials"), ("scope", "calendar\"")],
            "invalid_scope",
        ),
        (
            "service",
            &[("grant_type", "client_credentials"), ("scope", "kalender\u{e9}")],
            "invalid_scope",
        ),
        (
            "service",
            &[("grant_type", "client_credentials"), ("scope", "reports")],
            "unauthorized_client",
        ),
        (
            "service",
            &[
                ("grant_type", "client_credentials"),
                ("scope", "calendar"),
                ("resource", "https://unknown.example"),
            ],
            "invalid_target",
        ),
        (
            "service",
            &[
                ("grant_type", "client_credentials"),
                ("scope", "calendar"),
                ("resource", TRANSFERS),
                ("resource", "nowhere"),
            ],
            "invalid_target",
        ),
        (
            "service",
            &[
                ("grant_type", "client_credentials"),
                ("scope", "calendar"),
                ("scope", "calendar"),
            ],
            "invalid_request",
        ),
        (
            "service",
            &[
                ("grant_type", "client_credentials"),
                ("grant_type", "client_credentials"),
            ],
            "invalid_request",
        ),
    ];
    for (client, form, code) in table {
        let said = server.post_as((client, SECRET), "/oauth2/token", form).await;
        println!("{client} {form:?}");
        said.refused(400, code);
    }
    for credentials in [("app", "wrong"), ("nobody", SECRET), ("app", ""), ("", "")] {
        let said = server
            .post_as(credentials, "/oauth2/token", &[("grant_type", "refresh_token")])
            .await;
        said.refused(401, "invalid_client");
        assert!(said.header("www-authenticate").unwrap().starts_with("Basic realm="));
    }
    let said = server.post("/oauth2/token", &[("grant_type", "refresh_token")]).await;
    said.refused(401, "invalid_client");
}

#[tokio::test]
async fn other_methods_are_refused_in_json() {
    let server = with_directory(DIRECTORY).start().await;
    for (path, allowed) in [
        ("/oauth2/token", "POST, OPTIONS"),
        ("/oauth2/introspect", "POST"),
        ("/oauth2/revoke", "POST, OPTIONS"),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            let said = answer(http().request(method.clone(), server.at(path))).await;
            said.refused(405, "invalid_request");
            assert_eq!(said.header("allow"), Some(allowed), "{method} {path}");
        }
    }
    answer(http().request(Method::OPTIONS, server.at("/oauth2/introspect")))
        .await
        .refused(405, "invalid_request");
    server.get("/oauth2/nothing").await.refused(404, "invalid_request");
    server.get("/oauth2/token/").await.refused(404, "invalid_request");
    let said = answer(http().delete(server.at("/oauth2/userinfo"))).await;
    said.refused(405, "invalid_request");
    assert_eq!(said.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
}

async fn sent(
    server: &TestServer,
    path: &str,
    kind: Option<&str>,
    body: Vec<u8>,
) -> crate::support::relying_party::Answer {
    let request = http()
        .post(server.at(path))
        .basic_auth("service", Some(SECRET))
        .body(body);
    answer(match kind {
        Some(kind) => request.header(CONTENT_TYPE, kind),
        None => request,
    })
    .await
}

#[tokio::test]
async fn any_body_is_answered_in_json() {
    let server = with_directory(DIRECTORY).start().await;
    let good = b"grant_type=client_credentials&scope=calendar".to_vec();
    for kind in [
        None,
        Some("application/json"),
        Some("text/plain"),
        Some("multipart/form-data; boundary=x"),
        Some("application/x-www-form-urlencodedx"),
    ] {
        let said = sent(&server, "/oauth2/token", kind, good.clone()).await;
        said.refused(400, "invalid_request");
    }
    for kind in [FORM, "Application/X-WWW-Form-Urlencoded; charset=utf-8"] {
        sent(&server, "/oauth2/token", Some(kind), good.clone())
            .await
            .accepted();
    }
    for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        let large = [b"token=".as_slice(), "a".repeat(100_000).as_bytes()].concat();
        let many = "a=b&".repeat(101).into_bytes();
        let broken = b"\xff\xfe=%ff%fe&scope=\xff&token".to_vec();
        sent(&server, path, Some(FORM), large)
            .await
            .refused(413, "invalid_request");
        for body in [many, broken, Vec::new()] {
            sent(&server, path, Some(FORM), body)
                .await
                .refused(400, "invalid_request");
        }
        let packed = http()
            .post(server.at(path))
            .header(CONTENT_TYPE, FORM)
            .header(CONTENT_ENCODING, "gzip")
            .body("not gzip");
        answer(packed).await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn any_authorization_header_is_answered_in_json() {
    let server = with_directory(DIRECTORY).start().await;
    for header in [
        "Basic",
        "Basic !!!",
        "Basic YQ==",
        "Bearer abc",
        "Digest x",
        "Basic /////w==",
        "\u{e9}",
    ] {
        let said = answer(
            http()
                .post(server.at("/oauth2/token"))
                .header(AUTHORIZATION, header)
                .form(&[("grant_type", "client_credentials")]),
        )
        .await;
        said.refused(401, "invalid_client");
    }
}

#[tokio::test]
async fn tokens_are_not_kept_by_caches() {
    let server = with_directory(DIRECTORY).start().await;
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    let said = server
        .post_as(("service", SECRET), "/oauth2/token", &form)
        .await
        .accepted();
    assert_eq!(said.header("cache-control"), Some("no-store"));
    assert_eq!(said.header("pragma"), Some("no-cache"));
    assert_eq!(said.header("content-type"), Some("application/json"));
    assert!(said.header("x-request-id").is_some_and(|id| id.len() > 8));
}

#[tokio::test]
async fn a_refusal_is_audited_with_its_code() {
    let server = with_directory(DIRECTORY).start().await;
    let form = [("grant_type", "client_credentials"), ("scope", "reports")];
    let said = server.post_as(("service", SECRET), "/oauth2/token", &form).await;
    said.refused(400, "unauthorized_client");
    let bodies: Vec<String> = server
        .audit("token.refused")
        .into_iter()
        .map(|entry| entry.body)
        .collect();
    assert!(
        bodies.iter().any(|body| body.contains("unauthorized_client")),
        "{bodies:?}"
    );
    let says = |part: &str| bodies.iter().any(|body| body.contains(part));
    assert!(
        says(r#""check":9"#) && says(r#""reason":"grant_cannot_reach_level""#),
        "{bodies:?}"
    );
    assert!(!bodies.iter().any(|body| body.contains(SECRET)));
}
