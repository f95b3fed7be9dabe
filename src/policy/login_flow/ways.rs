//! The ways out of the steps of a flow: each leads somewhere, to an end, and in no circle that nobody could stop.

use std::collections::BTreeSet;

use super::check::{Check, wrong};
use super::target;
use crate::error::FieldError;
use crate::model::login_flow::{Action, LoginFlow, Step, Type};

/// A way out of a step: the key that names where it leads, and what is set on it.
pub(super) struct Way<'a> {
    pub(super) key: &'static str,
    /// None where the login is denied on it.
    pub(super) to: Option<&'a String>,
    pub(super) sets: Vec<(&'a String, Type)>,
}

pub(super) fn ways(step: &Step) -> Vec<Way<'_>> {
    let way = |key, to, sets| Way { key, to, sets };
    let next = |sets| way(super::NEXT, step.next.as_ref(), sets);
    match &step.action {
        Action::Lookup {
            attribute,
            output,
            on_missing,
        } => vec![
            next(vec![(output, Type::of_claim(attribute))]),
            way("on_missing", on_missing.as_ref(), Vec::new()),
        ],
        Action::Decision { valid, invalid, .. } => vec![
            way("valid", Some(valid), Vec::new()),
            way("invalid", invalid.as_ref(), Vec::new()),
        ],
        Action::Webhook {
            outputs, on_failure, ..
        } => vec![
            next(outputs.iter().map(|(name, kind)| (name, *kind)).collect()),
            way(super::ON_FAILURE, on_failure.as_ref(), Vec::new()),
        ],
        Action::SendCode { output, on_failure, .. } => vec![
            next(vec![(output, Type::Code)]),
            way(super::ON_FAILURE, on_failure.as_ref(), Vec::new()),
        ],
        Action::Screen { fields, .. } => {
            let given = fields.iter().filter(|field| !field.optional);
            vec![next(given.map(|field| (&field.name, field.kind.of_type())).collect())]
        }
        Action::AcceptTerms { output, .. } => vec![next(output.iter().map(|name| (name, Type::Text)).collect())],
        Action::Enrol { .. } | Action::ChangePassword { .. } | Action::Notice { .. } => vec![next(Vec::new())],
        Action::Deny { .. } | Action::Finish { .. } => Vec::new(),
    }
}

/// Checks that each way out of a step leads to a step that is there.
pub(super) fn check_ways(flow: &LoginFlow, at: usize) -> Check {
    let Some(step) = flow.steps.get(at) else { return Ok(()) };
    let follows = matches!(step.action, Action::Decision { .. }) || step.action.is_last();
    if follows && step.next.is_some() {
        let problem = "is never followed: this kind of step names where it leads itself, or ends the flow; remove it";
        return Err(wrong(flow, step, "next", problem));
    }
    for way in ways(step) {
        if let Some(name) = way.to.filter(|name| flow.place_of(name).is_none()) {
            let problem = format!("there is no step {name}; add it to steps, or name another");
            return Err(wrong(flow, step, way.key, problem));
        }
        if way.key == super::NEXT && target(flow, at, way.key).is_none() {
            let problem = "nothing follows; end the flow with a step of kind finish or deny, or name the next step";
            return Err(wrong(flow, step, "next", problem));
        }
    }
    Ok(())
}

/// Checks that every step is reached, that each leads to an end, that one end is a finish, and that no circle is without a
/// page on which somebody could stop it.
pub(super) fn check_graph(flow: &LoginFlow) -> Check {
    let leads: Vec<Vec<usize>> = (0..flow.steps.len()).map(|at| leads_to(flow, at)).collect();
    let reached = closure(&leads, 0);
    for (at, step) in flow.steps.iter().enumerate() {
        if !reached.contains(&at) {
            return Err(wrong(flow, step, "name", "is never reached; lead to it, or remove it"));
        }
        let beyond = closure(&leads, at);
        let ends = |at: &usize| flow.steps.get(*at).is_some_and(may_end);
        if !beyond.iter().any(ends) {
            let problem = "leads round in circles and never to an end; lead to a step of kind finish or deny";
            return Err(wrong(flow, step, "next", problem));
        }
        let by_itself = |at: usize| flow.steps.get(at).is_some_and(|step| !step.action.is_page());
        if by_itself(at) && is_circle(&leads, at, &by_itself) {
            let problem = "comes back to itself without a page in between; show a screen on the way";
            return Err(wrong(flow, step, "next", problem));
        }
    }
    let is_finish = |step: &Step| matches!(step.action, Action::Finish { .. });
    if flow.steps.iter().any(is_finish) {
        return Ok(());
    }
    let problem = "has no step of kind finish, so that nobody could sign in; add one";
    Err(FieldError::new(format!("login_flows.{}.steps", flow.name), problem))
}

/// Whether the login may end here: the kinds that end it, and ways that deny it.
fn may_end(step: &Step) -> bool {
    step.action.is_last() || ways(step).iter().any(|way| way.key != super::NEXT && way.to.is_none())
}

fn leads_to(flow: &LoginFlow, at: usize) -> Vec<usize> {
    let Some(step) = flow.steps.get(at) else {
        return Vec::new();
    };
    ways(step).iter().filter_map(|way| target(flow, at, way.key)).collect()
}

fn closure(leads: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
    let (mut reached, mut ahead) = (BTreeSet::new(), vec![from]);
    while let Some(at) = ahead.pop() {
        if reached.insert(at) {
            ahead.extend(leads.get(at).into_iter().flatten());
        }
    }
    reached
}

/// Whether a step leads back to itself through steps for which `by_itself` holds alone.
fn is_circle(leads: &[Vec<usize>], from: usize, by_itself: &dyn Fn(usize) -> bool) -> bool {
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![from]);
    while let Some(at) = ahead.pop() {
        for to in leads.get(at).into_iter().flatten().filter(|to| by_itself(**to)) {
            if *to == from {
                return true;
            }
            if seen.insert(*to) {
                ahead.push(*to);
            }
        }
    }
    false
}
