//! Examples 12 to 14: refreshing.

use crate::model::client::OnRequirementRaised;
use crate::model::evidence::Acr;
use crate::policy::facts::Channel;
use crate::policy::reason::Reason;
use crate::policy::tests::scene::{Scene, grant};

fn refreshing(acr: Acr, time: &str) -> Scene {
    Scene::new(Channel::Refresh).proof(grant(acr, time, &[]))
}

#[test]
fn example_12_refresh_keeps_the_old_time() {
    let scene = refreshing(Acr::High, "Mon 08:00").client_high();
    assert_eq!(scene.decided(), "allow high [pwd otp mfa] Mon 08:00, check 9");
}

#[test]
fn example_13_refresh_never_raises() {
    // The user's session at our pages is no fact of a refresh at all: there is nothing that could raise it.
    let scene = refreshing(Acr::Standard, "09:00");
    assert_eq!(scene.decided(), "allow standard [pwd] Tue 09:00, check 9");
}

#[test]
fn example_14_a_requirement_raised_later() {
    let scene = refreshing(Acr::Standard, "09:00").client_high();
    assert_eq!(scene.decided(), "deny reauthentication_required, check 9");
    let error = Reason::ReauthenticationRequired.token_error();
    assert_eq!(error.to_string(), "invalid_grant: reauthentication required");
    let honoured = scene.with(|facts| facts.client.on_requirement_raised = OnRequirementRaised::Honour);
    assert_eq!(honoured.decided(), "allow standard [pwd] Tue 09:00, check 9");
}
