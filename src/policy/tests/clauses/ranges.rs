//! Section F: login ranges of profile and organisation.

use std::net::IpAddr;

use crate::model::client::IpRelaxation;
use crate::model::evidence::{Acr, Evidence};
use crate::policy::facts::{Channel, Suffix};
use crate::policy::tests::scene::{Scene, api_login, asserting, grant, pwd, totp};

const BARRED: &str = "deny ip_not_allowed, check 7";

fn here(scene: Scene, ip: &str) -> Scene {
    let ip: IpAddr = ip.parse().unwrap();
    scene.with(|facts| facts.place.ip = Some(ip))
}

fn from(evidence: Evidence, ip: &str) -> Evidence {
    evidence.from(Some(ip.parse().unwrap()))
}

#[test]
fn s68_no_factor_makes_up_for_an_address_outside() {
    let scene = Scene::shows(&[pwd("09:50"), totp("09:50")]).login_range();
    assert_eq!(scene.decided(), BARRED);
    assert_eq!(
        here(scene.clone(), "10.255.255.255").decided(),
        "allow high [pwd otp mfa] Tue 09:50, check 11"
    );
    assert_eq!(
        here(scene.clone(), "::ffff:10.0.0.1").decided(),
        "allow high [pwd otp mfa] Tue 09:50, check 11"
    );
    assert_eq!(here(scene.clone(), "2001:db8::1").decided(), BARRED);
    let unknown = scene.with(|facts| facts.place.ip = None);
    assert_eq!(unknown.decided(), BARRED, "what is not known is not inside");
}

#[test]
fn s69_with_two_ranges_both_hold() {
    let both = |ip| {
        let scene = here(Scene::shows(&[pwd("09:50")]).login_range(), ip);
        scene.with(|facts| facts.rules.login_ip_ranges = ["10.0.0.0/16".parse().unwrap()].into())
    };
    assert_eq!(both("10.0.1.1").decided(), "allow standard [pwd] Tue 09:50, check 11");
    assert_eq!(both("10.1.0.1").decided(), BARRED);
    let organisation = both("192.0.2.1").of_user(|user| user.profile.login_ip_ranges = [].into());
    assert_eq!(organisation.decided(), BARRED);
}

#[test]
fn s71_each_request_or_the_login_alone() {
    let moved = here(
        Scene::shows(&[from(pwd("09:50"), "10.0.0.1")]).login_range(),
        "192.0.2.1",
    );
    assert_eq!(moved.decided(), "allow standard [pwd] Tue 09:50, check 11");
    let each = moved.with(|facts| facts.rules.enforce_ip_on_every_request = true);
    assert_eq!(each.decided(), BARRED);
    assert_eq!(
        here(each, "10.0.0.2").decided(),
        "allow standard [pwd] Tue 09:50, check 11",
        "again from inside"
    );
    let outside = here(
        Scene::shows(&[from(pwd("09:50"), "192.0.2.1")]).login_range(),
        "10.0.0.1",
    );
    assert_eq!(outside.decided(), BARRED, "the login was made outside");
}

#[test]
fn s71_refreshes_assertions_and_exchanges_come_from_inside() {
    let scenes = [
        Scene::new(Channel::Refresh).proof(grant(Acr::Standard, "09:00", &[from(pwd("09:00"), "10.0.0.1")])),
        Scene::new(Channel::Exchange).proof(grant(Acr::Standard, "09:00", &[])),
        Scene::new(Channel::JwtBearer).proof(asserting(None, None)),
        Scene::new(Channel::ClientCredentials),
        Scene::new(Channel::Password).proof(api_login(Suffix::Nothing)),
    ];
    for scene in scenes {
        let channel = scene.0.channel;
        assert_eq!(scene.clone().login_range().decided(), BARRED, "{channel:?}");
        let inside = here(scene.login_range(), "10.0.0.1").decided();
        assert!(inside.starts_with("allow"), "{channel:?}: {inside}");
    }
}

#[test]
fn a_client_may_be_spared_the_ranges_in_four_ways() {
    let scenes = || {
        [
            Scene::shows(&[pwd("09:50")]).with(|facts| facts.place.known_device = false),
            Scene::shows(&[pwd("09:50"), totp("09:50")]),
            Scene::new(Channel::Refresh).proof(grant(Acr::Standard, "09:00", &[])),
        ]
    };
    let allowed = |relaxation| {
        scenes().map(|scene| {
            let scene = scene.login_range().with(|facts| {
                facts.client.ip_relaxation = relaxation;
                facts.place.known_device &= facts.channel == Channel::Interactive;
            });
            scene.decided() != BARRED
        })
    };
    assert_eq!(allowed(IpRelaxation::Enforce), [false, false, false]);
    assert_eq!(allowed(IpRelaxation::BypassForActivated), [false, true, false]);
    assert_eq!(allowed(IpRelaxation::EnforceExceptRefresh), [false, false, true]);
    assert_eq!(allowed(IpRelaxation::Bypass), [true, true, true]);
}
