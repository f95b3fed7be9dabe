//! Section A: who must show a second factor at login.

use crate::model::assurance::Columns;
use crate::model::evidence::{Acr, FactorKind};
use crate::policy::facts::{Channel, Suffix};
use crate::policy::tests::scene::{Scene, api_login, proven, pwd, set, source, totp};

#[test]
fn s01_s05_nobody_with_mfa_ui_gets_past_a_password() {
    for channel in [Channel::Interactive, Channel::Page, Channel::Device] {
        let inherit = crate::model::client::InheritedAssurance::Inherit;
        let scene = Scene::shows(&[pwd("09:50")]).mfa_ui().with(|facts| {
            facts.channel = channel;
            facts.client.device_assurance = inherit;
        });
        let asked = "challenge totp for high by profile default, check 5";
        assert_eq!(scene.decided(), asked, "{channel:?}");
        let proved = scene.then(totp("10:00")).decided();
        assert!(proved.starts_with("allow high [pwd otp mfa] Tue 10:00"), "{proved}");
    }
}

#[test]
fn s02_either_permission_by_profile_or_by_any_set() {
    let by_sets = |names: &[&str]| {
        let sets = names.iter().map(|name| {
            let mut given = set(name);
            given.mfa_ui = true;
            given
        });
        let sets = sets.collect();
        Scene::shows(&[pwd("09:50")]).of_user(|user| user.permission_sets = sets)
    };
    let by = |name: &str| format!("challenge totp for high by permission set {name}, check 5");
    assert_eq!(by_sets(&["auditors", "admins"]).decided(), by("admins"));
    assert_eq!(
        by_sets(&["auditors"]).decided(),
        by("auditors"),
        "one was removed, one remains"
    );
    assert_eq!(by_sets(&[]).decided(), "allow standard [pwd] Tue 09:50, check 11");
}

#[test]
fn s03_s11_a_profile_level_needs_neither_permission() {
    let scene = Scene::shows(&[pwd("09:50")]).profile_high();
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 9");
    let passkey = proven(FactorKind::Passkey, "09:50").user_verified();
    let strong = Scene::shows(&[passkey]).profile_high().mfa_ui();
    assert_eq!(
        strong.decided(),
        "allow phr [swk pop user mfa] Tue 09:50, check 11",
        "a method in the high column is not asked again"
    );
}

#[test]
fn s04_s05_a_kind_that_reaches_too_little_is_no_method() {
    let scene = Scene::shows(&[pwd("09:50")]).mfa_ui().enrolled(&[FactorKind::Email]);
    assert_eq!(
        scene.decided(),
        "enrol passkey totp hotp sms voice for high by profile default, check 5"
    );
    let mailed = scene.then(proven(FactorKind::Email, "09:55"));
    assert!(mailed.decided().starts_with("enrol"), "{}", mailed.decided());
    let unrequired = Scene::shows(&[pwd("09:50"), proven(FactorKind::Email, "09:55")]);
    assert_eq!(
        unrequired.decided(),
        "allow standard [pwd email] Tue 09:55, check 11",
        "two categories, but mfa is not said below high"
    );
}

#[test]
fn s06_kinds_move_between_columns() {
    let columns = |multi_factor, passkey, restricted| Columns {
        multi_factor,
        passkey,
        restricted,
        voip: Acr::Standard,
    };
    let enrolled = [FactorKind::Passkey, FactorKind::Totp, FactorKind::Sms];
    let asked = |columns| {
        let scene = Scene::shows(&[pwd("09:50")]).profile_high().enrolled(&enrolled);
        scene.with(|facts| facts.rules.columns = columns).decided()
    };
    let (standard, high, phr) = (Acr::Standard, Acr::High, Acr::Phr);
    let by = "for high by profile default, check 9";
    assert_eq!(
        asked(columns(high, phr, high)),
        format!("challenge passkey totp sms {by}")
    );
    assert_eq!(
        asked(columns(high, phr, standard)),
        format!("challenge passkey totp {by}")
    );
    assert_eq!(
        asked(columns(high, high, Acr::None)),
        format!("challenge passkey totp {by}")
    );
    assert_eq!(asked(columns(standard, phr, high)), format!("challenge passkey {by}"));
    assert_eq!(asked(columns(standard, standard, high)), "deny unmet_acr, check 9");
    let moved = Scene::shows(&[proven(FactorKind::Passkey, "09:50").user_verified()]);
    let moved = moved.with(|facts| facts.rules.columns = columns(high, high, high));
    assert_eq!(moved.decided(), "allow high [swk pop user mfa] Tue 09:50, check 11");
}

