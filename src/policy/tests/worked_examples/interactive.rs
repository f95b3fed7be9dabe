//! Examples 1 to 11: authorization requests.

use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::OnInsufficient;
use crate::policy::reason::Reason;
use crate::policy::tests::scene::{Scene, pwd, source, totp};
use crate::policy::{NextStep, Page};

#[test]
fn example_01_no_requirement() {
    let scene = Scene::shows(&[pwd("09:50")]);
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:50, check 11");
}

#[test]
fn example_02_profile_high_is_challenged_then_allowed() {
    let scene = Scene::shows(&[pwd("10:00")]).profile_high();
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 9");
    assert_eq!(
        scene.then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11"
    );
}

#[test]
fn example_03_without_a_factor_the_strongest_are_offered_first() {
    let scene = Scene::shows(&[pwd("10:00")]).profile_high().enrolled(&[]);
    assert_eq!(
        scene.decided(),
        "enrol passkey totp hotp sms voice for high by profile default, check 9"
    );
    let without_senders = scene.with(|facts| facts.rules.kinds = vec![FactorKind::Totp, FactorKind::Passkey]);
    assert_eq!(
        without_senders.decided(),
        "enrol passkey totp for high by profile default, check 9"
    );
}

#[test]
fn example_04_prompt_none_is_an_error_and_no_enrolment() {
    let scene = Scene::shows(&[pwd("10:00")]).profile_high().enrolled(&[]);
    let NextStep::Interact(page) = scene.decision().step else {
        panic!("no page is due");
    };
    assert_eq!(page.unshown().as_str(), "interaction_required");
    assert_eq!(Page::Login.unshown().as_str(), "login_required");
}

#[test]
fn example_05_a_high_session_is_not_asked_again() {
    let scene = Scene::shows(&[pwd("09:00"), totp("09:00")]).client_high();
    assert_eq!(scene.decided(), "allow high [pwd otp mfa] Tue 09:00, check 11");
}

#[test]
fn example_06_block_denies() {
    let mut client = source("client app", Acr::High);
    client.on_insufficient = OnInsufficient::Block;
    let scene = Scene::shows(&[pwd("09:50")]).requires(client);
    assert_eq!(scene.decided(), "deny level_blocked, check 9");
    let error = Reason::LevelBlocked.authorization_error();
    assert_eq!(error.to_string(), "access_denied: insufficient assurance");
}

#[test]
fn example_07_a_stale_factor_is_challenged() {
    let scene = Scene::shows(&[pwd("Mon 21:00"), totp("Mon 21:00")]).client_high();
    assert_eq!(scene.decided(), "challenge totp for high by client app, check 9");
}

#[test]
fn example_08_the_pair_rule_under_max_age() {
    let scene = Scene::shows(&[pwd("09:30"), totp("09:30"), pwd("09:55")])
        .acr_values(&["high"])
        .with(|facts| facts.asked.max_age = Some(900));
    assert_eq!(scene.decided(), "challenge totp for high by request, check 9");
}

#[test]
fn example_09_the_first_value_that_is_shown() {
    let scene = Scene::shows(&[pwd("09:55"), totp("09:55")]).acr_values(&["phr", "high"]);
    assert_eq!(scene.decided(), "allow high [pwd otp mfa] Tue 09:55, check 11");
    let approval = match scene.decision().step {
        NextStep::Proceed(approval) => approval,
        other => panic!("not allowed: {other:?}"),
    };
    assert_eq!(approval.snapshot().acr_value.as_deref(), Some("high"));
}

#[test]
fn example_10_an_essential_level_that_the_user_cannot_or_will_not_reach() {
    let scene = Scene::shows(&[pwd("09:55"), totp("09:55")])
        .acr_values(&["phr"])
        .with(|facts| facts.asked.acr_essential = true);
    let offered = "enrol passkey for phr by request, check 9";
    assert_eq!(scene.decided(), offered, "the factor that is there was proved just now");
    let will_not = scene.clone().with(|facts| facts.rules.enrol_at_step_up = false);
    assert_eq!(will_not.decided(), "deny unmet_acr, check 9");
    let cannot = scene.with(|facts| facts.rules.kinds = vec![FactorKind::Totp]);
    assert_eq!(cannot.decided(), "deny unmet_acr, check 9");
    let error = Reason::UnmetAcr.authorization_error();
    assert_eq!(error.code.as_str(), "unmet_authentication_requirements");
}

#[test]
fn example_11_prompt_login_counts_nothing_from_before() {
    let scene = Scene::shows(&[pwd("09:59"), totp("09:59")])
        .profile_high()
        .with(|facts| facts.asked.anew = true);
    assert_eq!(scene.decided(), "login, check 3");
    let scene = scene.then(pwd("10:00"));
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 9");
    assert_eq!(
        scene.then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11"
    );
}
