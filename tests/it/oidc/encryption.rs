//! What clients are told encrypted. OpenID Connect Core §5.3.2, §10.2, Registration §2, RFC 9701, JARM.

use countersign::crypto::jwt::inspect;
use countersign::jobs::run_due;
use serde_json::{Value, json};

use crate::clients::scripts::run;
use crate::support::directory::{DIRECTORY, SECRET, with_client};
use crate::support::endpoint::http;
use crate::support::jwe::Reader;
use crate::support::keys::toml;
use crate::support::on_both;
use crate::support::relying_party::{Answer, RelyingParty, answer, claims, code_of, log_in};
use crate::support::server::{Builder, TestServer, with_directory};
use crate::support::service::{Behaviour, Service};

const ALGS: [&str; 2] = ["RSA-OAEP-256", "ECDH-ES+A256KW"];
const ENCS: [&str; 2] = ["A128CBC-HS256", "A256GCM"];

/// Members that have everything a client is told encrypted.
fn members(alg: &str, enc: Option<&str>, keys: &str) -> String {
    let mut lines = vec![keys.to_owned()];
    for what in ["id_token", "userinfo", "introspection", "authorization"] {
        lines.push(format!("{what}_encrypted_response_alg = {alg:?}"));
        lines.extend(enc.map(|enc| format!("{what}_encrypted_response_enc = {enc:?}")));
    }
    lines.join("\n")
}

fn in_place(reader: &Reader) -> String {
    format!("jwks = {}", toml(&reader.jwks()))
}

/// The token inside, and the header around it.
#[track_caller]
fn nested(reader: &Reader, token: &str) -> (Value, String) {
    let (header, inside) = reader.open(token);
    assert_eq!(
        (&header["cty"], &header["kid"]),
        (&json!("JWT"), &reader.private["kid"])
    );
    assert!(inspect(&inside).is_some(), "{inside}");
    (header, inside)
}

async fn introspect(server: &TestServer, client: &str, token: &str) -> Answer {
    let request = http().post(server.at("/oauth2/introspect"));
    answer(request.basic_auth(client, Some(SECRET)).form(&[("token", token)])).await
}

#[tokio::test]
async fn others_read_every_pair_of_algorithms() {
    let mut tokens = Vec::new();
    for alg in ALGS {
        for enc in ENCS {
            let reader = Reader::of(alg);
            let server = with_directory(&with_client("trusted", &members(alg, Some(enc), &in_place(&reader))))
                .start()
                .await;
            let rp = RelyingParty::new(&server, "trusted");
            let mut browser = rp.browser();
            let page = rp
                .authorize(&mut browser, "openid email", &[("response_mode", "jwt")])
                .await;
            let page = log_in(&mut browser, page, "alice").await;
            let response = page.query("response").expect("a response");
            let (header, inside) = nested(&reader, &response);
            assert_eq!((&header["alg"], &header["enc"]), (&json!(alg), &json!(enc)));
            let told = rp.redeem(claims(&inside)["code"].as_str().unwrap()).await.accepted();
            let access = told.text("access_token");
            let (_, inside) = nested(&reader, &told.text("id_token"));
            assert_eq!(claims(&inside)["aud"], "trusted");
            // Core §5.3.2: encrypted without being signed.
            let userinfo = rp.userinfo(&access).await.accepted();
            assert_eq!(userinfo.header("content-type"), Some("application/jwt"));
            let userinfo = userinfo.body.as_str().unwrap().to_owned();
            let (header, inside) = reader.open(&userinfo);
            let said: Value = serde_json::from_str(&inside).unwrap();
            assert_eq!((header.get("cty"), &said["email"]), (None, &json!("alice@example.com")));
            let introspected = introspect(&server, "trusted", &access).await.accepted();
            let media = "application/token-introspection+jwt";
            assert_eq!(introspected.header("content-type"), Some(media));
            let introspected = introspected.body.as_str().unwrap().to_owned();
            let (_, inside) = nested(&reader, &introspected);
            assert_eq!(claims(&inside)["token_introspection"]["active"], true);
            for token in [response, told.text("id_token"), userinfo, introspected] {
                tokens.push(json!({ "token": token, "key": reader.private, "alg": alg, "enc": enc }));
            }
            server.stop().await;
        }
    }
    for script in ["jose_decrypt.mjs", "jwcrypto_decrypt.py"] {
        if let Some(told) = run(script, &json!({ "tokens": tokens })) {
            assert_eq!(told["read"], tokens.len(), "{script}");
        }
    }
}

fn hybrid() -> Builder {
    let reader = Reader::rsa();
    let types = "response_types = [\"code\", \"code id_token\"]\nuserinfo_signed_response_alg = \"ES256\"\n";
    let all = members("RSA-OAEP-256", None, &in_place(&reader));
    let directory = with_client("trusted", &format!("{types}{all}")).replacen(
        "grant_types = [\"authorization_code\", \"refresh_token\"]\nscope = \"openid profile email offline_access\"\n\
         require_consent = false",
        "grant_types = [\"authorization_code\", \"implicit\", \"refresh_token\"]\nscope = \"openid profile email \
         offline_access\"\nrequire_consent = false",
        1,
    );
    with_directory(&directory)
}

on_both! { hybrid(); each_flow_brings_encrypted_tokens }

