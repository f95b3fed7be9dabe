//! Checks 1 and 2: limits, and the client's own state.

use super::{Stop, Walk};
use crate::policy::reason::Reason;
use crate::policy::trace::Notes;

impl<N: Notes> Walk<'_, N> {
    /// Check 1: nothing was done too often.
    pub(super) fn throttles(&mut self) -> Result<(), Stop> {
        let facts = self.facts;
        if let Some(over) = facts.counts.iter().find(|count| count.count > count.limit) {
            return Err(self.refuse((1, "throttles"), Reason::RateLimited, || {
                format!("{}: {} of {}", over.what, over.count, over.limit)
            }));
        }
        if !facts.counts.is_empty() {
            self.pass(1, "throttles", || {
                let told: Vec<String> = facts
                    .counts
                    .iter()
                    .map(|count| format!("{}: {} of {}", count.what, count.count, count.limit))
                    .collect();
                told.join(", ")
            });
        }
        Ok(())
    }

    /// Check 2: the client may still act.
    pub(super) fn client(&mut self) -> Result<(), Stop> {
        let client = &self.facts.client;
        if client.disabled {
            return Err(self.refuse((2, "client"), Reason::ClientDisabled, || {
                format!("client {} is disabled", client.id)
            }));
        }
        self.pass(2, "client", || format!("client {} is active", client.id));
        Ok(())
    }
}
