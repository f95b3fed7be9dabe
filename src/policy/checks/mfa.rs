//! Checks 5 and 6: the two permissions that demand a second factor, and how one is asked for.

use std::cmp::Reverse;
use std::fmt::Display;

use super::demand::Giver;
use super::{Stop, Walk};
use crate::model::assurance::ApiMfaBeforeEnrolment;
use crate::model::client::InheritedAssurance;
use crate::model::evidence::{Acr, Evidence, FactorKind};
use crate::model::requirement::Requirement;
use crate::policy::assurance::{Pair, is_first, meets};
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::{Channel, Suffix, UserFacts};
use crate::policy::reason::Reason;
use crate::policy::requirements::Source;
use crate::policy::trace::{Notes, Outcome};

const UI: (u8, &str) = (5, "mfa_ui");
const API: (u8, &str) = (6, "mfa_api");

/// On whose behalf proof is asked for.
#[derive(Clone, Copy)]
pub(super) struct Proving {
    pub(super) check: (u8, &'static str),
    pub(super) may_enrol: bool,
    /// Whether kinds that the client or a resource does not accept are no use here.
    pub(super) narrowly: bool,
}

impl<'a, N: Notes> Walk<'a, N> {
    /// Who gives `mfa_ui`.
    pub(super) fn gives_mfa_ui(&self, user: &'a UserFacts) -> Option<Giver<'a>> {
        self.giver(user, (user.profile.mfa_ui, |set| set.mfa_ui))
    }

    /// Who gives `mfa_api`; it has no effect without `mfa_ui` (S42).
    pub(super) fn gives_mfa_api(&self, user: &'a UserFacts) -> Option<Giver<'a>> {
        self.gives_mfa_ui(user)?;
        self.giver(user, (user.profile.mfa_api, |set| set.mfa_api))
    }

    /// Check 5: interactive logins of users with `mfa_ui` show `high`.
    pub(super) fn mfa_ui(&mut self, pairs: &[Pair]) -> Result<(), Stop> {
        let Some(user) = self.user().filter(|_| self.channel().is_interactive()) else {
            return Ok(());
        };
        self.shows_high(pairs, self.gives_mfa_ui(user), UI)
    }

    fn shows_high(&mut self, pairs: &[Pair], giver: Option<Giver<'a>>, check: (u8, &'static str)) -> Result<(), Stop> {
        let Some(giver) = giver else {
            self.pass(check.0, check.1, || "nothing gives it to the user".into());
            return Ok(());
        };
        if self.channel() == Channel::Device && self.facts.client.device_assurance == InheritedAssurance::Deny {
            return Err(self.refuse(check, Reason::UnmetAcr, || {
                format!("{giver} gives it; this client's device grants never reach high")
            }));
        }
        if pairs.iter().any(|pair| pair.assurance.acr >= Acr::High) {
            self.pass(check.0, check.1, || format!("{giver} gives it; the session shows high"));
            return Ok(());
        }
        let proving = Proving {
            check,
            may_enrol: true,
            narrowly: false,
        };
        Err(self.prove(Acr::High, &giver, proving))
    }

    /// Check 6: API logins of users with `mfa_api` bring a one-time code, and nothing else (C5, C6).
    pub(super) fn mfa_api(&mut self, pairs: &[Pair]) -> Result<(), Stop> {
        let Some(user) = self.user() else { return Ok(()) };
        let giver = self.gives_mfa_api(user);
        if self.channel().is_interactive() {
            return self.shows_high(pairs, giver, API);
        }
        let Some(login) = self.api_login().filter(|_| self.channel() == Channel::Password) else {
            return Ok(());
        };
        let Some(giver) = giver else {
            self.pass(API.0, API.1, || "nothing gives it to the user".into());
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
    pub(super) fn prove(&mut self, needed: Acr, wanted_by: &dyn Display, proving: Proving) -> Stop {
        let enrolled = self.user().map(|user| user.enrolled.as_slice()).unwrap_or_default();
        let check = proving.check;
        if self.is_locked() {
            return self.refuse(check, Reason::BadCredentials, || {
                format!("{wanted_by} needs {needed}; the account is locked")
            });
        }
        let offered = self.offered(needed, proving);
        let may_enrol = proving.may_enrol && !offered.is_empty();
        if may_enrol && self.shows_recovery() {
            return self.enrol(check, offered, (needed, wanted_by));
        }
        let mut allowed = self.narrowed(self.enrolled_reaching(needed), proving);
        let has_recovery = may_enrol && enrolled.contains(&FactorKind::RecoveryCode);
        if self.has_passkey_alone() {
            // Nothing but another passkey counts beside it: a code is worth something beside a password.
            let columns = self.facts.rules.columns;
            let alone = |kind: &FactorKind| *kind == FactorKind::Passkey && columns.passkey >= needed;
            if allowed.iter().any(alone) {
                return self.challenge(check, vec![FactorKind::Passkey], (needed, wanted_by));
            }
            if !allowed.is_empty() || !offered.is_empty() && !offered.iter().any(alone) {
                self.notes.note(check.0, check.1, Outcome::Ask, || {
                    format!("{wanted_by} needs {needed}; a password comes first")
                });
                return NextStep::Interact(Page::Login);
            }
        }
        if !allowed.is_empty() {
            // Whoever lost it enrols another after a recovery code, which is the last of the links.
            allowed.extend(has_recovery.then_some(FactorKind::RecoveryCode));
            return self.challenge(check, allowed, (needed, wanted_by));
        }
        if !may_enrol {
            return self.refuse(check, Reason::UnmetAcr, || {
                format!("{wanted_by} needs {needed}, which cannot be reached")
            });
        }
        self.enrol_one_of(check, offered, (needed, wanted_by))
    }

    /// Asks for the enrolment of one of these kinds.
    pub(super) fn enrol_one_of(
        &mut self,
        check: (u8, &'static str),
        offered: Vec<FactorKind>,
        (needed, wanted_by): (Acr, &dyn Display),
    ) -> Stop {
        let enrolled = self.user().map(|user| user.enrolled.as_slice()).unwrap_or_default();
        // Whoever has a factor that reaches `high` proves that one before another is added (ASSURANCE.md §4).
        let mut usable = self.enrolled_reaching(Acr::High);
        let has_recovery = enrolled.contains(&FactorKind::RecoveryCode);
        usable.extend(has_recovery.then_some(FactorKind::RecoveryCode));
        if !usable.is_empty() && !self.shows_high_for_enrolment() && !self.shows_recovery() {
            return self.challenge(check, usable, (Acr::High, wanted_by));
        }
        self.enrol(check, offered, (needed, wanted_by))
    }

    /// The kinds that can be enrolled to reach a level, strongest first. Nobody enrols codes for recovery on the way.
    fn offered(&self, needed: Acr, proving: Proving) -> Vec<FactorKind> {
        let mut kinds = self.offered_reaching(needed);
        kinds.retain(|kind| *kind != FactorKind::RecoveryCode);
        self.narrowed(kinds, proving)
    }

    fn enrol(
        &mut self,
        (number, name): (u8, &'static str),
        offered: Vec<FactorKind>,
        (needed, wanted_by): (Acr, &dyn Display),
    ) -> Stop {
        self.notes.note(number, name, Outcome::Ask, || {
            format!("{wanted_by} needs {needed}; no factor that reaches it is enrolled")
        });
        NextStep::Interact(Page::Enrol {
            allowed: offered,
            needed,
            wanted_by: wanted_by.to_string(),
        })
    }

    /// Whether the session shows a recovery code that was used just now: worth enrolling a factor where the old one was to be
    /// proved first, and no more (ASSURANCE.md §1).
    fn shows_recovery(&self) -> bool {
        let (now, began) = (self.facts.now, self.facts.began);
        let evidence = self.session().map(|session| session.evidence.as_slice());
        evidence.unwrap_or_default().iter().any(|one| {
            let is_fresh = one.at() >= began || now.seconds_since(one.at()) <= i64::from(Source::CHANGE_AGE);
            one.kind() == FactorKind::RecoveryCode && one.at() <= now && is_fresh
        })
    }

    /// Whether the session was opened by a passkey, and nobody gave a password in it since.
    fn has_passkey_alone(&self) -> bool {
        let evidence = self
            .session()
            .map(|session| session.evidence.as_slice())
            .unwrap_or_default();
        let is_of = |kind: FactorKind| move |one: &Evidence| one.kind() == kind;
        evidence.iter().any(is_of(FactorKind::Passkey)) && !evidence.iter().any(|one| is_first(one.kind()))
    }

    fn challenge(
        &mut self,
        (number, name): (u8, &'static str),
        allowed: Vec<FactorKind>,
        (needed, wanted_by): (Acr, &dyn Display),
    ) -> Stop {
        self.notes.note(number, name, Outcome::Ask, || {
            format!("{wanted_by} needs {needed}; a factor is enrolled")
        });
        NextStep::Interact(Page::Challenge {
            allowed,
            needed,
            wanted_by: wanted_by.to_string(),
        })
    }

    /// The kinds that the user has and that reach a level beside a first factor, strongest first.
    pub(super) fn enrolled_reaching(&self, needed: Acr) -> Vec<FactorKind> {
        let Some(user) = self.user() else { return Vec::new() };
        let columns = self.facts.rules.columns;
        reaching(&user.enrolled, needed, |kind| {
            let of_kind = columns.with_first(kind);
            user.ceilings
                .get(&kind)
                .map_or(of_kind, |ceiling| of_kind.min(*ceiling))
        })
    }

    /// The kinds that can be enrolled here and then reach a level beside a first factor, strongest first.
    pub(super) fn offered_reaching(&self, needed: Acr) -> Vec<FactorKind> {
        self.offered_among(&self.facts.rules.kinds, needed)
    }

    /// The same of some kinds alone.
    pub(super) fn offered_among(&self, kinds: &[FactorKind], needed: Acr) -> Vec<FactorKind> {
        reaching(kinds, needed, |kind| self.offered_level(kind))
    }

    /// The level that a kind reaches beside a first factor once it is enrolled here. A number that is typed at login proves
    /// nothing about the account's owner (CLAUSES.md C7).
    pub(super) fn offered_level(&self, kind: FactorKind) -> Acr {
        let has_number = self.user().is_some_and(|user| user.unconfirmed_number);
        let of_kind = self.facts.rules.columns.with_first(kind);
        match kind {
            FactorKind::Sms | FactorKind::Voice if !has_number => of_kind.min(Acr::Standard),
            _ => of_kind,
        }
    }

    /// The part of these kinds that counts for whoever is asked for; of a login's own need all of them, if that is none.
    fn narrowed(&self, kinds: Vec<FactorKind>, proving: Proving) -> Vec<FactorKind> {
        let Some(accepted) = self.demands().accepted() else {
            return kinds;
        };
        let narrowed: Vec<FactorKind> = kinds.iter().copied().filter(|kind| accepted.contains(kind)).collect();
        if narrowed.is_empty() && !proving.narrowly {
            kinds
        } else {
            narrowed
        }
    }

    /// Whether the session shows enough to add a factor (ASSURANCE.md §7).
    fn shows_high_for_enrolment(&self) -> bool {
        let fresh = Requirement {
            acr: Acr::High,
            max_age: Some(Source::CHANGE_AGE),
        };
        let (now, began) = (self.facts.now, self.facts.began);
        let pairs = self.session().map(|session| self.pairs_of(session, None));
        pairs.is_some_and(|pairs| pairs.iter().any(|pair| meets(pair, fresh, now, began)))
    }
}

fn reaching(kinds: &[FactorKind], needed: Acr, level: impl Fn(FactorKind) -> Acr) -> Vec<FactorKind> {
    let mut reaching: Vec<FactorKind> = kinds.iter().copied().filter(|kind| level(*kind) >= needed).collect();
    reaching.sort_unstable_by_key(|kind| (Reverse(level(*kind)), *kind));
    reaching.dedup();
    reaching
}
