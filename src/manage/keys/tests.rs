use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::crypto::jwt;
use crate::manage::audit::Filter;
use crate::server::Server;
use crate::server::fixture::{Fixture, NOW};
use crate::work::Origin;

const DAY: i64 = 86_400;

fn record_on(server: &Arc<Server>, call: Call, prepared: Vec<Prepared>) -> Vec<Action> {
    server
        .perform_blocking(Origin::default(), move |work| {
            record(work, &Actor::Operator, call, prepared)
        })
        .unwrap()
}

fn rotate(server: &Arc<Server>, call: Call) -> Vec<Action> {
    let actions = server.read_blocking(|view| plan(view, call)).unwrap();
    let prepared = prepare(&actions, server.shared()).unwrap();
    record_on(server, call, prepared)
}

fn sign(server: &Server) -> String {
    server
        .read_blocking(|view| {
            let key = view.directory.keys.signer(Algorithm::Es256, view.now).unwrap();
            Ok(jwt::sign(key, "at+jwt", &json!({ "sub": "alice" })).unwrap())
        })
        .unwrap()
}

fn verifies(server: &Server, token: &str) -> bool {
    server
        .read_blocking(|view| Ok(jwt::verify_own(token, &view.directory.keys, Some("at+jwt")).is_some()))
        .unwrap()
}

fn states(server: &Server) -> Vec<State> {
    let keys = server.read_blocking(list).unwrap();
    let es256 = keys.into_iter().filter(|key| key.algorithm == Algorithm::Es256);
    es256.map(|key| key.state).collect()
}

/// The header of a token names its key.
fn signed_by(token: &str) -> &str {
    token.split('.').next().unwrap()
}

#[test]
fn a_key_is_published_signs_retires_and_is_forgotten() {
    let fixture = Fixture::new();
    let (server, clock) = (&fixture.server, fixture.server.clock());
    assert_eq!(rotate(server, Call::Schedule).len(), Algorithm::ALL.len());
    let first = sign(server);

    clock.advance(89 * DAY);
    rotate(server, Call::Schedule);
    assert_eq!(states(server), [State::Signing, State::Waiting]);
    assert_eq!(
        signed_by(&sign(server)),
        signed_by(&first),
        "published, not signing yet"
    );
    assert_eq!(rotate(server, Call::Schedule), [], "a waiting key is enough");

    clock.advance(DAY);
    assert_eq!(states(server), [State::Retired, State::Signing]);
    let second = sign(server);
    assert_ne!(signed_by(&second), signed_by(&first));
    assert!(verifies(server, &first) && verifies(server, &second));

    clock.advance(900 + 3_600 - 1);
    assert_eq!(rotate(server, Call::Schedule), []);
    clock.advance(1);
    assert_eq!(rotate(server, Call::Schedule).len(), Algorithm::ALL.len());
    assert!(!verifies(server, &first) && verifies(server, &second));
    assert_eq!(states(server), [State::Signing]);
}

#[test]
fn asked_for_keys_sign_after_the_lead_or_at_once() {
    let fixture = Fixture::new();
    let (server, clock) = (&fixture.server, fixture.server.clock());
    rotate(server, Call::Schedule);
    let first = sign(server);
    clock.advance(60);

    let made = rotate(server, Call::Rotate);
    let signs_from = NOW.plus_seconds(60 + DAY);
    assert!(
        made.iter()
            .all(|action| matches!(action, Action::Make { signs_from: at, .. } if *at == signs_from))
    );
    assert_eq!(rotate(server, Call::Rotate), [], "one waits already");
    assert_eq!(signed_by(&sign(server)), signed_by(&first));

    let done = rotate(server, Call::RotateNow);
    assert_eq!(done.len(), 2 * Algorithm::ALL.len());
    assert_eq!(
        states(server),
        [State::Retired, State::Signing],
        "the one that waited is gone"
    );
    let second = sign(server);
    assert_ne!(signed_by(&second), signed_by(&first));
    assert!(verifies(server, &first), "what was signed goes on to verify");
}

#[test]
fn of_two_who_rotate_at_once_one_does() {
    let fixture = Fixture::new();
    let (one, other) = (&fixture.server, fixture.another());
    let planned = |server: &Server| server.read_blocking(|view| plan(view, Call::Schedule)).unwrap();
    let prepared = [one, &other].map(|server| prepare(&planned(server), server.shared()).unwrap());
    let [ours, theirs] = prepared;
    assert_eq!(record_on(one, Call::Schedule, ours).len(), Algorithm::ALL.len());
    assert_eq!(record_on(&other, Call::Schedule, theirs), []);
    assert_eq!(states(one), [State::Signing]);
    assert!(verifies(&other, &sign(one)), "the other node sees the same keys");
}

#[test]
fn what_became_due_after_the_plan_waits_for_its_own_keys() {
    let fixture = Fixture::new();
    assert_eq!(record_on(&fixture.server, Call::Schedule, Vec::new()), []);
    assert_eq!(states(&fixture.server), []);
}

#[test]
fn each_key_made_or_forgotten_is_in_the_audit_log() {
    let fixture = Fixture::new();
    rotate(&fixture.server, Call::Schedule);
    let filter = Filter {
        event: Some("key.rotated".into()),
        ..Filter::default()
    };
    let entries = fixture
        .server
        .read_blocking(|view| crate::manage::audit::list(view, &filter, 10))
        .unwrap();
    assert_eq!(entries.len(), Algorithm::ALL.len());
    assert!(entries.iter().all(|entry| entry.body.contains(r#""kind":"operator""#)));
    let keys = fixture.server.read_blocking(list).unwrap();
    assert!(
        keys.iter()
            .all(|key| entries.iter().any(|entry| entry.body.contains(&key.kid)))
    );
}
