//! Check 9 for JWT bearer: the four modes of `jwt_bearer_assurance` (C1). ASSURANCE.md §5.

use super::level::CHECK;
use super::{Stop, Walk};
use crate::model::client::JwtBearerAssurance;
use crate::model::evidence::{Acr, Assurance};
use crate::model::grant::Snapshot;
use crate::model::requirement::Requirement;
use crate::policy::assurance::Pair;
use crate::policy::facts::{AssertionProof, Proof};
use crate::policy::reason::Reason;
use crate::policy::trace::Notes;

impl<N: Notes> Walk<'_, N> {
    /// What tokens for an assertion may say.
    pub(super) fn assertion_grant(&mut self) -> Result<Snapshot, Stop> {
        let demands = self.demands_of_all();
        let need = demands.joined();
        let Proof::Assertion(proof) = &self.facts.proof else {
            return Err(self.refuse(CHECK, Reason::NotBacked, || "there is no assertion".into()));
        };
        if need == Requirement::default() {
            self.pass(CHECK.0, CHECK.1, || "none required".into());
            // What a listed issuer asserts is said whatever the mode; a session's pair is not borrowed without need.
            return Ok(self.versioned(self.asserted_by_issuer(proof).unwrap_or_default()));
        }
        let told = || demands.told(need);
        let backing = match self.facts.client.jwt_bearer_assurance {
            JwtBearerAssurance::Deny => {
                let reason = self.out_of_reach(Acr::None);
                return Err(self.refuse(CHECK, reason, told));
            }
            JwtBearerAssurance::Preapproved if self.user().is_some_and(|user| user.preapproved) => {
                self.exempted = true;
                self.pass(CHECK.0, CHECK.1, || format!("{}; pre-approved, so waived", told()));
                return Ok(self.versioned(Snapshot::default()));
            }
            JwtBearerAssurance::Preapproved => return Err(self.refuse(CHECK, Reason::NotPreapproved, told)),
            JwtBearerAssurance::SessionBacked => self.strongest_session(proof, need),
            JwtBearerAssurance::Asserted => self
                .asserted_by_issuer(proof)
                .filter(|snapshot| self.still_counts(&snapshot.assurance) && self.backs(&snapshot.assurance, need)),
        };
        let Some(snapshot) = backing else {
            return Err(self.refuse(CHECK, Reason::NotBacked, || format!("{}; nothing backs it", told())));
        };
        self.pass(CHECK.0, CHECK.1, || format!("{}; backed", told()));
        Ok(self.versioned(snapshot))
    }

    /// The strongest pair of a live session that is enough; the newest of equals.
    fn strongest_session(&self, proof: &AssertionProof, need: Requirement) -> Option<Snapshot> {
        let accepted = self.demands().accepted();
        let found = proof.sessions.iter().flat_map(|session| {
            let pairs = self.pairs_of(session, accepted.as_deref());
            pairs.into_iter().map(move |pair| (pair, session.id))
        });
        let best = found
            .filter(|(pair, _)| pair.assurance.acr >= Acr::Standard && self.backs(&pair.assurance, need))
            .max_by_key(|(pair, session)| (pair.assurance.acr, pair.assurance.auth_time, *session))?;
        let (Pair { assurance, evidence }, session) = best;
        Some(Snapshot {
            assurance,
            evidence,
            session: Some(session),
            ..Snapshot::default()
        })
    }

    /// The pair that a listed issuer asserts, up to its ceiling; none below the lowest level, which says nobody
    /// authenticated, and none without its time.
    fn asserted_by_issuer(&self, proof: &AssertionProof) -> Option<Snapshot> {
        let (ceiling, asserted) = proof.ceiling.zip(proof.asserted.as_ref())?;
        let acr = asserted.acr.min(ceiling);
        let is_past = asserted.auth_time.is_some_and(|at| at <= self.facts.now);
        (acr > Acr::None && is_past).then(|| Snapshot {
            assurance: Assurance {
                acr,
                ..asserted.clone()
            },
            ..Snapshot::default()
        })
    }

    /// Whether what somebody else asserts is no older than the same evidence of ours could be.
    fn still_counts(&self, assurance: &Assurance) -> bool {
        let age = self.facts.rules.ages.of(assurance.acr).0;
        assurance
            .auth_time
            .is_some_and(|at| self.facts.now.seconds_since(at) <= age)
    }
}
