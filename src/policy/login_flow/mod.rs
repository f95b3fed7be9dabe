//! Login flows decided: which step is due, what a decision comes to, what a form may hold. CLAUSES.md S12 to S24.
//!
//! [`run`] takes a flow on from step to step until the world has a part in it: a page, a call, an end. Whatever is not as it
//! should be ends in a denial: a step that is not there, a variable that is not set, a flow that goes round in circles.

mod check;
mod form;
mod reach;
mod texts;
mod uses;
mod ways;

pub use check::{check, check_form};
pub use form::{Rejected, read};
pub use reach::{can_finish, outline};
pub use texts::{e164, filled, mail_address, shown};

use crate::model::evidence::FactorKind;
use crate::model::login_flow::{Action, Condition, Denied, LoginFlow, Outcome, Progress, Test, Type, Value, Variables};
use crate::model::user::User;

/// The most moves of one run.
const MAX_MOVES: u32 = 200;

/// What of the person a flow looks at.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The record.
    pub user: &'a User,
    /// The kinds of factor that were confirmed.
    pub enrolled: &'a [FactorKind],
    /// The terms, with their version, that were accepted before.
    pub accepted: &'a [(String, String)],
}

/// Where a flow waits, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// A page is due.
    Page,
    /// A service is to be asked.
    Call,
    /// A code is to be sent.
    Send,
    /// A code is to be compared with what was typed.
    Compare,
    /// It ended; its outcome says how.
    Over,
}

/// A step that was taken, and which way it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The step.
    pub step: String,
    /// Its kind.
    pub kind: &'static str,
    /// Which way: `next`, `on_missing`, `valid`, `invalid`, `on_failure`.
    pub way: &'static str,
}

/// The way that a step takes when nothing is said of another.
pub const NEXT: &str = "next";
/// The ways of a decision.
pub const VALID: &str = "valid";
/// The way of a decision of which a condition does not hold.
pub const INVALID: &str = "invalid";
/// The way of a service that did not answer as it should.
pub const ON_FAILURE: &str = "on_failure";

/// Takes a flow on until a page or a call is due, or it ends; the steps that were taken.
pub fn run(progress: &mut Progress, known: &Known<'_>) -> (Vec<Taken>, Halt) {
    let mut taken = Vec::new();
    while progress.outcome.is_none() {
        let Some(step) = progress.flow.steps.get(progress.at).cloned() else {
            deny(progress, "");
            break;
        };
        let way = match &step.action {
            Action::Lookup { attribute, output, .. } => match claim(known.user, attribute) {
                Some(value) => {
                    progress.variables.insert(output.clone(), value);
                    NEXT
                }
                None => "on_missing",
            },
            Action::Decision { all, .. } if compares(all, &progress.variables) => return (taken, Halt::Compare),
            Action::Decision { all, .. } => {
                if all.iter().all(|condition| holds(condition, &progress.variables)) {
                    VALID
                } else {
                    INVALID
                }
            }
            Action::Enrol { factors } if factors.iter().any(|kind| known.enrolled.contains(kind)) => NEXT,
            Action::AcceptTerms { terms, version, .. } if is_accepted(known, terms, version) => {
                accept(progress);
                NEXT
            }
            Action::SendCode { .. } => return (taken, Halt::Send),
            Action::Webhook { .. } => return (taken, Halt::Call),
            Action::Deny { text } => {
                let text = filled(text, &progress.variables);
                deny(progress, &text);
                break;
            }
            Action::Finish { location, force_logout } => {
                finish(progress, location.as_deref(), force_logout.as_deref());
                break;
            }
            _ => return (taken, Halt::Page),
        };
        taken.push(follow(progress, way));
    }
    (taken, Halt::Over)
}

/// Goes from the step that is due to the one that follows it on this way, and tells which was taken. Where none follows the
/// login is denied.
pub fn follow(progress: &mut Progress, way: &'static str) -> Taken {
    let step = progress.flow.steps.get(progress.at);
    let taken = Taken {
        step: step.map(|step| step.name.clone()).unwrap_or_default(),
        kind: step.map_or("", |step| step.action.kind()),
        way,
    };
    progress.turn = progress.turn.saturating_add(1);
    progress.calling = None;
    match target(&progress.flow, progress.at, way) {
        Some(at) if progress.turn <= MAX_MOVES => progress.at = at,
        _ => deny(progress, ""),
    }
    taken
}

