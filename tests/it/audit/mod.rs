//! The audit log keeps the facts of every decision, and from them alone the decision is made again.

mod altering;
mod doing;

use countersign::manage::audit::retold;
use countersign::model::audit::{ChainedEntry, Event};
use countersign::model::time::Timestamp;
use countersign::policy::{Facts, NextStep, decide, explain};
use countersign::store::audit::{Stored, page};
use serde_json::Value;

use crate::support::directory::DIRECTORY;
use crate::support::on_both;
use crate::support::server::{TestServer, with_directory};

use altering::{Alteration, Expected};
use doing::Doings;

/// What the random doings and alterations come from; every failure names it with the number of the decision.
const SEED: u64 = 20_260_303;
const DECISIONS: usize = 1_000;

on_both! {
    with_directory(DIRECTORY).settings("[limits]\nrefreshes_per_grant = 1000000");
    a_thousand_decisions_are_made_again_from_their_facts,
}

/// Entries with the facts of a decision, oldest first.
fn decided(server: &TestServer) -> Vec<(ChainedEntry, Stored, Facts)> {
    let read = |before: Option<&ChainedEntry>| {
        let entries = server
            .server
            .read_blocking(|view| page(view.tx, Timestamp::default(), before, 300));
        entries.expect("the audit log is read")
    };
    let mut all = read(None);
    loop {
        let more = read(all.last());
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    let kept = |entry: ChainedEntry| {
        let stored = Stored::read(&entry.body).expect("an entry");
        let facts = serde_json::from_str(stored.entry.facts.as_deref()?.get()).expect("facts");
        Some((entry, stored, facts))
    };
    all.into_iter().rev().filter_map(kept).collect()
}

async fn a_thousand_decisions_are_made_again_from_their_facts(server: &TestServer) {
    let mut doings = Doings::begin(server, SEED).await;
    for number in 0..DECISIONS {
        doings.something(number).await;
    }
    let decided = decided(server);
    assert!(decided.len() >= DECISIONS, "only {} decisions were kept", decided.len());
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for (number, (entry, stored, facts)) in decided.iter().enumerate() {
        let place = format!("seed {SEED}, decision {number}: {}", entry.body);
        came_to(stored, facts, &place);
        *kinds.entry(kind(facts)).or_default() += 1;
    }
    assert!(
        kinds.len() >= 10,
        "seed {SEED}: the decisions are of few kinds: {kinds:?}"
    );
    let mut followed = 0;
    for (number, (entry, _, facts)) in decided.iter().enumerate() {
        let alteration = Alteration::of(doings.any(Alteration::ALL.len()), facts);
        let place = format!("seed {SEED}, decision {number}, {alteration:?}: {}", entry.body);
        followed += usize::from(follows(entry, facts, alteration, &place));
    }
    assert!(
        followed * 2 >= decided.len(),
        "seed {SEED}: only {followed} of {} answers changed with a fact",
        decided.len()
    );
    eprintln!(
        "seed {SEED}: {} decisions, {followed} changed with a fact, {kinds:?}",
        decided.len()
    );
}

/// How access was asked for, which check decided, and what came of it.
fn kind(facts: &Facts) -> String {
    let decision = decide(facts);
    let word = match &decision.step {
        NextStep::Proceed(_) => "proceed",
        NextStep::Interact(_) => "interact",
        NextStep::Refuse(reason) => reason.as_str(),
    };
    format!("{:?}, check {}: {word}", facts.channel, decision.check)
}

/// Decided again, the facts come to the step and the check that were recorded beside them, and to what happened.
fn came_to(stored: &Stored, facts: &Facts, place: &str) {
    let (decision, trace) = explain(facts);
    assert_eq!(decision, decide(facts), "{place}");
    let recorded = &stored.entry.detail;
    assert_eq!(recorded["step"], decision.step.told(), "{place}");
    assert_eq!(recorded["check"], decision.check, "{place}");
    let last = trace.0.last().expect("a check");
    assert_eq!(last.number, decision.check, "{place}");
    let was_allowed = match stored.entry.event {
        Event::AuthorizationAllowed | Event::TokenIssued | Event::TokenRefreshed => true,
        Event::AuthorizationRefused | Event::TokenRefused | Event::ChallengeIssued | Event::LoginDeny => false,
        other => panic!("{} keeps facts: {place}", other.as_str()),
    };
    assert_eq!(matches!(decision.step, NextStep::Proceed(_)), was_allowed, "{place}");
}

/// With one fact altered in the entry, and its outcome left as it was, the answer is the one of the altered facts.
fn follows(entry: &ChainedEntry, facts: &Facts, alteration: Alteration, place: &str) -> bool {
    let before = decide(facts);
    let mut altered = facts.clone();
    alteration.make(&mut altered);
    let mut body: Value = serde_json::from_str(&entry.body).expect("JSON");
    body["facts"] = serde_json::to_value(&altered).expect("facts");
    let entry = ChainedEntry {
        body: body.to_string(),
        ..entry.clone()
    };
    let told = retold(&entry).expect("a decision").explanation;
    let after = decide(&altered);
    assert_eq!((&told.step, told.check), (&after.step.told(), after.check), "{place}");
    match alteration.expected(facts, &before) {
        Expected::Same => assert_eq!(told.step, before.step.told(), "{place}"),
        Expected::Refused(reason, check) => {
            assert_eq!(
                (told.step.as_str(), told.check),
                (format!("refuse: {reason}").as_str(), check),
                "{place}"
            );
        }
        Expected::Asked(page, check) => {
            assert_eq!((&told.detail["page"], told.check), (&page.into(), check), "{place}");
        }
        Expected::StoppedAt(check) => {
            assert_ne!(told.decision, "proceed", "{place}");
            assert_eq!(told.check, check, "{place}");
        }
    }
    told.step != before.step.told()
}
