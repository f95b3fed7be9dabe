//! Section E: which flows carry `high`, and what a token says.

use crate::model::client::InheritedAssurance;
use crate::model::evidence::Acr;
use crate::policy::NextStep;
use crate::policy::facts::{Channel, Proof, Suffix};
use crate::policy::tests::scene::{Scene, api_login, grant, pwd, source, totp};

#[test]
fn s55_flows_with_approval_carry_high() {
    let approved = Scene::shows(&[pwd("09:00"), totp("09:00")])
        .client_high()
        .profile_high();
    assert_eq!(approved.decided(), "allow high [pwd otp mfa] Tue 09:00, check 11");
    let NextStep::Proceed(approval) = approved.decision().step else {
        panic!("not allowed");
    };
    let granted = Proof::Grant(Box::new(approval.snapshot().clone()));
    for channel in [Channel::Code, Channel::Refresh] {
        let scene = Scene::new(channel).client_high().profile_high().proof(granted.clone());
        assert_eq!(
            scene.decided(),
            "allow high [pwd otp mfa] Tue 09:00, check 9",
            "{channel:?}"
        );
    }
}

#[test]
fn s58_the_other_flows_are_blocked_at_high() {
    let scenes = [
        Scene::new(Channel::ClientCredentials).with(|facts| facts.user = None),
        Scene::new(Channel::Password).proof(api_login(Suffix::Code)),
        Scene::shows(&[pwd("09:00"), totp("09:00")]).with(|facts| facts.channel = Channel::Device),
        Scene::new(Channel::Exchange).proof(grant(Acr::High, "09:00", &[])),
    ];
    for scene in scenes {
        let channel = scene.0.channel;
        assert_eq!(
            scene.clone().client_high().decided(),
            "deny grant_cannot_reach_level, check 9",
            "{channel:?}"
        );
        if scene.0.user.is_some() {
            assert_eq!(scene.profile_high().decided(), "deny unmet_acr, check 9", "{channel:?}");
        }
    }
}

#[test]
fn s58_below_high_an_exchange_keeps_its_pair() {
    let scene = Scene::new(Channel::Exchange)
        .proof(grant(Acr::Standard, "09:00", &[]))
        .requires(source("client app", Acr::Standard));
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:00, check 9");
    let none = scene.proof(Proof::Grant(Box::default()));
    assert_eq!(none.decided(), "deny not_backed, check 9");
}

#[test]
fn s60_c09_a_refresh_keeps_what_the_grant_had() {
    for (acr, told) in [(Acr::Standard, "standard [pwd]"), (Acr::High, "high [pwd otp mfa]")] {
        let scene = Scene::new(Channel::Refresh).proof(grant(acr, "Mon 08:00", &[]));
        assert_eq!(scene.decided(), format!("allow {told} Mon 08:00, check 9"));
    }
}

#[test]
fn s64_c14_the_bridge_carries_what_the_token_says_or_as_a_setting_its_password_alone() {
    let scene = Scene::new(Channel::Bridge)
        .proof(grant(Acr::High, "09:00", &[pwd("09:00"), totp("09:00")]))
        .with(|facts| facts.asked.scope = ["web"].into_iter().collect());
    assert_eq!(scene.decided(), "allow high [pwd otp mfa] Tue 09:00, check 9");
    let compared = scene.clone().with(|facts| facts.rules.bridge_carries_assurance = false);
    assert_eq!(compared.decided(), "allow standard [pwd] Tue 09:00, check 9");
    let capped = scene.proof(grant(Acr::Standard, "09:00", &[pwd("09:00"), totp("09:00")]));
    let told = "allow standard [pwd] Tue 09:00, check 9";
    assert_eq!(
        capped.decided(),
        told,
        "a ceiling of the grant is not lifted by a browser"
    );
}

#[test]
fn s65_a_token_says_none_for_whoever_did_not_authenticate_and_nothing_about_nobody() {
    let run_as = Scene::new(Channel::ClientCredentials);
    assert_eq!(run_as.decided(), "allow none, no time, amr [], check 9");
    let alone = run_as.with(|facts| facts.user = None);
    assert_eq!(alone.decided(), "allow without acr, check 9");
}

#[test]
fn a_grant_whose_user_is_gone_gives_nothing() {
    for channel in [Channel::Code, Channel::Refresh, Channel::Exchange, Channel::Bridge] {
        let scene = Scene::new(channel).proof(grant(Acr::Standard, "09:00", &[]));
        let gone = scene.clone().with(|facts| facts.user = None);
        assert_eq!(gone.decided(), "deny user_disabled, check 3", "{channel:?}");
        let nothing = scene
            .proof(Proof::Nothing)
            .with(|facts| facts.asked.scope = ["web"].into_iter().collect());
        assert_eq!(nothing.decided(), "deny not_backed, check 9", "{channel:?}");
    }
}

#[test]
fn device_grants_that_never_reach_high_ask_nobody_for_it() {
    let scene = Scene::shows(&[pwd("09:50")])
        .mfa_ui()
        .with(|facts| facts.channel = Channel::Device);
    assert_eq!(scene.decided(), "deny unmet_acr, check 5");
    let inherits = scene.with(|facts| facts.client.device_assurance = InheritedAssurance::Inherit);
    assert_eq!(
        inherits.decided(),
        "challenge totp for high by profile default, check 5"
    );
}
