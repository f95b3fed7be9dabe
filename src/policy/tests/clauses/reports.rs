//! Requirements that are only reported.

use crate::model::evidence::Acr;
use crate::model::requirement::{Enforcement, OnInsufficient};
use crate::policy::NextStep;
use crate::policy::tests::scene::{Scene, pwd, source, totp};

#[test]
fn what_is_reported_stops_nobody_and_says_what_would_have_been_asked() {
    let mut client = source("client app", Acr::High);
    client.enforcement = Enforcement::Report;
    client.on_insufficient = OnInsufficient::Block;
    let scene = Scene::shows(&[pwd("09:50")]).requires(client);
    assert_eq!(
        scene.decided(),
        "allow standard [pwd] Tue 09:50, check 11, would refuse: level_blocked"
    );
    let NextStep::Proceed(approval) = scene.decision().step else {
        panic!("not allowed");
    };
    assert_eq!(approval.snapshot().reported.as_deref(), Some("refuse: level_blocked"));
    let met = scene.then(totp("10:00"));
    assert_eq!(
        met.decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11",
        "met, so nothing is told"
    );
}

#[test]
fn an_enforced_need_is_asked_and_a_reported_one_told_beside_it() {
    let scene = Scene::shows(&[pwd("09:50")]).client_high().mfa_ui().of_user(|user| {
        user.profile.enforcement = Enforcement::Report;
    });
    assert_eq!(
        scene.decided(),
        "challenge totp for high by client app, check 9, would challenge (totp): profile default needs high"
    );
}
