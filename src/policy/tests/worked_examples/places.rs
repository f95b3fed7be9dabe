//! Examples 25 to 27, 30 and 35: hours, ranges, devices, and pages that are closed.

use std::sync::Arc;

use crate::model::evidence::FactorKind;
use crate::model::login_hours::LoginHours;
use crate::policy::facts::Channel;
use crate::policy::tests::scene::{Scene, proven, pwd, totp};

#[test]
fn example_25_outside_the_hours_nobody_is_challenged() {
    let afternoon = LoginHours {
        tuesday: vec!["12:00-18:00".parse().unwrap()],
        ..LoginHours::default()
    };
    let scene = Scene::shows(&[pwd("10:00")])
        .mfa_ui()
        .of_user(|user| user.profile.login_hours = Some(Arc::new(afternoon)));
    assert_eq!(scene.decided(), "deny outside_login_hours, check 4");
    let east = scene.of_user(|user| user.profile.time_zone = "Asia/Tokyo".to_owned().try_into().unwrap());
    assert_eq!(east.decided(), "deny outside_login_hours, check 4", "19:00 there");
    let dubai = east.of_user(|user| user.profile.time_zone = "Asia/Dubai".to_owned().try_into().unwrap());
    assert_eq!(
        dubai.decided(),
        "challenge totp for high by profile default, check 5",
        "14:00 there"
    );
}

#[test]
fn example_26_ranges_after_the_factor_or_at_once() {
    let scene = Scene::shows(&[pwd("10:00")]).mfa_ui().login_range();
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 5");
    let proved = scene.clone().then(totp("10:00"));
    assert_eq!(proved.decided(), "deny ip_not_allowed, check 7");
    let early = scene.with(|facts| facts.rules.early_ip_deny = true);
    assert_eq!(early.decided(), "deny ip_not_allowed, check 7");
}

#[test]
fn example_27_an_unknown_device_is_verified_by_a_call() {
    let scene = Scene::shows(&[pwd("10:00")]).away().enrolled(&[FactorKind::Voice]);
    assert_eq!(scene.decided(), "challenge voice for low by device, check 8");
    let called = scene.then(proven(FactorKind::Voice, "10:00"));
    assert_eq!(called.decided(), "allow high [pwd tel mca mfa] Tue 10:00, check 11");
}

#[test]
fn example_30_users_for_apis_alone_may_enrol_and_no_more() {
    let scene = Scene::shows(&[pwd("10:00")])
        .with(|facts| facts.channel = Channel::Page)
        .of_user(|user| user.api_only = true);
    assert_eq!(scene.decided(), "deny api_only_no_ui, check 3");
    let unenrolled = scene.enrolled(&[]);
    assert_eq!(
        unenrolled.decided(),
        "enrol passkey totp hotp sms voice for high by user for APIs alone, check 3"
    );
    let enrolled = unenrolled.enrolled(&[FactorKind::Totp]).then(totp("10:00"));
    assert_eq!(enrolled.decided(), "deny api_only_no_ui, check 3", "closed again");
}

#[test]
fn example_35_portal_users_activate_no_device() {
    let scene = Scene::shows(&[pwd("10:00")])
        .away()
        .enrolled(&[])
        .of_user(|user| user.profile.activation_exempt = true);
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 10:00, check 11");
}
