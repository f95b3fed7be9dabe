//! Check 11: the person agreed, or an administrator did beforehand.

use super::{Stop, Walk};
use crate::model::interaction::ConsentAnswer;
use crate::policy::decision::{NextStep, Page, Unagreed};
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

    /// What is asked for and the person has not agreed to yet; nothing where nothing is missing. Who never agreed to anything
    /// of this client's lacks something even where it asks for no scope (RFC 6749 §10.2, RFC 8252 §8.6).
    fn missing(&self) -> Option<Unagreed> {
        let (asked, consent) = (&self.facts.asked, &self.facts.consent);
        if !self.facts.client.require_consent {
            return None;
        }
        let Some(agreed) = &consent.agreed else {
            return Some(self.everything());
        };
        let new = |resource: &&String| !consent.agreed_resources.contains(resource);
        let missing = Unagreed {
            scope: asked.to_agree().difference(agreed),
            resources: asked.resources.iter().filter(new).cloned().collect(),
        };
        (missing != Unagreed::default()).then_some(missing)
    }

    fn everything(&self) -> Unagreed {
        Unagreed {
            scope: self.facts.asked.to_agree(),
            resources: self.facts.asked.resources.clone(),
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
        let asked_anew = asked.consent_anew && consent.answer.is_none();
        let missing = if asked_anew {
            Some(self.everything())
        } else {
            self.missing()
        };
        let Some(missing) = missing else {
            self.pass(CHECK.0, CHECK.1, || "everything was agreed to".into());
            return Ok(());
        };
        self.notes
            .note(CHECK.0, CHECK.1, Outcome::Ask, || format!("not agreed to: {missing}"));
        Err(NextStep::Interact(Page::Consent { missing }))
    }

    fn consent_beforehand(&mut self) -> Result<(), Stop> {
        let preapproved = self.user().is_some_and(|user| user.preapproved);
        if preapproved || self.missing().is_none() {
            self.pass(CHECK.0, CHECK.1, || "approved beforehand".into());
            return Ok(());
        }
        Err(self.refuse(CHECK, Reason::NotPreapproved, || {
            "neither pre-approved nor agreed to by the user".into()
        }))
    }
}
