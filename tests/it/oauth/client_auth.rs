//! Client authentication. RFC 6749 §2.3, RFC 7523 §2.2, OpenID Connect Core §9.

use countersign::manage::clients;
use countersign::model::signing_key::Algorithm;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::endpoint::http;
use crate::support::keys::{Keys, assertion_claims, hmac_signed, toml, with, with_signature};
use crate::support::on_both;
use crate::support::relying_party::{Answer, answer};
use crate::support::server::{TestServer, with_directory};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn client(id: &str, method: &str, further: &str) -> String {
    format!(
        "\n[[clients]]\nclient_id = {id:?}\ntoken_endpoint_auth_method = \"{method}\"\nresponse_types = []\n\
         grant_types = [\"client_credentials\"]\nscope = \"calendar\"\naccess_token_signing_alg = \"ES256\"\n{further}\n"
    )
}

fn secret(text: &str) -> String {
    format!("client_secret = {text:?}")
}

/// Asks for a token with these fields.
async fn ask(server: &TestServer, form: &[(&str, &str)]) -> Answer {
    let form = [&[("grant_type", "client_credentials"), ("scope", "calendar")], form].concat();
    server.post("/oauth2/token", &form).await
}

async fn with_header(server: &TestServer, header: &str, form: &[(&str, &str)]) -> Answer {
    let form = [&[("grant_type", "client_credentials"), ("scope", "calendar")], form].concat();
    answer(
        http()
            .post(server.at("/oauth2/token"))
            .header(AUTHORIZATION, header)
            .form(&form),
    )
    .await
}

fn basic(credentials: &str) -> String {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
    format!("Basic {encoded}")
}

async fn assert_with(server: &TestServer, assertion: &str) -> Answer {
    ask(
        server,
        &[("client_assertion_type", TYPE), ("client_assertion", assertion)],
    )
    .await
}

#[tokio::test]
async fn basic_credentials_are_form_encoded() {
    let odd = client(
        "a:b c%",
        "client_secret_basic",
        &secret("s:+ %&=0123456789-0123456789-0123456789"),
    );
    let server = with_directory(&format!("{DIRECTORY}{odd}")).start().await;
    let encoded = "a%3Ab+c%25:s%3A%2B+%25%26%3D0123456789-0123456789-0123456789";
    with_header(&server, &basic(encoded), &[]).await.accepted();
    with_header(&server, &basic(encoded).replace("Basic", "bAsIc"), &[])
        .await
        .accepted();
    let raw = "a%3Ab c%:s:+ %&=0123456789-0123456789-0123456789";
    with_header(&server, &basic(raw), &[])
        .await
        .refused(401, "invalid_client");
}

#[tokio::test]
async fn each_method_is_the_one_that_was_registered() {
    let keys = Keys::new(Algorithm::Es256);
    let directory = [
        DIRECTORY.to_owned(),
        client("post", "client_secret_post", &secret(SECRET)),
        client("shared", "client_secret_jwt", &secret(SECRET)),
        client("signer", "private_key_jwt", &format!("jwks = {}", toml(&keys.jwks()))),
    ];
    let server = with_directory(&directory.concat()).start().await;
    let signed = |id: &str| keys.sign(&assertion_claims(id, id, &server.issuer, server.now()));
    let shared = |id: &str| {
        let claims = assertion_claims(id, id, &server.issuer, server.now());
        hmac_signed(&json!({ "alg": "HS256" }), &claims, SECRET.as_bytes())
    };
    for id in ["service", "post", "shared", "signer", "native"] {
        let mut good = 0;
        let outcomes = [
            (
                "service",
                with_header(&server, &basic(&format!("{id}:{SECRET}")), &[]).await,
            ),
            (
                "post",
                ask(&server, &[("client_id", id), ("client_secret", SECRET)]).await,
            ),
            ("shared", assert_with(&server, &shared(id)).await),
            ("signer", assert_with(&server, &signed(id)).await),
            ("native", ask(&server, &[("client_id", id)]).await),
        ];
        for (method, outcome) in outcomes {
            if method == id {
                // A public client is known by its name, and may not act for itself.
                let expected = if id == "native" { 400 } else { 200 };
                assert_eq!(outcome.status, expected, "{id} {method}: {}", outcome.body);
                good += 1;
            } else {
                outcome.refused(401, "invalid_client");
            }
        }
        assert_eq!(good, 1);
    }
}

