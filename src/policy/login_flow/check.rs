//! Whether a flow can run: names, bounds, types, and ways that lead somewhere. Every error names the step, the key and the
//! remedy. CLAUSES.md S18.

use std::collections::BTreeSet;

use super::uses::{check_outputs, check_uses, set_at};
use super::ways::{check_graph, check_ways};
use crate::error::FieldError;
use crate::model::login_flow::{Action, LoginFlow, MAX_STEPS, Step};
use crate::model::message::gsm7_length;

pub(super) type Check = Result<(), FieldError>;

/// The most characters of a text that people are shown.
const MAX_TEXT: usize = 4_000;
/// The most characters of a heading, a label or a name.
const MAX_LINE: usize = 100;
/// The longest words before a code: with the code, and the line that binds it to a host, they are one text message.
const MAX_MESSAGE: usize = 70;
/// The most fields of a screen, inputs or outputs of a service, conditions of a decision.
pub(super) const MAX_PARTS: usize = 20;

pub(super) fn wrong(flow: &LoginFlow, step: &Step, key: &str, problem: impl Into<String>) -> FieldError {
    FieldError::new(format!("login_flows.{}.steps.{}.{key}", flow.name, step.name), problem)
}

/// Checks what every flow keeps to, runnable or not: names, bounds and lengths.
///
/// # Errors
/// The first key that is wrong.
pub fn check_form(flow: &LoginFlow) -> Check {
    let at = |key: &str, problem: String| FieldError::new(format!("login_flows.{}.{key}", flow.name), problem);
    if !(30..=3_600).contains(&flow.deadline) {
        return Err(at("deadline", "must be from 30 to 3600 seconds".to_owned()));
    }
    if flow.steps.len() > MAX_STEPS {
        return Err(at("steps", format!("a flow has at most {MAX_STEPS} steps")));
    }
    let mut seen = BTreeSet::new();
    for step in &flow.steps {
        if !is_name(&step.name) {
            let problem = "must be 1 to 40 of a to z, 0 to 9 and _";
            return Err(wrong(flow, step, "name", problem));
        }
        if !seen.insert(&step.name) {
            return Err(wrong(flow, step, "name", "is given twice; keep one"));
        }
        for (key, text, most) in texts(&step.action) {
            if text.chars().count() > most || text.chars().any(|c| c.is_control() && c != '\n') {
                let problem = format!("must have at most {most} characters, and none but line breaks that control");
                return Err(wrong(flow, step, key, problem));
            }
        }
    }
    Ok(())
}

/// Checks that a flow can run.
///
/// # Errors
/// The first key that is wrong.
pub fn check(flow: &LoginFlow) -> Check {
    check_form(flow)?;
    if flow.steps.is_empty() {
        let place = format!("login_flows.{}.steps", flow.name);
        return Err(FieldError::new(
            place,
            "a flow that runs has steps; add some, or leave it a draft",
        ));
    }
    for (at, step) in flow.steps.iter().enumerate() {
        check_ways(flow, at)?;
        check_outputs(flow, step)?;
        check_message(flow, step)?;
    }
    check_graph(flow)?;
    let set = set_at(flow);
    for (at, step) in flow.steps.iter().enumerate() {
        check_uses(flow, step, set.get(&at))?;
    }
    Ok(())
}

pub(super) fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The texts of a step with the most characters of each.
pub(super) fn texts(action: &Action) -> Vec<(&'static str, &str, usize)> {
    match action {
        Action::Screen {
            title,
            text,
            again,
            fields,
        } => {
            let mut texts = vec![("title", title.as_str(), MAX_LINE), ("text", text, MAX_TEXT)];
            texts.extend(again.as_deref().map(|again| ("again", again, MAX_TEXT)));
            texts.extend(fields.iter().map(|field| ("fields", field.label.as_str(), MAX_LINE)));
            texts
        }
        Action::AcceptTerms {
            terms,
            version,
            title,
            text,
            ..
        } => vec![
            ("terms", terms, MAX_LINE),
            ("version", version, MAX_LINE),
            ("title", title, MAX_LINE),
            ("text", text, MAX_TEXT),
        ],
        Action::Notice { title, text } => vec![("title", title, MAX_LINE), ("text", text, MAX_TEXT)],
        Action::ChangePassword { text } | Action::Deny { text } => vec![("text", text, MAX_TEXT)],
        _ => Vec::new(),
    }
}

/// Checks words of the flow's own before a code, which stand in one text message with it.
fn check_message(flow: &LoginFlow, step: &Step) -> Check {
    let Action::SendCode {
        message: Some(message), ..
    } = &step.action
    else {
        return Ok(());
    };
    if gsm7_length(message).is_some_and(|length| (1..=MAX_MESSAGE).contains(&length)) {
        return Ok(());
    }
    let problem =
        format!("words before a code are 1 to {MAX_MESSAGE} characters of the telephones' alphabet (GSM 03.38)");
    Err(wrong(flow, step, "message", problem))
}
