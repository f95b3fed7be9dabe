//! Every check of RFC 9449 §4.3, and what forgers try.

use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::directory;
use crate::support::dpop::{Prover, proof_claims};
use crate::support::keys::{Keys, hmac_signed, with, with_signature};
use crate::support::relying_party::{Answer, RelyingParty, claims};
use crate::support::server::{TestServer, on_both, with_directory};

const PLACE: (&str, &str) = ("POST", "/oauth2/token");
const FORM: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "calendar")];

on_both! {
    with_directory(&directory());
    a_proof_counts_once,
    what_is_said_must_be_of_this_request_and_this_moment
}

async fn with_proofs(server: &TestServer, proofs: &[&str]) -> Answer {
    let headers: Vec<(&str, &str)> = proofs.iter().map(|proof| ("dpop", *proof)).collect();
    let rp = RelyingParty::new(server, "service");
    rp.post_with("/oauth2/token", &FORM, &headers).await
}

async fn with_proof(server: &TestServer, proof: &str) -> Answer {
    with_proofs(server, &[proof]).await
}

async fn a_proof_counts_once(server: &TestServer) {
    let prover = Prover::new();
    let jti = |jti: &str| prover.proof(server, PLACE, json!({ "jti": jti }));
    let proof = jti("one");
    let answer = with_proof(server, &proof).await.accepted();
    assert_eq!(answer.text("token_type"), "DPoP");
    let replayed = with_proof(server, &proof).await.refused(400, "invalid_dpop_proof");
    assert!(replayed.contains("used before"), "{replayed}");
    // The same identifier in another proof is the same proof; of another key it is another one.
    server.advance(1);
    with_proof(server, &jti("one")).await.refused(400, "invalid_dpop_proof");
    with_proof(server, &jti("two")).await.accepted();
    let other = Prover::new();
    let same = other.proof(server, PLACE, json!({ "jti": "one" }));
    with_proof(server, &same).await.accepted();
    // Two that come at once are one.
    let twin = jti("three");
    let (one, two) = tokio::join!(with_proof(server, &twin), with_proof(server, &twin));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    // It is not forgotten as long as its time would do, wherever clocks go.
    let late = prover.proof(server, PLACE, json!({ "jti": "late", "iat": server.now() + 119 }));
    with_proof(server, &late).await.accepted();
    server.advance(238);
    countersign::jobs::run_due(&server.server).await;
    let again = with_proof(server, &late).await.refused(400, "invalid_dpop_proof");
    assert!(again.contains("used before"), "{again}");
}

async fn what_is_said_must_be_of_this_request_and_this_moment(server: &TestServer) {
    let prover = Prover::new();
    let (now, at) = (server.now(), |path: &str| format!("{}{path}", server.issuer));
    for (changes, what) in [
        (json!({ "htm": "GET" }), "htm"),
        (json!({ "htm": "post" }), "htm"),
        (json!({ "htm": null }), "htm"),
        (json!({ "htm": ["POST"] }), "htm"),
        (json!({ "htu": null }), "htu"),
        (json!({ "htu": "" }), "htu"),
        (json!({ "htu": 1 }), "htu"),
        (json!({ "htu": "/oauth2/token" }), "htu"),
        (json!({ "htu": at("/oauth2/par") }), "htu"),
        (json!({ "htu": at("/oauth2/token/") }), "htu"),
        (json!({ "htu": at("/oauth2/token").replace("http:", "https:") }), "htu"),
        (json!({ "htu": "https://evil.example/oauth2/token" }), "htu"),
        (json!({ "iat": null }), "iat"),
        (json!({ "iat": "now" }), "iat"),
        (json!({ "iat": now - 121 }), "iat"),
        (json!({ "iat": now + 121 }), "iat"),
        (json!({ "iat": i64::MIN }), "iat"),
        (json!({ "iat": i64::MAX }), "iat"),
        (json!({ "iat": 1e300 }), "iat"),
        (json!({ "jti": null }), "jti"),
        (json!({ "jti": "" }), "jti"),
        (json!({ "jti": 7 }), "jti"),
        (json!({ "jti": "j".repeat(257) }), "jti"),
    ] {
        let proof = prover.proof(server, PLACE, changes.clone());
        let said = with_proof(server, &proof).await.refused(400, "invalid_dpop_proof");
        assert!(said.starts_with(what), "{changes}: {said}");
    }
    for changes in [
        json!({ "iat": now - 120 }),
        json!({ "iat": now + 120 }),
        json!({ "htu": at("/oauth2/token?x=y#z") }),
        json!({ "htu": at("/oauth2/./%74oken").replace("http:", "HTTP:") }),
        json!({ "jti": "j".repeat(256) }),
        // Neither is asked for here.
        json!({ "ath": "x", "nonce": "x" }),
    ] {
        let proof = prover.proof(server, PLACE, changes.clone());
        assert_eq!(with_proof(server, &proof).await.status, 200, "{changes}");
    }
}

