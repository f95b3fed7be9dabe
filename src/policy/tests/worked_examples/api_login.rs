//! Examples 20 to 24: API logins by the password grant.

use crate::policy::facts::{ApiLogin, Channel, Proof, Suffix};
use crate::policy::reason::Reason;
use crate::policy::tests::scene::{Scene, api_login, pwd};

fn login(suffix: Suffix) -> Scene {
    Scene::new(Channel::Password).proof(api_login(suffix))
}

#[test]
fn example_20_without_its_token_from_an_untrusted_address() {
    let scene = login(Suffix::Nothing).away();
    assert_eq!(scene.decided(), "deny api_token_required, check 8");
    assert_eq!(
        Reason::ApiTokenRequired.token_error(),
        Reason::BadCredentials.token_error(),
        "the text does not say that the password was right"
    );
    let with_token = login(Suffix::Token).away();
    assert_eq!(with_token.decided(), "allow standard [pwd] Tue 10:00, check 11");
}

#[test]
fn example_21_from_a_trusted_address() {
    let scene = login(Suffix::Nothing).with(|facts| facts.place.known_device = false);
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 10:00, check 11");
}

#[test]
fn example_22_a_token_where_a_code_is_due() {
    let scene = login(Suffix::Token).away().mfa_api();
    assert_eq!(scene.decided(), "deny api_token_not_accepted, check 6");
}

#[test]
fn example_23_a_code_and_the_same_code_again() {
    let scene = login(Suffix::Code).away().mfa_api();
    assert_eq!(scene.decided(), "allow standard [pwd otp mfa] Tue 10:00, check 11");
    let again = scene.proof(Proof::ApiLogin(ApiLogin {
        evidence: vec![pwd("10:00")],
        suffix: Suffix::Code,
        suffix_right: false,
    }));
    assert_eq!(again.decided(), "deny bad_credentials, check 3");
}

#[test]
fn example_24_before_a_factor_is_enrolled() {
    let scene = login(Suffix::Token).away().mfa_api().enrolled(&[]);
    assert_eq!(scene.decided(), "deny factor_enrolment_required, check 6");
    let error = Reason::FactorEnrolmentRequired.token_error();
    assert_eq!(
        error.to_string(),
        "invalid_grant: register an authenticator in the UI first"
    );
}
