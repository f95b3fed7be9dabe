//! Users changed one at a time, and who may.

use super::*;
use crate::manage::testing::{Installation, NOW, refusal};
use crate::model::device::Device;
use crate::model::evidence::Acr;
use crate::model::id::{DeviceId, SessionId};
use crate::model::secret::Digest;
use crate::model::session::Session;
use crate::model::time::Timestamp;

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
        bridged_from: None,
        evidence: Vec::new(),
        duty: None,
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

fn totp(work: &mut Work<'_>, user: UserId) -> Credential {
    Credential {
        id: work.new_id(),
        user,
        label: String::new(),
        confirmed_at: Some(work.now),
        created_at: work.now,
        last_used_at: None,
        last_step: 0,
        material: Material::Totp {
            secret: crate::model::secret::Sealed(vec![1]),
        },
    }
}

fn known_device(work: &mut Work<'_>, user: UserId) -> Result<DeviceId> {
    let device = Device {
        id: work.new_id(),
        user,
        user_agent: "Firefox".into(),
        ip: "192.0.2.1".into(),
        created_at: work.now,
        last_used_at: work.now,
    };
    let digest = Digest::new(work.random.bytes());
    store::devices::insert(work.tx, &device, &digest, work.now.plus_seconds(60))?;
    Ok(device.id)
}

/// Whether the account, its device and its factor are shut.
fn shut(work: &mut Work<'_>) -> Result<[bool; 3]> {
    let overview = show(&mut work.view(), &OPERATOR, "bob")?;
    Ok([
        overview.locked,
        overview.devices[0].locked,
        overview.credentials[0].disabled,
    ])
}

#[test]
fn unlocking_opens_both_sides_and_disabled_factors() {
    let installation = Installation::of(TWO);
    let bob = installation.user("bob");
    let id = bob.id;
    let before = installation.perform(move |work| {
        let factor = totp(work, id);
        store::credentials::insert(work.tx, &factor)?;
        let device = known_device(work, id)?;
        assert_eq!(shut(work)?, [false; 3]);
        for side in [account(&bob), Side::Device(device)] {
            for _ in 0..10 {
                attempts::charge(work, &side, lockout::Attempt::Code)?;
            }
        }
        for _ in 0..30 {
            store::counters::charge(work.tx, &lockout::factor_counter(factor.id), work.now, 900)?;
        }
        shut(work)
    });
    assert_eq!(before.unwrap(), [true; 3]);
    let after = installation.perform(move |work| {
        unlock(work, &OPERATOR, id)?;
        shut(work)
    });
    assert_eq!(after.unwrap(), [false; 3]);
    assert_eq!(installation.audited().pop().unwrap().event, Event::LockoutCleared);
}

#[test]
fn a_new_password_new_factors_or_an_operator_make_browsers_unknown() {
    let installation = Installation::of(TWO);
    let bob = installation.user("bob").id;
    let forget: [fn(&mut Work<'_>, UserId) -> Result<()>; 3] = [
        |work, bob| set_password(work, &OPERATOR, bob, "$phc".to_owned()),
        |work, bob| reset_factors(work, &OPERATOR, bob).map(drop),
        |work, bob| devices::forget(work, &OPERATOR, bob, None).map(drop),
    ];
    for (forget, reason) in forget.into_iter().zip(["password", "factors", "operator"]) {
        let left = installation.perform(move |work| {
            known_device(work, bob)?;
            known_device(work, bob)?;
            forget(work, bob)?;
            store::devices::of_user(work.tx, bob, work.now)
        });
        assert!(left.unwrap().is_empty(), "{reason}");
        let entries = installation.audited();
        let revoked = entries
            .iter()
            .filter(|entry| entry.event == Event::DeviceRevoked && entry.detail["reason"] == reason);
        assert_eq!(revoked.count(), 2, "{reason}");
    }
    let one = installation.perform(move |work| {
        let (kept, forgotten) = (known_device(work, bob)?, known_device(work, bob)?);
        devices::forget(work, &OPERATOR, bob, Some(forgotten))?;
        let left = store::devices::of_user(work.tx, bob, work.now)?;
        assert_eq!(left.iter().map(|device| device.id).collect::<Vec<_>>(), [kept]);
        devices::forget(work, &OPERATOR, bob, Some(forgotten)).map(drop)
    });
    assert!(refusal(one).contains("there is no such device"));
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
