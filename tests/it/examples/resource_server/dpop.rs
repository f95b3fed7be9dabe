//! Tokens that are bound to a key. RFC 9449 §4.3, §7.

use std::collections::HashMap;

use countersign::crypto::digest::base64url;
use countersign::crypto::random::Random;
use countersign::model::signing_key::Algorithm;
use serde_json::{Value, json};

use super::{AS_API, World, call, challenged, invalid, start};
use crate::support::dpop::{Prover, ath};
use crate::support::endpoint::http;
use crate::support::installation::now;
use crate::support::keys::{hmac_signed, with};
use crate::support::relying_party::{Answer, answer};

/// The list, asked for with this token and these proofs.
async fn list(world: &World, scheme: &str, token: &str, proofs: &[&str]) -> Answer {
    let request = http()
        .get(&world.api)
        .header("authorization", format!("{scheme} {token}"));
    answer(
        proofs
            .iter()
            .fold(request, |request, proof| request.header("dpop", *proof)),
    )
    .await
}

impl World {
    /// The claims of a good proof for the list with this token.
    fn proof_claims(&self, token: &str) -> Value {
        let jti = base64url(&Random::from_os().bytes::<16>());
        json!({ "jti": jti, "htm": "GET", "htu": self.api, "iat": now(), "ath": ath(token) })
    }

    fn proof(&self, prover: &Prover, token: &str, changes: Value) -> String {
        prover.sign(&prover.header(), &with(self.proof_claims(token), changes))
    }

    fn bound(&self, prover: &Prover) -> String {
        self.token(json!({ "cnf": { "jkt": prover.jkt() } }))
    }
}

const ALGORITHMS: &str = "algs=\"ES256 EdDSA RS256\"";

fn no_proof(why: &str) -> String {
    let description = format!("the proof of the key does not count: {why}");
    format!("DPoP error=\"invalid_dpop_proof\", error_description=\"{description}\", {ALGORITHMS}")
}

fn no_token(why: &str) -> String {
    format!("{}, {ALGORITHMS}", invalid(why).replacen("Bearer", "DPoP", 1))
}

