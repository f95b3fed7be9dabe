//! Decisions of the last days made again under the directory as files would make it: who would be asked for more, who
//! would be refused, which clients would stop. The facts that the audit log keeps are decided upon, never its outcomes.

mod compare;
mod rehearsal;
mod report;

pub use rehearsal::Rehearsal;
pub use report::{Affected, Concerned, Replayed};

use compare::{Verdict, cause, deed, refuses, verdict};
use rehearsal::Rebuilt;

use crate::error::Result;
use crate::model::audit::ChainedEntry;
use crate::model::time::Timestamp;
use crate::policy::{Facts, NextStep, decide};
use crate::store;
use crate::store::audit::Stored;
use crate::work::View;

/// Entries of the audit log read at once. Between two readings everybody else goes on.
const PAGE: i64 = 500;
/// The most entries that are looked at.
const MOST: u64 = 500_000;

/// A replay on its way.
pub struct Replay {
    rehearsal: Rehearsal,
    since: Timestamp,
    before: Option<ChainedEntry>,
    looked_at: u64,
    found: Replayed,
}

impl Replay {
    /// Begins a replay of the decisions since an instant.
    #[must_use]
    pub fn new(rehearsal: Rehearsal, since: Timestamp) -> Self {
        Self {
            rehearsal,
            since,
            before: None,
            looked_at: 0,
            found: Replayed::since(since.to_string()),
        }
    }

    /// Makes the next decisions again, youngest first; `false` when there are no more.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn go_on(&mut self, view: &mut View<'_>) -> Result<bool> {
        let entries = store::audit::page(view.tx, self.since, self.before.as_ref(), PAGE)?;
        for entry in &entries {
            self.replay(entry);
        }
        self.looked_at += entries.len() as u64;
        let may_be_more = entries.len() as u64 == PAGE.unsigned_abs();
        self.before = entries.into_iter().next_back();
        self.found.cut_short = may_be_more && self.looked_at >= MOST;
        Ok(may_be_more && !self.found.cut_short)
    }

    /// What was found.
    #[must_use]
    pub fn conclude(mut self) -> Replayed {
        self.found.conclude();
        self.found
    }

    fn replay(&mut self, entry: &ChainedEntry) {
        let Ok(stored) = Stored::read(&entry.body) else {
            self.found.unreadable += 1;
            return;
        };
        let Some(kept) = stored.entry.facts else { return };
        match serde_json::from_str(kept.get()) {
            Ok(facts) => self.decide_again(&facts),
            Err(_) => self.found.unreadable += 1,
        }
    }

    fn decide_again(&mut self, facts: &Facts) {
        let Some(deed) = deed(facts.channel) else { return };
        let before = decide(facts);
        let was_allowed = matches!(before.step, NextStep::Proceed(_));
        match self.rehearsal.under(facts) {
            Rebuilt::Gone => self.found.gone += 1,
            Rebuilt::Removed(what) => {
                let verdict = if refuses(&before) {
                    Verdict::Same
                } else {
                    Verdict::Refused
                };
                self.found.count(facts, deed, verdict, || format!("{what} is removed"));
                if was_allowed {
                    self.found.was_allowed(&facts.client.id, true);
                }
            }
            Rebuilt::Facts(rebuilt) => {
                let after = decide(&rebuilt);
                let verdict = verdict(&before, &after);
                let told = || match verdict {
                    Verdict::Less => cause(facts, &before),
                    _ => cause(&rebuilt, &after),
                };
                self.found.count(facts, deed, verdict, told);
                if was_allowed {
                    self.found.was_allowed(&facts.client.id, refuses(&after));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