#[tokio::test]
async fn one_method_a_request() {
    let keys = Keys::new(Algorithm::Es256);
    let signer = client("service2", "private_key_jwt", &format!("jwks = {}", toml(&keys.jwks())));
    let server = with_directory(&format!("{DIRECTORY}{signer}")).start().await;
    let header = basic(&format!("service:{SECRET}"));
    let assertion = keys.sign(&assertion_claims("service2", "service2", &server.issuer, server.now()));
    let asserted = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    with_header(&server, &header, &[("client_secret", SECRET)])
        .await
        .refused(400, "invalid_request");
    with_header(&server, &header, &asserted)
        .await
        .refused(400, "invalid_request");
    with_header(&server, &header, &[("client_id", "app")])
        .await
        .refused(400, "invalid_request");
    let both = [&asserted[..], &[("client_id", "service2"), ("client_secret", SECRET)]].concat();
    ask(&server, &both).await.refused(400, "invalid_request");
    let other = [&asserted[..], &[("client_id", "service")]].concat();
    ask(&server, &other).await.refused(400, "invalid_request");
    ask(&server, &[("client_secret", SECRET)])
        .await
        .refused(400, "invalid_request");
    with_header(&server, &header, &[("client_id", "service")])
        .await
        .accepted();
    let own = [&asserted[..], &[("client_id", "service2")]].concat();
    ask(&server, &own).await.accepted();
}

on_both! { with_directory(&directory_of_keys()); wrong_unknown_and_disabled_are_told_alike, an_assertion_counts_once }

fn directory_of_keys() -> String {
    let keys = format!("jwks = {}", toml(&Keys::new(Algorithm::Ps256).jwks()));
    let gone = client(
        "gone",
        "client_secret_basic",
        &format!("{}\ndisabled = true", secret(SECRET)),
    );
    let gone_signer = client("gone-signer", "private_key_jwt", &format!("{keys}\ndisabled = true"));
    let shared = client("shared", "client_secret_jwt", &secret(SECRET));
    [
        DIRECTORY,
        &client("signer", "private_key_jwt", &keys),
        &gone,
        &gone_signer,
        &shared,
    ]
    .concat()
}

async fn wrong_unknown_and_disabled_are_told_alike(server: &TestServer) {
    let mut told = Vec::new();
    for (id, given) in [
        ("service", "wrong"),
        ("nobody", SECRET),
        ("gone", SECRET),
        ("gone", "wrong"),
        ("signer", SECRET),
    ] {
        told.push(
            server
                .post_as((id, given), "/oauth2/token", &[("grant_type", "client_credentials")])
                .await,
        );
        told.push(ask(server, &[("client_id", id), ("client_secret", given)]).await);
    }
    told.push(ask(server, &[("client_id", "nobody")]).await);
    told.push(ask(server, &[("client_id", "service")]).await);
    let (own, other) = (Keys::new(Algorithm::Ps256), Keys::new(Algorithm::EdDsa));
    for (id, keys) in [
        ("nobody", &own),
        ("signer", &other),
        ("gone-signer", &own),
        ("gone-signer", &other),
        ("service", &own),
    ] {
        let claims = assertion_claims(id, id, &server.issuer, server.now());
        told.push(assert_with(server, &keys.sign(&claims)).await);
        told.push(assert_with(server, &hmac_signed(&json!({ "alg": "HS256" }), &claims, b"x")).await);
    }
    for answer in &told {
        answer.refused(401, "invalid_client");
        assert_eq!(answer.body, told[0].body);
        assert_eq!(answer.header("www-authenticate"), told[0].header("www-authenticate"));
    }
}

async fn an_assertion_counts_once(server: &TestServer) {
    let keys = Keys::new(Algorithm::Ps256);
    let claims = assertion_claims("signer", "signer", &server.issuer, server.now());
    let assertion = keys.sign(&claims);
    let requests: Vec<_> = (0..10)
        .map(|_| {
            let form = [
                ("grant_type", "client_credentials"),
                ("client_assertion_type", TYPE),
                ("client_assertion", &assertion),
            ];
            tokio::spawn(answer(http().post(server.at("/oauth2/token")).form(&form)))
        })
        .collect();
    let mut accepted = 0;
    for request in requests {
        let said = request.await.unwrap();
        if said.status == 200 {
            accepted += 1;
        } else {
            said.refused(401, "invalid_client");
        }
    }
    assert_eq!(accepted, 1);
    // Signed anew with the same jti, or shown to another endpoint, it is still the same.
    assert_with(
        server,
        &keys.sign(&with(claims.clone(), json!({ "exp": server.now() + 90 }))),
    )
    .await
    .refused(401, "invalid_client");
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let form = [
            ("token", "x"),
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
        ];
        server.post(path, &form).await.refused(401, "invalid_client");
    }
    // Another client may use the same jti.
    let same = with(
        assertion_claims("shared", "shared", &server.issuer, server.now()),
        json!({ "jti": claims["jti"] }),
    );
    let shared = hmac_signed(&json!({ "alg": "HS256" }), &same, SECRET.as_bytes());
    assert_with(server, &shared).await.accepted();
}

