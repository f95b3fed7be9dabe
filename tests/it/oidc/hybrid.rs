//! Hybrid flow and the response type `none`. OpenID Connect Core §3.3, OAuth 2.0 Multiple Response Types §4, §5.

use countersign::crypto::digest::{base64url, sha256};

use crate::support::directory::with_client;
use crate::support::on_both;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, log_in};
use crate::support::server::{Builder, TestServer, with_directory};

fn builder() -> Builder {
    let types = "response_types = [\"code\", \"code id_token\", \"code token\", \"token id_token code\", \"none\"]";
    let directory = with_client("trusted", types).replacen(
        "grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"openid profile email offline_access\"\n\
         require_consent = false",
        "grant_types = [\"authorization_code\", \"implicit\", \"refresh_token\"]\nscope = \"openid profile email \
         offline_access\"\nrequire_consent = false",
        1,
    );
    with_directory(&directory)
}

on_both! {
    builder();
    each_hybrid_type_brings_what_it_names, none_brings_the_answer_alone, a_code_of_a_hybrid_response_counts_once,
    what_is_missing_is_told_in_the_fragment,
}

const HYBRID: [(&str, &[&str]); 4] = [
    ("code id_token", &["code", "id_token", "iss", "session_state", "state"]),
    ("id_token code", &["code", "id_token", "iss", "session_state", "state"]),
    (
        "code token",
        &[
            "access_token",
            "code",
            "expires_in",
            "iss",
            "scope",
            "session_state",
            "state",
            "token_type",
        ],
    ),
    (
        "code id_token token",
        &[
            "access_token",
            "code",
            "expires_in",
            "id_token",
            "iss",
            "scope",
            "session_state",
            "state",
            "token_type",
        ],
    ),
];

/// The names in the fragment, sorted.
fn names(page: &Page) -> Vec<String> {
    let location = page.location.as_ref().unwrap_or_else(|| panic!("{}", page.body));
    assert_eq!(location.query(), None);
    let fragment = location.fragment().expect("a fragment");
    let pairs = url::form_urlencoded::parse(fragment.as_bytes());
    let mut names: Vec<String> = pairs.map(|(name, _)| name.into_owned()).collect();
    names.sort();
    names
}

fn half(token: &str) -> String {
    base64url(&sha256(token.as_bytes()).as_bytes()[..16])
}

async fn each_hybrid_type_brings_what_it_names(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    log_in(&mut browser, page, "alice").await;
    for (kind, expected) in HYBRID {
        let page = rp
            .authorize(&mut browser, "openid email", &[("response_type", kind)])
            .await;
        assert_eq!(names(&page), expected, "{kind}");
        let (code, access) = (page.fragment("code").unwrap(), page.fragment("access_token"));
        if let Some(id_token) = page.fragment("id_token") {
            let said = claims(&id_token);
            assert_eq!(
                (&said["nonce"], &said["c_hash"]),
                (&"n-0S6".into(), &half(&code).into())
            );
            assert_eq!(
                said.get("at_hash"),
                access.as_deref().map(half).map(Into::into).as_ref()
            );
            assert_eq!(said.get("email"), None, "an access token comes of the code (§5.4)");
        }
        let tokens = rp.redeem(&code).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
        let said = claims(&tokens.text("id_token"));
        assert_eq!(
            (&said["nonce"], &said["sub"]),
            (&"n-0S6".into(), &server.user("alice").to_string().into())
        );
        for token in access.into_iter().chain([tokens.text("access_token")]) {
            assert_eq!(rp.userinfo(&token).await.body["email"], "alice@example.com");
        }
    }
}

async fn none_brings_the_answer_alone(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let none = [
        ("response_type", "none"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", ""),
    ];
    let page = rp.authorize(&mut browser, "openid", &none).await;
    let page = log_in(&mut browser, page, "alice").await;
    let location = page.location.as_ref().unwrap_or_else(|| panic!("{}", page.body));
    let mut pairs: Vec<String> = location.query_pairs().map(|(name, _)| name.into_owned()).collect();
    pairs.sort();
    assert_eq!(
        (pairs, location.fragment()),
        (
            vec!["iss".to_owned(), "session_state".to_owned(), "state".to_owned()],
            None
        )
    );
}

async fn a_code_of_a_hybrid_response_counts_once(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let all = [("response_type", "code id_token token")];
    let page = rp.authorize(&mut browser, "openid", &all).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (code, access) = (page.fragment("code").unwrap(), page.fragment("access_token").unwrap());
    assert_eq!(rp.redeem(&code).await.status, 200);
    assert_eq!(rp.redeem(&code).await.error(), "invalid_grant");
    // What came in front ends with the rest (RFC 6749 §4.1.2).
    assert_eq!(rp.userinfo(&access).await.status, 401);
}

async fn what_is_missing_is_told_in_the_fragment(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    for (kind, further, error) in [
        ("code id_token", ("nonce", ""), "invalid_request"),
        ("code token", ("code_challenge", ""), "invalid_request"),
        ("code id_token", ("response_mode", "query"), "invalid_request"),
        ("code id_token", ("prompt", "none"), "login_required"),
        ("id_token token", ("prompt", "none"), "unauthorized_client"),
        (
            "code id_token token none",
            ("prompt", "none"),
            "unsupported_response_type",
        ),
    ] {
        let page = rp
            .authorize(&mut browser, "openid", &[("response_type", kind), further])
            .await;
        assert_eq!(
            page.fragment("error").as_deref(),
            Some(error),
            "{kind} {further:?}: {}",
            page.body
        );
        assert_eq!(page.fragment("state").as_deref(), Some("st&te"));
    }
}
