//! Recovery codes: worth enrolling a new factor where the old one was to be proved first, and no more. ASSURANCE.md §1, §4.

use crate::model::evidence::{Evidence, FactorKind};
use crate::policy::tests::scene::{Scene, proven, pwd, totp};

fn code(time: &str) -> Evidence {
    proven(FactorKind::RecoveryCode, time)
}

/// Somebody with an authenticator app and recovery codes, whose client demands `high`.
fn scene() -> Scene {
    let enrolled = [FactorKind::Totp, FactorKind::RecoveryCode];
    Scene::shows(&[pwd("09:50")]).enrolled(&enrolled).client_high()
}

#[test]
fn a_recovery_code_is_the_last_thing_offered_and_leads_to_enrolment_alone() {
    assert_eq!(
        scene().decided(),
        "challenge totp recovery_code for high by client app, check 9"
    );
    let recovered = scene().then(code("09:59"));
    assert_eq!(
        recovered.decided(),
        "enrol passkey totp hotp sms voice for high by client app, check 9"
    );
    assert_eq!(
        recovered.then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11"
    );
}

#[test]
fn a_recovery_code_reaches_standard_and_never_says_mfa() {
    let scene = Scene::shows(&[pwd("09:50"), code("09:59")]).enrolled(&[FactorKind::RecoveryCode]);
    assert_eq!(scene.decided(), "allow standard [pwd rcv] Tue 09:59, check 11");
    let alone = Scene::shows(&[code("09:59")]).enrolled(&[FactorKind::RecoveryCode]);
    assert_eq!(alone.decided(), "login, check 3");
}

#[test]
fn a_user_with_a_usable_factor_cannot_satisfy_a_step_up_by_enrolling_another() {
    for enrolled in [
        &[FactorKind::Totp][..],
        &[FactorKind::Hotp],
        &[FactorKind::YubikeyOtp],
        &[FactorKind::RecoveryCode],
        &[FactorKind::Totp, FactorKind::RecoveryCode],
    ] {
        let decided = Scene::shows(&[pwd("09:50")]).enrolled(enrolled).client_high().decided();
        assert!(decided.starts_with("challenge "), "{enrolled:?}: {decided}");
    }
    let long_ago = scene().with(|facts| facts.began = facts.now).then(code("09:44"));
    assert!(
        long_ago.decided().starts_with("challenge totp"),
        "{}",
        long_ago.decided()
    );
    let later = scene().then(code("10:01"));
    assert!(later.decided().starts_with("challenge totp"), "{}", later.decided());
}

#[test]
fn a_recovery_code_is_not_offered_where_it_leads_nowhere() {
    let shut = scene().with(|facts| facts.rules.enrol_at_step_up = false);
    assert_eq!(shut.decided(), "challenge totp for high by client app, check 9");
    let recovered = shut.then(code("09:59"));
    assert_eq!(recovered.decided(), "challenge totp for high by client app, check 9");
    let locked = scene()
        .then(code("09:59"))
        .of_user(|user| user.locked_until = Some(crate::policy::tests::scene::at("10:05")));
    assert_eq!(locked.decided(), "deny bad_credentials, check 9");
}

#[test]
fn an_unknown_device_takes_a_recovery_code_last() {
    let enrolled = [FactorKind::RecoveryCode, FactorKind::Totp];
    let away = Scene::shows(&[pwd("09:50")]).enrolled(&enrolled).away();
    assert_eq!(
        away.decided(),
        "challenge totp recovery_code for low by device, check 8"
    );
    let shown = away.then(code("10:00"));
    assert_eq!(shown.decided(), "allow standard [pwd rcv] Tue 10:00, check 11");
}
