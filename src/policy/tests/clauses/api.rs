//! Section D: API logins, and users who are for APIs alone.

use crate::model::assurance::ApiMfaBeforeEnrolment;
use crate::model::evidence::FactorKind;
use crate::policy::facts::{ApiLogin, Channel, Proof, Suffix};
use crate::policy::tests::scene::{Scene, api_login, pwd, set, totp};

fn login(suffix: Suffix) -> Scene {
    Scene::new(Channel::Password).proof(api_login(suffix))
}

#[test]
fn s41_s59_mfa_api_covers_every_client_of_the_user() {
    let low = |scene: Scene| scene.with(|facts| facts.client.require_consent = false);
    let scene = low(login(Suffix::Nothing).mfa_api());
    assert_eq!(scene.decided(), "deny mfa_required_noninteractive, check 6");
    let authorize = low(Scene::shows(&[pwd("09:50")]).mfa_api());
    assert_eq!(
        authorize.decided(),
        "challenge totp for high by profile default, check 5"
    );
    let met = authorize.then(totp("10:00"));
    assert_eq!(met.decided(), "allow high [pwd otp mfa] Tue 10:00, check 11");
}

#[test]
fn s42_mfa_api_without_mfa_ui_has_no_effect() {
    let lone = login(Suffix::Nothing).of_user(|user| user.profile.mfa_api = true);
    assert_eq!(lone.decided(), "allow standard [pwd] Tue 10:00, check 11");
    let by_two_sets = lone.of_user(|user| {
        let mut ui = set("people");
        ui.mfa_ui = true;
        user.permission_sets = vec![ui];
    });
    assert_eq!(by_two_sets.decided(), "deny mfa_required_noninteractive, check 6");
}

#[test]
fn s43_c05_before_enrolment_the_login_is_refused_or_the_token_will_do() {
    let unenrolled = login(Suffix::Token).away().mfa_api().enrolled(&[]);
    assert_eq!(unenrolled.decided(), "deny factor_enrolment_required, check 6");
    let literal =
        |scene: Scene| scene.with(|facts| facts.rules.api_mfa_before_enrolment = ApiMfaBeforeEnrolment::SecurityToken);
    assert_eq!(
        literal(unenrolled.clone()).decided(),
        "allow standard [pwd] Tue 10:00, check 11"
    );
    let bare = literal(login(Suffix::Nothing).away().mfa_api().enrolled(&[]));
    assert_eq!(bare.decided(), "deny api_token_required, check 8");
    let enrolled = literal(unenrolled.enrolled(&[FactorKind::Totp]));
    assert_eq!(
        enrolled.decided(),
        "deny api_token_not_accepted, check 6",
        "from then on"
    );
}

#[test]
fn s44_s46_c06_a_code_takes_the_place_of_the_token() {
    let enforced = |suffix| login(suffix).away().mfa_api().decided();
    assert_eq!(
        enforced(Suffix::Code),
        "allow standard [pwd otp mfa] Tue 10:00, check 11"
    );
    assert_eq!(enforced(Suffix::Token), "deny api_token_not_accepted, check 6");
    assert_eq!(enforced(Suffix::Nothing), "deny mfa_required_noninteractive, check 6");
    let of_people_alone = |suffix| login(suffix).away().mfa_ui().decided();
    assert_eq!(
        of_people_alone(Suffix::Token),
        "allow standard [pwd] Tue 10:00, check 11"
    );
    assert_eq!(of_people_alone(Suffix::Nothing), "deny api_token_required, check 8");
}

#[test]
fn s44_from_a_trusted_address_the_code_is_due_all_the_same() {
    let scene = login(Suffix::Nothing).mfa_api();
    assert_eq!(scene.decided(), "deny mfa_required_noninteractive, check 6");
}

#[test]
fn s45_s46_no_other_factor_stands_in_for_the_code() {
    let scene = login(Suffix::Nothing).mfa_api().enrolled(&[FactorKind::Passkey]);
    assert_eq!(scene.decided(), "deny factor_enrolment_required, check 6");
}

#[test]
fn s53_users_for_apis_alone_get_what_enrols_them_and_what_an_errand_needs() {
    let alone = |channel| {
        let scene = Scene::shows(&[pwd("09:50")]).with(|facts| facts.channel = channel);
        scene.of_user(|user| user.api_only = true)
    };
    assert_eq!(alone(Channel::Page).decided(), "deny api_only_no_ui, check 3");
    let open = alone(Channel::Page).enrolled(&[FactorKind::Email]);
    assert!(open.decided().starts_with("enrol passkey totp"), "{}", open.decided());
    let errand = alone(Channel::Interactive).decided();
    assert_eq!(errand, "allow standard [pwd] Tue 09:50, check 11");
    let bridge = alone(Channel::Bridge).decided();
    assert_eq!(bridge, "deny api_only_no_ui, check 3");
    let api = login(Suffix::Nothing).of_user(|user| user.api_only = true);
    assert_eq!(api.decided(), "allow standard [pwd] Tue 10:00, check 11");
}

#[test]
fn s54_wrong_disabled_and_locked_are_one() {
    let bad = "deny bad_credentials, check 3";
    let wrong = Scene::new(Channel::Password).proof(Proof::ApiLogin(ApiLogin::default()));
    assert_eq!(wrong.decided(), bad);
    let unknown = login(Suffix::Nothing).with(|facts| facts.user = None);
    assert_eq!(unknown.decided(), bad);
    let disabled = login(Suffix::Nothing).of_user(|user| user.status = crate::model::user::UserStatus::Disabled);
    assert_eq!(disabled.decided(), bad);
    let locked = login(Suffix::Nothing).with(|facts| {
        let until = facts.now.plus_seconds(1);
        facts.user.as_mut().unwrap().locked_until = Some(until);
    });
    assert_eq!(locked.decided(), bad);
}

#[test]
fn s82_a_wrong_token_or_code_is_as_wrong_as_a_password() {
    for suffix in [Suffix::Token, Suffix::Code] {
        let scene = login(suffix).with(|facts| {
            facts.proof = Proof::ApiLogin(ApiLogin {
                evidence: vec![pwd("10:00")],
                suffix,
                suffix_right: false,
            });
        });
        assert_eq!(scene.decided(), "deny bad_credentials, check 3", "{suffix:?}");
    }
}
