//! Check 9 where a person is there: the level that organisation, profile, client, scopes and resources require.

use super::mfa::Proving;
use super::{Stop, Walk};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::grant::Snapshot;
use crate::model::requirement::{Enforcement, OnInsufficient, Requirement};
use crate::policy::assurance::{Pair, meets};
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::{Channel, UserFacts};
use crate::policy::reason::Reason;
use crate::policy::requirements::{Required, Source};
use crate::policy::trace::{Notes, Outcome};

pub(super) const CHECK: (u8, &str) = (9, "required level");

impl<N: Notes> Walk<'_, N> {
    /// Check 9: returns what tokens may say.
    pub(super) fn level(&mut self, pairs: &[Pair]) -> Result<Snapshot, Stop> {
        match self.channel() {
            Channel::Interactive | Channel::Page => self.of_session(pairs),
            Channel::Device => self.device_grant(pairs),
            _ => self.unattended(),
        }
    }

    /// What counts of the requirements of organisation, client, scopes and resources.
    pub(super) fn required(&self) -> Required {
        let counts = |source: &&Source| self.counts(source.enforcement);
        Required {
            sources: self.facts.required.sources.iter().filter(counts).cloned().collect(),
        }
    }

    /// The kinds of second factor that count for every one of them.
    pub(super) fn accepted(&self) -> Option<Vec<FactorKind>> {
        self.required().accepted()
    }

    /// Adds what profile and permission sets require of every login; `ui` where a person is there.
    pub(super) fn add_user(&self, required: &mut Required, user: &UserFacts) {
        let profile = (
            format!("profile {}", user.profile.name),
            user.profile.required_acr,
            user.profile.enforcement,
        );
        let sets = user.permission_sets.iter().map(|set| {
            (
                format!("permission set {}", set.name),
                set.required_acr,
                set.enforcement,
            )
        });
        for (name, acr, enforcement) in std::iter::once(profile).chain(sets) {
            if self.counts(enforcement) {
                required.add(Source {
                    name,
                    requirement: Requirement::of(acr),
                    on_insufficient: OnInsufficient::Raise,
                    enforcement,
                    accepts: Vec::new(),
                });
            }
        }
    }

    /// Check 5 saw that the session shows `high`; what is demanded of its time is demanded of that proof, and not of a
    /// password beside it (ASSURANCE.md §5, row P).
    fn add_mfa_ui(&self, required: &mut Required, user: &UserFacts) {
        if let Some(name) = self.gives_mfa_ui(user) {
            required.add(Source {
                name,
                requirement: Requirement::of(Acr::High),
                on_insufficient: OnInsufficient::Raise,
                enforcement: Enforcement::Enforced,
                accepts: Vec::new(),
            });
        }
    }

    pub(super) fn of_session(&mut self, pairs: &[Pair]) -> Result<Snapshot, Stop> {
        let mut required = self.required();
        if let Some(user) = self.user() {
            self.add_user(&mut required, user);
            self.add_mfa_ui(&mut required, user);
        }
        let accepted = required.accepted();
        let narrowed = match (&accepted, self.session()) {
            (Some(accepted), Some(session)) => Some(self.pairs_of(session, Some(accepted))),
            _ => None,
        };
        let pairs = narrowed.as_deref().unwrap_or(pairs);
        // `max_age=0` was answered by counting only proof of this errand.
        let asked = Requirement {
            acr: Acr::None,
            max_age: self.facts.asked.max_age.filter(|age| *age > 0),
        };
        let base = required.joined().join(asked);
        let pair = self.meeting(pairs, base, &required)?;
        let acr_value = self.requested(&pair, base)?;
        Ok(Snapshot {
            assurance: pair.assurance,
            acr_value,
            evidence: pair.evidence,
            session: self.session().map(|session| session.id),
            policy_version: self.facts.rules.policy_version,
            reported: None,
        })
    }

    fn meeting(&mut self, pairs: &[Pair], base: Requirement, required: &Required) -> Result<Pair, Stop> {
        let (now, began) = (self.facts.now, self.facts.began);
        if let Some(pair) = pairs.iter().find(|pair| meets(pair, base, now, began)) {
            self.pass(CHECK.0, CHECK.1, || told(required, base));
            return Ok(pair.clone());
        }
        let best = pairs.first().map_or(Acr::None, |pair| pair.assurance.acr);
        if let Some(source) = required.blocking(best) {
            let reason = if source.name.starts_with("scope ") {
                Reason::ScopeBlocked
            } else {
                Reason::LevelBlocked
            };
            return Err(self.refuse(CHECK, reason, || {
                format!("{} blocks below {}", source.name, source.requirement.acr)
            }));
        }
        if base.acr <= Acr::Standard {
            self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || told(required, base));
            return Err(NextStep::Interact(Page::Login));
        }
        let wanted_by = required
            .strictest()
            .map_or_else(|| "request".to_owned(), |source| source.name.clone());
        let of_login = ["profile ", "permission set ", "organisation"]
            .iter()
            .any(|who| wanted_by.starts_with(who));
        let may_enrol = self.facts.rules.enrol_at_step_up || of_login;
        Err(self.prove(
            base.acr,
            wanted_by,
            Proving {
                check: CHECK,
                may_enrol,
            },
        ))
    }
}

/// A requirement and who makes it, in words.
pub(super) fn told(required: &Required, base: Requirement) -> String {
    let names: Vec<&str> = required.sources.iter().map(|source| source.name.as_str()).collect();
    let age = base.max_age.map_or_else(String::new, |age| format!(" within {age} s"));
    if names.is_empty() {
        format!("{}{age} required", base.acr)
    } else {
        format!("{}{age} required by {}", base.acr, names.join(", "))
    }
}
