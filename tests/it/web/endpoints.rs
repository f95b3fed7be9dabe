//! What every protocol endpoint says to requests that are none, and what is left of a feature that is off.

use reqwest::Method;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::Value;

use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{Answer, answer};
use crate::support::server::{Builder, TestServer, with_directory};

const FORM: &str = "application/x-www-form-urlencoded";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const METADATA: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];
/// Where clients authenticate, and what a good request has beside that.
const AUTHENTICATED: [(&str, &[(&str, &str)]); 5] = [
    ("/oauth2/token", &[("grant_type", "client_credentials")]),
    (
        "/oauth2/par",
        &[
            ("response_type", "code"),
            ("redirect_uri", "https://app.example/callback"),
            ("scope", "calendar"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ],
    ),
    ("/oauth2/device_authorization", &[("scope", "calendar")]),
    ("/oauth2/introspect", &[("token", "x")]),
    ("/oauth2/revoke", &[("token", "x")]),
];

/// The usual directory with a client that may ask everywhere, one that posts its secret, and one that is disabled.
fn directory() -> String {
    let client = |id: &str, further: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\nclient_secret = \"{SECRET}\"\n\
             redirect_uris = [\"https://app.example/callback\"]\n\
             grant_types = [\"authorization_code\", \"client_credentials\", \"{DEVICE}\"]\nscope = \"calendar\"\n{further}\n"
        )
    };
    [
        DIRECTORY,
        &client("all", ""),
        &client("post", "token_endpoint_auth_method = \"client_secret_post\""),
        &client("gone", "disabled = true"),
    ]
    .concat()
}

fn open() -> Builder {
    with_directory(&directory()).settings("[registration]\nmode = \"open\"\nper_address = 1000")
}

on_both! { open(); clients_that_do_not_prove_who_they_are_get_one_answer, what_is_repeated_is_refused }

#[tokio::test]
async fn each_endpoint_is_for_its_methods() {
    let server = open().start().await;
    let read = ["/oauth2/check_session", "/oauth2/callback"];
    let published = [METADATA[0], METADATA[1], "/oauth2/jwks"];
    let shown = ["/oauth2/authorize", "/oauth2/logout"];
    let posted = [
        "/oauth2/introspect",
        "/oauth2/device_authorization",
        "/oauth2/backchannel_logout",
        "/oauth2/logout/decision",
    ];
    let called = ["/oauth2/token", "/oauth2/revoke", "/oauth2/par", "/oauth2/register"];
    let groups: [(&[&str], &str); 7] = [
        (&published, "GET, HEAD, OPTIONS"),
        (&read, "GET, HEAD"),
        (&shown, "GET, HEAD, POST"),
        (&posted, "POST"),
        (&called, "POST, OPTIONS"),
        (&["/oauth2/userinfo"], "GET, HEAD, POST, OPTIONS"),
        (&["/oauth2/register/nobody"], "GET, HEAD, PUT, DELETE, OPTIONS"),
    ];
    for (paths, allowed) in groups {
        for path in paths {
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
                if allowed.split(", ").any(|name| name == method) {
                    continue;
                }
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let refused = answer(http().request(method.clone(), server.at(path))).await;
                println!("{method} {path}");
                refused.refused(405, "invalid_request");
                assert_eq!(refused.header("allow"), Some(allowed), "{method} {path}");
            }
        }
    }
    for path in ["/oauth2/nothing", "/oauth2/jwks/x", "/oauth2/token/x", "/.well-known/x"] {
        server.get(path).await.refused(404, "invalid_request");
        server.post(path, &[]).await.refused(404, "invalid_request");
    }
}

/// RFC 9110 §9.1, §9.3.2
#[tokio::test]
async fn heads_are_told_as_the_whole_would_be() {
    let server = open().start().await;
    for path in [
        METADATA[0],
        METADATA[1],
        "/oauth2/jwks",
        "/oauth2/userinfo",
        "/oauth2/token",
        "/oauth2/authorize",
        "/oauth2/check_session",
        "/health/live",
        "/health/ready",
        "/",
        "/device",
        "/nothing",
    ] {
        let whole = answer(http().get(server.at(path))).await;
        let head = answer(http().head(server.at(path))).await;
        assert_eq!(head.status, whole.status, "{path}");
        for name in ["content-type", "cache-control", "www-authenticate", "allow"] {
            assert_eq!(head.header(name), whole.header(name), "{path} {name}");
        }
        assert_eq!(head.body, Value::String(String::new()), "{path}");
    }
}

