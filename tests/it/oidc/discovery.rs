//! Metadata. OpenID Connect Discovery 1.0, RFC 8414.

use serde_json::{Value, json};

use crate::support::directory::DIRECTORY;
use crate::support::keys::with;
use crate::support::relying_party::{RelyingParty, code_of, log_in};
use crate::support::server::with_directory;

/// Every claim of an ID token or of userinfo.
fn claims() -> Value {
    json!([
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "nonce",
        "sid",
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
        "email",
        "email_verified",
        "address",
        "phone_number",
        "phone_number_verified",
    ])
}

/// What is said of requests and responses that are signed, of those that are pushed, and of devices.
fn secured(issuer: &str) -> Value {
    let signed = json!({
        "authorization_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "pushed_authorization_request_endpoint": format!("{issuer}/oauth2/par"),
        "require_pushed_authorization_requests": false,
        "device_authorization_endpoint": format!("{issuer}/oauth2/device_authorization"),
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "request_object_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "Ed25519", "HS256"],
        "require_signed_request_object": false,
        "dpop_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
    });
    with(signed, encrypted())
}

/// What is said of encryption.
fn encrypted() -> Value {
    let mut said = json!({});
    for what in ["id_token", "userinfo", "introspection", "authorization"] {
        said[format!("{what}_encryption_alg_values_supported")] = json!(["RSA-OAEP-256", "ECDH-ES+A256KW"]);
        said[format!("{what}_encryption_enc_values_supported")] = json!(["A128CBC-HS256", "A256GCM"]);
    }
    said
}

fn expected(issuer: &str) -> Value {
    let signing = json!(["RS256", "PS256", "ES256", "EdDSA"]);
    let asserting = json!(["RS256", "PS256", "ES256", "EdDSA", "Ed25519", "HS256"]);
    let authenticated = json!([
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt"
    ]);
    let methods = json!([
        "none",
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt"
    ]);
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/oauth2/authorize"),
        "token_endpoint": format!("{issuer}/oauth2/token"),
        "userinfo_endpoint": format!("{issuer}/oauth2/userinfo"),
        "jwks_uri": format!("{issuer}/oauth2/jwks"),
        "introspection_endpoint": format!("{issuer}/oauth2/introspect"),
        "revocation_endpoint": format!("{issuer}/oauth2/revoke"),
        "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access", "calendar", "reports"],
        "response_types_supported": [
            "code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none",
        ],
        "response_modes_supported": [
            "query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt",
        ],
        "grant_types_supported": [
            "authorization_code", "implicit", "refresh_token", "client_credentials", "password",
            "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "introspection_signing_alg_values_supported": signing,
        "subject_types_supported": ["public", "pairwise"],
        "acr_values_supported": ["high", "standard", "https://refeds.org/profile/mfa"],
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": asserting,
        "introspection_endpoint_auth_methods_supported": authenticated,
        "introspection_endpoint_auth_signing_alg_values_supported": asserting,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": asserting,
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims(),
        "claims_parameter_supported": true,
        "ui_locales_supported": ["en", "de"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "end_session_endpoint": format!("{issuer}/oauth2/logout"),
        "check_session_iframe": format!("{issuer}/oauth2/check_session"),
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}

#[tokio::test]
async fn the_document_says_exactly_this() {
    let server = with_directory(DIRECTORY).start().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let answer = server.get(path).await.accepted();
        let mut said = answer.body.clone();
        let scopes = said["scopes_supported"].as_array_mut().unwrap();
        scopes[6..].sort_by_key(ToString::to_string);
        let whole = with(expected(&server.issuer), secured(&server.issuer));
        assert_eq!(said, whole, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    }
}

#[tokio::test]
async fn what_is_advertised_is_there_and_what_is_not_is_not() {
    let server = with_directory(DIRECTORY).start().await;
    let document = server.get("/.well-known/openid-configuration").await.body;
    for (name, value) in document.as_object().unwrap() {
        let Some(path) = value.as_str().and_then(|address| address.strip_prefix(&server.issuer)) else {
            continue;
        };
        if name != "issuer" {
            let answer = server.get(path).await;
            assert_ne!(answer.status, 404, "{name}");
        }
    }
    for absent in ["/oauth2/register", "/admin", "/api/v1"] {
        assert_eq!(server.get(absent).await.status, 404, "{absent}");
    }
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    for (name, value, error) in [
        ("code_challenge_method", "plain", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
    ] {
        let page = rp.authorize(&mut browser, "openid", &[(name, value)]).await;
        assert_eq!(page.query("error").as_deref(), Some(error), "{name}");
    }
    for mode in ["query", "fragment", "form_post"] {
        let page = rp.authorize(&mut browser, "openid", &[("response_mode", mode)]).await;
        let page = if page.page().as_deref() == Some("login") {
            log_in(&mut browser, page, "alice").await
        } else {
            page
        };
        let code = match mode {
            "query" => code_of(&page),
            "fragment" => page.fragment("code").unwrap(),
            _ => page.form().value("code").unwrap(),
        };
        rp.redeem(&code).await.accepted();
    }
    // A level that is advertised can be reached.
    for level in document["acr_values_supported"].as_array().unwrap() {
        let asked = json!({ "id_token": { "acr": { "essential": true, "value": level } } });
        let page = rp
            .authorize(&mut browser, "openid", &[("claims", &asked.to_string())])
            .await;
        let reached = page.query("code").is_some() || page.page().as_deref() == Some("enrol");
        assert!(reached, "{level}: {:?} {}", page.location, page.body);
    }
    let asked = json!({ "id_token": { "acr": { "essential": true, "value": "phr" } } });
    let page = rp
        .authorize(&mut browser, "openid", &[("claims", &asked.to_string())])
        .await;
    assert_eq!(
        page.query("error").as_deref(),
        Some("unmet_authentication_requirements")
    );
}

#[tokio::test]
async fn an_issuer_may_have_a_path() {
    let server = with_directory(DIRECTORY).at("/tenant").start().await;
    assert!(server.issuer.ends_with("/tenant"));
    let root = server.issuer.trim_end_matches("/tenant").to_owned();
    let mut said = server.get("/.well-known/openid-configuration").await.accepted().body;
    said["scopes_supported"].as_array_mut().unwrap()[6..].sort_by_key(ToString::to_string);
    assert_eq!(said, with(expected(&server.issuer), secured(&server.issuer)));
    // RFC 8414 §3.1: inserted before the path.
    for name in ["openid-configuration", "oauth-authorization-server"] {
        let address = format!("{root}/.well-known/{name}/tenant");
        let answer = reqwest::get(&address).await.unwrap();
        assert_eq!(answer.status(), 200, "{address}");
        let document: Value = answer.json().await.unwrap();
        assert_eq!(document["issuer"], server.issuer);
    }
    assert_eq!(
        reqwest::get(format!("{root}/.well-known/openid-configuration"))
            .await
            .unwrap()
            .status(),
        404
    );
    let rp = RelyingParty::new(&server, "app");
    let answer = rp.tokens(&mut rp.browser(), "alice", "openid email").await;
    let told = rp.userinfo(&answer.text("access_token")).await;
    assert_eq!(told.body["email"], "alice@example.com");
    server.get("/oauth2/token").await.refused(405, "invalid_request");
    server.get("/oauth2/nothing").await.refused(404, "invalid_request");
}
