//! What must not matter to a decision: the order in which facts come, and that they were written down in between.

use std::mem::discriminant;

use proptest::prelude::*;
use proptest::sample::Index;

use super::strategy::any_facts;
use crate::policy::facts::{Facts, Proof};
use crate::policy::{decide, explain};

fn turn<T>(list: &mut [T], by: Index) {
    if !list.is_empty() {
        let middle = by.index(list.len());
        list.rotate_left(middle);
        if middle % 2 == 1 {
            list.reverse();
        }
    }
}

/// The same facts with everything that has no order in another one.
fn reordered(mut facts: Facts, by: Index) -> Facts {
    match &mut facts.proof {
        Proof::Session(session) => turn(&mut session.evidence, by),
        Proof::ApiLogin(login) => turn(&mut login.evidence, by),
        Proof::Assertion(proof) => {
            turn(&mut proof.sessions, by);
            for session in &mut proof.sessions {
                turn(&mut session.evidence, by);
            }
        }
        Proof::Grant(_) | Proof::Nothing => {}
    }
    if let Some(user) = &mut facts.user {
        turn(&mut user.permission_sets, by);
        turn(&mut user.enrolled, by);
        let mut ranges = user.profile.login_ip_ranges.to_vec();
        turn(&mut ranges, by);
        user.profile.login_ip_ranges = ranges.into();
    }
    turn(&mut facts.rules.kinds, by);
    let mut ranges = facts.rules.trusted_ip_ranges.to_vec();
    turn(&mut ranges, by);
    facts.rules.trusted_ip_ranges = ranges.into();
    facts
}

proptest! {
    #[test]
    fn events_ranges_and_permission_sets_have_no_order(facts in any_facts(), by in any::<Index>()) {
        prop_assert_eq!(decide(&facts), decide(&reordered(facts.clone(), by)));
    }

    #[test]
    fn acr_values_have_an_order_of_preference_alone(facts in any_facts(), by in any::<Index>()) {
        let mut turned = facts.clone();
        turn(&mut turned.asked.acr_values, by);
        prop_assert_eq!(discriminant(&decide(&facts).step), discriminant(&decide(&turned).step));
    }

    #[test]
    fn facts_that_were_written_down_decide_the_same(facts in any_facts()) {
        let text = serde_json::to_string(&facts).unwrap();
        let read: Facts = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &facts);
        prop_assert_eq!(decide(&read), decide(&facts));
    }

    #[test]
    fn explaining_decides_the_same_and_ends_with_the_check_that_decided(facts in any_facts()) {
        let (decision, trace) = explain(&facts);
        prop_assert_eq!(&decision, &decide(&facts));
        prop_assert_eq!(trace.0.last().map(|check| check.number), Some(decision.check));
    }
}
