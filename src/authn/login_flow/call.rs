//! Services that a flow asks: what they are told, and what of their answers is believed. CLAUSES.md S15.
//!
//! A call is charged before it is made and settled after: nothing waits for a service inside a unit of work.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{Ran, keep, move_on, running};
use crate::authn::interaction::Gathered;
use crate::error::{Denial, Result};
use crate::model::interaction::Interaction;
use crate::model::login_flow::{Action, Type, Value, Variables};
use crate::policy::login_flow::{NEXT, ON_FAILURE, e164, mail_address};
use crate::work::Work;

/// Seconds after which a call that nobody settled is made again.
const LEASE: i64 = 15;
/// The most characters of a text that a service answers.
const MAX_TEXT: usize = 1_000;

/// A call to a service, charged.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where to.
    pub url: String,
    /// What it is told, as JSON.
    pub body: String,
    /// The move that makes it.
    pub turn: u32,
}

/// Charges the call that is due in an errand; none where it is under way already.
///
/// # Errors
/// [`Denial::StepNotDue`] where no call is due, a fault of the database.
pub fn charge_call(work: &mut Work<'_>, errand: &mut Interaction, gathered: &Gathered) -> Result<Option<Call>> {
    let mut progress = running(errand, gathered).ok_or(Denial::StepNotDue)?.clone();
    let step = progress.flow.steps.get(progress.at).ok_or(Denial::StepNotDue)?;
    let Action::Webhook { url, inputs, .. } = &step.action else {
        return Err(Denial::StepNotDue.into());
    };
    if progress
        .calling
        .is_some_and(|since| work.now.seconds_since(since) < LEASE)
    {
        return Ok(None);
    }
    let told: Map<String, Json> = inputs
        .iter()
        .map(|name| (name.clone(), json!(progress.variables.get(name))))
        .collect();
    let call = Call {
        url: url.clone(),
        body: json!({
            "delivery": format!("{}.{}", errand.id, progress.turn),
            "flow": progress.flow.name,
            "version": progress.flow.version,
            "step": step.name,
            "inputs": told,
        })
        .to_string(),
        turn: progress.turn,
    };
    progress.calling = Some(work.now);
    keep(work, errand, progress)?;
    Ok(Some(call))
}

/// Settles a call: what the service answered, or why it did not, becomes the way that the flow goes.
///
/// # Errors
/// [`Denial::StepNotDue`] where it was settled before, a fault of the database.
pub fn settle_call(
    work: &mut Work<'_>,
    errand: &mut Interaction,
    gathered: &Gathered,
    (turn, answered): (u32, std::result::Result<Json, String>),
) -> Result<Ran> {
    let mut progress = running(errand, gathered).ok_or(Denial::StepNotDue)?.clone();
    let step = progress.flow.steps.get(progress.at).ok_or(Denial::StepNotDue)?;
    let Action::Webhook { outputs, .. } = &step.action else {
        return Err(Denial::StepNotDue.into());
    };
    if progress.turn != turn || progress.calling.is_none() {
        return Err(Denial::StepNotDue.into());
    }
    let mut detail = Map::new();
    let way = match answered.and_then(|answer| read(outputs, &answer)) {
        Ok(variables) => {
            progress.variables.extend(variables);
            NEXT
        }
        Err(failure) => {
            detail.insert("failure".to_owned(), failure.into());
            ON_FAILURE
        }
    };
    move_on(work, errand, gathered, (progress, way, detail))
}

/// The members of an answer that were declared, all of them and of their types; others are not looked at.
fn read(outputs: &BTreeMap<String, Type>, answer: &Json) -> std::result::Result<Variables, String> {
    let mut variables = Variables::new();
    for (name, kind) in outputs {
        let member = answer.get(name).ok_or_else(|| format!("the answer has no {name}"))?;
        let value = value(*kind, member).ok_or_else(|| format!("{name} of the answer is no {}", kind.as_str()))?;
        variables.insert(name.clone(), value);
    }
    Ok(variables)
}

fn value(kind: Type, member: &Json) -> Option<Value> {
    let text = || {
        let is_line = |text: &&str| text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control);
        member.as_str().filter(is_line)
    };
    match kind {
        Type::Bool => member.as_bool().map(Value::Bool),
        Type::Number => member.as_i64().map(Value::Number),
        Type::Code => None,
        Type::Text => text().map(|text| Value::Text(text.to_owned())),
        Type::Phone => text().and_then(e164).map(Value::Text),
        Type::Email => text().and_then(mail_address).map(Value::Text),
    }
}
