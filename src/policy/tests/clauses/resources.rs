//! Section E: clients, scopes and resources that require a level of their own.

use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::{OnInsufficient, Requirement};
use crate::policy::facts::Channel;
use crate::policy::requirements::Source;
use crate::policy::tests::scene::{Scene, at, grant, proven, pwd, source, totp};

fn blocking(name: &str, acr: Acr) -> Source {
    Source {
        on_insufficient: OnInsufficient::Block,
        ..source(name, acr)
    }
}

#[test]
fn s61_c15_without_a_need_at_login_a_resource_raises_or_blocks() {
    let session = || Scene::shows(&[pwd("09:50")]);
    assert_eq!(session().decided(), "allow standard [pwd] Tue 09:50, check 11");
    let raised = session().requires(source("resource https://api.example", Acr::High));
    let by = "for high by resource https://api.example, check 9";
    assert_eq!(raised.decided(), format!("challenge totp {by}"));
    let blocked = session().requires(blocking("resource https://api.example", Acr::High));
    assert_eq!(blocked.decided(), "deny level_blocked, check 9");
    let refresh = Scene::new(Channel::Refresh)
        .proof(grant(Acr::Standard, "09:50", &[]))
        .requires(source("resource https://api.example", Acr::High));
    assert_eq!(
        refresh.decided(),
        "deny reauthentication_required, check 9",
        "nobody is there to ask"
    );
}

#[test]
fn s62_a_client_that_blocks_does_so_at_authorize_token_and_bridge() {
    let client = || blocking("client app", Acr::High);
    let authorize = Scene::shows(&[pwd("09:50")]).requires(client());
    assert_eq!(authorize.decided(), "deny level_blocked, check 9");
    let token = Scene::new(Channel::Refresh)
        .proof(grant(Acr::Standard, "09:50", &[]))
        .requires(client());
    assert_eq!(token.decided(), "deny reauthentication_required, check 9");
    let bridge = Scene::new(Channel::Bridge)
        .proof(grant(Acr::Standard, "09:50", &[pwd("09:50")]))
        .with(|facts| facts.asked.scope = ["web"].into_iter().collect())
        .requires(client());
    assert_eq!(bridge.decided(), "deny level_blocked, check 9");
}

#[test]
fn s63_requirements_add_up_and_the_highest_wins() {
    let scene = Scene::shows(&[pwd("09:50"), totp("09:50")])
        .enrolled(&[FactorKind::Passkey, FactorKind::Totp])
        .requires(source("client app", Acr::Standard))
        .requires(source("scope reports", Acr::High));
    assert_eq!(scene.decided(), "allow high [pwd otp mfa] Tue 09:50, check 11");
    let higher = scene.clone().requires(source("scope payments", Acr::Phr));
    assert_eq!(higher.decided(), "challenge passkey for phr by scope payments, check 9");
    let refused = scene.requires(blocking("scope payments", Acr::Phr));
    assert_eq!(refused.decided(), "deny scope_blocked, check 9");
    let (_, trace) = crate::policy::explain(&refused.0);
    let told = &trace.0.last().unwrap().facts;
    assert_eq!(told, "scope payments blocks below phr", "by name");
}

#[test]
fn s63_the_smallest_age_wins_too() {
    let aged = |name: &str, max_age| Source {
        requirement: Requirement {
            acr: Acr::High,
            max_age: Some(max_age),
        },
        ..source(name, Acr::High)
    };
    let scene = Scene::shows(&[pwd("09:50"), totp("09:50")]).requires(aged("scope reports", 600));
    assert_eq!(
        scene.decided(),
        "allow high [pwd otp mfa] Tue 09:50, check 11",
        "inclusive"
    );
    let younger = scene.requires(aged("resource https://api.example", 599));
    assert!(younger.decided().starts_with("challenge totp"), "{}", younger.decided());
}

#[test]
fn kinds_that_a_client_does_not_accept_do_not_count_for_it() {
    let mut client = source("client app", Acr::High);
    client.accepts = vec![FactorKind::Totp];
    let scene = Scene::shows(&[pwd("09:50"), proven(FactorKind::Sms, "09:50")])
        .enrolled(&[FactorKind::Sms, FactorKind::Totp])
        .requires(client);
    assert_eq!(scene.decided(), "challenge totp for high by client app, check 9");
    let without = scene.clone().enrolled(&[FactorKind::Sms]);
    let told = without.decided();
    assert_eq!(
        told, "enrol totp for high by client app, check 9",
        "what is there was just proved"
    );
    let elsewhere = scene.with(|facts| facts.required.sources.clear());
    assert_eq!(elsewhere.decided(), "allow high [pwd sms mca mfa] Tue 09:50, check 11");
}

#[test]
fn a_login_of_its_own_need_takes_what_the_client_would_not() {
    let mut client = source("client app", Acr::None);
    client.accepts = vec![FactorKind::Hotp];
    let scene = Scene::shows(&[pwd("09:50")]).mfa_ui().requires(client);
    assert_eq!(scene.decided(), "challenge totp for high by profile default, check 5");
    let proved = scene.then(totp("10:00"));
    assert_eq!(
        proved.decided(),
        "allow standard [pwd] Tue 09:50, check 11",
        "for the client it counts nothing"
    );
    let aged = proved.with(|facts| {
        facts.began = at("10:06");
        facts.now = facts.began;
        facts.asked.max_age = Some(300);
    });
    let by = "for high by profile default, check 9";
    assert_eq!(
        aged.decided(),
        format!("challenge totp {by}"),
        "a greatest age holds for it too"
    );
}
