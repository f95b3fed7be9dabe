//! Levels that a request asks for, and enrolment in the middle of it. ASSURANCE.md §4.

use crate::model::evidence::{Acr, FactorKind};
use crate::policy::facts::Asked;
use crate::policy::tests::scene::{NOW, Scene, proven, pwd, source, totp};

fn essential(scene: Scene) -> Scene {
    scene.with(|facts| facts.asked.acr_essential = true)
}

#[test]
fn a_level_that_is_only_wished_for_is_not_refused() {
    let scene = Scene::shows(&[pwd("09:50"), totp("09:50")]).acr_values(&["phr"]);
    assert_eq!(scene.decided(), "allow high [pwd otp mfa] Tue 09:50, check 11");
    let strict = scene.clone().with(|facts| {
        facts.rules.acr_values_strict = true;
        facts.rules.enrol_at_step_up = false;
    });
    assert_eq!(strict.decided(), "deny unmet_acr, check 9");
    let mut client = source("client app", Acr::None);
    client.accepts = vec![FactorKind::Sms];
    let not_accepted = Scene::shows(&[pwd("09:50")])
        .acr_values(&["high"])
        .with(|facts| facts.rules.enrol_at_step_up = false)
        .requires(client);
    assert_eq!(not_accepted.decided(), "allow standard [pwd] Tue 09:50, check 11");
}

#[test]
fn unknown_values_are_skipped_and_all_unknown_are_unmet_only_if_essential() {
    let scene = Scene::shows(&[pwd("09:50")]).acr_values(&["urn:nobody:knows", "standard"]);
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:50, check 11");
    let unknown = Scene::shows(&[pwd("09:50")]).acr_values(&["urn:nobody:knows"]);
    assert_eq!(unknown.decided(), "allow standard [pwd] Tue 09:50, check 11");
    assert_eq!(essential(unknown).decided(), "deny unmet_acr, check 9");
}

#[test]
fn nobody_is_made_to_look_as_if_they_had_not_signed_in() {
    let scene = Scene::shows(&[pwd("09:50")]).acr_values(&["none"]);
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:50, check 11");
}

#[test]
fn any_value_that_is_shown_already_spares_the_challenge() {
    let scene = Scene::shows(&[pwd("09:50")]).acr_values(&["phr", "high", "standard"]);
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:50, check 11");
}

#[test]
fn a_factor_that_is_there_is_proved_before_another_is_added() {
    let scene = essential(Scene::shows(&[pwd("09:50")]).acr_values(&["phr"]));
    assert_eq!(scene.decided(), "challenge totp for high by request, check 9");
    let proved = scene.clone().then(totp("10:00"));
    assert_eq!(proved.decided(), "enrol passkey for phr by request, check 9");
    let long_ago = scene.then(totp("09:44"));
    assert_eq!(long_ago.decided(), "challenge totp for high by request, check 9");
}

#[test]
fn every_login_of_a_profile_may_enrol_though_a_step_up_may_not() {
    let scene = Scene::shows(&[pwd("09:50")])
        .client_high()
        .enrolled(&[])
        .with(|facts| facts.rules.enrol_at_step_up = false);
    assert_eq!(scene.decided(), "deny unmet_acr, check 9");
    let login = scene.profile_high();
    assert!(login.decided().starts_with("enrol passkey totp"), "{}", login.decided());
}

#[test]
fn the_request_may_name_who_must_be_there() {
    let scene = Scene::shows(&[pwd("09:50")]).with(|facts| {
        facts.asked = Asked {
            subjects: vec!["somebody else".into()],
            ..facts.asked.clone()
        };
    });
    assert_eq!(scene.decided(), "login, check 3");
    let bound = scene.with(|facts| {
        if let crate::policy::facts::Proof::Session(session) = &mut facts.proof {
            session.bound_here = true;
        }
    });
    assert_eq!(bound.decided(), "deny other_user, check 3");
}

#[test]
fn a_session_decays_instead_of_ending() {
    let idle = |minutes: i64| {
        let scene = Scene::shows(&[
            pwd("09:50"),
            totp("09:50"),
            proven(FactorKind::Passkey, "09:50").user_verified(),
        ]);
        scene.with(|facts| {
            facts.now = NOW.plus_seconds(60 * minutes);
            facts.began = facts.now;
        })
    };
    assert_eq!(idle(15).decided(), "allow phr [swk pop user mfa] Tue 09:50, check 11");
    assert!(idle(16).decided().starts_with("allow high"), "{}", idle(16).decided());
    assert!(
        idle(61).decided().starts_with("allow standard"),
        "{}",
        idle(61).decided()
    );
    assert_eq!(idle(121).decided(), "login, check 3");
}
