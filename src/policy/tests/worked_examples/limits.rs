//! Examples 28 and 31: what was counted. How counts come about is tested where they are kept.

use crate::model::evidence::FactorKind;
use crate::policy::facts::Count;
use crate::policy::reason::Reason;
use crate::policy::tests::scene::{NOW, Scene, proven, pwd};

fn codes(count: i64) -> Count {
    Count {
        what: "codes of this errand".into(),
        count,
        limit: 4,
    }
}

#[test]
fn example_28_after_four_wrong_codes_a_right_one_comes_too_late() {
    let scene = Scene::shows(&[pwd("10:00"), proven(FactorKind::Sms, "10:00")]);
    let fourth = scene.clone().with(|facts| facts.counts = vec![codes(4)]);
    assert_eq!(fourth.decided(), "allow high [pwd sms mca mfa] Tue 10:00, check 11");
    let fifth = scene.with(|facts| facts.counts = vec![codes(5)]);
    assert_eq!(fifth.decided(), "deny rate_limited, check 1");
}

#[test]
fn example_31_a_lock_answers_as_a_wrong_password_does() {
    let scene = Scene::shows(&[pwd("10:00")]).of_user(|user| user.locked_until = Some(NOW.plus_seconds(900)));
    let here = scene.clone().with(|facts| {
        if let crate::policy::facts::Proof::Session(session) = &mut facts.proof {
            session.bound_here = true;
        }
    });
    assert_eq!(here.decided(), "deny bad_credentials, check 3");
    assert_eq!(
        Reason::BadCredentials.token_error().to_string(),
        "invalid_grant: authentication failure"
    );
    let later = here.with(|facts| facts.now = NOW.plus_seconds(900));
    assert_eq!(later.decided(), "allow standard [pwd] Tue 10:00, check 11");
    let live = "allow standard [pwd] Tue 10:00, check 11";
    assert_eq!(scene.decided(), live, "a session that was there before goes on");
    assert_eq!(
        scene.client_high().decided(),
        "deny bad_credentials, check 9",
        "but is not stepped up"
    );
}
