//! Check 11: the person agreed, or an administrator did beforehand.

use super::{Stop, Walk};
use crate::model::interaction::ConsentAnswer;
use crate::model::scope::ScopeSet;
use crate::policy::decision::{NextStep, Page};
use crate::policy::facts::Channel;
use crate::policy::reason::Reason;
use crate::policy::trace::{Notes, Outcome};

const CHECK: (u8, &str) = (11, "consent");
/// What a token must be for before it opens a browser session (ASSURANCE.md §6).
const BRIDGE_SCOPE: &str = "web";

impl<N: Notes> Walk<'_, N> {
    /// Check 11.
    pub(super) fn consent(&mut self) -> Result<(), Stop> {
        match self.channel() {
            Channel::Interactive => self.asked_consent(),
            Channel::Device => {
                self.compared()?;
                self.asked_consent()
            }
            Channel::Password | Channel::JwtBearer => self.consent_beforehand(),
            Channel::Bridge if !self.facts.asked.scope.contains(BRIDGE_SCOPE) => {
                Err(self.refuse(CHECK, Reason::ScopeMissing, || {
                    format!("the token is not for {BRIDGE_SCOPE}")
                }))
            }
            _ => Ok(()),
        }
    }

    /// The requested scopes that the person has not agreed to yet.
    fn missing_scopes(&self) -> ScopeSet {
        if self.facts.client.require_consent {
            self.facts.asked.to_agree().difference(&self.facts.consent.agreed)
        } else {
            ScopeSet::default()
        }
    }

    /// RFC 8628 §5.4: whoever approves a device has it at hand, or somebody far away gets what they approve.
    fn compared(&mut self) -> Result<(), Stop> {
        let consent = &self.facts.consent;
        if consent.compared || consent.answer == Some(ConsentAnswer::Denied) {
            return Ok(());
        }
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || {
            "the code was not compared with the device's".into()
        });
        Err(NextStep::Interact(Page::Device))
    }

    fn asked_consent(&mut self) -> Result<(), Stop> {
        let (asked, consent) = (&self.facts.asked, &self.facts.consent);
        if consent.answer == Some(ConsentAnswer::Denied) {
            return Err(self.refuse(CHECK, Reason::ConsentDenied, || "the person declined".into()));
        }
        let missing = self.missing_scopes();
        let asked_anew = asked.consent_anew && consent.answer.is_none();
        if missing.is_empty() && !asked_anew {
            self.pass(CHECK.0, CHECK.1, || "every scope was agreed to".into());
            return Ok(());
        }
        self.notes.note(CHECK.0, CHECK.1, Outcome::Ask, || {
            format!("scopes not agreed to: {missing}")
        });
        let missing = if asked_anew { asked.to_agree() } else { missing };
        Err(NextStep::Interact(Page::Consent { missing }))
    }

    fn consent_beforehand(&mut self) -> Result<(), Stop> {
        let preapproved = self.user().is_some_and(|user| user.preapproved);
        if preapproved || self.missing_scopes().is_empty() {
            self.pass(CHECK.0, CHECK.1, || "approved beforehand".into());
            return Ok(());
        }
        Err(self.refuse(CHECK, Reason::NotPreapproved, || {
            "neither pre-approved nor agreed to by the user".into()
        }))
    }
}
