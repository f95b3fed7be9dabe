//! ID tokens that are not believed. OpenID Connect Core §3.1.3.7, RFC 8725.

use std::sync::Arc;

use countersign::crypto::digest::base64url;
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::{REFUSED, STALE, UNAVAILABLE, listed, reaching, says, sign_in};
use crate::support::forgery::Forger;
use crate::support::keys::{Keys, hmac_signed, with, with_signature};
use crate::support::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use crate::support::relying_party::RelyingParty;
use crate::support::server::{TestServer, on_both};

on_both!(reaching();
    wrong_claims_are_refused, right_ones_are_believed, forged_signatures_are_refused, keys_of_forgers_are_not_looked_at,
    wrong_token_responses_are_refused);

/// Sees that nobody is signed in, and that the provider's next word is believed again.
async fn refused(server: &TestServer, provider: &Provider, why: &str) {
    let rp = RelyingParty::new(server, "trusted");
    let mut browser = rp.browser();
    let page = sign_in(&rp, &mut browser, provider, &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"), "{why}: {}", page.body);
    let sentence = page.texts("#error").concat();
    assert!([REFUSED, UNAVAILABLE].contains(&sentence.as_str()), "{why}: {sentence}");
    let account = browser.get(&server.at("/account")).await;
    assert_eq!(account.page().as_deref(), Some("login"), "{why}");
    let note = server.audit("login.deny").pop().expect("it was noted");
    assert!(note.body.contains(&provider.issuer()), "{why}: {}", note.body);
}

async fn wrong_claims_are_refused(server: &TestServer) {
    let provider = listed(server, "").await;
    let now = server.now();
    let long = "x".repeat(256);
    let cases = [
        json!({ "iss": "https://other.example" }),
        json!({ "iss": format!("{}/", provider.issuer()) }),
        json!({ "iss": null }),
        json!({ "aud": "somebody-else" }),
        json!({ "aud": [CLIENT_ID, "somebody-else"] }),
        json!({ "aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID }),
        json!({ "aud": [] }),
        json!({ "aud": null }),
        json!({ "azp": "somebody-else" }),
        json!({ "azp": 7 }),
        json!({ "exp": now - 61 }),
        json!({ "exp": null }),
        json!({ "exp": "tomorrow" }),
        json!({ "iat": null }),
        json!({ "iat": now + 61 }),
        json!({ "iat": now - 601 }),
        json!({ "nbf": now + 61 }),
        json!({ "nbf": "now" }),
        json!({ "nonce": null }),
        json!({ "nonce": "another" }),
        json!({ "nonce": 7 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": long }),
        json!({ "sub": ["alice-there"] }),
        json!({ "at_hash": "another" }),
        json!({ "at_hash": 7 }),
        json!({ "auth_time": now + 61 }),
        json!({ "auth_time": "now" }),
        json!({ "auth_time": -1 }),
    ];
    for case in cases {
        provider.claims(case.clone());
        refused(server, &provider, &case.to_string()).await;
    }
    provider.was_asked_rightly();
}

async fn right_ones_are_believed(server: &TestServer) {
    let provider = listed(server, "").await;
    let rp = RelyingParty::new(server, "trusted");
    let now = server.now();
    let cases = [
        json!({ "aud": [CLIENT_ID] }),
        json!({ "aud": [CLIENT_ID], "azp": CLIENT_ID }),
        json!({ "at_hash": null, "auth_time": null, "sid": null }),
        json!({ "exp": now - 59, "iat": now - 599 }),
        json!({ "iat": now + 59, "nbf": now + 59, "auth_time": now + 59 }),
        json!({ "amr": [1, {}, "pwd"], "acr": 7, "further": { "a": [1] } }),
    ];
    for case in cases {
        provider.claims(case.clone());
        let page = sign_in(&rp, &mut rp.browser(), &provider, &[]).await;
        assert!(page.query("code").is_some(), "{case}: {}", page.body);
    }
    provider.claims(json!({ "auth_time": null }));
    let page = sign_in(&rp, &mut rp.browser(), &provider, &[("max_age", "600")]).await;
    says(&page, STALE);
}

type Forge = fn(&Keys, &Value) -> String;

async fn forged_signatures_are_refused(server: &TestServer) {
    let provider = listed(server, "").await;
    let forgeries: [(&str, Forge); 14] = [
        ("nobody signed it", |_, claims| {
            with_signature(&json!({ "alg": "none" }), claims, "")
        }),
        ("nobody signed it, in other letters", |_, claims| {
            with_signature(&json!({ "alg": "NoNe", "typ": "JWT" }), claims, "")
        }),
        ("a foreign key", |_, claims| Keys::new(Algorithm::Es256).sign(claims)),
        ("a foreign key under the name of its own", |keys, claims| {
            let foreign = Keys::new(Algorithm::Es256).sign(claims);
            let header = json!({ "alg": "ES256", "typ": "JWT", "kid": keys.kid() });
            with_signature(&header, claims, foreign.rsplit('.').next().unwrap())
        }),
        ("a foreign key that it brings along", |_, claims| {
            let foreign = Keys::new(Algorithm::Es256);
            let header = json!({ "alg": "ES256", "typ": "JWT", "jwk": foreign.jwk() });
            with_signature(&header, claims, foreign.sign(claims).rsplit('.').next().unwrap())
        }),
        ("a foreign key at an address that it names", |_, claims| {
            let foreign = Keys::new(Algorithm::Es256);
            let header = json!({ "alg": "ES256", "jku": "http://127.0.0.1:1/keys", "kid": foreign.kid() });
            with_signature(&header, claims, foreign.sign(claims).rsplit('.').next().unwrap())
        }),
        ("another algorithm", |_, claims| {
            Keys::new(Algorithm::EdDsa).sign(claims)
        }),
        ("an HMAC under its public key", |keys, claims| {
            let header = json!({ "alg": "HS256", "kid": keys.kid() });
            hmac_signed(&header, claims, keys.jwk().to_string().as_bytes())
        }),
        ("an HMAC under our secret", |_, claims| {
            hmac_signed(&json!({ "alg": "HS256" }), claims, CLIENT_SECRET.as_bytes())
        }),
        ("a logout token", |keys, claims| keys.sign_as("logout+jwt", claims)),
        ("an access token", |keys, claims| keys.sign_as("at+jwt", claims)),
        ("an extension that must be understood", |keys, claims| {
            let header = json!({ "alg": "ES256", "kid": keys.kid(), "crit": ["b64"], "b64": false });
            with_signature(&header, claims, keys.sign(claims).rsplit('.').next().unwrap())
        }),
        ("a token that is too large", |keys, claims| {
            keys.sign(&with(claims.clone(), json!({ "padding": "x".repeat(20_000) })))
        }),
        ("claims that were changed afterwards", |keys, claims| {
            let signed = keys.sign(claims);
            let mut parts: Vec<&str> = signed.split('.').collect();
            let changed = base64url(with(claims.clone(), json!({ "acr": "high" })).to_string().as_bytes());
            parts[1] = &changed;
            parts.join(".")
        }),
    ];
    for (why, forge) in forgeries {
        provider.signs(forge);
        refused(server, &provider, why).await;
    }
    provider.was_asked_rightly();
}

async fn keys_of_forgers_are_not_looked_at(server: &TestServer) {
    let provider = listed(server, "").await;
    let forger = Arc::new(Forger::new());
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": provider.keys.kid() });
    let public = provider.keys.jwk();
    for (index, (why, _)) in forger.forgeries(&header, &json!({}), &public).into_iter().enumerate() {
        let (forger, header, public) = (Arc::clone(&forger), header.clone(), public.clone());
        provider.signs(move |_, claims| forger.forgeries(&header, claims, &public).swap_remove(index).1);
        refused(server, &provider, why).await;
    }
    forger.assert_never_asked();
}

async fn wrong_token_responses_are_refused(server: &TestServer) {
    let provider = listed(server, "").await;
    for case in [
        json!({ "id_token": null }),
        json!({ "id_token": "" }),
        json!({ "id_token": "a.b.c" }),
        json!({ "id_token": 7 }),
        json!({ "access_token": null }),
        json!({ "access_token": "another" }),
        json!({ "token_type": null }),
        json!({ "token_type": "mac" }),
    ] {
        provider.tokens(case.clone());
        refused(server, &provider, &case.to_string()).await;
    }
}
