//! Users changed one at a time, and who may.

use super::*;
use crate::manage::testing::{Installation, NOW, refusal};
use crate::model::evidence::Acr;
use crate::model::id::SessionId;
use crate::model::session::Session;

const TWO: &str = r#"
[[users]]
username = "alice"
permissions = ["manage_directory"]

[[users]]
username = "bob"
"#;

const OPERATOR: Actor = Actor::Operator;

fn signed_in(user: UserId) -> Actor {
    Actor::User {
        user,
        session: SessionId::new(Timestamp::from_seconds(1), [0; 10]),
        acr: Acr::High,
        auth_time: Some(NOW),
    }
}

fn open_session(work: &mut Work<'_>, user: UserId) -> Result<()> {
    let session = Session {
        id: work.new_id(),
        user,
        evidence: Vec::new(),
        created_at: work.now,
        last_seen_at: work.now,
        ip: "192.0.2.1".to_owned(),
        user_agent: String::new(),
    };
    let digest = crate::crypto::digest::digest_of(&user.to_string());
    store::sessions::insert(work.tx, &session, &digest, work.now.plus_seconds(60))
}

#[test]
fn only_those_with_the_permission_may_manage() {
    let installation = Installation::of(TWO);
    let (alice, bob) = (installation.user("alice").id, installation.user("bob").id);
    for actor in [signed_in(bob), Actor::FirstVisitor] {
        let enable = move |work: &mut Work<'_>| enable(work, &actor, bob);
        assert_eq!(
            refusal(installation.perform(enable)),
            "permission to manage the directory"
        );
    }
    installation
        .perform(move |work| disable(work, &signed_in(alice), bob))
        .unwrap();
    assert_eq!(installation.user("bob").status, UserStatus::Disabled);
    // Disabled, alice may no more, whatever permissions she holds.
    installation
        .perform(move |work| disable(work, &OPERATOR, alice))
        .unwrap();
    let enable = move |work: &mut Work<'_>| enable(work, &signed_in(alice), bob);
    assert_eq!(
        refusal(installation.perform(enable)),
        "permission to manage the directory"
    );
}

#[test]
fn nobody_shuts_everybody_out_but_the_operator() {
    let installation = Installation::of(TWO);
    let (alice, bob) = (installation.user("alice").id, installation.user("bob").id);
    let message = refusal(installation.perform(move |work| delete(work, &signed_in(alice), alice)));
    assert!(message.starts_with("users.alice: is the last user"), "{message}");
    installation
        .perform(move |work| {
            make_admin(work, &OPERATOR, bob)?;
            delete(work, &signed_in(alice), alice)
        })
        .unwrap();
    installation.perform(move |work| delete(work, &OPERATOR, bob)).unwrap();
    assert!(installation.export(false).is_empty());
}

#[test]
fn disabling_ends_sessions_and_raises_the_version() {
    let installation = Installation::of(TWO);
    let bob = installation.user("bob").id;
    let version = installation.version();
    let left = installation.perform(move |work| {
        open_session(work, bob)?;
        disable(work, &OPERATOR, bob)?;
        store::sessions::of_user(work.tx, bob, work.now)
    });
    assert!(left.unwrap().is_empty());
    assert_eq!(installation.version(), version + 1);
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.user, Some(bob));
    assert_eq!(last.detail["changed"], serde_json::json!(["status"]));
}

#[test]
fn a_name_is_taken_once_whatever_its_case() {
    let installation = Installation::of(TWO);
    let add = |name: &'static str| move |work: &mut Work<'_>| add(work, &OPERATOR, NewUser::named(name));
    let message = refusal(installation.perform(add("BOB")));
    assert_eq!(message, "users.BOB.username: is taken; choose another");
    assert!(refusal(installation.perform(add(" carol"))).contains("no space at either end"));
    let carol = installation.perform(add("carol")).unwrap();
    assert_eq!(installation.user("carol"), carol);
}

#[test]
fn unlocking_forgets_both_counters() {
    let installation = Installation::of(TWO);
    let bob = installation.user("bob");
    let limit = installation.server.shared().settings.limits.invalid_attempts;
    let (name, id) = (lockout::password_counter("bob"), bob.id);
    let lock = move |work: &mut Work<'_>| {
        for _ in 0..limit {
            store::counters::charge(work.tx, &name, work.now, 900)?;
        }
        show(&mut work.view(), &OPERATOR, "bob").map(|overview| overview.locked)
    };
    assert!(installation.perform(lock).unwrap());
    let unlock = move |work: &mut Work<'_>| {
        store::counters::charge(work.tx, &lockout::code_counter(id), work.now, 900)?;
        unlock(work, &OPERATOR, id)?;
        let code = store::counters::count(work.tx, &lockout::code_counter(id), work.now)?;
        Ok((show(&mut work.view(), &OPERATOR, "bob")?.locked, code))
    };
    assert_eq!(installation.perform(unlock).unwrap(), (false, 0));
    assert_eq!(installation.audited().pop().unwrap().event, Event::LockoutCleared);
}

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    let installation = Installation::of(TWO);
    let bob = installation.user("bob").id;
    for phc in ["$first", "$second"] {
        let left = installation.perform(move |work| {
            open_session(work, bob)?;
            set_password(work, &OPERATOR, bob, phc.to_owned())?;
            let credentials = store::credentials::of_user(work.tx, bob)?;
            Ok((credentials, store::sessions::of_user(work.tx, bob, work.now)?))
        });
        let (credentials, sessions) = left.unwrap();
        assert_eq!(credentials.len(), 1);
        assert_eq!(stored_password(&credentials), Some(phc));
        assert!(sessions.is_empty());
    }
    let last = installation.audited().pop().unwrap();
    assert_eq!(last.detail["changed"], serde_json::json!(["password"]));
    assert!(!last.detail.to_string().contains("$second"));
}

#[test]
fn resetting_factors_leaves_the_password() {
    let installation = Installation::of(TWO);
    let bob = installation.user("bob").id;
    let left = installation.perform(move |work| {
        put_password(work, bob, "$phc".to_owned())?;
        for (n, confirmed_at) in [(1, Some(work.now)), (2, None)] {
            let credential = Credential {
                id: work.new_id(),
                user: bob,
                label: String::new(),
                confirmed_at,
                created_at: work.now,
                last_used_at: None,
                last_step: 0,
                material: Material::Totp {
                    secret: crate::model::secret::Sealed(vec![n]),
                },
            };
            store::credentials::insert(work.tx, &credential)?;
        }
        let removed = reset_factors(work, &OPERATOR, bob)?;
        Ok((removed, store::credentials::of_user(work.tx, bob)?))
    });
    let (removed, credentials) = left.unwrap();
    assert_eq!((removed, credentials.len()), (2, 1));
    assert_eq!(stored_password(&credentials), Some("$phc"));
}
