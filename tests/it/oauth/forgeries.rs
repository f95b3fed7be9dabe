//! Forged tokens wherever one is taken that this server did not sign itself, or that it did: none of them counts, no key is
//! fetched that a token names, and what they forge stays good. RFC 7515, RFC 8725.

use serde_json::{Value, json};

use super::token_exchange;
use crate::support::directory::{DIRECTORY, SECRET, with_client};
use crate::support::dpop::Prover;
use crate::support::endpoint::http;
use crate::support::forgery::{Forger, mistyped, misuses, opened};
use crate::support::keys::{assertion_claims, toml, with};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, answer, code_of, log_in};
use crate::support::server::{TestServer, with_directory};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ISSUER: &str = "https://software.example";

/// A server with a client that signs with this key, may do everything with it, and pushes requests.
async fn believing(key: &Prover) -> TestServer {
    let jwk = with(key.jwk.clone(), json!({ "kid": "own", "alg": "ES256", "use": "sig" }));
    let jwks = json!({ "keys": [jwk] });
    let client = |id: &str, method: &str| {
        format!(
            "\n[[clients]]\nclient_id = \"{id}\"\ntoken_endpoint_auth_method = \"{method}\"\n\
             redirect_uris = [\"https://app.example/callback\"]\n\
             grant_types = [\"authorization_code\", \"client_credentials\", \"{JWT_BEARER}\", \"{DEVICE}\"]\n\
             scope = \"openid calendar\"\nrequire_consent = false\njwks = {}\npreapproved_users = [\"alice\"]\n",
            toml(&jwks)
        )
    };
    let statements = toml(&json!([{ "issuer": ISSUER, "jwks": jwks }]));
    with_directory(&format!("{DIRECTORY}{}", client("signer", "private_key_jwt")))
        .settings(&format!(
            "[registration]\nmode = \"open\"\nper_address = 1000\nstatement_issuers = {statements}\n{}",
            Forger::REACHABLE
        ))
        .start()
        .await
}

fn header() -> Value {
    json!({ "typ": "JWT", "alg": "ES256", "kid": "own" })
}

/// Everything that must not count in place of a token of these claims.
fn bad(forger: &Forger, key: &Prover, claims: &Value) -> Vec<(&'static str, String)> {
    let mut bad = forger.forgeries(&header(), claims, &key.jwk);
    bad.extend(misuses(key, &header(), claims));
    let changed = |changes: Value| key.sign(&header(), &with(claims.clone(), changes));
    bad.push(("a time that is no number", changed(json!({ "exp": "2100-01-01" }))));
    bad.push(("a time in a list", changed(json!({ "exp": [9_999_999_999_u64] }))));
    bad.push(("a time beyond all", changed(json!({ "exp": 1e300 }))));
    bad
}

/// What has no end, where there must be one.
fn endless(key: &Prover, claims: &Value) -> (&'static str, String) {
    let endless = with(claims.clone(), json!({ "exp": null }));
    ("no end", key.sign(&header(), &endless))
}

#[tokio::test]
async fn as_client_assertions_they_authenticate_nobody() {
    let (forger, key) = (Forger::new(), Prover::new());
    let server = believing(&key).await;
    let rp = RelyingParty::new(&server, "signer");
    let request = rp.request("openid");
    let request: Vec<(&str, &str)> = request.iter().map(|(name, value)| (&**name, &**value)).collect();
    let places = [
        (
            "/oauth2/token",
            vec![("grant_type", "client_credentials"), ("scope", "calendar")],
            200,
        ),
        ("/oauth2/par", request, 201),
        ("/oauth2/introspect", vec![("token", "x")], 200),
        ("/oauth2/revoke", vec![("token", "x")], 200),
        ("/oauth2/device_authorization", vec![("scope", "calendar")], 200),
    ];
    for (path, form, status) in places {
        let claims = assertion_claims("signer", "signer", &server.issuer, server.now());
        let ask = async |assertion: &str| {
            let further = [("client_assertion_type", ASSERTION), ("client_assertion", assertion)];
            server.post(path, &[&form[..], &further].concat()).await
        };
        let bad = bad(&forger, &key, &claims).into_iter().chain([endless(&key, &claims)]);
        for (why, forged) in bad.chain(mistyped(&key, &header(), &claims)) {
            println!("{path} {why}");
            ask(&forged).await.refused(401, "invalid_client");
        }
        let typed = with(header(), json!({ "typ": "client-authentication+jwt" }));
        for header in [header(), typed] {
            let claims = assertion_claims("signer", "signer", &server.issuer, server.now());
            let good = ask(&key.sign(&header, &claims)).await;
            assert_eq!(good.status, status, "{path}: {}", good.body);
        }
    }
    forger.assert_never_asked();
}

