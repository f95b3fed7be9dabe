//! A decision and every check behind it, in words and as values: made from facts, whether they are supposed or kept.

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::OAuthError;
use crate::model::evidence::FactorKind;
use crate::model::grant::Snapshot;
use crate::model::scope::ScopeSet;
use crate::policy::{Decision, Facts, NextStep, Page, Reason, Trace, explain};

/// A decision and every check behind it.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The instant of the decision.
    pub at: String,
    /// `proceed`, `interact` or `refuse`.
    pub decision: &'static str,
    /// The decision in words.
    pub told: String,
    /// What the decision carries: the page, the proof, the reason.
    pub detail: Value,
    /// The step as the audit log keeps it beside the facts.
    pub step: String,
    /// The number of the check that decided.
    pub check: u8,
    /// Whether a requirement was waived because an administrator approved it beforehand.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exempted: bool,
    /// What would have been asked had requirements that are only reported been enforced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported: Option<String>,
    /// What the person would be led through from here, each page answered as well as it can be, and what comes of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub way: Vec<String>,
    /// The steps of the login flow that this user may come to, each with the ways that it may go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<String>,
    /// Every check, in order.
    pub checks: Trace,
    /// What it rests on, where that is not said beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<Facts>>,
}

impl Explanation {
    /// Decides on facts, and tells every check.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        let (decision, checks) = explain(facts);
        let (told, detail) = told(facts, &decision);
        Self {
            at: facts.now.to_string(),
            decision: match decision.step {
                NextStep::Proceed(_) => "proceed",
                NextStep::Interact(_) => "interact",
                NextStep::Refuse(_) => "refuse",
            },
            told,
            detail,
            step: decision.step.told(),
            check: decision.check,
            exempted: decision.exempted,
            reported: decision.reported,
            way: Vec::new(),
            flow: Vec::new(),
            checks,
            facts: None,
        }
    }
}

/// A decision in words, and what it carries.
pub(super) fn told(facts: &Facts, decision: &Decision) -> (String, Value) {
    match &decision.step {
        NextStep::Proceed(approval) => told_approval(approval.snapshot(), approval.scope()),
        NextStep::Interact(page) => told_page(page),
        NextStep::Refuse(reason) if facts.channel.is_interactive() => {
            told_refusal(*reason, &reason.authorization_error())
        }
        NextStep::Refuse(reason) => told_refusal(*reason, &reason.token_error()),
    }
}

fn told_page(page: &Page) -> (String, Value) {
    let names = |kinds: &[FactorKind]| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ");
    match page {
        Page::Login => ("the login page".into(), json!({ "page": "login" })),
        Page::Challenge {
            allowed,
            needed,
            wanted_by,
        } => (
            format!("a challenge with {}: {wanted_by} needs {needed}", names(allowed)),
            json!({ "page": "challenge", "allowed": allowed, "needed": needed, "wanted_by": wanted_by }),
        ),
        Page::Enrol {
            allowed,
            needed,
            wanted_by,
        } => (
            format!("enrolment of {}: {wanted_by} needs {needed}", names(allowed)),
            json!({ "page": "enrol", "allowed": allowed, "needed": needed, "wanted_by": wanted_by }),
        ),
        Page::Flow { flow, step } => (
            format!("the login flow {flow}, at its step {step}"),
            json!({ "page": "flow", "flow": flow, "step": step }),
        ),
        Page::Device => (
            "the page that compares the device's code".into(),
            json!({ "page": "device" }),
        ),
        Page::Consent { missing } => (
            format!("the consent page for {missing}"),
            json!({ "page": "consent", "missing": missing.scope, "resources": missing.resources }),
        ),
    }
}

fn told_approval(snapshot: &Snapshot, scope: &ScopeSet) -> (String, Value) {
    let assurance = &snapshot.assurance;
    let auth_time = assurance.auth_time.map(|at| at.to_string());
    let acr = snapshot.acr_value.as_deref().unwrap_or(assurance.acr.as_str());
    let since = auth_time
        .as_deref()
        .map_or_else(String::new, |at| format!(" since {at}"));
    let amr = assurance.amr.join(" ");
    let told = if amr.is_empty() {
        format!("tokens with acr {acr}{since}, scope {scope}")
    } else {
        format!("tokens with acr {acr} ({amr}){since}, scope {scope}")
    };
    let detail = json!({ "acr": acr, "amr": assurance.amr, "auth_time": auth_time, "scope": scope });
    (told, detail)
}

fn told_refusal(reason: Reason, error: &OAuthError) -> (String, Value) {
    let name = reason.as_str();
    let detail = json!({ "reason": name, "error": error.to_string() });
    (format!("{name}; the client is told: {error}"), detail)
}