async fn each_flow_brings_encrypted_tokens(server: &TestServer) {
    let (reader, rp) = (Reader::rsa(), RelyingParty::new(server, "trusted"));
    let mut browser = rp.browser();
    let front = [("response_type", "code id_token")];
    let page = rp.authorize(&mut browser, "openid email offline_access", &front).await;
    let page = log_in(&mut browser, page, "alice").await;
    let (header, inside) = nested(&reader, &page.fragment("id_token").expect("an ID token"));
    assert_eq!(header["enc"], "A128CBC-HS256", "Registration §2: where none is named");
    assert!(claims(&inside)["c_hash"].is_string());
    let told = rp.redeem(&page.fragment("code").unwrap()).await.accepted();
    let (_, inside) = nested(&reader, &told.text("id_token"));
    assert_eq!(claims(&inside)["sub"], server.user("alice").to_string());
    let renewed = rp.refresh(&told.text("refresh_token")).await.accepted();
    nested(&reader, &renewed.text("id_token"));
    // Core §5.3.2: signed, then encrypted.
    let userinfo = rp.userinfo(&renewed.text("access_token")).await.accepted();
    let (_, inside) = nested(&reader, userinfo.body.as_str().unwrap());
    assert_eq!(claims(&inside)["aud"], "trusted");
    // The JWE itself is no hint; what is in it is one.
    for (hint, status) in [(told.text("id_token"), 400), (inside_of(&reader, &told), 200)] {
        let ended = server.get(&format!("/oauth2/logout?id_token_hint={hint}")).await;
        assert_eq!(ended.status, status);
    }
}

fn inside_of(reader: &Reader, told: &Answer) -> String {
    nested(reader, &told.text("id_token")).1
}

#[tokio::test]
async fn without_a_key_nothing_is_told_and_nothing_is_consumed() {
    let (reader, wrong) = (Reader::ec(), json!({ "keys": [Reader::rsa().public()] }));
    let service = Service::start(Behaviour::Answer(200, wrong.to_string()));
    let host = service.url("").replace("http://", "");
    let keys = format!("jwks_uri = {:?}", service.url("/jwks"));
    let directory = with_client("trusted", &members("ECDH-ES+A256KW", Some("A256GCM"), &keys));
    let server = with_directory(&directory)
        .settings(&format!("[outbound]\nallowed_private_hosts = [\"{host}\"]"))
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let code = code_of(&rp.sign_in(&mut browser, "alice", "openid").await);
    let request = http()
        .post(server.at("/oauth2/token"))
        .basic_auth("trusted", Some("wrong"));
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    answer(request.form(&form)).await.refused(401, "invalid_client");
    assert!(service.asked().is_empty(), "strangers have nothing fetched");
    for _ in 0..2 {
        let description = rp.redeem(&code).await.refused(400, "invalid_client_metadata");
        assert!(description.contains("id_token_encrypted_response_alg"), "{description}");
    }
    introspect(&server, "trusted", "x")
        .await
        .refused(400, "invalid_client_metadata");
    let page = rp.authorize(&mut browser, "openid", &[("response_mode", "jwt")]).await;
    assert_eq!(
        (page.status, page.error_class().as_deref()),
        (400, Some("invalid_request"))
    );
    // Once it publishes one, at another address as the old one is remembered, the same code is good.
    service.behave(Behaviour::Answer(200, reader.jwks().to_string()));
    server.apply(&directory.replace("/jwks\"", "/new-jwks\""));
    let told = rp.redeem(&code).await.accepted();
    nested(&reader, &told.text("id_token"));
    assert_eq!(server.audit("token.issued").len(), 1);
    rp.redeem(&code).await.refused(400, "invalid_grant");
    server.stop().await;
}

/// Back-Channel Logout §2.4, §2.6: as the ID tokens are.
#[tokio::test]
async fn logout_tokens_come_encrypted_too() {
    let (reader, service) = (Reader::ec(), Service::start(Behaviour::Answer(200, String::new())));
    let all = members("ECDH-ES+A256KW", Some("A256GCM"), &in_place(&reader));
    let members = format!("backchannel_logout_uri = {:?}\n{all}", service.url("/backchannel"));
    let server = with_directory(&with_client("trusted", &members))
        .settings("[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]")
        .start()
        .await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let told = rp.tokens(&mut browser, "alice", "openid").await;
    let hint = inside_of(&reader, &told);
    browser
        .get(&server.at(&format!("/oauth2/logout?id_token_hint={hint}")))
        .await;
    run_due(&server.server).await;
    let [asked] = &service.asked()[..] else {
        panic!("not told once");
    };
    let token = asked.body.strip_prefix("logout_token=").expect("a token");
    let (header, inside) = nested(&reader, token);
    assert_eq!(
        (&header["iss"], &header["typ"]),
        (&json!(server.issuer), &json!("logout+jwt"))
    );
    assert_eq!(
        (&claims(&inside)["aud"], &claims(&inside)["sid"]),
        (&json!("trusted"), &claims(&hint)["sid"])
    );
    server.stop().await;
}

#[tokio::test]
async fn who_did_not_ask_for_it_gets_plain_answers() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let told = rp.tokens(&mut rp.browser(), "alice", "openid").await;
    assert!(inspect(&told.text("id_token")).is_some());
    let userinfo = rp.userinfo(&told.text("access_token")).await;
    assert_eq!(userinfo.header("content-type"), Some("application/json"));
    server.stop().await;
}