#[tokio::test]
async fn as_grants_they_speak_for_nobody() {
    let (forger, key) = (Forger::new(), Prover::new());
    let server = believing(&key).await;
    let claims = assertion_claims("signer", "alice", &server.issuer, server.now());
    let own = || {
        key.sign(
            &header(),
            &assertion_claims("signer", "signer", &server.issuer, server.now()),
        )
    };
    let ask = async |assertion: &str| {
        let form = [
            ("grant_type", JWT_BEARER),
            ("assertion", assertion),
            ("scope", "calendar"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &own()),
        ];
        server.post("/oauth2/token", &form).await
    };
    let bad = bad(&forger, &key, &claims).into_iter().chain([endless(&key, &claims)]);
    for (why, forged) in bad.chain(mistyped(&key, &header(), &claims)) {
        println!("{why}");
        ask(&forged).await.refused(400, "invalid_grant");
    }
    ask(&key.sign(&header(), &claims)).await.accepted();
    forger.assert_never_asked();
}

/// Objects that the right key signed, with members that are no parameters.
fn overdone(key: &Prover, claims: &Value) -> Vec<(&'static str, String)> {
    let signed = |changes: Value| key.sign(&header(), &with(claims.clone(), changes));
    let many: serde_json::Map<String, Value> = (0..120).map(|number| (format!("p{number}"), json!("x"))).collect();
    vec![
        ("a resource that is no text", signed(json!({ "resource": [1] }))),
        ("U+0000", signed(json!({ "state": "a\0b" }))),
        ("too many", signed(Value::Object(many))),
    ]
}

#[tokio::test]
async fn as_request_objects_they_ask_for_nothing() {
    let (forger, key) = (Forger::new(), Prover::new());
    let server = believing(&key).await;
    let rp = RelyingParty::new(&server, "signer");
    let trusted = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    trusted.sign_in(&mut browser, "alice", "openid").await;
    let now = server.now();
    let members = rp
        .request("openid")
        .into_iter()
        .map(|(name, value)| (name, value.into()));
    let claims = with(
        Value::Object(members.collect()),
        json!({ "iss": "signer", "aud": server.issuer, "iat": now, "exp": now + 60 }),
    );
    let push = async |object: &str| {
        let assertion = key.sign(
            &header(),
            &assertion_claims("signer", "signer", &server.issuer, server.now()),
        );
        let form = [
            ("client_assertion_type", ASSERTION),
            ("client_assertion", &*assertion),
            ("request", object),
        ];
        server.post("/oauth2/par", &form).await
    };
    for (why, forged) in bad(&forger, &key, &claims)
        .into_iter()
        .chain(mistyped(&key, &header(), &claims))
        .chain(overdone(&key, &claims))
    {
        println!("{why}");
        let page = rp.authorize(&mut browser, "openid", &[("request", &forged)]).await;
        assert_eq!(
            page.query("error").as_deref(),
            Some("invalid_request_object"),
            "{why}: {}",
            page.body
        );
        push(&forged).await.refused(400, "invalid_request_object");
    }
    // RFC 9101 §5: where OpenID Connect is not asked for, client_id is inside too.
    let nameless = key.sign(&header(), &with(claims.clone(), json!({ "client_id": null })));
    let page = rp
        .authorize(&mut browser, "", &[("scope", ""), ("request", &nameless)])
        .await;
    assert_eq!(
        page.query("error").as_deref(),
        Some("invalid_request_object"),
        "{}",
        page.body
    );
    let good = key.sign(&header(), &claims);
    code_of(&rp.authorize(&mut browser, "openid", &[("request", &good)]).await);
    assert_eq!(push(&good).await.status, 201);
    forger.assert_never_asked();
}

#[tokio::test]
async fn as_software_statements_they_vouch_for_nobody() {
    let (forger, key) = (Forger::new(), Prover::new());
    let server = believing(&key).await;
    let now = server.now();
    let claims = json!({ "iss": ISSUER, "iat": now, "exp": now + 60, "redirect_uris": ["https://app.example/cb"] });
    let register = async |statement: &str| {
        let asked = json!({ "redirect_uris": ["https://app.example/cb"], "software_statement": statement });
        answer(http().post(server.at("/oauth2/register")).json(&asked)).await
    };
    let bad = bad(&forger, &key, &claims).into_iter().chain([endless(&key, &claims)]);
    for (why, forged) in bad.chain(mistyped(&key, &header(), &claims)) {
        println!("{why}");
        register(&forged).await.refused(400, "invalid_software_statement");
    }
    let good = register(&key.sign(&header(), &claims)).await;
    assert_eq!(good.status, 201, "{}", good.body);
    forger.assert_never_asked();
}

/// The server's own key that signed a token.
async fn signer_of(server: &TestServer, token: &str) -> Value {
    let jwks = server.get("/oauth2/jwks").await.accepted();
    let kid = opened(token).0["kid"].clone();
    let keys = jwks.body["keys"].as_array().expect("keys").iter();
    keys.clone()
        .find(|key| key["kid"] == kid)
        .expect("the key is published")
        .clone()
}

