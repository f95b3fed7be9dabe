//! Codes that only the holder of a key redeems. RFC 9449 §10.

use serde_json::json;

use super::directory;
use crate::support::directory::CALLBACK;
use crate::support::dpop::Prover;
use crate::support::relying_party::{Answer, RelyingParty, code_of, log_in};
use crate::support::server::{TestServer, on_both, with_directory};

on_both! {
    with_directory(&directory());
    a_code_is_bound_to_the_key_that_was_named,
    a_pushed_request_is_bound_to_the_key_that_was_shown
}

fn page(server: &TestServer) -> RelyingParty<'_> {
    RelyingParty::public(server, "page", CALLBACK)
}

/// The code of a request with these parameters.
async fn code(rp: &RelyingParty<'_>, further: &[(&str, &str)]) -> String {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", further).await;
    code_of(&log_in(&mut browser, page, "alice").await)
}

async fn a_code_is_bound_to_the_key_that_was_named(server: &TestServer) {
    let (rp, prover, thief) = (page(server), Prover::new(), Prover::new());
    let jkt = prover.jkt();
    let named = [("dpop_jkt", jkt.as_str())];
    prover.redeem(&rp, &code(&rp, &named).await).await.accepted();
    rp.redeem(&code(&rp, &named).await).await.refused(400, "invalid_grant");
    let stolen = code(&rp, &named).await;
    thief.redeem(&rp, &stolen).await.refused(400, "invalid_grant");
    // As with a wrong verifier, the code is spent.
    prover.redeem(&rp, &stolen).await.refused(400, "invalid_grant");
    for wrong in ["x", "AAAA", &format!("{jkt}A"), &"=".repeat(43)] {
        let page = rp.authorize(&mut rp.browser(), "openid", &[("dpop_jkt", wrong)]).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{wrong}");
    }
}

async fn push(rp: &RelyingParty<'_>, proof: &str, further: &[(&str, &str)]) -> Answer {
    let mut params = rp.request("openid");
    params.extend(
        further
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    params.retain(|(name, _)| name != "client_id");
    let form: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
    rp.post_with("/oauth2/par", &form, &[("dpop", proof)]).await
}

async fn a_pushed_request_is_bound_to_the_key_that_was_shown(server: &TestServer) {
    let (rp, prover, thief) = (page(server), Prover::new(), Prover::new());
    let proof = || prover.proof(server, ("POST", "/oauth2/par"), json!({}));
    for further in [vec![], vec![("dpop_jkt", prover.jkt())]] {
        let further: Vec<(&str, &str)> = further.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for redeemer in [&prover, &thief] {
            let pushed = push(&rp, &proof(), &further).await;
            assert_eq!(pushed.status, 201, "{}", pushed.body);
            let address = rp.address(&[
                ("client_id".to_owned(), "page".to_owned()),
                ("request_uri".to_owned(), pushed.text("request_uri")),
            ]);
            let mut browser = rp.browser();
            let page = browser.get(&address).await;
            let code = code_of(&log_in(&mut browser, page, "alice").await);
            let answer = redeemer.redeem(&rp, &code).await;
            assert_eq!(
                answer.status == 200,
                std::ptr::eq(redeemer, &raw const prover),
                "{}",
                answer.body
            );
        }
    }
    let other = thief.jkt();
    push(&rp, &proof(), &[("dpop_jkt", &other)])
        .await
        .refused(400, "invalid_dpop_proof");
    let foreign = prover.for_token(server);
    push(&rp, &foreign, &[]).await.refused(400, "invalid_dpop_proof");
    push(&rp, "x", &[]).await.refused(400, "invalid_dpop_proof");
    let once = proof();
    assert_eq!(push(&rp, &once, &[]).await.status, 201);
    push(&rp, &once, &[]).await.refused(400, "invalid_dpop_proof");
}
