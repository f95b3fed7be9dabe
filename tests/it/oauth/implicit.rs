//! User-agent flow. OpenID Connect Core §3.2, OAuth 2.0 Multiple Response Types.

use countersign::crypto::digest::{base64url, sha256};
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, claims, log_in};
use crate::support::server::with_directory;

async fn authorize(rp: &RelyingParty<'_>, browser: &mut Browser, kind: &str, further: &[(&str, &str)]) -> Page {
    let plain = [
        ("response_type", kind),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let page = rp
        .authorize(browser, "openid profile email", &[&plain, further].concat())
        .await;
    if page.location.is_none() && page.page().as_deref() == Some("login") {
        return log_in(browser, page, "alice").await;
    }
    page
}

/// The names in the fragment, sorted; nothing may be in the query.
fn names(page: &Page) -> Vec<String> {
    let location = page
        .location
        .as_ref()
        .unwrap_or_else(|| panic!("no redirect: {}", page.body));
    assert_eq!(location.query(), None);
    let fragment = location.fragment().expect("a fragment");
    let mut names: Vec<String> = url::form_urlencoded::parse(fragment.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect();
    names.sort();
    names
}

fn half(token: &str) -> String {
    base64url(&sha256(token.as_bytes()).as_bytes()[..16])
}

#[tokio::test]
async fn each_response_type_brings_what_it_names() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = rp.browser();
    let page = authorize(&rp, &mut browser, "token", &[]).await;
    let of_token = [
        "access_token",
        "expires_in",
        "iss",
        "scope",
        "session_state",
        "state",
        "token_type",
    ];
    assert_eq!(names(&page), of_token);
    assert_eq!(page.fragment("token_type").as_deref(), Some("Bearer"));
    assert_eq!(page.fragment("expires_in").as_deref(), Some("900"));
    assert_eq!(page.fragment("state").as_deref(), Some("st&te"));
    assert_eq!(page.fragment("iss"), Some(server.issuer.clone()));
    assert_eq!(page.fragment("scope").as_deref(), Some("email openid profile"));
    let access = page.fragment("access_token").unwrap();
    assert_eq!(rp.userinfo(&access).await.body["email"], "alice@example.com");
    assert_eq!(claims(&access)["acr"], "standard");

    let page = authorize(&rp, &mut browser, "id_token", &[]).await;
    assert_eq!(names(&page), ["id_token", "iss", "session_state", "state"]);
    // OpenID Connect Core §5.4: without an access token the claims of the scopes are in the ID token.
    let said = claims(&page.fragment("id_token").unwrap());
    let expected = json!({
        "iss": server.issuer, "sub": server.user("alice").to_string(), "aud": "spa", "azp": "spa", "nonce": "n-0S6",
        "iat": server.now(), "exp": server.now() + 900, "acr": "standard", "amr": ["pwd"], "auth_time": server.now(),
        "sid": said["sid"], "name": "Alice Moreau", "preferred_username": "alice", "email": "alice@example.com",
        "email_verified": true, "updated_at": server.now(),
    });
    assert_eq!(said, expected);

    for kind in ["id_token token", "token id_token"] {
        let page = authorize(&rp, &mut browser, kind, &[]).await;
        assert_eq!(
            names(&page),
            [
                "access_token",
                "expires_in",
                "id_token",
                "iss",
                "scope",
                "session_state",
                "state",
                "token_type"
            ]
        );
        let said = claims(&page.fragment("id_token").unwrap());
        assert_eq!(said["at_hash"], half(&page.fragment("access_token").unwrap()));
        assert_eq!(said.get("c_hash"), None);
        assert_eq!(said.get("email"), None, "these are at the userinfo endpoint");
    }
}

#[tokio::test]
async fn a_nonce_is_needed_for_an_id_token() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = rp.browser();
    for kind in ["id_token", "id_token token"] {
        let page = authorize(&rp, &mut browser, kind, &[("nonce", "")]).await;
        assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"), "{kind}");
        assert_eq!(names(&page), ["error", "error_description", "iss", "state"]);
        let page = authorize(&rp, &mut browser, kind, &[("scope", "profile")]).await;
        assert_eq!(page.fragment("error").as_deref(), Some("invalid_scope"), "{kind}");
    }
    let page = authorize(&rp, &mut browser, "token", &[("nonce", "")]).await;
    assert!(page.fragment("access_token").is_some());
}

#[tokio::test]
async fn tokens_never_travel_in_a_query() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = rp.browser();
    authorize(&rp, &mut browser, "token", &[]).await;
    for kind in ["token", "id_token", "id_token token"] {
        let page = authorize(&rp, &mut browser, kind, &[("response_mode", "query")]).await;
        assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"), "{kind}");
        assert_eq!(page.query("error"), None);
    }
}

#[tokio::test]
async fn a_form_may_carry_them() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = rp.browser();
    authorize(&rp, &mut browser, "token", &[]).await;
    let page = authorize(&rp, &mut browser, "id_token token", &[("response_mode", "form_post")]).await;
    assert_eq!((page.status, page.location.as_ref()), (200, None));
    let form = page.form();
    assert_eq!(form.action.as_str(), CALLBACK);
    let mut names: Vec<String> = form.fields().into_iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let expected = [
        "access_token",
        "expires_in",
        "id_token",
        "iss",
        "scope",
        "session_state",
        "state",
        "token_type",
    ];
    assert_eq!(names, expected);
    let said = claims(&form.value("id_token").unwrap());
    assert_eq!(said["at_hash"], half(&form.value("access_token").unwrap()));
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("form-action 'self' https://app.example")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let page = authorize(
        &rp,
        &mut browser,
        "id_token",
        &[("response_mode", "form_post"), ("nonce", "")],
    )
    .await;
    assert_eq!(page.form().value("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn it_is_only_for_clients_that_are_registered_for_it() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    for kind in ["token", "id_token", "id_token token"] {
        let page = authorize(&rp, &mut browser, kind, &[]).await;
        assert_eq!(page.fragment("error").as_deref(), Some("unauthorized_client"), "{kind}");
    }
    let spa = RelyingParty::public(&server, "spa", CALLBACK);
    let page = spa.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.query("error").as_deref(), Some("unauthorized_client"));
    for kind in ["code token", "code id_token", "none", "token token", ""] {
        let page = authorize(&spa, &mut browser, kind, &[]).await;
        let error = page.fragment("error").or_else(|| page.query("error")).unwrap();
        let expected = match kind {
            "" => "invalid_request",
            "token token" => "unsupported_response_type",
            _ => "unauthorized_client",
        };
        assert_eq!(error, expected, "{kind}");
    }
}

#[tokio::test]
async fn no_refresh_token_comes_of_it() {
    let directory = DIRECTORY.replace(
        "grant_types = [\"implicit\"]",
        "grant_types = [\"implicit\", \"authorization_code\", \"refresh_token\"]",
    );
    let directory = directory
        .replace("response_types = [\"token\",", "response_types = [\"code\", \"token\",")
        .replace(
            "scope = \"openid profile email\"\n",
            "scope = \"openid profile email offline_access\"\n",
        );
    let server = with_directory(&directory).start().await;
    let rp = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = rp.browser();
    let page = authorize(
        &rp,
        &mut browser,
        "id_token token",
        &[("scope", "openid offline_access")],
    )
    .await;
    assert_eq!(page.fragment("scope").as_deref(), Some("openid"));
    assert_eq!(page.fragment("refresh_token"), None);
    let said: Value = claims(&page.fragment("access_token").unwrap());
    assert_eq!(said["scope"], "openid");
}
