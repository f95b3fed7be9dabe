//! The checks of ASSURANCE.md §3, one file a noun, and the one list that orders them.

mod assertion;
mod client;
mod consent;
mod demand;
mod device;
mod flow;
mod hours;
mod level;
mod mfa;
mod ranges;
mod requested;
mod unattended;
mod user;

use super::approval::Approval;
use super::assurance::{Pair, Scale, Shown, is_first, newest, pairs};
use super::decision::NextStep;
use super::facts::{ApiLogin, Channel, Facts, Proof, SessionProof, UserFacts};
use super::reason::Reason;
use super::trace::{Notes, Outcome};
use crate::model::evidence::{Acr, Evidence, FactorKind};
use crate::model::grant::Snapshot;

/// The end of the walk: a check that did not pass.
pub(super) type Stop = NextStep;

/// One walk along the checks.
pub(super) struct Walk<'a, N> {
    facts: &'a Facts,
    notes: &'a mut N,
    /// Whether requirements that are only reported count for nothing.
    enforced_alone: bool,
    /// Whether a requirement was waived.
    pub(super) exempted: bool,
}

impl<'a, N: Notes> Walk<'a, N> {
    pub(super) fn new(facts: &'a Facts, notes: &'a mut N, enforced_alone: bool) -> Self {
        Self {
            facts,
            notes,
            enforced_alone,
            exempted: false,
        }
    }

    /// Checks 1 to 11 in their order; the first that does not pass decides.
    pub(super) fn every_check(&mut self) -> Result<NextStep, Stop> {
        self.throttles()?; // 1
        self.client()?; // 2
        self.denied_by_flow()?; // 10, of an errand that a flow has ended
        let pairs = self.primary_authentication()?; // 3
        self.login_hours()?; // 4
        if self.facts.rules.early_ip_deny {
            self.login_ranges(&pairs)?; // 7, before anybody is asked for anything
        }
        self.mfa_ui(&pairs)?; // 5
        self.mfa_api(&pairs)?; // 6
        if !self.facts.rules.early_ip_deny {
            self.login_ranges(&pairs)?; // 7
        }
        self.device(&pairs)?; // 8
        let snapshot = self.level(pairs)?; // 9
        self.login_flow()?; // 10
        self.consent()?; // 11
        Ok(NextStep::Proceed(Box::new(self.approve(snapshot))))
    }

    fn approve(&self, snapshot: Snapshot) -> Approval {
        Approval::new(
            self.facts.client.id.clone(),
            self.facts.user.as_ref().map(|user| user.id),
            self.facts.asked.scope.clone(),
            snapshot,
        )
    }

    fn channel(&self) -> Channel {
        self.facts.channel
    }

    fn is_one_of(&self, channels: &[Channel]) -> bool {
        channels.contains(&self.channel())
    }

    /// The user; none where the request is about none.
    fn user(&self) -> Option<&'a UserFacts> {
        self.facts.user.as_ref()
    }

    fn session(&self) -> Option<&'a SessionProof> {
        match &self.facts.proof {
            Proof::Session(session) => Some(session),
            _ => None,
        }
    }

    fn api_login(&self) -> Option<&'a ApiLogin> {
        match &self.facts.proof {
            Proof::ApiLogin(login) => Some(login),
            _ => None,
        }
    }

    fn pass(&mut self, number: u8, name: &'static str, facts: impl FnOnce() -> String) {
        self.notes.note(number, name, Outcome::Pass, facts);
    }

    fn refuse(&mut self, (number, name): (u8, &'static str), reason: Reason, facts: impl FnOnce() -> String) -> Stop {
        self.notes.note(number, name, Outcome::Deny, facts);
        NextStep::Refuse(reason)
    }

    fn scale<'s>(&'s self, accepted: Option<&'s [FactorKind]>) -> Scale<'s> {
        Scale {
            ages: &self.facts.rules.ages,
            columns: &self.facts.rules.columns,
            accepted,
        }
    }

    /// What a session can assert, given the kinds that count.
    fn pairs_of(&self, session: &SessionProof, accepted: Option<&[FactorKind]>) -> Vec<Pair> {
        let Facts { asked, now, began, .. } = self.facts;
        let shown = Shown {
            evidence: &session.evidence,
            last_seen: session.last_seen,
            since: asked.anew.then_some(*began),
        };
        pairs(shown, *now, &self.scale(accepted))
    }

    /// The evidence of the login itself: the newest first factor, or whatever there is.
    fn login_evidence(&self) -> Option<&'a Evidence> {
        let evidence: &[Evidence] = match &self.facts.proof {
            Proof::Session(session) => &session.evidence,
            Proof::Grant(snapshot) => &snapshot.evidence,
            Proof::ApiLogin(login) => &login.evidence,
            Proof::Nothing | Proof::Assertion(_) => &[],
        };
        let counted = || evidence.iter().filter(|evidence| evidence.at() <= self.facts.now);
        newest(counted().filter(|evidence| is_first(evidence.kind()))).or_else(|| newest(counted()))
    }

    /// Whether a second factor was verified in this login, here or by a provider that is trusted to say so.
    fn verified_a_factor(&self, pairs: &[Pair]) -> bool {
        if pairs.iter().any(|pair| pair.assurance.acr >= Acr::High) {
            return true;
        }
        if let Proof::Grant(snapshot) = &self.facts.proof {
            return snapshot.evidence.iter().any(|evidence| !is_first(evidence.kind()));
        }
        // A code of a kind that raises nothing still shows that the person is who signed in.
        let counts = |evidence: &Evidence| {
            let age = self.facts.now.seconds_since(evidence.at());
            !is_first(evidence.kind()) && (0..=i64::from(self.facts.rules.ages.standard)).contains(&age)
        };
        self.session()
            .is_some_and(|session| session.evidence.iter().any(counts))
    }
}
