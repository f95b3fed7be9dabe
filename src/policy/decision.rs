//! THE decision: the ordered checks of ASSURANCE.md §3, in that order and nowhere else. One function for every login, token
//! request, step-up and bridge; `decide` and `explain` run the same checks.

use std::fmt;

use super::approval::Approval;
use super::checks::Walk;
use super::facts::Facts;
use super::reason::Reason;
use super::trace::{Last, Notes, Trace};
use crate::error::OAuthErrorCode;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::requirement::Enforcement;
use crate::model::scope::ScopeSet;

/// What must happen next.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What must happen next.
    pub step: NextStep,
    /// The number of the check that decided.
    pub check: u8,
    /// Whether a requirement was waived because an administrator approved it beforehand.
    pub exempted: bool,
    /// What would have been asked had requirements that are only reported been enforced, in words.
    pub reported: Option<String>,
}

/// What must happen next.
#[derive(Debug, Clone, PartialEq)]
pub enum NextStep {
    /// It ends without success.
    Refuse(Reason),
    /// The person must do this first.
    Interact(Page),
    /// Everything was shown.
    Proceed(Box<Approval>),
}

/// Who wants a challenge that makes a browser known.
pub const DEVICE: &str = "device";

/// A page the person must get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Name and password.
    Login,
    /// One of these enrolled factors, strongest first.
    Challenge {
        /// The factors that will do.
        allowed: Vec<FactorKind>,
        /// The level that is needed.
        needed: Acr,
        /// Who needs it.
        wanted_by: String,
    },
    /// Enrol one of these kinds; the ceremony that confirms it is the proof.
    Enrol {
        /// The kinds that will do, strongest first.
        allowed: Vec<FactorKind>,
        /// The level that is needed.
        needed: Acr,
        /// Who needs it.
        wanted_by: String,
    },
    /// Go on with the login flow.
    Flow {
        /// Its name.
        flow: String,
        /// The step that is due; empty once it denied the login.
        step: String,
    },
    /// Compare the code with the one that the device shows, and see what device it is (RFC 8628 §3.3).
    Device,
    /// Agree to what the client asks for.
    Consent {
        /// What was not agreed to yet.
        missing: Unagreed,
    },
}

/// What a person did not agree to yet; with neither scopes nor resources, that the client learns of them at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unagreed {
    /// The scopes.
    pub scope: ScopeSet,
    /// The resources (RFC 8707).
    pub resources: Vec<String>,
}

impl fmt::Display for Unagreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.scope.is_empty(), self.resources.is_empty()) {
            (true, true) => f.write_str("the client"),
            (false, true) => self.scope.fmt(f),
            (true, false) => write!(f, "tokens for {}", self.resources.join(" ")),
            (false, false) => write!(f, "{} for {}", self.scope, self.resources.join(" ")),
        }
    }
}

impl Page {
    /// The error that says this page is due where none may be shown (`prompt=none`; OpenID Connect Core §3.1.2.6).
    #[must_use]
    pub const fn unshown(&self) -> OAuthErrorCode {
        match self {
            Self::Login => OAuthErrorCode::LoginRequired,
            Self::Consent { .. } => OAuthErrorCode::ConsentRequired,
            Self::Challenge { .. } | Self::Enrol { .. } | Self::Flow { .. } | Self::Device => {
                OAuthErrorCode::InteractionRequired
            }
        }
    }
}

impl NextStep {
    /// The step in a few words: `challenge (totp): client payroll needs high`.
    #[must_use]
    pub fn told(&self) -> String {
        let names = |kinds: &[FactorKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ");
        match self {
            Self::Proceed(approval) => format!("allow with acr {}", approval.snapshot().acr()),
            Self::Refuse(reason) => format!("refuse: {}", reason.as_str()),
            Self::Interact(Page::Login) => "login".to_owned(),
            Self::Interact(Page::Device) => "compare the device's code".to_owned(),
            Self::Interact(Page::Flow { flow, step }) => format!("login flow {flow}, step {step}"),
            Self::Interact(Page::Consent { missing }) => format!("consent to {missing}"),
            Self::Interact(Page::Challenge {
                allowed,
                needed,
                wanted_by,
            }) => {
                format!("challenge ({}): {wanted_by} needs {needed}", names(allowed))
            }
            Self::Interact(Page::Enrol {
                allowed,
                needed,
                wanted_by,
            }) => {
                format!("enrol ({}): {wanted_by} needs {needed}", names(allowed))
            }
        }
    }
}

/// Decides what must happen next.
#[must_use]
pub fn decide(facts: &Facts) -> Decision {
    let mut last = Last::default();
    let (mut step, exempted) = run(facts, &mut last, true);
    let reported = has_reported(facts).then(|| would_be(facts, &step)).flatten();
    if let NextStep::Proceed(approval) = &mut step {
        approval.report(reported.clone());
    }
    Decision {
        step,
        check: last.0,
        exempted,
        reported,
    }
}

/// Decides as [`decide`] does, and tells every check with its facts.
#[must_use]
pub fn explain(facts: &Facts) -> (Decision, Trace) {
    let mut trace = Trace::default();
    run(facts, &mut trace, true);
    (decide(facts), trace)
}

/// Whether the user is to be told of this login: its browser is not known, and nothing else is done about that.
#[must_use]
pub fn tells_user(facts: &Facts) -> bool {
    Walk::new(facts, &mut Last::default(), true).tells_user()
}

/// Whether a request comes from where its user may be: check 7 alone, for what was allowed before.
#[must_use]
pub fn admits(facts: &Facts) -> bool {
    Walk::new(facts, &mut Last::default(), true).admits()
}

/// Who may be asked or refused: requirements that are `enforced` alone, or those that are only reported too.
fn run<N: Notes>(facts: &Facts, notes: &mut N, enforced_alone: bool) -> (NextStep, bool) {
    let mut walk = Walk::new(facts, notes, enforced_alone);
    let step = walk.every_check().unwrap_or_else(|stop| stop);
    (step, walk.exempted)
}

fn has_reported(facts: &Facts) -> bool {
    let reported = |enforcement: Enforcement| enforcement == Enforcement::Report;
    facts.required.sources.iter().any(|source| reported(source.enforcement))
        || facts.user.as_ref().is_some_and(|user| {
            reported(user.profile.enforcement) || user.permission_sets.iter().any(|set| reported(set.enforcement))
        })
}

fn would_be(facts: &Facts, step: &NextStep) -> Option<String> {
    let (stricter, _) = run(facts, &mut Last::default(), false);
    (stricter != *step && !matches!(stricter, NextStep::Proceed(_))).then(|| stricter.told())
}
