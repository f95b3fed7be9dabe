//! What a replay found: how many, who, which clients, on whose account.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::compare::{Deed, Verdict};
use crate::policy::Facts;

/// What would become of the decisions of some days under another directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// From when on decisions were looked at.
    pub since: String,
    /// How many decisions were made again.
    pub decisions: u64,
    /// How many were about users or clients that are not there any more.
    pub gone: u64,
    /// How many entries keep facts that cannot be read.
    pub unreadable: u64,
    /// Whether there were more than are looked at; the youngest were.
    pub cut_short: bool,
    /// Those that would be asked for more.
    pub more: Affected,
    /// Those that would be refused.
    pub refused: Affected,
    /// Those that would be asked for less.
    pub less: Affected,
    /// Those that would be reported and let through.
    pub reported: Affected,
    /// Clients of which everything that was allowed would be refused.
    pub clients_that_stop: BTreeSet<String>,
    #[serde(skip)]
    clients: BTreeMap<String, Fate>,
}

/// What becomes of what a client was allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fate {
    refused: u64,
    goes_on: u64,
}

/// Decisions that would come out differently.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// Logins.
    pub logins: u64,
    /// Refreshes of grants.
    pub refreshes: u64,
    /// Other token requests.
    pub token_requests: u64,
    /// The users.
    pub users: BTreeSet<String>,
    /// Who asks or refuses, and whom it concerns.
    pub causes: BTreeMap<String, Concerned>,
}

/// Whom one cause concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Concerned {
    /// How many decisions.
    pub decisions: u64,
    /// The users.
    pub users: BTreeSet<String>,
    /// The clients.
    pub clients: BTreeSet<String>,
}

impl Replayed {
    /// Nothing yet.
    #[must_use]
    pub fn since(since: String) -> Self {
        Self {
            since,
            ..Self::default()
        }
    }

    /// Counts a decision.
    pub(super) fn count(&mut self, facts: &Facts, deed: Deed, verdict: Verdict, cause: impl FnOnce() -> String) {
        self.decisions += 1;
        let affected = match verdict {
            Verdict::Same => return,
            Verdict::Reported => &mut self.reported,
            Verdict::More => &mut self.more,
            Verdict::Refused => &mut self.refused,
            Verdict::Less => &mut self.less,
        };
        match deed {
            Deed::Login => affected.logins += 1,
            Deed::Refresh => affected.refreshes += 1,
            Deed::TokenRequest => affected.token_requests += 1,
        }
        let concerned = affected.causes.entry(cause()).or_default();
        concerned.decisions += 1;
        concerned.clients.insert(facts.client.id.clone());
        if let Some(user) = &facts.user {
            concerned.users.insert(user.username.clone());
            affected.users.insert(user.username.clone());
        }
    }

    /// Notes what becomes of something that a client was allowed.
    pub(super) fn was_allowed(&mut self, client_id: &str, is_refused: bool) {
        let fate = self.clients.entry(client_id.to_owned()).or_default();
        if is_refused {
            fate.refused += 1;
        } else {
            fate.goes_on += 1;
        }
    }

    /// Draws the sum.
    pub(super) fn conclude(&mut self) {
        let clients = self.clients.iter();
        let stops = clients.filter(|(_, fate)| fate.refused > 0 && fate.goes_on == 0);
        self.clients_that_stop = stops.map(|(client_id, _)| client_id.clone()).collect();
    }
}
