//! Checks 5 and 6: the two permissions that demand a second factor, and how one is asked for.

use super::{Stop, Walk};
use crate::model::assurance::ApiMfaBeforeEnrolment;
use crate::model::evidence::{Acr, FactorKind};
use crate::policy::assurance::Pair;
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::{Channel, Suffix, UserFacts};
use crate::policy::reason::Reason;
use crate::policy::trace::{Notes, Outcome};

const UI: (u8, &str) = (5, "mfa_ui");
const API: (u8, &str) = (6, "mfa_api");

/// On whose behalf proof is asked for.
#[derive(Clone, Copy)]
pub(super) struct Proving {
    pub(super) check: (u8, &'static str),
    pub(super) may_enrol: bool,
}

impl<N: Notes> Walk<'_, N> {
    /// Who gives the user a permission: the profile or a permission set, whichever first (S2).
    fn giver(
        &self,
        user: &UserFacts,
        (of_profile, of_set): (bool, impl Fn(&crate::policy::facts::SetFacts) -> bool),
    ) -> Option<String> {
        if of_profile && self.counts(user.profile.enforcement) {
            return Some(format!("profile {}", user.profile.name));
        }
        let set = user
            .permission_sets
            .iter()
            .find(|set| of_set(set) && self.counts(set.enforcement))?;
        Some(format!("permission set {}", set.name))
    }

    /// Who gives `mfa_ui`.
    pub(super) fn gives_mfa_ui(&self, user: &UserFacts) -> Option<String> {
        self.giver(user, (user.profile.mfa_ui, |set| set.mfa_ui))
    }

    /// Who gives `mfa_api`; it has no effect without `mfa_ui` (S42).
    pub(super) fn gives_mfa_api(&self, user: &UserFacts) -> Option<String> {
        self.gives_mfa_ui(user)?;
        self.giver(user, (user.profile.mfa_api, |set| set.mfa_api))
    }

    /// Check 5: interactive logins of users with `mfa_ui` show `high`.
    pub(super) fn mfa_ui(&mut self, pairs: &[Pair]) -> Result<(), Stop> {
        let Some(user) = self.user().filter(|_| self.channel().is_interactive()) else {
            return Ok(());
        };
        match self.gives_mfa_ui(user) {
            None => {
                self.pass(UI.0, UI.1, || format!("nothing gives it to user {}", user.username));
                Ok(())
            }
            Some(giver) => self.shows_high(pairs, giver, UI),
        }
    }

    fn shows_high(&mut self, pairs: &[Pair], giver: String, check: (u8, &'static str)) -> Result<(), Stop> {
        if pairs.iter().any(|pair| pair.assurance.acr >= Acr::High) {
            self.pass(check.0, check.1, || format!("{giver} gives it; the session shows high"));
            return Ok(());
        }
        Err(self.prove(Acr::High, giver, Proving { check, may_enrol: true }))
    }

    /// Check 6: API logins of users with `mfa_api` bring a one-time code, and nothing else (C5, C6).
    pub(super) fn mfa_api(&mut self, pairs: &[Pair]) -> Result<(), Stop> {
        let Some(user) = self.user() else { return Ok(()) };
        let giver = self.gives_mfa_api(user);
        if self.channel().is_interactive() {
            return match giver {
                None => {
                    self.pass(API.0, API.1, || format!("nothing gives it to user {}", user.username));
                    Ok(())
                }
                Some(giver) => self.shows_high(pairs, giver, API),
            };
        }
        let Some(login) = self.api_login().filter(|_| self.channel() == Channel::Password) else {
            return Ok(());
        };
        let Some(giver) = giver else {
            self.pass(API.0, API.1, || format!("nothing gives it to user {}", user.username));
            return Ok(());
        };
        let before_enrolment = !user.enrolled.contains(&FactorKind::Totp);
        if before_enrolment && self.facts.rules.api_mfa_before_enrolment == ApiMfaBeforeEnrolment::SecurityToken {
            self.pass(API.0, API.1, || {
                format!("{giver} gives it; no factor is enrolled, so the token will do")
            });
            return Ok(());
        }
        let (reason, told) = match login.suffix {
            _ if before_enrolment => (Reason::FactorEnrolmentRequired, "no factor is enrolled"),
            Suffix::Token => (Reason::ApiTokenNotAccepted, "a token was given where a code is due"),
            Suffix::Nothing => (Reason::MfaRequiredNoninteractive, "no code was given"),
            Suffix::Code => {
                self.pass(API.0, API.1, || format!("{giver} gives it; a code was given"));
                return Ok(());
            }
        };
        Err(self.refuse(API, reason, || format!("{giver} gives it; {told}")))
    }

    /// Asks for proof of `needed`: a challenge with an enrolled factor, or the enrolment of one, or neither is possible.
    pub(super) fn prove(&mut self, needed: Acr, wanted_by: String, proving: Proving) -> Stop {
        let Proving {
            check: (number, name),
            may_enrol,
        } = proving;
        let columns = self.facts.rules.columns;
        let accepted = self.accepted();
        let reaching = |kinds: &[FactorKind]| -> Vec<FactorKind> {
            let counts = |kind: &FactorKind| {
                columns.with_first(*kind) >= needed && accepted.as_ref().is_none_or(|accepted| accepted.contains(kind))
            };
            kinds.iter().copied().filter(counts).collect()
        };
        let enrolled = self.user().map(|user| user.enrolled.as_slice()).unwrap_or_default();
        let allowed = reaching(enrolled);
        if !allowed.is_empty() {
            self.notes.note(number, name, Outcome::Ask, || {
                format!("{wanted_by} needs {needed}; a factor is enrolled")
            });
            return NextStep::Interact(Page::Challenge {
                allowed,
                needed,
                wanted_by,
            });
        }
        let allowed = reaching(&self.facts.rules.kinds);
        // Whoever has a factor that reaches `high` proves that one before another is added (ASSURANCE.md §4).
        let has_usable = enrolled.iter().any(|kind| columns.with_first(*kind) >= Acr::High);
        if may_enrol && !has_usable && !allowed.is_empty() {
            self.notes.note(number, name, Outcome::Ask, || {
                format!("{wanted_by} needs {needed}; no factor that reaches it is enrolled")
            });
            return NextStep::Interact(Page::Enrol {
                allowed,
                needed,
                wanted_by,
            });
        }
        self.refuse((number, name), Reason::UnmetAcr, || {
            format!("{wanted_by} needs {needed}, which cannot be reached")
        })
    }
}
