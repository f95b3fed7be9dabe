//! Software statements. RFC 7591 §2.3.

use countersign::model::signing_key::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ask, in_mode, least, register};
use crate::support::directory::CALLBACK;
use crate::support::keys::{Keys, hmac_signed, toml, with, with_signature};
use crate::support::server::{Builder, TestServer};
use crate::support::service::{Behaviour, Service};

const ISSUER: &str = "https://software.example";

fn believing(keys: &Keys, further: &str) -> Builder {
    let issuer = json!({ "issuer": ISSUER, "jwks": keys.jwks() });
    let issuers = format!("per_address = 100\nstatement_issuers = [{}]\n{further}", toml(&issuer));
    in_mode("open", &issuers)
}

/// What the issuer says.
fn said(server: &TestServer) -> Value {
    json!({
        "iss": ISSUER, "iat": server.now(), "exp": server.now() + 60, "software_id": "harbour",
        "client_name": "Harbour", "redirect_uris": [CALLBACK], "require_consent": false,
    })
}

#[tokio::test]
async fn a_statement_counts_more_than_what_stands_beside_it() {
    let keys = Keys::new(Algorithm::Es256);
    let server = believing(&keys, "require_statement = true").start().await;
    register(&server, &least(), None)
        .await
        .refused(400, "invalid_software_statement");
    let statement = keys.sign(&said(&server));
    let asked = json!({
        "software_statement": statement, "client_name": "Bank", "software_id": "other", "contacts": ["a@b.example"],
        "redirect_uris": ["https://evil.example/cb"],
    });
    let told = register(&server, &asked, None).await.registered();
    assert_eq!(
        (told.text("client_name"), told.text("software_id")),
        ("Harbour".to_owned(), "harbour".to_owned())
    );
    assert_eq!(told.body["redirect_uris"], json!([CALLBACK]));
    assert_eq!(told.body["contacts"], json!(["a@b.example"]));
    assert_eq!(told.text("software_statement"), statement);
    // It holds for updates that do not repeat it, even when its time is over.
    server.advance(7_200);
    let (uri, token) = (
        told.text("registration_client_uri"),
        told.text("registration_access_token"),
    );
    let changed = json!({ "client_id": told.text("client_id"), "client_name": "Bank", "redirect_uris": ["https://evil.example/cb"] });
    let updated = ask(Method::PUT, &uri, Some(&token), Some(&changed)).await.accepted();
    assert_eq!(updated.text("client_name"), "Harbour");
    assert_eq!(updated.body["redirect_uris"], json!([CALLBACK]));
    let token = updated.text("registration_access_token");
    let again = with(changed, json!({ "software_statement": statement }));
    ask(Method::PUT, &uri, Some(&token), Some(&again))
        .await
        .refused(400, "invalid_software_statement");
}

#[tokio::test]
async fn forged_expired_and_foreign_statements_are_refused() {
    let (keys, others) = (Keys::new(Algorithm::Es256), Keys::new(Algorithm::Es256));
    let server = believing(&keys, "").start().await;
    let (claims, now) = (said(&server), server.now());
    let header = |alg: &str| json!({ "alg": alg, "kid": keys.kid() });
    let public = keys.jwk().to_string();
    let signed = keys.sign(&claims);
    let tampered = {
        let parts: Vec<&str> = signed.split('.').collect();
        with_signature(
            &header("ES256"),
            &with(claims.clone(), json!({ "client_name": "Bank" })),
            parts[2],
        )
    };
    let invalid = [
        with_signature(&header("none"), &claims, ""),
        with_signature(&header("none"), &claims, "AA"),
        with_signature(&header("NoNe"), &claims, "AA"),
        hmac_signed(&header("HS256"), &claims, public.as_bytes()),
        others.sign(&claims),
        tampered,
        keys.sign(&with(claims.clone(), json!({ "exp": null }))),
        keys.sign(&with(claims.clone(), json!({ "exp": "soon" }))),
        keys.sign(&with(claims.clone(), json!({ "exp": now - 61 }))),
        keys.sign(&with(claims.clone(), json!({ "nbf": now + 3_600 }))),
        keys.sign(&with(claims.clone(), json!({ "iat": now + 3_600 }))),
        keys.sign(&with(claims.clone(), json!({ "aud": "https://other.example" }))),
        "not.a.jwt".to_owned(),
        String::new(),
    ];
    for statement in invalid {
        let asked = with(least(), json!({ "software_statement": statement }));
        register(&server, &asked, None)
            .await
            .refused(400, "invalid_software_statement");
    }
    for wrong in [json!(7), json!({ "iss": ISSUER })] {
        let asked = with(least(), json!({ "software_statement": wrong }));
        register(&server, &asked, None)
            .await
            .refused(400, "invalid_software_statement");
    }
    for issuer in [
        json!("https://other.example"),
        json!(null),
        json!([ISSUER]),
        json!("https://software.example/"),
    ] {
        let statement = keys.sign(&with(claims.clone(), json!({ "iss": issuer })));
        let asked = with(least(), json!({ "software_statement": statement }));
        register(&server, &asked, None)
            .await
            .refused(400, "unapproved_software_statement");
    }
    for aud in [json!(server.issuer), json!(["https://other.example", server.issuer])] {
        let statement = keys.sign(&with(claims.clone(), json!({ "aud": aud })));
        let asked = with(least(), json!({ "software_statement": statement }));
        register(&server, &asked, None).await.registered();
    }
}

#[tokio::test]
async fn the_keys_of_an_issuer_may_be_fetched() {
    let keys = Keys::new(Algorithm::EdDsa);
    let service = Service::start(Behaviour::Answer(200, keys.jwks().to_string()));
    let host = service.url("").replace("http://", "");
    let issuer = json!({ "issuer": ISSUER, "jwks_uri": service.url("/jwks") });
    let server = in_mode("open", &format!("statement_issuers = [{}]", toml(&issuer)))
        .settings(&format!("[outbound]\nallowed_private_hosts = [\"{host}\"]"))
        .start()
        .await;
    let asked = json!({ "software_statement": keys.sign(&said(&server)) });
    register(&server, &asked, None).await.registered();
    let asked = json!({ "software_statement": Keys::new(Algorithm::EdDsa).sign(&said(&server)) });
    register(&server, &asked, None)
        .await
        .refused(400, "invalid_software_statement");
}