#[tokio::test]
async fn every_algorithm_of_keys_is_taken() {
    let algorithms = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa];
    let keys = algorithms.map(Keys::new);
    let set = json!({ "keys": keys.iter().map(Keys::jwk).collect::<Vec<_>>() });
    let signer = client("signer", "private_key_jwt", &format!("jwks = {}", toml(&set)));
    let server = with_directory(&format!("{DIRECTORY}{signer}")).start().await;
    for (key, algorithm) in keys.iter().zip(algorithms) {
        let claims = assertion_claims("signer", "signer", &server.issuer, server.now());
        let answer = assert_with(&server, &key.sign(&claims)).await;
        assert_eq!(answer.status, 200, "{algorithm}: {}", answer.body);
    }
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let assertion = keys[3].sign(&assertion_claims("signer", "signer", &server.issuer, server.now()));
        let form = [
            ("token", "x"),
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
        ];
        assert_eq!(server.post(path, &form).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn forged_assertions_are_refused() {
    let (keys, other) = (Keys::new(Algorithm::Rs256), Keys::new(Algorithm::Es256));
    let signer = client("signer", "private_key_jwt", &format!("jwks = {}", toml(&keys.jwks())));
    let shared = client("shared", "client_secret_jwt", &secret(SECRET));
    let server = with_directory(&format!("{DIRECTORY}{signer}{shared}")).start().await;
    let claims = |id: &str| assertion_claims(id, id, &server.issuer, server.now());
    let header = |alg: &str| json!({ "alg": alg, "kid": keys.kid() });
    let foreign = other.sign(&claims("signer"));
    let foreign_signature = foreign.rsplit_once('.').unwrap().1;
    let public = keys.jwk();
    let modulus = public["n"].as_str().unwrap().to_owned();
    for forged in [
        with_signature(&header("none"), &claims("signer"), ""),
        with_signature(&header("NONE"), &claims("signer"), "AA"),
        hmac_signed(&header("HS256"), &claims("signer"), public.to_string().as_bytes()),
        hmac_signed(&header("HS256"), &claims("signer"), modulus.as_bytes()),
        hmac_signed(&header("RS256"), &claims("signer"), modulus.as_bytes()),
        with_signature(
            &json!({ "alg": "ES256", "jwk": other.jwk() }),
            &claims("signer"),
            foreign_signature,
        ),
        foreign.clone(),
        with_signature(&header("none"), &claims("shared"), ""),
        hmac_signed(&json!({ "alg": "HS256" }), &claims("shared"), b""),
        hmac_signed(
            &json!({ "alg": "HS256" }),
            &claims("shared"),
            b"wrong-secret-0123456789abcdef-0123456789",
        ),
        hmac_signed(&json!({ "alg": "HS512" }), &claims("shared"), SECRET.as_bytes()),
        keys.sign(&claims("shared")),
        "x".to_owned(),
        "a.b.c".to_owned(),
        format!("{}.", keys.sign(&claims("signer"))),
        format!("{foreign}{}", "A".repeat(20_000)),
    ] {
        println!("{forged}");
        assert_with(&server, &forged).await.refused(401, "invalid_client");
    }
    let good = keys.sign(&claims("signer"));
    let wrong_type = [("client_assertion_type", "jwt"), ("client_assertion", good.as_str())];
    ask(&server, &wrong_type).await.refused(400, "invalid_request");
    assert_with(&server, &good).await.accepted();
}

#[tokio::test]
async fn the_claims_of_an_assertion_are_held_to_the_specification() {
    let shared = client("shared", "client_secret_jwt", &secret(SECRET));
    let server = with_directory(&format!("{DIRECTORY}{shared}")).start().await;
    let now = server.now();
    let sign = |change: &Value| {
        let claims = with(
            assertion_claims("shared", "shared", &server.issuer, now),
            change.clone(),
        );
        hmac_signed(&json!({ "alg": "HS256" }), &claims, SECRET.as_bytes())
    };
    for change in [
        json!({}),
        json!({ "aud": server.at("/oauth2/token") }),
        json!({ "iat": null }),
        json!({ "exp": now + 360 }),
        json!({ "exp": now - 59 }),
    ] {
        let answer = assert_with(&server, &sign(&change)).await;
        assert_eq!(answer.status, 200, "{change}: {}", answer.body);
    }
    for change in [
        json!({ "iss": "service" }),
        json!({ "sub": "service" }),
        json!({ "iss": null }),
        json!({ "sub": null }),
        json!({ "aud": null }),
        json!({ "aud": "https://elsewhere.example" }),
        // One string, so that no assertion serves two servers.
        json!({ "aud": [server.issuer] }),
        json!({ "aud": [server.issuer, "https://elsewhere.example"] }),
        json!({ "jti": null }),
        json!({ "jti": 7 }),
        json!({ "exp": null }),
        json!({ "exp": now - 60 }),
        json!({ "exp": now + 361 }),
        json!({ "nbf": now + 61 }),
        json!({ "iat": now + 61 }),
    ] {
        println!("{change}");
        assert_with(&server, &sign(&change))
            .await
            .refused(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_new_secret_replaces_the_old_one() {
    let server = with_directory(DIRECTORY).start().await;
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    server
        .post_as(("service", SECRET), "/oauth2/token", &form)
        .await
        .accepted();
    let fresh = server
        .manage(|work, actor| clients::rotate_secret(work, actor, "service"))
        .await;
    server
        .post_as(("service", SECRET), "/oauth2/token", &form)
        .await
        .refused(401, "invalid_client");
    server
        .post_as(("service", fresh.expose()), "/oauth2/token", &form)
        .await
        .accepted();
}
