//! The arbitrary facts are worth their while: of every channel, some are allowed and some are not.

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::approved;
use super::strategy::facts_of;
use crate::policy::facts::Channel;

#[test]
fn every_channel_is_allowed_and_refused_often() {
    let mut runner = TestRunner::deterministic();
    for channel in Channel::ALL {
        let strategy = facts_of(channel);
        let facts = (0..300).map(|_| strategy.new_tree(&mut runner).unwrap().current());
        let allowed = facts.filter(|facts| approved(facts).is_some()).count();
        assert!(
            (20..=280).contains(&allowed),
            "{channel:?}: {allowed} of 300 are allowed"
        );
    }
}
