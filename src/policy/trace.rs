//! What a decision looked at, in order: what `explain` prints and the audit log keeps.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Every check with its facts and outcome, in the order they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace(pub Vec<Check>);

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its number in ASSURANCE.md §3.
    pub number: u8,
    /// Its name.
    pub name: Cow<'static, str>,
    /// What came of it.
    pub outcome: Outcome,
    /// The facts it rested on, in words.
    pub facts: Cow<'static, str>,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing stands in the way.
    Pass,
    /// Something must be shown or answered first.
    Ask,
    /// Refused.
    Deny,
}

/// Takes note of checks as they are made.
pub(super) trait Notes {
    /// Notes a check; `facts` is asked for only where somebody reads it.
    fn note(&mut self, number: u8, name: &'static str, outcome: Outcome, facts: impl FnOnce() -> String);
}

impl Notes for Trace {
    fn note(&mut self, number: u8, name: &'static str, outcome: Outcome, facts: impl FnOnce() -> String) {
        self.0.push(Check {
            number,
            name: Cow::Borrowed(name),
            outcome,
            facts: Cow::Owned(facts()),
        });
    }
}

/// Remembers which check came last: the one that decided.
#[derive(Debug, Default)]
pub(super) struct Last(pub(super) u8);

impl Notes for Last {
    fn note(&mut self, number: u8, _: &'static str, _: Outcome, _: impl FnOnce() -> String) {
        self.0 = number;
    }
}
