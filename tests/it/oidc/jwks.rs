//! The published keys. RFC 7517 §5; rotation without one failed verification.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use countersign::crypto::jwk_set::JwkSet;
use countersign::crypto::jwt;
use countersign::jobs;
use countersign::model::actor::Actor;
use countersign::policy::key_rotation::Call;
use serde_json::Value;

use crate::support::directory::{DIRECTORY, SECRET};
use crate::support::endpoint::http;
use crate::support::on_both;
use crate::support::relying_party::{RelyingParty, answer};
use crate::support::server::{TestServer, with_directory};

on_both! {
    with_directory(DIRECTORY);
    rotation_fails_no_verification, keys_are_published_before_they_sign_and_after
}

async fn published(server: &TestServer) -> JwkSet {
    JwkSet::parse(&server.get("/oauth2/jwks").await.accepted().body).unwrap()
}

async fn names(server: &TestServer) -> BTreeSet<String> {
    let keys = published(server).await;
    keys.keys().iter().map(|key| key.kid().unwrap().to_owned()).collect()
}

async fn mint(server: &TestServer) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
    let answer = server.post_as(("service", SECRET), "/oauth2/token", &form).await;
    answer.accepted().text("access_token")
}

fn kid(token: &str) -> String {
    jwt::inspect(token).unwrap().kid.unwrap()
}

#[tokio::test]
async fn the_set_holds_public_keys_of_every_algorithm() {
    let server = with_directory(DIRECTORY).start().await;
    let answer = server.get("/oauth2/jwks").await.accepted();
    let keys = answer.body["keys"].as_array().unwrap();
    let algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algorithms.len(), 4);
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        assert!(algorithms.contains(&algorithm), "{algorithm}");
    }
    for key in keys {
        let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        let own: &[&str] = match key["kty"].as_str().unwrap() {
            "RSA" => &["n", "e"],
            "EC" => &["crv", "x", "y"],
            _ => &["crv", "x"],
        };
        let expected: BTreeSet<&str> = ["kty", "kid", "use", "alg"].iter().chain(own).copied().collect();
        assert_eq!(members, expected);
        assert_eq!(key["use"], "sig");
        let named = countersign::crypto::jwk::PublicKey::from_jwk(key).unwrap();
        assert_eq!(key["kid"], Value::String(named.thumbprint()), "RFC 7638");
    }
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

async fn keys_are_published_before_they_sign_and_after(server: &TestServer) {
    let first = names(server).await;
    let old = mint(server).await;
    assert!(first.contains(&kid(&old)));
    rotate(server, Call::Rotate).await;
    let both = names(server).await;
    assert!(both.is_superset(&first) && both.len() == 8);
    assert_eq!(kid(&mint(server).await), kid(&old), "published, and not signing yet");
    server.advance(86_400);
    let new = mint(server).await;
    assert_ne!(kid(&new), kid(&old));
    assert!(both.contains(&kid(&new)));
    assert_eq!(names(server).await, both);
    server.advance(900 + 3_600);
    rotate(server, Call::Schedule).await;
    let last = names(server).await;
    assert_eq!(last.len(), 4);
    assert!(!last.contains(&kid(&old)) && last.contains(&kid(&mint(server).await)));
}

async fn rotate(server: &TestServer, call: Call) {
    let own = Arc::clone(&server.server);
    tokio::task::spawn_blocking(move || jobs::rotate(&own, Actor::Operator, call))
        .await
        .unwrap()
        .unwrap();
}

/// A resource server that fetches the keys anew when a token names one that it does not know.
struct Verifier {
    server: Arc<str>,
    known: JwkSet,
}

impl Verifier {
    async fn check(&mut self, token: &str) {
        for fetched in [false, true] {
            let algorithm = "ES256".parse().unwrap();
            let name = kid(token);
            if let Some(key) = self.known.candidates(Some(&name), algorithm).next() {
                jwt::verify_with(token, key, &[algorithm]).expect("the signature is good");
                return;
            }
            assert!(!fetched, "the key {name} was not published when it signed");
            let set = answer(http().get(format!("{}/oauth2/jwks", self.server))).await;
            self.known = JwkSet::parse(&set.body).unwrap();
        }
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one story: minting, verifying and rotating at the same time"
)]
async fn rotation_fails_no_verification(server: &TestServer) {
    let stop = Arc::new(AtomicBool::new(false));
    let verified = Arc::new(AtomicUsize::new(0));
    let rp = RelyingParty::new(server, "service");
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (stop, verified) = (Arc::clone(&stop), Arc::clone(&verified));
            let issuer: Arc<str> = server.issuer.as_str().into();
            tokio::spawn(async move {
                let mut resource = Verifier {
                    server: Arc::clone(&issuer),
                    known: JwkSet::default(),
                };
                let mut held: Vec<String> = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let form = [("grant_type", "client_credentials"), ("scope", "calendar")];
                    let request = http()
                        .post(format!("{issuer}/oauth2/token"))
                        .basic_auth("service", Some(SECRET))
                        .form(&form);
                    held.push(answer(request).await.accepted().text("access_token"));
                    // The newest, and one that was signed before.
                    resource.check(&held[held.len() - 1]).await;
                    resource.check(&held[held.len() / 2]).await;
                    let own = answer(
                        http()
                            .post(format!("{issuer}/oauth2/introspect"))
                            .basic_auth("service", Some(SECRET))
                            .form(&[("token", &held[held.len() / 2])]),
                    )
                    .await;
                    assert_eq!(own.body["active"], true, "{}", own.body);
                    verified.fetch_add(1, Ordering::SeqCst);
                }
                held
            })
        })
        .collect();
    let before = kid(&mint(server).await);
    for round in 0..4 {
        let enough = verified.load(Ordering::SeqCst) + 20;
        if round > 0 {
            // No two rotations happen at one instant.
            server.advance(1);
            rotate(server, Call::RotateNow).await;
        }
        while verified.load(Ordering::SeqCst) < enough && !workers.iter().any(tokio::task::JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    let mut signers = BTreeSet::new();
    for worker in workers {
        signers.extend(
            worker
                .await
                .expect("no verification failed")
                .iter()
                .map(|token| kid(token)),
        );
    }
    assert!(signers.len() >= 4, "{} keys signed", signers.len());
    assert_ne!(kid(&mint(server).await), before);
    assert_eq!(rp.introspect(&mint(server).await).await["active"], true);
}