/// The step that follows another on this way; none where the login is denied.
fn target(flow: &LoginFlow, at: usize, way: &str) -> Option<usize> {
    let step = flow.steps.get(at)?;
    let named = match (&step.action, way) {
        (Action::Lookup { on_missing, .. }, "on_missing") => on_missing.as_ref(),
        (Action::Decision { valid, .. }, VALID) => Some(valid),
        (Action::Decision { invalid, .. }, INVALID) => invalid.as_ref(),
        (Action::Webhook { on_failure, .. } | Action::SendCode { on_failure, .. }, ON_FAILURE) => on_failure.as_ref(),
        (Action::Decision { .. } | Action::Deny { .. } | Action::Finish { .. }, _) => None,
        (_, NEXT) => {
            return match &step.next {
                Some(next) => flow.place_of(next),
                None => (at + 1 < flow.steps.len()).then_some(at + 1),
            };
        }
        _ => None,
    };
    flow.place_of(named?)
}

/// Whether a decision comes down to a code: something was typed, a code was sent, and everything else holds.
fn compares(all: &[Condition], variables: &Variables) -> bool {
    let set = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
    let of_code = |condition: &&Condition| matches!(condition.test, Test::Code(_));
    let ready = |condition: &Condition| match &condition.test {
        Test::Code(code) => set(&condition.value) && set(code),
        _ => holds(condition, variables),
    };
    all.iter().any(|condition| of_code(&condition)) && all.iter().all(ready)
}

/// What was typed for the code that the decision which is due compares.
#[must_use]
pub fn typed_code(progress: &Progress) -> Option<&str> {
    let Action::Decision { all, .. } = &progress.flow.steps.get(progress.at)?.action else {
        return None;
    };
    let condition = all.iter().find(|condition| matches!(condition.test, Test::Code(_)))?;
    match progress.variables.get(&condition.value)? {
        Value::Text(typed) => Some(typed),
        _ => None,
    }
}

/// Whether a condition holds. What is not set, or empty, meets none: nothing equals nothing (S20).
fn holds(condition: &Condition, variables: &Variables) -> bool {
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    let Some(value) = set(&condition.value) else {
        return false;
    };
    match (&condition.test, value) {
        (Test::Is(other), value) => value == other,
        (Test::OneOf(texts), Value::Text(text)) => texts.contains(text),
        (Test::SameAs(other), value) => set(other) == Some(value),
        (Test::AtMost(most), Value::Number(number)) => number <= most,
        (Test::AtLeast(least), Value::Number(number)) => number >= least,
        _ => false,
    }
}

/// A claim of the record as a variable; none where there is none, or none that is what its name says (S17).
fn claim(user: &User, attribute: &str) -> Option<Value> {
    let value = user.claims.get(attribute)?;
    match Type::of_claim(attribute) {
        Type::Phone => e164(value.as_str()?).map(Value::Text),
        Type::Email => mail_address(value.as_str()?).map(Value::Text),
        Type::Bool => value.as_bool().map(Value::Bool),
        Type::Number => value.as_i64().map(Value::Number),
        Type::Text | Type::Code => {
            let text = match value {
                serde_json::Value::String(text) => text.trim().to_owned(),
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Bool(yes) => yes.to_string(),
                _ => return None,
            };
            (!text.is_empty()).then_some(Value::Text(text))
        }
    }
}

fn is_accepted(known: &Known<'_>, terms: &str, version: &str) -> bool {
    known.accepted.iter().any(|(t, v)| t == terms && v == version)
}

/// Notes which version of the terms that are due is accepted.
pub fn accept(progress: &mut Progress) {
    if let Some(Action::AcceptTerms {
        version,
        output: Some(output),
        ..
    }) = progress.flow.steps.get(progress.at).map(|step| &step.action)
    {
        progress.variables.insert(output.clone(), Value::Text(version.clone()));
    }
}

/// Denies the login.
pub fn deny(progress: &mut Progress, text: &str) {
    progress.outcome = Some(Outcome::Denied(Denied {
        text: text.to_owned(),
        dismissed: false,
    }));
}

fn finish(progress: &mut Progress, location: Option<&str>, force_logout: Option<&str>) {
    let is_forced = force_logout.is_some_and(|name| progress.variables.get(name) != Some(&Value::Bool(false)));
    if is_forced {
        return deny(progress, "");
    }
    let location = location.map(|text| filled(text, &progress.variables));
    progress.outcome = Some(Outcome::Finished(location.filter(|text| !text.is_empty())));
}

#[cfg(test)]
mod tests;
