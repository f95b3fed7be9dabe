//! What a client may say of itself, in tables.

use serde_json::{Value, json};

use super::{in_mode, least, register};
use crate::support::directory::CALLBACK;
use crate::support::jwe::Reader;
use crate::support::keys::{Keys, with};
use crate::support::service::{Behaviour, Service};
use countersign::model::signing_key::Algorithm;

const EVERYTHING: &str = "per_address = 1000\nresponse_types = [\"code\", \"token\", \"id_token\", \"id_token token\"]\n\
                          grant_types = [\"authorization_code\", \"implicit\", \"refresh_token\", \"client_credentials\"]";

#[tokio::test]
async fn redirect_uris_go_where_the_kind_of_application_lives() {
    let server = in_mode("open", EVERYTHING).start().await;
    let web = json!({});
    let native = json!({ "application_type": "native" });
    let implicit = json!({ "grant_types": ["implicit"], "response_types": ["id_token"] });
    for (kind, uri, good) in [
        (&web, "https://app.example/cb?x=1", true),
        (&web, "http://localhost:8080/cb", true),
        (&web, "http://app.example/cb", false),
        (&web, "https://app.example/cb#fragment", false),
        (&web, "https://app.example/cb#", false),
        (&web, "com.example.app:/cb", false),
        (&web, "https://*.app.example/cb", false),
        (&web, "https://user:password@app.example/cb", false),
        (&web, "javascript:alert(1)", false),
        (&web, "data:text/html,x", false),
        (&web, "/cb", false),
        (&web, "", false),
        (&native, "com.example.app:/cb", true),
        (&native, "http://127.0.0.1/cb", true),
        (&native, "http://[::1]/cb", true),
        (&native, "http://app.example/cb", false),
        (&native, "javascript:alert(1)", false),
        (&implicit, "https://app.example/cb", true),
        (&implicit, "http://localhost/cb", false),
        (&implicit, "https://localhost/cb", false),
        (&implicit, "https://127.0.0.1/cb", false),
    ] {
        let body = with(kind.clone(), json!({ "redirect_uris": [CALLBACK, uri] }));
        let body = if kind == &native {
            with(body, json!({ "redirect_uris": [uri] }))
        } else {
            body
        };
        let answer = register(&server, &body, None).await;
        if good {
            assert_eq!(answer.status, 201, "{body} {}", answer.body);
        } else {
            answer.refused(400, "invalid_redirect_uri");
        }
    }
    for none in [
        json!({}),
        json!({ "redirect_uris": [] }),
        json!({ "redirect_uris": CALLBACK }),
        json!({ "redirect_uris": [7] }),
    ] {
        register(&server, &none, None)
            .await
            .refused(400, "invalid_redirect_uri");
    }
}

