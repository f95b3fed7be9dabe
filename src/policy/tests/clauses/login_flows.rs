//! Section B: login flows, check 10.

use crate::model::evidence::FactorKind;
use crate::model::time::Timestamp;
use crate::policy::facts::{Channel, DueStep, FlowFacts, ProfileFlow, Standing, Suffix};
use crate::policy::tests::scene::{NOW, Scene, api_login, asserting, at, grant, pwd, totp};
use crate::policy::{NextStep, Page};

fn standing(scene: Scene, standing: Standing) -> Scene {
    scene.with(|facts| {
        facts.flow = Some(FlowFacts {
            name: "sms".into(),
            version: 2,
            standing,
        });
    })
}

fn due_until(scene: Scene, ends_at: Timestamp) -> Scene {
    let step = "ask".into();
    standing(
        scene,
        Standing::Due(DueStep {
            step,
            enrols: Vec::new(),
            ends_at,
        }),
    )
}

fn due(scene: Scene) -> Scene {
    due_until(scene, at("10:05"))
}

fn profile_flow(scene: Scene, blocks_noninteractive: bool) -> Scene {
    scene.of_user(|user| {
        user.profile.login_flow = Some(ProfileFlow {
            name: "sms".into(),
            version: 2,
            blocks_noninteractive,
        });
    })
}

#[test]
fn s12_a_flow_runs_once_a_login() {
    let scene = Scene::shows(&[pwd("09:59")]);
    assert_eq!(due(scene.clone()).decided(), "flow sms at ask, check 10");
    let finished = standing(scene, Standing::Finished);
    assert_eq!(finished.decided(), "allow standard [pwd] Tue 09:59, check 11");
    assert_eq!(
        due(finished.client_high()).decided(),
        "challenge totp for high by client app, check 9"
    );
}

#[test]
fn s11_c02_a_community_user_proves_a_factor_first_and_goes_through_the_flow_second() {
    let scene = due(Scene::shows(&[pwd("09:59")]).profile_high());
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 9");
    assert_eq!(scene.then(totp("10:00")).decided(), "flow sms at ask, check 10");
}

#[test]
fn s14_every_page_of_ours_waits_for_the_flow() {
    for channel in [Channel::Interactive, Channel::Page, Channel::Device] {
        let scene = due(Scene::shows(&[pwd("09:59")])).with(|facts| facts.channel = channel);
        assert_eq!(scene.decided(), "flow sms at ask, check 10", "{channel:?}");
    }
    let NextStep::Interact(page @ Page::Flow { .. }) = due(Scene::shows(&[pwd("09:59")])).decision().step else {
        panic!("no flow is due");
    };
    assert_eq!(page.unshown().as_str(), "interaction_required");
}

#[test]
fn s14_a_flow_that_took_too_long_begins_again_with_the_first_factor() {
    let scene = Scene::shows(&[pwd("09:50")]);
    assert_eq!(due_until(scene.clone(), NOW).decided(), "login, check 10");
    assert_eq!(standing(scene, Standing::Gone).decided(), "login, check 10");
}

#[test]
fn s14_logins_without_a_person_are_refused_where_the_flow_verifies() {
    let logins = [
        Scene::new(Channel::Password).proof(api_login(Suffix::Token)),
        Scene::new(Channel::JwtBearer).proof(asserting(None, None)),
    ];
    for scene in logins {
        let told = profile_flow(scene.clone(), true).decided();
        assert_eq!(told, "deny login_flow_required, check 10", "{:?}", scene.0.channel);
        let told = profile_flow(scene, false).decided();
        assert!(told.starts_with("allow"), "{told}");
    }
}

#[test]
fn s12_neither_refreshes_nor_codes_nor_bridges_go_through_a_flow() {
    for channel in [
        Channel::Refresh,
        Channel::Code,
        Channel::Bridge,
        Channel::Exchange,
        Channel::ClientCredentials,
    ] {
        let scene = Scene::new(channel)
            .proof(grant(crate::model::evidence::Acr::Standard, "09:59", &[pwd("09:59")]))
            .with(|facts| facts.asked.scope = ["web"].into_iter().collect());
        let told = profile_flow(scene, true).decided();
        assert!(told.starts_with("allow"), "{channel:?}: {told}");
    }
}

#[test]
fn s24_what_a_flow_denied_stays_denied_whoever_signs_in_again() {
    let denied = |dismissed| Standing::Denied { dismissed };
    let nobody = Scene::new(Channel::Interactive).with(|facts| facts.user = None);
    for scene in [nobody, Scene::shows(&[pwd("10:00"), totp("10:00")])] {
        assert_eq!(
            standing(scene.clone(), denied(false)).decided(),
            "flow sms at , check 10"
        );
        assert_eq!(
            standing(scene, denied(true)).decided(),
            "deny login_flow_denied, check 10"
        );
    }
}

#[test]
fn s12_a_step_that_enrols_hands_over_to_the_enrolment() {
    let enrols = |kinds: &[FactorKind]| {
        let step = DueStep {
            step: "add".into(),
            enrols: kinds.to_vec(),
            ends_at: at("10:05"),
        };
        Standing::Due(step)
    };
    let none = Scene::shows(&[pwd("09:59")]).enrolled(&[]);
    let scene = standing(none.clone(), enrols(&[FactorKind::Totp, FactorKind::Passkey]));
    assert_eq!(
        scene.decided(),
        "enrol passkey totp for phr by login flow sms, check 10"
    );
    let done = scene.enrolled(&[FactorKind::Totp]);
    assert_eq!(done.decided(), "flow sms at add, check 10");
    let other = standing(none.enrolled(&[FactorKind::Totp]), enrols(&[FactorKind::Passkey]));
    assert_eq!(
        other.decided(),
        "challenge totp for high by login flow sms, check 10",
        "the old one is proved first"
    );
    let barred = standing(Scene::shows(&[pwd("09:59")]), enrols(&[FactorKind::YubikeyOtp]));
    assert_eq!(barred.decided(), "deny unmet_acr, check 10");
}
