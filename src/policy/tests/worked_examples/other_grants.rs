//! Examples 19, 32 and 33: clients for themselves, token exchange, the device grant.

use crate::model::client::InheritedAssurance;
use crate::model::evidence::Acr;
use crate::model::requirement::Requirement;
use crate::policy::facts::Channel;
use crate::policy::tests::scene::{Scene, grant, pwd, source, totp};

#[test]
fn example_19_client_credentials() {
    let scene = Scene::new(Channel::ClientCredentials).with(|facts| facts.user = None);
    assert_eq!(scene.decided(), "allow without acr, check 9");
    assert_eq!(scene.client_high().decided(), "deny grant_cannot_reach_level, check 9");
}

#[test]
fn a_clients_own_greatest_age_is_for_those_who_can_be_asked() {
    let mut own = source("client app", Acr::None);
    own.requirement.max_age = Some(300);
    let alone = Scene::new(Channel::ClientCredentials).with(|facts| facts.user = None);
    assert_eq!(
        alone.clone().requires(own.clone()).decided(),
        "allow without acr, check 9"
    );
    let mut resource = source("resource https://api.example", Acr::None);
    resource.requirement.max_age = Some(300);
    assert_eq!(
        alone.requires(resource).decided(),
        "deny grant_cannot_reach_level, check 9"
    );
    let exchanged = Scene::new(Channel::Exchange)
        .proof(grant(Acr::High, "09:10", &[]))
        .with(|facts| facts.client.exchange_assurance = InheritedAssurance::Inherit)
        .requires(own);
    assert_eq!(exchanged.decided(), "allow high [pwd otp mfa] Tue 09:10, check 9");
    let target = source("resource https://api.example", Acr::High);
    assert_eq!(exchanged.requires(target).decided(), "deny not_backed, check 9");
}

#[test]
fn example_32_an_exchanged_token_keeps_its_pair_and_its_age() {
    let scene = Scene::new(Channel::Exchange)
        .proof(grant(Acr::High, "09:10", &[]))
        .with(|facts| facts.client.exchange_assurance = InheritedAssurance::Inherit);
    let mut target = source("resource https://api.example", Acr::High);
    let timeless = scene.clone().requires(target.clone());
    assert_eq!(timeless.decided(), "allow high [pwd otp mfa] Tue 09:10, check 9");
    target.requirement = Requirement {
        acr: Acr::High,
        max_age: Some(900),
    };
    assert_eq!(scene.requires(target).decided(), "deny not_backed, check 9");
}

#[test]
fn example_33_a_device_is_approved_at_the_level_of_the_approving_browser() {
    let scene = Scene::shows(&[pwd("09:58")]).client_high().with(|facts| {
        facts.channel = Channel::Device;
        facts.client.device_assurance = InheritedAssurance::Inherit;
    });
    assert_eq!(scene.decided(), "challenge totp for high by client app, check 9");
    assert_eq!(
        scene.then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11"
    );
}
