//! Section F: login hours.

use std::sync::Arc;

use crate::model::evidence::Acr;
use crate::model::login_hours::LoginHours;
use crate::policy::facts::{Channel, Suffix};
use crate::policy::tests::scene::{Scene, api_login, asserting, at, grant, pwd, totp};

const OUTSIDE: &str = "deny outside_login_hours, check 4";

/// Tuesdays from 08:00 to 09:59, last minute included.
fn morning(scene: Scene) -> Scene {
    let hours = LoginHours {
        tuesday: vec!["08:00-09:59".parse().unwrap()],
        ..LoginHours::default()
    };
    scene.of_user(|user| user.profile.login_hours = Some(Arc::new(hours)))
}

#[test]
fn s66_the_last_minute_counts_in_the_zone_of_the_profile() {
    let scene = morning(Scene::new(Channel::Password).proof(api_login(Suffix::Nothing)));
    assert_eq!(scene.decided(), OUTSIDE);
    let last = scene.clone().with(|facts| facts.now = at("09:59"));
    assert_ne!(last.decided(), OUTSIDE);
    let west = scene.of_user(|user| user.profile.time_zone = "Atlantic/Azores".to_owned().try_into().unwrap());
    assert_eq!(
        west.decided(),
        "allow standard [pwd] Tue 10:00, check 11",
        "09:00 there"
    );
}

#[test]
fn s67_a_session_that_began_within_the_hours_goes_on_unless_they_end_it() {
    let began = morning(Scene::shows(&[pwd("09:50")]));
    assert_eq!(began.decided(), "allow standard [pwd] Tue 09:50, check 11");
    assert_eq!(
        began.clone().then(pwd("10:00")).decided(),
        OUTSIDE,
        "a new login is not the old session"
    );
    assert_eq!(
        began.clone().client_high().then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11",
        "a step-up is no login"
    );
    let ended = began.of_user(|user| user.profile.hours_end_sessions = true);
    assert_eq!(ended.decided(), OUTSIDE);
}

#[test]
fn s67_refreshes_and_programs_outside_the_hours() {
    let refresh = morning(Scene::new(Channel::Refresh).proof(grant(Acr::Standard, "09:00", &[])));
    let run_as = morning(Scene::new(Channel::ClientCredentials));
    for scene in [refresh, run_as] {
        assert!(scene.decided().starts_with("allow"), "{}", scene.decided());
        let ended = scene.of_user(|user| user.profile.hours_end_sessions = true);
        assert_eq!(ended.decided(), OUTSIDE);
    }
    let assertion = morning(Scene::new(Channel::JwtBearer).proof(asserting(None, None)));
    assert_eq!(assertion.decided(), OUTSIDE, "each is a login");
}