#[tokio::test]
async fn as_our_own_tokens_they_are_worth_nothing() {
    let forger = Forger::new();
    let directory = token_exchange::directory();
    let server = with_directory(&directory).settings(Forger::REACHABLE).start().await;
    let (front, gateway) = (
        RelyingParty::new(&server, "front"),
        RelyingParty::new(&server, "gateway"),
    );
    let mut browser = front.browser();
    let tokens = front.tokens(&mut browser, "alice", "openid calendar").await;
    let (access, id_token) = (tokens.text("access_token"), tokens.text("id_token"));

    let (header, claims) = opened(&access);
    for (why, forged) in forger.forgeries(&header, &claims, &signer_of(&server, &access).await) {
        println!("access token: {why}");
        let refused = front.userinfo(&forged).await;
        assert_eq!(refused.status, 401, "{}", refused.body);
        let challenge = refused.header("www-authenticate").expect("a challenge");
        assert!(
            challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""),
            "{challenge}"
        );
        assert_eq!(front.introspect(&forged).await, json!({ "active": false }));
        token_exchange::exchange(&gateway, &forged, &[])
            .await
            .refused(400, "invalid_request");
        let as_actor = [
            ("actor_token", &*forged),
            ("actor_token_type", token_exchange::ACCESS_TOKEN),
        ];
        token_exchange::exchange(&gateway, &access, &as_actor)
            .await
            .refused(400, "invalid_request");
    }
    front.userinfo(&access).await.accepted();
    token_exchange::exchange(&gateway, &access, &[]).await.accepted();

    let (header, claims) = opened(&id_token);
    let out = async |browser: &mut _, hint: &str| {
        let url = server.at(&format!("/oauth2/logout?id_token_hint={hint}"));
        crate::support::browser::Browser::get(browser, &url).await
    };
    for (why, forged) in forger.forgeries(&header, &claims, &signer_of(&server, &id_token).await) {
        println!("ID token: {why}");
        let silent = [("id_token_hint", &*forged), ("prompt", "none")];
        let page = front.authorize(&mut browser, "openid", &silent).await;
        assert_eq!(
            page.query("error").as_deref(),
            Some("invalid_request"),
            "{why}: {}",
            page.body
        );
        let page = out(&mut browser, &forged).await;
        assert_eq!(
            (page.status, page.error_class().as_deref()),
            (400, Some("invalid_request")),
            "{why}"
        );
    }
    let silent = [("id_token_hint", &*id_token), ("prompt", "none")];
    code_of(&front.authorize(&mut browser, "openid", &silent).await);
    assert_eq!(out(&mut browser, &id_token).await.page().as_deref(), Some("signed-out"));
    forger.assert_never_asked();
}

fn signing_everything() -> String {
    let members = "userinfo_signed_response_alg = \"ES256\"\nauthorization_signed_response_alg = \"ES256\"\n\
                   introspection_signed_response_alg = \"ES256\"";
    with_client("trusted", members).replace(
        "access_token_format = \"opaque\"\n\n[[clients]]\nclient_id = \"high\"",
        "access_token_signing_alg = \"ES256\"\n\n[[clients]]\nclient_id = \"high\"",
    )
}

on_both! { with_directory(&signing_everything()); each_kind_of_token_counts_in_its_place_alone }

/// RFC 8725 §2.8: whatever else we sign, for the same client about the same person.
async fn each_kind_of_token_counts_in_its_place_alone(server: &TestServer) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[("response_mode", "jwt")]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let response = page.query("response").expect("a response");
    let (_, said) = opened(&response);
    let tokens = rp.redeem(said["code"].as_str().expect("a code")).await.accepted();
    let (access, id_token) = (tokens.text("access_token"), tokens.text("id_token"));
    let userinfo = rp.userinfo(&access).await.accepted();
    let userinfo = userinfo.body.as_str().expect("a JWT").to_owned();
    let introspected = answer(
        http()
            .post(server.at("/oauth2/introspect"))
            .header("accept", "application/token-introspection+jwt")
            .basic_auth("trusted", Some(SECRET))
            .form(&[("token", &access)]),
    );
    let introspected = introspected.await.accepted().body.as_str().expect("a JWT").to_owned();
    let kinds = [
        ("response", &response),
        ("access", &access),
        ("id", &id_token),
        ("userinfo", &userinfo),
        ("introspection", &introspected),
    ];
    for (kind, token) in kinds {
        assert_eq!(
            rp.userinfo(token).await.status == 200,
            kind == "access",
            "{kind} at userinfo"
        );
        let hint = [("id_token_hint", &**token), ("prompt", "none")];
        let page = rp.authorize(&mut browser, "openid", &hint).await;
        assert_eq!(
            page.query("code").is_some(),
            kind == "id",
            "{kind} as a hint: {:?}",
            page.location
        );
        if kind != "id" {
            let page = browser
                .get(&server.at(&format!("/oauth2/logout?id_token_hint={token}")))
                .await;
            assert_eq!(page.status, 400, "{kind} at logout");
        }
    }
}
