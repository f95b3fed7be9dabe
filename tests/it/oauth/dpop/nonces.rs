//! Nonces, which any node makes and any node knows. RFC 9449 §8, §9.

use countersign::server::{Clock, Server};
use serde_json::json;

use super::directory;
use crate::support::dpop::{Prover, ath, userinfo_with};
use crate::support::relying_party::{Answer, RelyingParty, agree, code_of, log_in};
use crate::support::server::{TestServer, on_both, with_directory};

const PLACE: (&str, &str) = ("POST", "/oauth2/token");
const FORM: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "calendar")];

on_both! {
    with_directory(&directory()).settings("[dpop]\nrequire_nonce = true");
    a_proof_must_have_a_recent_nonce,
    resources_demand_nonces_too,
    every_node_knows_the_nonces_of_the_others
}

async fn with_nonce(server: &TestServer, prover: &Prover, nonce: Option<&str>) -> Answer {
    let proof = prover.proof(server, PLACE, json!({ "nonce": nonce }));
    let rp = RelyingParty::new(server, "service");
    rp.post_with("/oauth2/token", &FORM, &[("dpop", &proof)]).await
}

#[track_caller]
fn nonce_of(answer: &Answer) -> String {
    let mut nonces = answer.headers.get_all("dpop-nonce").iter();
    let nonce = nonces.next().expect("a nonce").to_str().unwrap().to_owned();
    assert!(nonces.next().is_none());
    // RFC 9449 §8.1: NQCHAR
    assert!(
        nonce
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    );
    nonce
}

async fn a_proof_must_have_a_recent_nonce(server: &TestServer) {
    let prover = Prover::new();
    let first = with_nonce(server, &prover, None).await;
    first.refused(400, "use_dpop_nonce");
    let nonce = nonce_of(&first);
    let good = with_nonce(server, &prover, Some(&nonce)).await.accepted();
    assert_eq!(good.text("token_type"), "DPoP");
    assert_eq!(nonce_of(&good), nonce);
    let forged = format!("{}{}", if nonce.starts_with('A') { 'B' } else { 'A' }, &nonce[1..]);
    for wrong in [
        "",
        "x",
        "AAAAAAAAAAA",
        &nonce[..nonce.len() - 1],
        &forged,
        &format!("{nonce}A"),
    ] {
        let answer = with_nonce(server, &prover, Some(wrong)).await;
        answer.refused(400, "use_dpop_nonce");
        assert_eq!(nonce_of(&answer), nonce);
    }
    // It does for the slice of time after its own, and then no more.
    server.advance(120);
    let next = with_nonce(server, &prover, Some(&nonce)).await.accepted();
    let newer = nonce_of(&next);
    assert_ne!(newer, nonce);
    server.advance(120);
    with_nonce(server, &prover, Some(&nonce))
        .await
        .refused(400, "use_dpop_nonce");
    with_nonce(server, &prover, Some(&newer)).await.accepted();
    // A nonce says that a proof is fresh, so clocks need not agree (§4.3, check 11).
    let newest = nonce_of(&with_nonce(server, &prover, None).await);
    let rp = RelyingParty::new(server, "service");
    let behind = prover.proof(server, PLACE, json!({ "nonce": newest, "iat": server.now() - 9_000 }));
    rp.post_with("/oauth2/token", &FORM, &[("dpop", &behind)])
        .await
        .accepted();
    rp.post_with("/oauth2/token", &FORM, &[("dpop", &behind)])
        .await
        .refused(400, "invalid_dpop_proof");
    // Who brings no proof is asked for none.
    let bearer = rp.post("/oauth2/token", &FORM).await.accepted();
    assert_eq!(bearer.header("dpop-nonce"), None);
}

async fn resources_demand_nonces_too(server: &TestServer) {
    let (rp, prover) = (RelyingParty::new(server, "app"), Prover::new());
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    let page = log_in(&mut browser, page, "alice").await;
    let code = code_of(&agree(&mut browser, page).await);
    let refused = prover.redeem(&rp, &code).await;
    refused.refused(400, "use_dpop_nonce");
    // The code was not spent by that.
    let nonce = nonce_of(&refused);
    let proof = prover.proof(server, PLACE, json!({ "nonce": nonce }));
    let tokens = rp
        .post_with("/oauth2/token", &rp.redemption(&code), &[("dpop", &proof)])
        .await
        .accepted();
    let access = tokens.text("access_token");
    let answer = prover.userinfo(server, &access).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "use_dpop_nonce"));
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("DPoP ") && challenge.contains("error=\"use_dpop_nonce\""),
        "{challenge}"
    );
    assert_eq!(
        answer.header("access-control-expose-headers").unwrap(),
        "WWW-Authenticate, DPoP-Nonce, X-Request-Id"
    );
    let changes = json!({ "nonce": nonce_of(&answer), "ath": ath(&access) });
    let proof = prover.proof(server, ("GET", "/oauth2/userinfo"), changes);
    let answer = userinfo_with(server, &format!("DPoP {access}"), &[&proof])
        .await
        .accepted();
    nonce_of(&answer);
    let pushed = rp
        .post_with(
            "/oauth2/par",
            &[],
            &[("dpop", &prover.proof(server, ("POST", "/oauth2/par"), json!({})))],
        )
        .await;
    pushed.refused(400, "use_dpop_nonce");
    nonce_of(&pushed);
}

async fn every_node_knows_the_nonces_of_the_others(server: &TestServer) {
    let settings = server.server.shared().settings.clone();
    let clock = Clock::standing_at(server.server.clock().now());
    let other = Server::open(settings, clock, true).expect("another node");
    let at = other.clock().now();
    let nonce = countersign::oauth::proof::dpop::nonce((other.shared(), at));
    with_nonce(server, &Prover::new(), Some(&nonce)).await.accepted();
}
