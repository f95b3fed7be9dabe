//! Bound tokens at resources of ours. RFC 9449 §7.

use reqwest::Method;
use serde_json::json;

use super::directory;
use crate::support::dpop::{Prover, ath, userinfo_with};
use crate::support::endpoint::http;
use crate::support::relying_party::{Answer, RelyingParty, agree, answer, code_of, log_in};
use crate::support::server::{TestServer, on_both, with_directory};

const PLACE: (&str, &str) = ("GET", "/oauth2/userinfo");

on_both! {
    with_directory(&directory());
    a_bound_token_needs_a_proof_of_its_key,
    a_proof_names_the_method_that_was_asked_by,
    a_bridge_needs_the_key_of_the_token
}

/// The access token of alice at `client`, bound to this key.
async fn bound(rp: &RelyingParty<'_>, prover: &Prover, scope: &str) -> String {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, scope, &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let code = code_of(&agree(&mut browser, page).await);
    prover.redeem(rp, &code).await.accepted().text("access_token")
}

#[track_caller]
fn challenged(answer: &Answer, scheme: &str, code: &str) {
    assert_eq!((answer.status, answer.error().as_str()), (401, code), "{}", answer.body);
    let challenges: Vec<&str> = answer
        .headers
        .get_all("www-authenticate")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(challenges.len(), 2, "{challenges:?}");
    let other = if scheme == "DPoP" { "Bearer" } else { "DPoP" };
    assert!(
        challenges[0].starts_with(&format!("{scheme} realm=\"countersign\"")),
        "{challenges:?}"
    );
    assert!(challenges[0].contains(&format!("error=\"{code}\"")), "{challenges:?}");
    assert!(
        challenges[1].starts_with(&format!("{other} realm=\"countersign\"")),
        "{challenges:?}"
    );
    assert!(!challenges[1].contains("error"), "{challenges:?}");
    let algs = "algs=\"RS256 PS256 ES256 EdDSA Ed25519\"";
    assert!(
        challenges
            .iter()
            .any(|one| one.starts_with("DPoP") && one.contains(algs)),
        "{challenges:?}"
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// RFC 9449 §4.3: the method of the request, though what is answered is as for another.
async fn a_proof_names_the_method_that_was_asked_by(server: &TestServer) {
    let (rp, prover) = (RelyingParty::new(server, "app"), Prover::new());
    let token = bound(&rp, &prover, "openid").await;
    for (method, htm, status) in [
        (Method::HEAD, "HEAD", 200),
        (Method::HEAD, "GET", 401),
        (Method::GET, "GET", 200),
        (Method::GET, "HEAD", 401),
        (Method::POST, "POST", 200),
        (Method::POST, "HEAD", 401),
    ] {
        let proof = prover.proof(server, (htm, PLACE.1), json!({ "ath": ath(&token) }));
        let request = http().request(method.clone(), server.at(PLACE.1));
        let request = request
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", proof);
        assert_eq!(answer(request).await.status, status, "{method} {htm}");
    }
}

async fn a_bound_token_needs_a_proof_of_its_key(server: &TestServer) {
    for client in ["app", "trusted"] {
        let (rp, prover, thief) = (RelyingParty::new(server, client), Prover::new(), Prover::new());
        let token = bound(&rp, &prover, "openid").await;
        let answer = prover.userinfo(server, &token).await.accepted();
        assert_eq!(answer.text("sub"), server.user("alice").to_string());
        // §7.2: as a bearer token it is worth nothing, with a proof or without.
        challenged(&rp.userinfo(&token).await, "Bearer", "invalid_token");
        let proof = |changes| {
            prover.proof(
                server,
                PLACE,
                crate::support::keys::with(json!({ "ath": ath(&token) }), changes),
            )
        };
        let with =
            async |scheme: &str, proofs: &[&str]| userinfo_with(server, &format!("{scheme} {token}"), proofs).await;
        challenged(&with("Bearer", &[&proof(json!({}))]).await, "Bearer", "invalid_token");
        let form = http().post(server.at(PLACE.1)).form(&[("access_token", &token)]);
        let form = form.header("dpop", proof(json!({ "htm": "POST" })));
        challenged(
            &crate::support::relying_party::answer(form).await,
            "Bearer",
            "invalid_token",
        );
        with("dpop", &[&proof(json!({}))]).await.accepted();
        // The proof must be of this key, this request and this token, and new.
        challenged(&thief.userinfo(server, &token).await, "DPoP", "invalid_token");
        for wrong in [
            json!({ "ath": null }),
            json!({ "ath": "" }),
            json!({ "ath": 1 }),
            json!({ "ath": ath("x") }),
            json!({ "htm": "POST" }),
            json!({ "htu": format!("{}/oauth2/token", server.issuer) }),
            json!({ "iat": server.now() - 121 }),
        ] {
            challenged(&with("DPoP", &[&proof(wrong)]).await, "DPoP", "invalid_dpop_proof");
        }
        challenged(&with("DPoP", &[]).await, "DPoP", "invalid_dpop_proof");
        challenged(&with("DPoP", &["x"]).await, "DPoP", "invalid_dpop_proof");
        challenged(
            &with("DPoP", &[&proof(json!({})), &proof(json!({}))]).await,
            "DPoP",
            "invalid_dpop_proof",
        );
        let once = proof(json!({}));
        with("DPoP", &[&once]).await.accepted();
        challenged(&with("DPoP", &[&once]).await, "DPoP", "invalid_dpop_proof");
        // What is bound to no key is not presented with one.
        let plain = rp
            .tokens(&mut rp.browser(), "alice", "openid")
            .await
            .text("access_token");
        challenged(&prover.userinfo(server, &plain).await, "DPoP", "invalid_token");
        rp.userinfo(&plain).await.accepted();
    }
}

async fn a_bridge_needs_the_key_of_the_token(server: &TestServer) {
    let (rp, prover, thief) = (RelyingParty::new(server, "app"), Prover::new(), Prover::new());
    let token = bound(&rp, &prover, "openid web").await;
    let place = ("POST", "/session/bridge");
    let form = [("access_token", token.as_str())];
    let with = async |proof: &str| rp.post_with(place.1, &form, &[("dpop", proof)]).await;
    rp.post(place.1, &form).await.refused(400, "invalid_grant");
    let foreign = thief.proof(server, place, json!({ "ath": ath(&token) }));
    with(&foreign).await.refused(400, "invalid_grant");
    with(&prover.proof(server, place, json!({})))
        .await
        .refused(400, "invalid_dpop_proof");
    let good = prover.proof(server, place, json!({ "ath": ath(&token) }));
    with(&good).await.accepted();
    with(&good).await.refused(400, "invalid_dpop_proof");
}