async fn sent(server: &TestServer, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let request = http().post(server.at(path)).basic_auth("all", Some(SECRET)).body(body);
    let with = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| request.header(*name, *value);
    answer(headers.iter().fold(request, with)).await
}

/// As at the token endpoint.
#[tokio::test]
async fn any_form_is_answered_in_json() {
    let server = open().start().await;
    let kind = CONTENT_TYPE.as_str();
    for path in [
        "/oauth2/par",
        "/oauth2/device_authorization",
        "/oauth2/backchannel_logout",
    ] {
        for wrong in [
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "x",
            "",
        ] {
            println!("{path} {wrong}");
            sent(&server, path, &[(kind, wrong)], b"scope=calendar".to_vec())
                .await
                .refused(400, "invalid_request");
        }
        let large = [b"scope=".as_slice(), "a".repeat(100_000).as_bytes()].concat();
        let many = "a=b&".repeat(101).into_bytes();
        let broken = b"scope=%ff%fe\xff&=&&==&scope=x".to_vec();
        let zero = b"scope=a%00b&logout_token=%00".to_vec();
        sent(&server, path, &[(kind, FORM)], large)
            .await
            .refused(413, "invalid_request");
        for body in [many, broken, zero] {
            sent(&server, path, &[(kind, FORM)], body)
                .await
                .refused(400, "invalid_request");
        }
        let packed = [(kind, FORM), (CONTENT_ENCODING.as_str(), "gzip")];
        sent(&server, path, &packed, b"not gzip".to_vec())
            .await
            .refused(400, "invalid_request");
    }
}

async fn clients_that_do_not_prove_who_they_are_get_one_answer(server: &TestServer) {
    for (path, form) in AUTHENTICATED {
        let mut told = Vec::new();
        for credentials in [
            ("all", "wrong"),
            ("all", ""),
            ("nobody", SECRET),
            ("gone", SECRET),
            ("post", SECRET),
            ("", SECRET),
        ] {
            println!("{path} {credentials:?}");
            told.push(server.post_as(credentials, path, form).await);
            let posted = [("client_id", credentials.0), ("client_secret", credentials.1)];
            if !["post", ""].contains(&credentials.0) {
                told.push(server.post(path, &[form, &posted].concat()).await);
            }
        }
        told.push(server.post(path, &[form, &[("client_id", "all")]].concat()).await);
        for answer in &told {
            answer.refused(401, "invalid_client");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Basic realm=\"countersign\", charset=\"UTF-8\"")
            );
        }
        // Nobody learns whether a client is there, is disabled, or has another secret.
        assert_eq!(told[0].body, told[4].body, "{path}");
        assert_eq!(told[0].body, told[6].body, "{path}");
        let good = server.post_as(("all", SECRET), path, form).await;
        assert!([200, 201].contains(&good.status), "{path}: {}", good.body);
        let posted = [("client_id", "post"), ("client_secret", SECRET)];
        let good = server.post(path, &[form, &posted].concat()).await;
        assert!([200, 201].contains(&good.status), "{path}: {}", good.body);
    }
}

/// RFC 6749 §2.3, RFC 6750 §2: one method per request, however often it comes in a header.
#[tokio::test]
async fn two_authorization_headers_are_one_too_many() {
    let server = open().start().await;
    let mut paths: Vec<(&str, &str)> = AUTHENTICATED.iter().map(|(path, _)| ("POST", *path)).collect();
    paths.extend([
        ("POST", "/session/bridge"),
        ("GET", "/oauth2/userinfo"),
        ("POST", "/oauth2/userinfo"),
        ("POST", "/oauth2/register"),
        ("GET", "/oauth2/register/all"),
        ("PUT", "/oauth2/register/all"),
        ("DELETE", "/oauth2/register/all"),
    ]);
    for (method, path) in paths {
        let form = AUTHENTICATED.iter().find(|(known, _)| *known == path);
        let form = form.map_or([].as_slice(), |(_, form)| *form);
        for second in ["Basic eDp5", "Bearer x", "\u{e9}"] {
            println!("{method} {path} {second}");
            let request = http()
                .request(Method::from_bytes(method.as_bytes()).unwrap(), server.at(path))
                .basic_auth("all", Some(SECRET));
            let request = request.header("authorization", second);
            let refused = answer(request.form(form)).await;
            assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_request"));
            assert_eq!(refused.header("cache-control"), Some("no-store"));
            assert!(
                refused
                    .text("error_description")
                    .contains("more than one Authorization header")
            );
        }
    }
}

