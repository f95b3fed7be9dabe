//! Examples 15 to 18: JWT bearer.

use crate::model::client::JwtBearerAssurance;
use crate::model::evidence::Acr;
use crate::model::requirement::Requirement;
use crate::policy::NextStep;
use crate::policy::assurance::{Pair, meets};
use crate::policy::facts::{AssertionProof, Channel, Proof};
use crate::policy::tests::scene::{NOW, Scene, asserting, pwd, session, totp};

fn asserted() -> Scene {
    Scene::new(Channel::JwtBearer).proof(asserting(None, None))
}

fn mode(scene: Scene, mode: JwtBearerAssurance) -> Scene {
    scene.with(|facts| facts.client.jwt_bearer_assurance = mode)
}

#[test]
fn example_15_denied_or_not_approved_beforehand() {
    let scene = asserted().client_high();
    assert_eq!(scene.decided(), "deny not_preapproved, check 9");
    let denied = mode(scene, JwtBearerAssurance::Deny);
    assert_eq!(denied.decided(), "deny grant_cannot_reach_level, check 9");
    let code = |scene: &Scene| match scene.decision().step {
        NextStep::Refuse(reason) => reason.token_error().code.as_str(),
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(code(&denied), "unauthorized_client");
    assert_eq!(code(&asserted().client_high()), "invalid_grant");
}

#[test]
fn example_16_approved_beforehand_says_none() {
    let scene = asserted().client_high().of_user(|user| user.preapproved = true);
    assert_eq!(scene.decided(), "allow none, no time, amr [], check 11, exempted");
}

#[test]
fn example_17_the_token_of_16_does_not_meet_high() {
    let scene = asserted().client_high().of_user(|user| user.preapproved = true);
    let NextStep::Proceed(approval) = scene.decision().step else {
        panic!("not allowed");
    };
    let pair = Pair {
        assurance: approval.snapshot().assurance.clone(),
        evidence: Vec::new(),
    };
    assert!(!meets(&pair, Requirement::of(Acr::High), NOW, NOW));
    assert!(!meets(&pair, Requirement::of(Acr::Standard), NOW, NOW));
}

#[test]
fn example_18_backed_by_a_session() {
    let backed = |evidence: &[_]| {
        let scene = mode(asserted(), JwtBearerAssurance::SessionBacked).client_high();
        scene.proof(Proof::Assertion(AssertionProof {
            sessions: vec![session(evidence)],
            ..AssertionProof::default()
        }))
    };
    let high = backed(&[pwd("09:00"), totp("09:00")]);
    assert_eq!(high.decided(), "allow high [pwd otp mfa] Tue 09:00, check 11");
    assert_eq!(backed(&[pwd("09:00")]).decided(), "deny not_backed, check 9");
}