#[actix_web::test]
async fn a_token_bound_to_a_key_is_taken_with_proof_of_it() {
    let world = start(&[]);
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let prover = Prover::of(algorithm);
        let token = world.bound(&prover);
        let query = json!({ "htu": format!("{}?page=2#top", world.api) });
        for changes in [json!({}), query, json!({ "iat": now() - 50 })] {
            let proof = world.proof(&prover, &token, changes);
            let listed = list(&world, "dpop", &token, &[&proof]).await;
            assert_eq!((listed.status, listed.body), (200, json!([])));
            // RFC 9449 §11.1
            let again = list(&world, "DPoP", &token, &[&proof]).await;
            challenged(&again, 401, &no_proof("it was used before"));
        }
    }
    // More proof of the person is asked for in the scheme that the client uses.
    let prover = Prover::new();
    let token = world.token(json!({ "cnf": { "jkt": prover.jkt() }, "acr": "standard" }));
    let proof = world.proof(&prover, &token, json!({ "htm": "POST" }));
    let request = http().post(&world.api).json(&json!({ "to": "Bob", "amount": 10 }));
    let request = request
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", proof);
    let weak = answer(request).await;
    let text = format!(
        "DPoP error=\"insufficient_user_authentication\", error_description=\"a stronger sign-in is needed\", {ALGORITHMS}, \
         acr_values=\"high\", max_age=\"60\""
    );
    challenged(&weak, 401, &text);
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn proofs_are_checked_as_rfc_9449_says() {
    let world = start(&[]);
    let (prover, other) = (Prover::new(), Prover::new());
    let token = world.bound(&prover);
    let claims = || world.proof_claims(&token);
    let header = |changes| with(prover.header(), changes);
    let moment = "it is not of this moment";
    let (elsewhere, head) = ("it is for another request", "its header is not that of a proof");
    let kind = "its signature is of a kind not accepted here";
    let bad = "it is malformed, or its signature is wrong";
    let forged = {
        let good = prover.sign(&header(json!({})), &claims());
        let (signed, _) = good.rsplit_once('.').unwrap();
        format!("{signed}.{}", base64url(&[7; 64]))
    };
    let secret = hmac_signed(
        &header(json!({ "alg": "HS256" })),
        &claims(),
        prover.jwk.to_string().as_bytes(),
    );
    let cases = [
        (world.proof(&prover, &token, json!({ "htm": "POST" })), elsewhere),
        (
            world.proof(&prover, &token, json!({ "htu": "https://other.example/transfers" })),
            elsewhere,
        ),
        (
            world.proof(&prover, &token, json!({ "htu": format!("{}/1", world.api) })),
            elsewhere,
        ),
        (world.proof(&prover, &token, json!({ "htu": "/transfers" })), elsewhere),
        (
            world.proof(&prover, &token, json!({ "ath": ath("another") })),
            "it is for another token",
        ),
        (world.proof(&prover, &token, json!({ "iat": now() - 90 })), moment),
        (world.proof(&prover, &token, json!({ "iat": now() + 60 })), moment),
        (world.proof(&prover, &token, json!({ "ath": null })), bad),
        (world.proof(&prover, &token, json!({ "jti": null })), bad),
        (
            world.proof(&prover, &token, json!({ "jti": "x".repeat(5_000) })),
            "it is too long",
        ),
        (forged, bad),
        (secret, kind),
        (prover.sign(&header(json!({ "alg": "none" })), &claims()), kind),
        (prover.sign(&header(json!({ "typ": "JWT" })), &claims()), head),
        (prover.sign(&header(json!({ "crit": ["x"] })), &claims()), head),
        (
            prover.sign(
                &header(json!({ "jwk": with(prover.jwk.clone(), json!({ "d": "AAAA" })) })),
                &claims(),
            ),
            head,
        ),
        (
            prover.sign(&header(json!({ "jwk": null })), &claims()),
            "its key cannot be read",
        ),
        (prover.sign(&header(json!({ "jwk": other.jwk })), &claims()), bad),
        ("x".to_owned(), "it is not a JWT"),
    ];
    for (proof, why) in cases {
        challenged(&list(&world, "DPoP", &token, &[&proof]).await, 401, &no_proof(why));
    }
    let theirs = world.proof(&other, &token, json!({}));
    let answer = list(&world, "DPoP", &token, &[&theirs]).await;
    challenged(&answer, 401, &no_token("it is bound to another key"));
    let (one, two) = (
        world.proof(&prover, &token, json!({})),
        world.proof(&prover, &token, json!({})),
    );
    let many = "there must be one, in one header";
    for proofs in [&[][..], &[one.as_str(), two.as_str()][..]] {
        challenged(&list(&world, "DPoP", &token, proofs).await, 401, &no_proof(many));
    }
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn tokens_bound_to_a_key_are_nothing_without_it() {
    let world = start(&[]);
    let prover = Prover::new();
    let bound = world.bound(&prover);
    let proof = world.proof(&prover, &bound, json!({}));
    let answer = list(&world, "Bearer", &bound, &[&proof]).await;
    challenged(
        &answer,
        401,
        &invalid("it is bound to a key, and came without proof of it"),
    );
    let free = world.token(json!({}));
    let unbound = call(&world.api, &format!("DPoP {free}"), false).await;
    challenged(&unbound, 401, &no_token("it is not bound to a key"));
    // To a certificate, to a key and something else, and to what is not known here.
    for cnf in [
        json!({ "x5t#S256": prover.jkt() }),
        json!({ "jkt": prover.jkt(), "x5t#S256": prover.jkt() }),
        json!({}),
        json!("key"),
    ] {
        let token = world.token(json!({ "cnf": cnf }));
        let proof = world.proof(&prover, &token, json!({}));
        let answer = list(&world, "DPoP", &token, &[&proof]).await;
        challenged(&answer, 401, &no_token("it is bound to what cannot be shown here"));
    }
    world.handle.stop(false).await;
}

#[actix_web::test]
async fn an_api_behind_another_address_takes_proofs_for_that() {
    let world = start(&[AS_API.as_slice(), &["--url", "https://api.example.com"]].concat());
    let prover = Prover::new();
    // An opaque one, of which the issuer tells the key.
    let says = json!({ "active": true, "token_type": "DPoP", "cnf": { "jkt": prover.jkt() } });
    world.seen.lock().unwrap().says = with(world.claims(), says);
    let at = |htu: &str| world.proof(&prover, "cs_at_1", json!({ "htu": htu }));
    let good = at("HTTPS://API.example.com:443/transfers");
    assert_eq!(list(&world, "DPoP", "cs_at_1", &[&good]).await.status, 200);
    let inner = list(&world, "DPoP", "cs_at_1", &[&at(&world.api)]).await;
    challenged(&inner, 401, &no_proof("it is for another request"));
    let asked: Vec<HashMap<String, String>> = world.seen.lock().unwrap().asked.clone();
    assert!(asked.iter().all(|form| form["token"] == "cs_at_1"));
    world.handle.stop(false).await;
}
