//! What a registered client cannot do.

use countersign::model::signing_key::Algorithm;
use reqwest::Method;
use serde_json::json;

use super::{ask, in_mode, least, party, register};
use crate::oauth::device::{GRANT, assert_connected, begun, same, type_in};
use crate::support::browser::Browser;
use crate::support::directory::CALLBACK;
use crate::support::keys::{Keys, assertion_claims, with};
use crate::support::relying_party::{RelyingParty, agree, claims, log_in};

#[tokio::test]
async fn it_gets_the_scopes_of_the_settings_alone() {
    let server = in_mode("open", "scope = \"openid email\"").start().await;
    let told = register(&server, &least(), None).await.registered();
    assert_eq!(told.text("scope"), "email openid");
    let asked = with(least(), json!({ "scope": "openid reports calendar phone" }));
    let told = register(&server, &asked, None).await.registered();
    assert_eq!(told.text("scope"), "openid");
}

#[tokio::test]
async fn it_names_no_resource_but_those_of_the_settings() {
    let api = "https://api.example/transfers";
    for (further, good) in [("", false), ("resources = [\"https://api.example/transfers\"]", true)] {
        let server = in_mode("open", further).start().await;
        let app = party(&server, &register(&server, &least(), None).await.registered());
        let mut browser = app.browser();
        let page = app.authorize(&mut browser, "openid", &[("resource", api)]).await;
        assert_eq!(
            page.query("error").as_deref() == Some("invalid_target"),
            !good,
            "{}",
            page.body
        );
        let foreign = [("resource", "https://api.example/statements")];
        let page = app.authorize(&mut app.browser(), "openid", &foreign).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_target"));
    }
}

#[tokio::test]
async fn members_that_are_ours_are_ignored() {
    let server = in_mode("open", "").start().await;
    let asked = with(
        least(),
        json!({
            "client_id": "app", "client_secret": "chosen-by-the-client-itself-0123456789", "require_consent": false,
            "resource_server": true, "required_acr": "none", "preapproved_profiles": ["default"], "disabled": true,
            "jwt_bearer_assurance": "preapproved", "registration": null, "ip_relaxation": "bypass",
            "require_pkce": false, "branding": { "logo": "x" }, "access_token_format": "opaque",
        }),
    );
    let told = register(&server, &asked, None).await.registered();
    assert_ne!(told.text("client_id"), "app");
    let app = party(&server, &told);
    let tokens = app.tokens(&mut app.browser(), "alice", "openid").await;
    assert_eq!(
        claims(&tokens.text("access_token"))["client_id"],
        told.text("client_id")
    );
    // It sees its own tokens, and nobody else's.
    let other = RelyingParty::new(&server, "trusted");
    let foreign = other.tokens(&mut other.browser(), "alice", "openid").await;
    assert_eq!(app.introspect(&foreign.text("access_token")).await["active"], false);
}

#[tokio::test]
async fn pkce_and_nonce_are_for_public_ones_and_where_the_settings_say_so() {
    let without = [("code_challenge", ""), ("code_challenge_method", ""), ("nonce", "")];
    for (further, method, good) in [
        ("", "client_secret_basic", true),
        ("", "none", false),
        ("require_pkce = true", "client_secret_basic", false),
    ] {
        let server = in_mode("open", further).start().await;
        let asked = with(least(), json!({ "token_endpoint_auth_method": method }));
        let app = party(&server, &register(&server, &asked, None).await.registered());
        assert_eq!(app.secret.is_none(), method == "none");
        let page = app.authorize(&mut app.browser(), "openid", &without).await;
        let refused = page.query("error").as_deref() == Some("invalid_request");
        assert_eq!(refused, !good, "{further} {method}: {}", page.body);
    }
}

#[tokio::test]
async fn a_client_authenticates_with_the_algorithm_it_registered() {
    let server = in_mode("open", "grant_types = [\"client_credentials\"]\nscope = \"calendar\"")
        .start()
        .await;
    let (one, two) = (Keys::new(Algorithm::Es256), Keys::new(Algorithm::EdDsa));
    let asked = json!({
        "grant_types": ["client_credentials"], "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "jwks": { "keys": [one.jwk(), two.jwk()] },
    });
    let told = register(&server, &asked, None).await.registered();
    assert!(told.body.get("client_secret").is_none() && told.body.get("client_secret_expires_at").is_none());
    let id = told.text("client_id");
    for (keys, good) in [(&one, true), (&two, false)] {
        let assertion = keys.sign(&assertion_claims(&id, &id, &server.issuer, server.now()));
        let form = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ];
        let answer = server.post("/oauth2/token", &form).await;
        assert_eq!(answer.status == 200, good, "{}", answer.body);
    }
}

#[tokio::test]
async fn the_user_agent_flow_is_served_where_it_is_granted() {
    let further = "response_types = [\"id_token token\"]\ngrant_types = [\"implicit\"]";
    let server = in_mode("open", further).start().await;
    let asked = with(
        least(),
        json!({ "response_types": ["id_token token"], "grant_types": ["implicit"] }),
    );
    let app = party(&server, &register(&server, &asked, None).await.registered());
    let mut browser = app.browser();
    let further = [
        ("response_type", "id_token token"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let page = app.authorize(&mut browser, "openid", &further).await;
    let page = log_in(&mut browser, page, "alice").await;
    let page = agree(&mut browser, page).await;
    let location = page.location.unwrap().to_string();
    assert!(
        location.starts_with(CALLBACK) && location.contains("id_token="),
        "{location}"
    );
    // It has no use for codes.
    let page = app.authorize(&mut app.browser(), "openid", &[]).await;
    assert_eq!(page.query("error").as_deref(), Some("unauthorized_client"));
}

#[tokio::test]
async fn a_device_of_its_own_is_let_in_with_caution_and_not_once_it_is_gone() {
    let server = in_mode("open", &format!("grant_types = [\"authorization_code\", \"{GRANT}\"]"))
        .start()
        .await;
    let asked = json!({
        "client_name": "Harbour TV", "grant_types": [GRANT], "token_endpoint_auth_method": "none",
        "client_uri": "https://bank.example/",
    });
    let told = register(&server, &asked, None).await.registered();
    let app = party(&server, &told);
    let device = begun(&app, "openid").await;
    let (mut browser, mut other) = (Browser::new(), Browser::new());
    let page = type_in(&server, &mut browser, &device.text("user_code")).await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_eq!(page.page().as_deref(), Some("device"), "{}", page.body);
    let caution = page.texts("p.caution").concat();
    assert!(caution.starts_with("This app registered itself."), "{caution}");
    assert!(!page.body.contains("bank.example"), "{}", page.body);
    // It lists what it may do, and that nobody here vouches for it.
    let page = same(&mut browser, page).await;
    assert_connected(&agree(&mut browser, page).await);
    let page = browser.get(&server.at("/account/applications")).await;
    assert_eq!(
        page.texts(".caution"),
        ["It registered itself. Nobody here has checked it."]
    );

    let device = begun(&app, "openid").await;
    let uri = told.text("registration_client_uri");
    let token = told.text("registration_access_token");
    assert_eq!(ask(Method::DELETE, &uri, Some(&token), None).await.status, 204);
    let page = type_in(&server, &mut other, &device.text("user_code")).await;
    assert_eq!(
        (page.status, page.page().as_deref()),
        (400, Some("device")),
        "{}",
        page.body
    );
}
