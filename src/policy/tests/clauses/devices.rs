//! Section F: known devices, trusted addresses, verification.

use crate::model::assurance::DeviceActivation;
use crate::model::evidence::{Acr, FactorKind, Upstream};
use crate::policy::facts::{Channel, Suffix};
use crate::policy::tests::scene::{Scene, api_login, proven, pwd, totp};

const ALLOWED: &str = "allow standard [pwd] Tue 09:50, check 11";
const VERIFY: &str = "challenge totp for low by device, check 8";

fn unknown() -> Scene {
    Scene::shows(&[pwd("09:50")]).away()
}

#[test]
fn s73_s74_s75_known_then_trusted_then_verified() {
    assert_eq!(unknown().decided(), VERIFY);
    assert_eq!(
        unknown().with(|facts| facts.place.known_device = true).decided(),
        ALLOWED
    );
    let trusted = unknown().with(|facts| facts.place.ip = Some([192, 0, 2, 77].into()));
    assert_eq!(trusted.decided(), ALLOWED);
    let disguised = trusted.with(|facts| facts.place.claims_other_address = true);
    assert_eq!(
        disguised.decided(),
        VERIFY,
        "a peer that claims another address is trusted by no range"
    );
    assert_eq!(
        unknown().then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11"
    );
}

#[test]
fn s75_without_any_channel_it_ends() {
    assert_eq!(unknown().enrolled(&[]).decided(), "deny device_not_activated, check 8");
    let off = unknown()
        .enrolled(&[FactorKind::Sms])
        .with(|facts| facts.rules.columns.restricted = Acr::None);
    assert_eq!(
        off.decided(),
        "deny device_not_activated, check 8",
        "what is switched off is no channel"
    );
    let mailed = unknown()
        .enrolled(&[FactorKind::Email])
        .then(proven(FactorKind::Email, "09:58"));
    assert_eq!(mailed.decided(), "allow standard [pwd email] Tue 09:58, check 11");
}

#[test]
fn s72_a_trusted_address_waives_the_device_and_nothing_else() {
    let scene = unknown().with(|facts| facts.place.ip = Some([192, 0, 2, 77].into()));
    assert_eq!(
        scene.clone().mfa_ui().decided(),
        "challenge totp for high by profile default, check 5"
    );
    assert_eq!(scene.clone().login_range().decided(), "deny ip_not_allowed, check 7");
    assert_eq!(
        scene.client_high().decided(),
        "challenge totp for high by client app, check 9"
    );
}

#[test]
fn s73_ranges_take_the_place_of_devices() {
    let inside = unknown()
        .login_range()
        .with(|facts| facts.place.ip = Some([10, 0, 0, 1].into()));
    assert_eq!(inside.decided(), ALLOWED);
    let organisation = unknown().with(|facts| {
        facts.rules.login_ip_ranges = ["198.51.100.0/24".parse().unwrap()].into();
    });
    assert_eq!(organisation.decided(), ALLOWED);
}

#[test]
fn s76_exempt_profiles_do_not_skip_the_second_factor() {
    let exempt = unknown().of_user(|user| user.profile.activation_exempt = true);
    assert_eq!(exempt.decided(), ALLOWED);
    assert_eq!(
        exempt.profile_high().decided(),
        "challenge totp for high by profile default, check 9"
    );
}

#[test]
fn activation_may_be_told_or_left_out() {
    for activation in [DeviceActivation::Notify, DeviceActivation::Off] {
        let scene = unknown().with(|facts| facts.rules.device_activation = activation);
        assert_eq!(scene.decided(), ALLOWED, "{activation:?}");
    }
}

#[test]
fn a_provider_that_says_two_factors_has_verified_the_device() {
    let believed = |acr| {
        let upstream = Upstream { acr, amr: Vec::new() };
        Scene::shows(&[proven(FactorKind::Upstream, "09:50").upstream(upstream)]).away()
    };
    assert_eq!(believed(Acr::High).decided(), "allow high [] Tue 09:50, check 11");
    assert_eq!(believed(Acr::Standard).decided(), VERIFY);
}

#[test]
fn s81_a_locked_account_is_sent_no_more_challenges() {
    let locked = |scene: Scene| {
        scene.with(|facts| {
            let until = facts.now.plus_seconds(900);
            facts.user.as_mut().unwrap().locked_until = Some(until);
        })
    };
    assert_eq!(locked(unknown()).decided(), "deny bad_credentials, check 8");
    assert_eq!(
        locked(Scene::shows(&[pwd("09:50")]).mfa_ui()).decided(),
        "deny bad_credentials, check 5"
    );
    let live = locked(Scene::shows(&[pwd("09:50")]));
    assert_eq!(live.decided(), ALLOWED, "live sessions go on");
}

#[test]
fn s75_programs_bring_a_token_or_a_code() {
    let login = |suffix| Scene::new(Channel::Password).proof(api_login(suffix)).away().decided();
    assert_eq!(login(Suffix::Nothing), "deny api_token_required, check 8");
    assert_eq!(login(Suffix::Token), "allow standard [pwd] Tue 10:00, check 11");
    assert_eq!(login(Suffix::Code), "allow standard [pwd otp mfa] Tue 10:00, check 11");
}
