//! Users who sign in through another provider (S78, S79), as far as decisions know of them.

use crate::model::evidence::{Acr, FactorKind, Upstream};
use crate::policy::facts::{ApiLogin, Channel, Proof, Suffix};
use crate::policy::tests::scene::{NOW, Scene, api_login, proven};

#[test]
fn s78_they_may_log_in_to_the_api_unless_the_address_is_outside() {
    let scene = Scene::new(Channel::Password).proof(api_login(Suffix::Token)).away();
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 10:00, check 11");
    assert_eq!(scene.login_range().decided(), "deny ip_not_allowed, check 7");
    let no_password = Scene::new(Channel::Password).proof(Proof::ApiLogin(ApiLogin {
        suffix: Suffix::Token,
        suffix_right: true,
        ..ApiLogin::default()
    }));
    assert_eq!(
        no_password.decided(),
        "deny bad_credentials, check 3",
        "without a local password"
    );
}

#[test]
fn s79_a_local_lock_does_not_end_what_the_provider_vouched_for() {
    let upstream = Upstream {
        acr: Acr::High,
        amr: vec!["hwk".into()],
    };
    let scene = Scene::shows(&[proven(FactorKind::Upstream, "09:58").upstream(upstream)])
        .mfa_ui()
        .of_user(|user| user.locked_until = Some(NOW.plus_seconds(900)));
    assert_eq!(scene.decided(), "allow high [hwk] Tue 09:58, check 11");
}

#[test]
fn s07_the_same_profile_asks_whatever_the_login_method() {
    let by = |evidence| Scene::shows(&[evidence]).profile_high().decided();
    let asked = "challenge totp for high by profile default, check 9";
    assert_eq!(by(proven(FactorKind::Password, "09:50")), asked);
    let standard = Upstream {
        acr: Acr::Standard,
        amr: vec!["mfa".into()],
    };
    assert_eq!(by(proven(FactorKind::Upstream, "09:50").upstream(standard)), asked);
}
