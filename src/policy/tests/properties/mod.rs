//! Properties of decisions about arbitrary facts.

mod order;
mod parties;
mod reports;
mod requirements;
mod spread;
mod strategy;
mod strength;

use crate::model::grant::Snapshot;
use crate::policy::{Approval, Facts, NextStep, decide};

/// The approval, where one was given.
fn approved(facts: &Facts) -> Option<Approval> {
    match decide(facts).step {
        NextStep::Proceed(approval) => Some(*approval),
        _ => None,
    }
}

fn snapshot(facts: &Facts) -> Option<Snapshot> {
    approved(facts).map(|approval| approval.snapshot().clone())
}
