//! The order of the checks (CLAUSES.md S77): whatever else fails, the earliest check that fails names the reason.

use std::sync::Arc;

use crate::model::evidence::Acr;
use crate::model::login_hours::LoginHours;
use crate::model::requirement::OnInsufficient;
use crate::model::scope::ScopeSet;
use crate::model::user::UserStatus;
use crate::policy::facts::{Channel, Count, Proof, Suffix};
use crate::policy::tests::scene::{Scene, api_login, asserting, grant, pwd, source, totp};

/// A check and what makes it fail; the decision when nothing else does.
type Failing = (u8, fn(Scene) -> Scene, &'static str);

fn throttled(scene: Scene) -> Scene {
    scene.with(|facts| {
        facts.counts.push(Count {
            what: "requests of this address".into(),
            count: 61,
            limit: 60,
        });
    })
}

fn client_disabled(scene: Scene) -> Scene {
    scene.with(|facts| facts.client.disabled = true)
}

fn user_disabled(scene: Scene) -> Scene {
    scene.of_user(|user| user.status = UserStatus::Disabled)
}

fn out_of_hours(scene: Scene) -> Scene {
    scene.of_user(|user| {
        user.profile.login_hours = Some(Arc::new(LoginHours::default()));
        user.profile.hours_end_sessions = true;
    })
}

fn out_of_range(scene: Scene) -> Scene {
    scene.login_range()
}

fn unknown_device(scene: Scene) -> Scene {
    scene.away()
}

fn blocked_level(scene: Scene) -> Scene {
    let mut client = source("client app", Acr::Phr);
    client.on_insufficient = OnInsufficient::Block;
    scene.requires(client)
}

fn not_agreed(scene: Scene) -> Scene {
    scene.with(|facts| facts.consent.agreed = Some(ScopeSet::default()))
}

const THROTTLE: Failing = (1, throttled, "deny rate_limited, check 1");
const CLIENT: Failing = (2, client_disabled, "deny client_disabled, check 2");
const USER: Failing = (3, user_disabled, "deny user_disabled, check 3");
const HOURS: Failing = (4, out_of_hours, "deny outside_login_hours, check 4");
const RANGES: Failing = (7, out_of_range, "deny ip_not_allowed, check 7");

const fn level(told: &'static str) -> Failing {
    (9, blocked_level, told)
}

const fn consent(told: &'static str) -> Failing {
    (11, not_agreed, told)
}

/// What can fail of each channel, in the order of ASSURANCE.md §3.
fn channels() -> [(Scene, Vec<Failing>); 5] {
    [interactive(), api_logins(), assertions(), refreshes(), bridges()]
}

fn interactive() -> (Scene, Vec<Failing>) {
    let failing = vec![
        THROTTLE,
        CLIENT,
        USER,
        HOURS,
        (5, Scene::mfa_ui, "challenge totp for high by profile default, check 5"),
        RANGES,
        (8, unknown_device, "challenge totp for low by device, check 8"),
        level("deny level_blocked, check 9"),
        consent("consent to openid, check 11"),
    ];
    (Scene::shows(&[pwd("09:50")]), failing)
}

fn api_logins() -> (Scene, Vec<Failing>) {
    let failing = vec![
        THROTTLE,
        CLIENT,
        (3, user_disabled, "deny bad_credentials, check 3"),
        HOURS,
        (6, Scene::mfa_api, "deny mfa_required_noninteractive, check 6"),
        RANGES,
        (8, unknown_device, "deny api_token_required, check 8"),
        level("deny grant_cannot_reach_level, check 9"),
        consent("deny not_preapproved, check 11"),
    ];
    (Scene::new(Channel::Password).proof(api_login(Suffix::Nothing)), failing)
}

fn assertions() -> (Scene, Vec<Failing>) {
    let failing = vec![
        THROTTLE,
        CLIENT,
        USER,
        HOURS,
        RANGES,
        level("deny not_preapproved, check 9"),
        consent("deny not_preapproved, check 11"),
    ];
    (Scene::new(Channel::JwtBearer).proof(asserting(None, None)), failing)
}

fn refreshes() -> (Scene, Vec<Failing>) {
    let failing = vec![
        THROTTLE,
        CLIENT,
        USER,
        HOURS,
        RANGES,
        level("deny reauthentication_required, check 9"),
    ];
    let scene = Scene::new(Channel::Refresh).proof(grant(Acr::Standard, "09:50", &[]));
    (scene, failing)
}

fn bridges() -> (Scene, Vec<Failing>) {
    let no_scope = |scene: Scene| scene.with(|facts| facts.asked.scope = ScopeSet::default());
    let failing = vec![
        THROTTLE,
        CLIENT,
        USER,
        HOURS,
        RANGES,
        level("deny level_blocked, check 9"),
        (11, no_scope, "deny scope_missing, check 11"),
    ];
    let scene = Scene::new(Channel::Bridge)
        .proof(grant(Acr::High, "09:50", &[pwd("09:50"), totp("09:50")]))
        .with(|facts| facts.asked.scope = ["web"].into_iter().collect());
    (scene, failing)
}

#[test]
fn s77_the_first_check_that_fails_names_the_reason() {
    for (scene, failing) in channels() {
        assert!(scene.decided().starts_with("allow"), "{}", scene.decided());
        for (at, (number, fail, alone)) in failing.iter().enumerate() {
            let failed = fail(scene.clone());
            assert_eq!(failed.decided(), *alone, "{:?}: check {number} alone", scene.0.channel);
            for (later, also, _) in failing.iter().skip(at + 1) {
                let told = also(failed.clone()).decided();
                assert_eq!(told, *alone, "{:?}: checks {number} and {later}", scene.0.channel);
                let told = fail(also(scene.clone())).decided();
                assert_eq!(told, *alone, "{:?}: checks {later} and {number}", scene.0.channel);
            }
        }
    }
}

#[test]
fn s77_the_interactive_second_factor_comes_before_that_of_apis() {
    let scene = Scene::shows(&[pwd("09:50")]).mfa_api();
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 5");
}

#[test]
fn s70_c17_early_ip_deny_moves_the_ranges_before_the_factors_and_behind_the_hours() {
    let early = |scene: Scene| scene.with(|facts| facts.rules.early_ip_deny = true);
    let barred = "deny ip_not_allowed, check 7";
    let ui = Scene::shows(&[pwd("09:50")]).mfa_ui().login_range();
    assert_eq!(ui.decided(), "challenge totp for high by profile default, check 5");
    assert_eq!(early(ui.clone()).decided(), barred);
    assert_eq!(
        ui.clone().then(totp("10:00")).decided(),
        barred,
        "the reason is the same"
    );
    assert_eq!(early(out_of_hours(ui)).decided(), "deny outside_login_hours, check 4");

    let api = Scene::new(Channel::Password).proof(api_login(Suffix::Token));
    let api = api.mfa_api().login_range();
    assert_eq!(api.decided(), "deny api_token_not_accepted, check 6");
    assert_eq!(early(api).decided(), barred);
}

#[test]
fn s54_hours_and_ranges_are_told_to_those_alone_who_know_the_password() {
    let Proof::ApiLogin(mut wrong) = api_login(Suffix::Nothing) else {
        panic!("not an API login");
    };
    wrong.evidence.clear();
    let scene = Scene::new(Channel::Password).proof(Proof::ApiLogin(wrong));
    let scene = out_of_range(out_of_hours(scene)).with(|facts| facts.rules.early_ip_deny = true);
    assert_eq!(scene.decided(), "deny bad_credentials, check 3");
}
