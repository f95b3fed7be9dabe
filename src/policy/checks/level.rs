//! Check 9 where a person is there: the level that organisation, profile, client, scopes and resources require.

use std::fmt::Display;

use super::demand::{Demand, Demands};
use super::mfa::Proving;
use super::{Stop, Walk};
use crate::model::evidence::Acr;
use crate::model::grant::Snapshot;
use crate::model::requirement::Requirement;
use crate::policy::assurance::{Pair, meets};
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::Channel;
use crate::policy::reason::Reason;
use crate::policy::trace::{Notes, Outcome};

pub(super) const CHECK: (u8, &str) = (9, "required level");

impl<N: Notes> Walk<'_, N> {
    /// Check 9: returns what tokens may say.
    pub(super) fn level(&mut self, pairs: Vec<Pair>) -> Result<Snapshot, Stop> {
        match self.channel() {
            Channel::Interactive | Channel::Page => self.of_session(pairs),
            Channel::Device => self.device_grant(pairs),
            _ => self.unattended(),
        }
    }

    pub(super) fn of_session(&mut self, pairs: Vec<Pair>) -> Result<Snapshot, Stop> {
        // `max_age=0` was answered by counting only proof of this errand.
        let asked = Requirement {
            acr: Acr::None,
            max_age: self.facts.asked.max_age.filter(|age| *age > 0),
        };
        let of_session = self.demands_of_session();
        let accepted = of_session.accepted();
        let (pairs, demands) = match (&accepted, self.session()) {
            (Some(accepted), Some(session)) => {
                self.mfa_ui_is_fresh(&pairs, of_session.joined().join(asked).max_age)?;
                (self.pairs_of(session, Some(accepted)), self.demands_of_login())
            }
            _ => (pairs, of_session),
        };
        let base = demands.joined().join(asked);
        let pair = self.meeting(pairs, base, &demands)?;
        let acr_value = self.requested(&pair, base, accepted.as_deref())?;
        Ok(Snapshot {
            assurance: pair.assurance,
            acr_value,
            evidence: pair.evidence,
            session: self.session().map(|session| session.id),
            policy_version: self.facts.rules.policy_version,
            reported: None,
        })
    }

    /// Where a client accepts some kinds alone, `mfa_ui` takes the others too: it is of the login, not of the client.
    fn mfa_ui_is_fresh(&mut self, pairs: &[Pair], max_age: Option<u32>) -> Result<(), Stop> {
        let Some(giver) = self.user().and_then(|user| self.gives_mfa_ui(user)) else {
            return Ok(());
        };
        let fresh = Requirement {
            acr: Acr::High,
            max_age,
        };
        let (now, began) = (self.facts.now, self.facts.began);
        if pairs.iter().any(|pair| meets(pair, fresh, now, began)) {
            return Ok(());
        }
        let proving = Proving {
            check: CHECK,
            may_enrol: true,
            narrowly: false,
        };
        Err(self.prove(Acr::High, &giver, proving))
    }

    fn meeting(&mut self, pairs: Vec<Pair>, base: Requirement, demands: &Demands<'_>) -> Result<Pair, Stop> {
        let (now, began) = (self.facts.now, self.facts.began);
        let best = pairs.first().map_or(Acr::None, |pair| pair.assurance.acr);
        if let Some(pair) = pairs.into_iter().find(|pair| meets(pair, base, now, began)) {
            self.pass(CHECK.0, CHECK.1, || demands.told(base));
            return Ok(pair);
        }
        if let Some(demand) = demands.blocking(best) {
            return Err(self.blocked(demand));
        }
        if base.acr <= Acr::Standard {
            self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || demands.told(base));
            return Err(NextStep::Interact(Page::Login));
        }
        let proving = Proving {
            check: CHECK,
            may_enrol: self.facts.rules.enrol_at_step_up || demands.are_of_login(base.acr),
            narrowly: true,
        };
        let wanted_by: &dyn Display = demands.strictest().map_or(&"request", |demand| &demand.who);
        Err(self.prove(base.acr, wanted_by, proving))
    }

    /// Somebody requires more, and blocks rather than asks.
    pub(super) fn blocked(&mut self, demand: &Demand<'_>) -> Stop {
        let reason = if demand.is_of_scope() {
            Reason::ScopeBlocked
        } else {
            Reason::LevelBlocked
        };
        self.refuse(CHECK, reason, || {
            format!("{} blocks below {}", demand.who, demand.requirement.acr)
        })
    }
}
