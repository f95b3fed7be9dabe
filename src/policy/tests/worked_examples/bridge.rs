//! Example 29: a token's events carried into the browser.

use crate::model::evidence::Acr;
use crate::policy::NextStep;
use crate::policy::facts::{Channel, Proof};
use crate::policy::tests::scene::{NOW, Scene, at, grant, pwd, session, source, totp};

#[test]
fn example_29_one_challenge_until_the_events_age() {
    let events = [pwd("09:30"), totp("09:30")];
    let bridge = Scene::new(Channel::Bridge)
        .proof(grant(Acr::High, "09:30", &events))
        .with(|facts| facts.asked.scope = ["web"].into_iter().collect());
    assert_eq!(bridge.decided(), "allow high [pwd otp mfa] Tue 09:30, check 9");
    let NextStep::Proceed(approval) = bridge.decision().step else {
        panic!("not allowed");
    };
    assert_eq!(approval.snapshot().evidence, events);

    let report = Scene::shows(&approval.snapshot().evidence).requires(source("scope reports", Acr::High));
    assert_eq!(report.decided(), "allow high [pwd otp mfa] Tue 09:30, check 11");
    let aged = report.with(|facts| {
        facts.now = at("21:31");
        facts.began = facts.now;
        let mut live = session(&events);
        live.last_seen = NOW.plus_seconds(41_400);
        facts.proof = Proof::Session(live);
    });
    assert_eq!(aged.decided(), "challenge totp for high by scope reports, check 9");
}
