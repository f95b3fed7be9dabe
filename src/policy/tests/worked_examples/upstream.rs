//! Example 34: signing in through another provider.

use crate::model::evidence::{Acr, Evidence, FactorKind, Upstream};
use crate::policy::tests::scene::{Scene, proven, totp};

/// What passed the list of what is accepted from a provider.
fn believed(acr: Acr, amr: &[&str]) -> Evidence {
    proven(FactorKind::Upstream, "09:58").upstream(Upstream {
        acr,
        amr: amr.iter().map(|value| (*value).to_owned()).collect(),
    })
}

#[test]
fn example_34_what_is_not_accepted_is_asked_for_here() {
    let scene = Scene::shows(&[believed(Acr::Standard, &[])]).profile_high();
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 9");
    assert_eq!(
        scene.then(totp("10:00")).decided(),
        "allow high [otp mfa] Tue 10:00, check 11"
    );
    let accepted = Scene::shows(&[believed(Acr::Standard, &["pwd"])]);
    assert_eq!(accepted.decided(), "allow standard [pwd] Tue 09:58, check 11");
}

#[test]
fn s07_a_provider_in_the_high_column_is_not_asked_again_and_nothing_is_invented() {
    let scene = Scene::shows(&[believed(Acr::High, &["pwd", "hwk"])])
        .profile_high()
        .mfa_ui();
    assert_eq!(scene.decided(), "allow high [pwd hwk] Tue 09:58, check 11");
    let standard = Scene::shows(&[believed(Acr::Standard, &["pwd"])]).mfa_ui();
    assert_eq!(
        standard.decided(),
        "challenge totp for high by profile default, check 5"
    );
}