#[tokio::test]
async fn what_forgers_make_is_refused() {
    let server = with_directory(&directory()).start().await;
    let prover = Prover::new();
    let (header, said) = (prover.header(), proof_claims(&server, PLACE));
    let changed = |changes: Value| prover.sign(&with(header.clone(), changes), &said);
    let other = Prover::new();
    let public = serde_json::to_vec(&prover.jwk).unwrap();
    let private = with(prover.jwk.clone(), json!({ "d": "AAAA" }));
    let symmetric = json!({ "kty": "oct", "k": "AAAA" });
    let short = json!({ "kty": "RSA", "n": "0vx7agoebGcQSuuPiLJXZptN", "e": "AQAB" });
    let huge = prover.sign(&header, &with(said.clone(), json!({ "pad": "x".repeat(16_000) })));
    let good = prover.sign(&header, &said);
    let forgeries = [
        String::new(),
        "x".to_owned(),
        "a.b.c".to_owned(),
        huge,
        format!("{good}x"),
        good.replace('.', ""),
        // Unsigned, or signed with what everybody knows.
        with_signature(&with(header.clone(), json!({ "alg": "none" })), &said, ""),
        with_signature(&with(header.clone(), json!({ "alg": "none" })), &said, "AAAA"),
        with_signature(&with(header.clone(), json!({ "alg": "None" })), &said, ""),
        hmac_signed(&with(header.clone(), json!({ "alg": "HS256" })), &said, &public),
        hmac_signed(
            &with(header.clone(), json!({ "alg": "HS256", "jwk": symmetric })),
            &said,
            b"\0\0\0",
        ),
        // Of another kind, or with what must be understood.
        changed(json!({ "typ": "JWT" })),
        changed(json!({ "typ": "at+jwt" })),
        changed(json!({ "typ": null })),
        changed(json!({ "crit": ["exp"] })),
        // The key of somebody else, none, or one that nobody may show.
        changed(json!({ "jwk": other.jwk })),
        changed(json!({ "jwk": null })),
        changed(json!({ "jwk": null, "kid": "x", "jku": "https://evil.example/jwks" })),
        changed(json!({ "jwk": "x" })),
        changed(json!({ "jwk": private })),
        changed(json!({ "jwk": symmetric })),
        changed(json!({ "jwk": short })),
        changed(json!({ "jwk": with(prover.jwk.clone(), json!({ "use": "enc" })) })),
        changed(json!({ "jwk": with(prover.jwk.clone(), json!({ "crv": "P-384" })) })),
        // Algorithms that are not the key's, or are none.
        changed(json!({ "alg": "EdDSA" })),
        changed(json!({ "alg": "RS256" })),
        changed(json!({ "alg": "ES512" })),
        changed(json!({ "alg": 1 })),
        // What was signed for another purpose.
        Keys::new(Algorithm::Es256).sign_as("dpop+jwt", &said),
    ];
    for forged in &forgeries {
        let answer = with_proof(&server, forged).await;
        answer.refused(400, "invalid_dpop_proof");
        assert_eq!(answer.header("dpop-nonce"), None);
    }
    with_proofs(&server, &[&good, &good])
        .await
        .refused(400, "invalid_dpop_proof");
    let another = prover.for_token(&server);
    let said = with_proofs(&server, &[&good, &another])
        .await
        .refused(400, "invalid_dpop_proof");
    assert!(said.contains("more than one"), "{said}");
    // None of all that used the good one up.
    with_proof(&server, &good).await.accepted();
}

#[tokio::test]
async fn every_algorithm_of_ours_will_do() {
    let server = with_directory(&directory()).start().await;
    let document = server.get("/.well-known/openid-configuration").await.body;
    let offered = document["dpop_signing_alg_values_supported"]
        .as_array()
        .unwrap()
        .clone();
    for algorithm in Algorithm::ALL {
        let prover = Prover::of(algorithm);
        assert!(offered.contains(&algorithm.as_str().into()));
        let answer = with_proof(&server, &prover.for_token(&server)).await.accepted();
        let token = claims(&answer.text("access_token"));
        assert_eq!(token["cnf"], json!({ "jkt": prover.jkt() }), "{algorithm}");
    }
    let prover = Prover::of(Algorithm::EdDsa);
    let header = with(prover.header(), json!({ "alg": "Ed25519" }));
    let proof = prover.sign(&header, &proof_claims(&server, PLACE));
    with_proof(&server, &proof).await.accepted();
}

#[tokio::test]
async fn behind_a_proxy_the_address_is_the_issuers() {
    let server = with_directory(&directory())
        .issuer("https://id.example.com")
        .start()
        .await;
    let prover = Prover::new();
    with_proof(&server, &prover.for_token(&server)).await.accepted();
    let inside = server.at("/oauth2/token");
    let proof = prover.proof(&server, PLACE, json!({ "htu": inside }));
    with_proof(&server, &proof).await.refused(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn below_a_path_the_address_has_it() {
    let server = with_directory(&directory()).at("/tenant").start().await;
    let prover = Prover::new();
    with_proof(&server, &prover.for_token(&server)).await.accepted();
    let outside = server.issuer.replace("/tenant", "/oauth2/token");
    let proof = prover.proof(&server, PLACE, json!({ "htu": outside }));
    with_proof(&server, &proof).await.refused(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn where_it_is_off_nobody_hears_of_it() {
    let server = with_directory(&directory())
        .settings("[dpop]\nenabled = false")
        .start()
        .await;
    let prover = Prover::new();
    for proof in [&prover.for_token(&server), "x"] {
        let answer = with_proof(&server, proof).await.accepted();
        assert_eq!(answer.text("token_type"), "Bearer");
        assert!(claims(&answer.text("access_token")).get("cnf").is_none());
    }
    let document = server.get("/.well-known/openid-configuration").await.body;
    assert!(document.get("dpop_signing_alg_values_supported").is_none());
    let answer = server.get("/oauth2/userinfo").await;
    assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
    // A client that wants no other tokens gets none.
    let rp = RelyingParty::new(&server, "robot");
    let refused = prover.token(&rp, &FORM).await;
    refused.refused(400, "invalid_dpop_proof");
}