#[test]
fn s40_c19_logins_of_people_and_of_programs_are_judged_apart() {
    let api = Scene::new(Channel::Password).proof(api_login(Suffix::Nothing)).mfa_ui();
    assert_eq!(api.decided(), "allow standard [pwd] Tue 10:00, check 11");
    let person = Scene::shows(&[pwd("09:50")]).mfa_ui();
    assert_eq!(person.decided(), "challenge totp for high by profile default, check 5");
}

#[test]
fn s39_the_strongest_enrolled_factor_comes_first_and_weaker_ones_only_where_they_will_do() {
    let enrolled = [
        FactorKind::Email,
        FactorKind::Sms,
        FactorKind::Totp,
        FactorKind::Passkey,
    ];
    let scene = |acr: &str| Scene::shows(&[pwd("09:50")]).enrolled(&enrolled).acr_values(&[acr]);
    assert_eq!(
        scene("high").decided(),
        "challenge passkey totp sms for high by request, check 9"
    );
    assert_eq!(scene("phr").decided(), "challenge passkey for phr by request, check 9");
    let device = Scene::shows(&[pwd("09:50")]).enrolled(&enrolled).away();
    assert_eq!(
        device.decided(),
        "challenge passkey totp sms email for low by device, check 8"
    );
}

#[test]
fn a_code_beside_a_passkey_that_does_not_count_takes_a_password_first() {
    let passkey = proven(FactorKind::Passkey, "09:50").user_verified();
    let mut client = source("client app", Acr::High);
    client.accepts = vec![FactorKind::Totp];
    let scene = Scene::shows(&[passkey]).requires(client);
    let scene = scene.enrolled(&[FactorKind::Passkey, FactorKind::Totp]);
    assert_eq!(scene.decided(), "login, check 9");
    assert_eq!(scene.clone().then(totp("10:00")).decided(), "login, check 9");
    assert_eq!(
        scene.clone().enrolled(&[FactorKind::Passkey]).decided(),
        "login, check 9"
    );
    let with_password = scene.then(pwd("10:00"));
    assert_eq!(
        with_password.decided(),
        "challenge totp for high by client app, check 9"
    );
    assert_eq!(
        with_password.then(totp("10:00")).decided(),
        "allow high [pwd otp mfa] Tue 10:00, check 11"
    );
}

#[test]
fn s35_c7_a_number_typed_at_login_never_reaches_high() {
    let nobody = Scene::shows(&[pwd("09:50")]).profile_high().enrolled(&[]);
    let by = "for high by profile default, check 9";
    assert_eq!(
        nobody.clone().of_user(|user| user.unconfirmed_number = true).decided(),
        format!("enrol passkey totp hotp sms voice {by}"),
        "a number on the record is confirmed by a code"
    );
    let without = nobody.of_user(|user| user.unconfirmed_number = false);
    assert_eq!(without.decided(), format!("enrol passkey totp hotp {by}"));
    let typed = without
        .enrolled(&[FactorKind::Sms])
        .of_user(|user| user.ceilings = [(FactorKind::Sms, Acr::Standard)].into());
    assert_eq!(
        typed.decided(),
        format!("enrol passkey totp hotp {by}"),
        "one that was typed before is no method for it"
    );
    let proved = typed
        .clone()
        .then(proven(FactorKind::Sms, "10:00").up_to(Some(Acr::Standard)));
    assert_eq!(proved.decided(), format!("enrol passkey totp hotp {by}"));
    let unrequired = typed
        .then(proven(FactorKind::Sms, "10:00").up_to(Some(Acr::Standard)))
        .of_user(|user| user.profile.required_acr = Acr::None);
    assert_eq!(unrequired.decided(), "allow standard [pwd sms mca] Tue 10:00, check 11");
}

#[test]
fn s37_numbers_that_count_for_less_verify_a_device_and_no_more() {
    let away = Scene::shows(&[pwd("09:50")]).away().enrolled(&[FactorKind::Sms]);
    let capped = |ceiling| {
        let scene = away.clone();
        scene
            .of_user(|user| user.ceilings = [(FactorKind::Sms, ceiling)].into())
            .decided()
    };
    assert_eq!(capped(Acr::Standard), "challenge sms for low by device, check 8");
    assert_eq!(capped(Acr::None), "deny device_not_activated, check 8", "switched off");
}