/// RFC 6749 §3.1, §3.2: "Request and response parameters MUST NOT be included more than once."
async fn what_is_repeated_is_refused(server: &TestServer) {
    for (path, form) in AUTHENTICATED {
        for (name, value) in form.iter().copied().chain([("state", "x"), ("unknown", "x")]) {
            let twice = [form, &[(name, value)], &[(name, value)]].concat();
            let description = server
                .post_as(("all", SECRET), path, &twice)
                .await
                .refused(400, "invalid_request");
            assert!(description.contains(name), "{path} {name}: {description}");
        }
        let twice = [
            form,
            &[
                ("client_id", "post"),
                ("client_secret", SECRET),
                ("client_secret", SECRET),
            ],
        ]
        .concat();
        server.post(path, &twice).await.refused(400, "invalid_request");
    }
    let tokens = [("logout_token", "x"), ("logout_token", "y")];
    server
        .post("/oauth2/backchannel_logout", &tokens)
        .await
        .refused(400, "invalid_request");
}

/// A feature: the settings that turn it off, the endpoints that are then not there, and what metadata has of it.
type Feature = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const FEATURES: [Feature; 7] = [
    (
        "[registration]\nmode = \"off\"",
        &[
            ("POST", "/oauth2/register"),
            ("GET", "/oauth2/register"),
            ("GET", "/oauth2/register/x"),
            ("PUT", "/oauth2/register/x"),
            ("DELETE", "/oauth2/register/x"),
            ("OPTIONS", "/oauth2/register"),
            ("OPTIONS", "/oauth2/register/x"),
        ],
        &["registration_endpoint"],
    ),
    (
        "[device]\nenabled = false",
        &[
            ("POST", "/oauth2/device_authorization"),
            ("GET", "/oauth2/device_authorization"),
        ],
        &["device_authorization_endpoint"],
    ),
    (
        "[logout]\nsession_management = false",
        &[("GET", "/oauth2/check_session"), ("POST", "/oauth2/check_session")],
        &["check_session_iframe"],
    ),
    (
        "[logout]\nfront_channel = false",
        &[],
        &["frontchannel_logout_supported", "frontchannel_logout_session_supported"],
    ),
    (
        "[logout]\nback_channel = false",
        &[],
        &["backchannel_logout_supported", "backchannel_logout_session_supported"],
    ),
    ("[dpop]\nenabled = false", &[], &["dpop_signing_alg_values_supported"]),
    (
        "[requests]\nobjects = false",
        &[],
        &[
            "request_object_signing_alg_values_supported",
            "request_object_encryption_alg_values_supported",
            "request_object_encryption_enc_values_supported",
        ],
    ),
];

#[tokio::test]
async fn what_is_off_is_not_there_and_not_promised() {
    let on = with_directory(&directory())
        .settings("[registration]\nmode = \"open\"")
        .start()
        .await;
    let promised = on.get(METADATA[0]).await.accepted().body;
    for (settings, endpoints, members) in FEATURES {
        let off = with_directory(&directory()).settings(settings).start().await;
        for document in METADATA {
            let metadata = off.get(document).await.accepted().body;
            for member in members {
                assert!(metadata.get(*member).is_none(), "{settings}: {document} has {member}");
            }
        }
        let known = members.iter().filter(|member| promised.get(**member).is_some()).count();
        assert!(known > 0, "{settings}: none of {members:?} is ever promised");
        for (method, path) in endpoints {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = http()
                .request(method.clone(), off.at(path))
                .basic_auth("all", Some(SECRET));
            println!("{settings} {method} {path}");
            answer(request.form(&[("scope", "calendar")]))
                .await
                .refused(404, "invalid_request");
        }
        off.stop().await;
    }
    on.stop().await;
}