#[tokio::test]
async fn each_member_is_checked() {
    let server = in_mode("open", EVERYTHING).start().await;
    let private = with(Keys::new(Algorithm::Es256).jwk(), json!({ "d": "AA" }));
    for wrong in [
        json!({ "grant_types": ["password"] }),
        json!({ "grant_types": ["urn:ietf:params:oauth:grant-type:jwt-bearer"] }),
        json!({ "grant_types": ["magic"] }),
        json!({ "grant_types": "authorization_code" }),
        json!({ "grant_types": [] }),
        json!({ "response_types": ["magic"] }),
        json!({ "response_types": ["token"], "grant_types": ["authorization_code"] }),
        json!({ "response_types": ["code"], "grant_types": ["implicit"] }),
        json!({ "application_type": "desktop" }),
        json!({ "contacts": "ops@app.example" }),
        json!({ "contacts": ["a\nb"] }),
        json!({ "client_name": 7 }),
        json!({ "client_name": "a".repeat(256) }),
        json!({ "client_name#de": 7 }),
        json!({ "policy_uri#de": "javascript:alert(1)" }),
        json!({ "client_uri": "javascript:alert(1)" }),
        json!({ "logo_uri": "data:image/png;base64,AA" }),
        json!({ "tos_uri": format!("https://app.example/{}", "a".repeat(3_000)) }),
        json!({ "contacts": vec!["a"; 65] }),
        json!({ "scope": "calendar" }),
        json!({ "scope": ["openid"] }),
        json!({ "scope": "open\"id" }),
        json!({ "jwks": { "keys": [] } }),
        json!({ "jwks": { "keys": [private] } }),
        json!({ "jwks": Keys::new(Algorithm::Es256).jwks(), "jwks_uri": "https://app.example/jwks" }),
        json!({ "jwks_uri": "http://app.example/jwks" }),
        json!({ "token_endpoint_auth_method": "magic" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256" }),
        json!({ "token_endpoint_auth_signing_alg": "none" }),
        json!({ "token_endpoint_auth_method": "none", "grant_types": ["client_credentials"], "redirect_uris": null }),
        json!({ "id_token_signed_response_alg": "none" }),
        json!({ "id_token_signed_response_alg": "HS256" }),
        json!({ "userinfo_signed_response_alg": "none" }),
        json!({ "default_max_age": -1 }),
        json!({ "default_max_age": "soon" }),
        json!({ "initiate_login_uri": "http://app.example/login" }),
        json!({ "software_id": ["a"] }),
        json!({ "id_token_encrypted_response_enc": "A256GCM", "jwks": Reader::rsa().jwks() }),
        json!({ "id_token_encrypted_response_alg": "RSA-OAEP-256" }),
        json!({ "id_token_encrypted_response_alg": "RSA-OAEP-256", "jwks": Reader::ec().jwks() }),
        json!({ "id_token_encrypted_response_alg": "RSA1_5", "jwks": Reader::rsa().jwks() }),
        json!({ "userinfo_encrypted_response_alg": "dir", "jwks": Reader::rsa().jwks() }),
        json!({ "userinfo_encrypted_response_alg": "ECDH-ES+A256KW", "jwks": Keys::new(Algorithm::Es256).jwks() }),
        json!({
            "introspection_encrypted_response_alg": "RSA-OAEP-256", "introspection_encrypted_response_enc": "A128GCM",
            "jwks": Reader::rsa().jwks(),
        }),
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": Reader::rsa().jwks() }),
        json!({ "sector_identifier_uri": "http://127.0.0.1:1/sector" }),
    ] {
        let body = with(least(), wrong);
        let answer = register(&server, &body, None).await;
        assert_eq!(answer.status, 400, "{body} {}", answer.body);
        let description = answer.refused(400, "invalid_client_metadata");
        assert!(description.len() <= 300, "{description}");
    }
}

#[tokio::test]
async fn names_hide_nothing_and_turn_nothing_around() {
    let server = in_mode("open", EVERYTHING).start().await;
    for member in ["client_name", "client_name#de"] {
        for (name, accepted) in [
            ("Hafen", true),
            ("Bank\u{202e}xoberiF\u{200b}", false),
            ("Ba\u{ad}nk", false),
        ] {
            let answer = register(&server, &with(least(), json!({ member: name })), None).await;
            if accepted {
                answer.registered();
            } else {
                answer.refused(400, "invalid_client_metadata");
            }
        }
    }
}

#[tokio::test]
async fn what_is_left_out_is_filled_in() {
    let server = in_mode("open", EVERYTHING).start().await;
    let cases = [
        (json!({}), json!(["code"]), json!(["authorization_code"])),
        (
            json!({ "client_name": null, "jwks": null }),
            json!(["code"]),
            json!(["authorization_code"]),
        ),
        (
            json!({ "response_types": ["token id_token"] }),
            json!(["id_token token"]),
            json!(["implicit"]),
        ),
        (
            json!({ "response_types": ["code", "id_token", "code"] }),
            json!(["code", "id_token"]),
            json!(["authorization_code", "implicit"]),
        ),
        (
            json!({ "grant_types": ["authorization_code", "implicit", "refresh_token"] }),
            json!(["code"]),
            json!(["authorization_code", "refresh_token"]),
        ),
        (
            json!({ "grant_types": ["client_credentials"], "redirect_uris": null, "scope": "email" }),
            json!([]),
            json!(["client_credentials"]),
        ),
    ];
    for (given, responses, grants) in cases {
        let told = register(&server, &with(least(), given.clone()), None)
            .await
            .registered()
            .body;
        assert_eq!(
            (&told["response_types"], &told["grant_types"]),
            (&responses, &grants),
            "{given}"
        );
        assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(told["id_token_signed_response_alg"], "RS256");
        assert_eq!(told["application_type"], "web");
    }
}

#[tokio::test]
async fn what_the_operator_does_not_grant_is_refused() {
    let server = in_mode("open", "").start().await;
    for wrong in [
        json!({ "response_types": ["id_token"] }),
        json!({ "response_types": ["code", "token"], "grant_types": ["authorization_code", "implicit"] }),
        json!({ "grant_types": ["client_credentials"] }),
    ] {
        let answer = register(&server, &with(least(), wrong), None).await;
        answer.refused(400, "invalid_client_metadata");
    }
}

#[tokio::test]
async fn a_sector_lists_every_redirect_uri() {
    let service = Service::start(Behaviour::Answer(200, "[]".to_owned()));
    let host = service.url("").replace("http://", "");
    let server = in_mode("open", "per_address = 100")
        .settings(&format!("[outbound]\nallowed_private_hosts = [\"{host}\"]"))
        .start()
        .await;
    let other = "https://app.example/other";
    let all = json!([CALLBACK, other, "https://elsewhere.example/"]);
    let answers: [(u16, Value, u16); 5] = [
        (200, all, 201),
        (200, json!([CALLBACK]), 400),
        (200, json!({ "redirect_uris": [CALLBACK, other] }), 400),
        (200, json!("x"), 400),
        (404, json!([CALLBACK, other]), 400),
    ];
    for (at, (status, document, expected)) in answers.into_iter().enumerate() {
        service.behave(Behaviour::Answer(status, document.to_string()));
        let uri = service.url(&format!("/sector/{at}"));
        let body = json!({ "redirect_uris": [CALLBACK, other], "sector_identifier_uri": uri });
        let answer = register(&server, &body, None).await;
        assert_eq!(answer.status, expected, "{document} {}", answer.body);
        if expected == 400 {
            answer.refused(400, "invalid_client_metadata");
        }
    }
    service.behave(Behaviour::Redirect("https://app.example/".to_owned()));
    let body = json!({ "redirect_uris": [CALLBACK], "sector_identifier_uri": service.url("/sector/moved") });
    register(&server, &body, None)
        .await
        .refused(400, "invalid_client_metadata");
}

#[tokio::test]
async fn what_encrypts_is_named_where_it_was_not() {
    let server = in_mode("open", EVERYTHING).start().await;
    let wanted = json!({
        "jwks": Reader::ec().jwks(),
        "id_token_encrypted_response_alg": "ECDH-ES+A256KW",
        "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
        "userinfo_encrypted_response_enc": "A256GCM",
    });
    let told = register(&server, &with(least(), wanted), None).await;
    assert_eq!(told.status, 201, "{}", told.body);
    let said = ["id_token", "userinfo", "introspection"].map(|what| {
        let member = |end: &str| told.body[format!("{what}_encrypted_response_{end}")].clone();
        json!([member("alg"), member("enc")])
    });
    let expected = [
        json!(["ECDH-ES+A256KW", "A128CBC-HS256"]),
        json!(["ECDH-ES+A256KW", "A256GCM"]),
        json!([null, null]),
    ];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn names_in_more_languages_than_there_are_are_not_kept() {
    let server = in_mode("open", "").start().await;
    let mut asked = least();
    for number in 0..300 {
        asked[format!("client_name#x-{number}")] = json!("Harbour");
    }
    let said = register(&server, &asked, None)
        .await
        .refused(400, "invalid_client_metadata");
    assert_eq!(said, "too many languages");
}
