//! JWT Secured Authorization Response Mode (JARM).

use countersign::crypto::jwk_set::JwkSet;
use countersign::crypto::jwt::{inspect, verify_with};
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::ask;
use crate::support::directory::{CALLBACK, DIRECTORY, with_client};
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, log_in};
use crate::support::server::{TestServer, with_directory};

/// The claims of a response, verified as a client does it.
async fn verified(server: &TestServer, response: &str, algorithm: Algorithm) -> Value {
    let set = JwkSet::parse(&server.get("/oauth2/jwks").await.body).unwrap();
    let read = inspect(response).unwrap();
    let mut keys = set.candidates(read.kid.as_deref(), algorithm);
    let claims = keys.find_map(|key| verify_with(response, key, &[algorithm]).ok());
    let claims = claims.expect("a good signature");
    assert_eq!(claims["iss"], server.issuer);
    assert_eq!(claims["exp"], server.now() + 600);
    Value::Object(claims)
}

fn assert_alone(page: &Page) {
    let location = page.location.as_ref().unwrap().as_str();
    for other in ["code=", "state=", "iss=", "error=", "access_token="] {
        assert!(!location.contains(other), "{location}");
    }
}

#[tokio::test]
async fn a_code_comes_in_a_signed_response() {
    let es256 = "authorization_signed_response_alg = \"ES256\"";
    let server = with_directory(&with_client("trusted", es256)).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    rp.sign_in(&mut browser, "alice", "openid").await;
    for mode in ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"] {
        let page = ask(&rp, &mut browser, &[("response_mode", mode)]).await;
        let response = match mode {
            "fragment.jwt" => page.fragment("response"),
            "form_post.jwt" => {
                let form = page.form();
                assert_eq!(form.action.as_str(), CALLBACK);
                assert_eq!(form.value("code"), None);
                form.value("response")
            }
            _ => page.query("response"),
        };
        let claims = verified(&server, &response.expect(mode), Algorithm::Es256).await;
        assert_eq!((&claims["aud"], &claims["state"]), (&json!("trusted"), &json!("st&te")));
        if mode != "form_post.jwt" {
            assert_alone(&page);
        }
        assert_eq!(rp.redeem(claims["code"].as_str().unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn an_error_is_signed_too() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "app");
    let mut browser = rp.browser();
    for (further, error) in [
        (("prompt", "none"), "login_required"),
        (("scope", "admin"), "invalid_scope"),
        (("request", "a.b.c"), "invalid_request_object"),
    ] {
        let page = ask(&rp, &mut browser, &[("response_mode", "jwt"), further]).await;
        assert_alone(&page);
        let claims = verified(&server, &page.query("response").unwrap(), Algorithm::Rs256).await;
        assert_eq!((&claims["error"], &claims["aud"]), (&json!(error), &json!("app")));
        assert_eq!(claims["state"], "st&te");
        assert!(claims["error_description"].is_string());
    }
}

#[tokio::test]
async fn tokens_come_in_the_fragment_and_never_in_the_query() {
    let es256 = "authorization_signed_response_alg = \"ES256\"";
    let server = with_directory(&with_client("spa", es256)).start().await;
    let spa = RelyingParty::public(&server, "spa", CALLBACK);
    let mut browser = spa.browser();
    let further = [
        ("response_type", "id_token token"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let ask_for = async |browser: &mut _, mode: &'static str| {
        ask(&spa, browser, &[&further[..], &[("response_mode", mode)]].concat()).await
    };
    let page = ask_for(&mut browser, "jwt").await;
    let page = log_in(&mut browser, page, "alice").await;
    assert_alone(&page);
    let claims = verified(&server, &page.fragment("response").unwrap(), Algorithm::Es256).await;
    assert!(claims["access_token"].is_string() && claims["id_token"].is_string());
    assert_eq!(
        (&claims["token_type"], &claims["expires_in"]),
        (&json!("Bearer"), &json!("900"))
    );
    for mode in ["query.jwt", "query"] {
        let page = ask_for(&mut browser, mode).await;
        assert_eq!(page.fragment("error").as_deref(), Some("invalid_request"), "{mode}");
    }
}
