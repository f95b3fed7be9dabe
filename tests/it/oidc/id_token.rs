//! What ID tokens and access tokens say, member by member. OpenID Connect Core §2, RFC 9068 §2.2.

use countersign::crypto::digest::{base64url, sha256};
use countersign::crypto::jwk_set::JwkSet;
use countersign::crypto::jwt;
use serde_json::{Value, json};

use crate::support::directory::{DIRECTORY, with_client};
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, claims, code_of, enrol, log_in};
use crate::support::server::{TestServer, with_directory};

on_both! { with_directory(DIRECTORY); both_tokens_say_exactly_this }

fn half(text: &str) -> String {
    base64url(&sha256(text.as_bytes()).as_bytes()[..16])
}

async fn both_tokens_say_exactly_this(server: &TestServer) {
    let rp = RelyingParty::new(server, "app");
    let mut browser = rp.browser();
    let page = rp.sign_in(&mut browser, "alice", "openid profile email").await;
    let signed_in = server.now();
    server.advance(7);
    let code = code_of(&page);
    assert!(code.starts_with("cs_ac_") && code.len() >= 6 + 43, "{code}");
    let answer = rp.redeem(&code).await.accepted();
    let (access, id_token) = (answer.text("access_token"), answer.text("id_token"));
    let expected = json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 900, "scope": "email openid profile",
        "id_token": id_token,
    });
    assert_eq!(answer.body, expected);
    let said = claims(&id_token);
    let subject = server.user("alice").to_string();
    let expected = json!({
        "iss": server.issuer, "sub": subject, "aud": "app", "azp": "app", "nonce": "n-0S6", "iat": server.now(),
        "exp": server.now() + 900, "acr": "standard", "amr": ["pwd"], "auth_time": signed_in, "sid": said["sid"],
        "at_hash": half(&access), "c_hash": half(&code),
    });
    assert_eq!(said, expected);
    let of_access = claims(&access);
    let expected = json!({
        "iss": server.issuer, "sub": subject, "aud": server.issuer, "client_id": "app",
        "scope": "email openid profile", "iat": server.now(), "exp": server.now() + 900, "jti": of_access["jti"],
        "acr": "standard", "amr": ["pwd"], "auth_time": signed_in, "sid": said["sid"], "grant_id": of_access["grant_id"],
    });
    assert_eq!(of_access, expected);
    assert!(said["sid"].is_string() && of_access["jti"].is_string() && of_access["grant_id"].is_string());
    for (token, kind) in [(&access, "at+jwt"), (&id_token, "JWT")] {
        let header = jwt::inspect(token).unwrap().header;
        assert_eq!(
            (&header["typ"], &header["alg"], header.len()),
            (&json!(kind), &json!("ES256"), 3)
        );
    }
}

#[tokio::test]
async fn each_algorithm_verifies_with_a_published_key() {
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        let plain = DIRECTORY.replace(
            "id_token_signed_response_alg = \"ES256\"\naccess_token_format = \"opaque\"",
            "",
        );
        let members = format!("id_token_signed_response_alg = \"{alg}\"\naccess_token_signing_alg = \"{alg}\"");
        let directory = plain.replacen(
            "client_id = \"trusted\"\n",
            &format!("client_id = \"trusted\"\n{members}\n"),
            1,
        );
        let server = with_directory(&directory).start().await;
        let rp = RelyingParty::new(&server, "trusted");
        let answer = rp.tokens(&mut rp.browser(), "alice", "openid").await;
        let published = JwkSet::parse(&server.get("/oauth2/jwks").await.body).unwrap();
        for member in ["access_token", "id_token"] {
            let token = answer.text(member);
            let read = jwt::inspect(&token).unwrap();
            assert_eq!(read.alg, alg);
            let algorithm = alg.parse().unwrap();
            let keys: Vec<_> = published.candidates(read.kid.as_deref(), algorithm).collect();
            assert_eq!(keys.len(), 1, "the header names one published key");
            jwt::verify_with(&token, keys[0], &[algorithm]).unwrap();
        }
    }
}

#[tokio::test]
async fn a_client_that_names_no_algorithm_gets_rs256() {
    let directory = DIRECTORY.replacen(
        "id_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n",
        "",
        1,
    );
    let server = with_directory(&directory).start().await;
    let rp = RelyingParty::new(&server, "app");
    let answer = rp.tokens(&mut rp.browser(), "alice", "openid").await;
    for member in ["access_token", "id_token"] {
        assert_eq!(jwt::inspect(&answer.text(member)).unwrap().alg, "RS256");
    }
}

#[tokio::test]
async fn claims_that_were_asked_for_are_there() {
    let server = with_directory(DIRECTORY).start().await;
    let rp = RelyingParty::new(&server, "trusted");
    let mut browser = rp.browser();
    let asked = json!({
        "id_token": { "email": null, "name": { "essential": true }, "phone_number": null, "sub": null, "nonsense": null },
        "userinfo": { "email": null },
    });
    let page = rp
        .authorize(&mut browser, "openid", &[("claims", &asked.to_string())])
        .await;
    let page = log_in(&mut browser, page, "alice").await;
    let answer = rp.redeem(&code_of(&page)).await.accepted();
    let said = claims(&answer.text("id_token"));
    assert_eq!(
        (&said["email"], &said["name"]),
        (&json!("alice@example.com"), &json!("Alice Moreau"))
    );
    for absent in ["phone_number", "nonsense", "preferred_username"] {
        assert_eq!(said.get(absent), None, "{absent}");
    }
    let told = rp.userinfo(&answer.text("access_token")).await;
    let expected = json!({ "sub": server.user("alice").to_string(), "email": "alice@example.com" });
    assert_eq!(told.body, expected);
}

#[tokio::test]
async fn the_pair_comes_from_the_same_evidence() {
    let directory = with_client("trusted", "");
    let server = with_directory(&directory).start().await;
    let high = RelyingParty::new(&server, "high");
    let mut browser = high.browser();
    let page = high.authorize(&mut browser, "openid", &[]).await;
    server.advance(30);
    let page = log_in(&mut browser, page, "alice").await;
    server.advance(30);
    let (_, page) = enrol(&server, &mut browser, page).await;
    let proven = server.now();
    let answer = high.redeem(&code_of(&page)).await.accepted();
    for member in ["id_token", "access_token"] {
        let said = claims(&answer.text(member));
        let pair = (&said["acr"], &said["amr"], &said["auth_time"]);
        assert_eq!(
            pair,
            (&json!("high"), &json!(["pwd", "otp", "mfa"]), &json!(proven)),
            "{member}"
        );
    }
    // The alias by which a client asks is what it is told.
    server.advance(30);
    let alias = "https://refeds.org/profile/mfa";
    let trusted = RelyingParty::new(&server, "trusted");
    let page = trusted
        .authorize(&mut browser, "openid", &[("acr_values", alias)])
        .await;
    let said: Value = claims(&trusted.redeem(&code_of(&page)).await.accepted().text("id_token"));
    assert_eq!((&said["acr"], &said["auth_time"]), (&json!(alias), &json!(proven)));
}
