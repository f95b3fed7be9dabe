//! JWT bearer: what backs a level (C1, S56, S57).

use crate::model::client::JwtBearerAssurance;
use crate::model::evidence::{Acr, Assurance, Evidence};
use crate::model::requirement::Requirement;
use crate::policy::facts::{AssertionProof, Channel, Proof, SessionProof};
use crate::policy::requirements::Source;
use crate::policy::tests::scene::{Scene, asserting, at, pwd, session, source, totp};

fn scene(mode: JwtBearerAssurance) -> Scene {
    let scene = Scene::new(Channel::JwtBearer)
        .proof(asserting(None, None))
        .client_high();
    scene.with(|facts| facts.client.jwt_bearer_assurance = mode)
}

fn asserted(acr: Acr, time: &str) -> Assurance {
    Assurance {
        acr,
        amr: vec!["hwk".into()],
        auth_time: Some(at(time)),
    }
}

fn live(n: u8, evidence: &[Evidence]) -> SessionProof {
    SessionProof {
        id: crate::model::id::SessionId::from_bytes([n; 16]),
        ..session(evidence)
    }
}

#[test]
fn s57_c01_the_older_rule_denies() {
    let scene = scene(JwtBearerAssurance::Deny).of_user(|user| user.preapproved = true);
    assert_eq!(scene.decided(), "deny grant_cannot_reach_level, check 9");
}

#[test]
fn s56_c01_the_newer_rule_waives_what_was_approved_beforehand_and_claims_nothing() {
    let scene = scene(JwtBearerAssurance::Preapproved);
    assert_eq!(scene.decided(), "deny not_preapproved, check 9");
    let approved = scene.of_user(|user| user.preapproved = true).profile_high().mfa_api();
    assert_eq!(approved.decided(), "allow none, no time, amr [], check 11, exempted");
}

#[test]
fn c01_a_session_that_is_enough_is_found_beside_a_stronger_one_that_is_too_old() {
    let mut client = source("client app", Acr::Standard);
    client.requirement = Requirement {
        acr: Acr::Standard,
        max_age: Some(900),
    };
    let sessions = vec![live(1, &[pwd("09:00"), totp("09:00")]), live(2, &[pwd("09:50")])];
    let scene = scene(JwtBearerAssurance::SessionBacked).with(|facts| {
        facts.required.sources = vec![client];
        facts.proof = Proof::Assertion(AssertionProof {
            sessions,
            ..AssertionProof::default()
        });
    });
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:50, check 11");
}

#[test]
fn c01_a_listed_issuer_is_believed_up_to_its_ceiling_and_no_longer_than_we_would_be() {
    let said = |ceiling, assurance| scene(JwtBearerAssurance::Asserted).proof(asserting(ceiling, Some(assurance)));
    let high = said(Some(Acr::Phr), asserted(Acr::High, "09:00"));
    assert_eq!(high.decided(), "allow high [hwk] Tue 09:00, check 11");
    let capped = said(Some(Acr::High), asserted(Acr::Phr, "09:00"));
    assert_eq!(capped.decided(), "allow high [hwk] Tue 09:00, check 11");
    let backed = "deny not_backed, check 9";
    assert_eq!(
        said(Some(Acr::Standard), asserted(Acr::High, "09:00")).decided(),
        backed
    );
    assert_eq!(
        said(None, asserted(Acr::High, "09:00")).decided(),
        backed,
        "an issuer that is not listed"
    );
    assert_eq!(
        said(Some(Acr::High), asserted(Acr::High, "Mon 21:59")).decided(),
        backed,
        "12 h and a minute"
    );
    assert_eq!(
        said(Some(Acr::High), asserted(Acr::High, "10:01")).decided(),
        backed,
        "not yet"
    );
    let timeless = Assurance {
        auth_time: None,
        ..asserted(Acr::High, "09:00")
    };
    assert_eq!(said(Some(Acr::High), timeless).decided(), backed);
}

#[test]
fn c01_the_age_that_a_resource_requires_holds_for_what_is_asserted() {
    let aged = |max_age| Source {
        requirement: Requirement {
            acr: Acr::High,
            max_age: Some(max_age),
        },
        ..source("resource https://api.example", Acr::High)
    };
    let scene =
        scene(JwtBearerAssurance::Asserted).proof(asserting(Some(Acr::High), Some(asserted(Acr::High, "09:45"))));
    let allowed = scene.clone().requires(aged(900));
    assert_eq!(allowed.decided(), "allow high [hwk] Tue 09:45, check 11");
    assert_eq!(scene.requires(aged(899)).decided(), "deny not_backed, check 9");
}
