//! Facts as ASSURANCE.md §12 has them unless it says otherwise, changed a word at a time, and decisions in one line.

mod proofs;
mod told;
mod usual;

pub(super) use proofs::{KINDS, NOW, api_login, asserting, at, grant, proven, pwd, session, set, source, totp};
pub(super) use told::told;

use crate::model::evidence::{Acr, Evidence, FactorKind};
use crate::model::request::RequestedAcr;
use crate::policy::facts::{Channel, Facts, Proof, UserFacts};
use crate::policy::requirements::Source;
use crate::policy::{Decision, decide};

/// Facts under change.
#[derive(Debug, Clone)]
pub(super) struct Scene(pub(super) Facts);

impl Scene {
    pub(super) fn new(channel: Channel) -> Self {
        Self(usual::facts(channel))
    }

    /// A person at the authorization endpoint who shows this.
    pub(super) fn shows(evidence: &[Evidence]) -> Self {
        Self::new(Channel::Interactive).proof(Proof::Session(session(evidence)))
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn of_user(self, change: impl FnOnce(&mut UserFacts)) -> Self {
        self.with(|facts| change(facts.user.as_mut().unwrap()))
    }

    pub(super) fn proof(self, proof: Proof) -> Self {
        self.with(|facts| facts.proof = proof)
    }

    /// The session shows this as well.
    pub(super) fn then(self, evidence: Evidence) -> Self {
        self.with(|facts| {
            if let Proof::Session(session) = &mut facts.proof {
                session.evidence.push(evidence);
            }
        })
    }

    pub(super) fn requires(self, source: Source) -> Self {
        self.with(|facts| facts.required.add(source))
    }

    /// The client requires `high`.
    pub(super) fn client_high(self) -> Self {
        self.requires(source("client app", Acr::High))
    }

    /// The profile requires `high` of every login.
    pub(super) fn profile_high(self) -> Self {
        self.of_user(|user| user.profile.required_acr = Acr::High)
    }

    pub(super) fn mfa_ui(self) -> Self {
        self.of_user(|user| user.profile.mfa_ui = true)
    }

    pub(super) fn mfa_api(self) -> Self {
        self.mfa_ui().of_user(|user| user.profile.mfa_api = true)
    }

    pub(super) fn enrolled(self, kinds: &[FactorKind]) -> Self {
        self.of_user(|user| user.enrolled = kinds.to_vec())
    }

    pub(super) fn acr_values(self, values: &[&str]) -> Self {
        self.with(|facts| {
            let known = |value: &&str| RequestedAcr {
                value: (*value).into(),
                acr: value.parse().ok(),
            };
            facts.asked.acr_values = values.iter().map(known).collect();
        })
    }

    /// From an address that no range trusts, on a device that nobody knows.
    pub(super) fn away(self) -> Self {
        self.with(|facts| {
            facts.place.ip = Some([198, 51, 100, 1].into());
            facts.place.known_device = false;
        })
    }

    /// The profile's users sign in from 10.0.0.0/8 alone.
    pub(super) fn login_range(self) -> Self {
        self.of_user(|user| user.profile.login_ip_ranges = ["10.0.0.0/8".parse().unwrap()].into())
    }

    pub(super) fn decision(&self) -> Decision {
        decide(&self.0)
    }

    /// The decision in one line: step, level, methods, time, and the check that decided.
    pub(super) fn decided(&self) -> String {
        told(&self.decision())
    }
}
