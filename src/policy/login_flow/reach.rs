//! Whether somebody can get through a flow at all: what is known of them beforehand goes the way it will go, all else either
//! way. CLAUSES.md S23.

use std::collections::{BTreeMap, BTreeSet};

use super::{NEXT, ON_FAILURE, claim, holds, target};
use crate::model::evidence::FactorKind;
use crate::model::login_flow::{Action, Condition, LoginFlow, Test, Value, Variables};
use crate::model::user::User;

/// The most states that are looked at; a flow with more is taken for one that can be finished.
const MAX_STATES: usize = 5_000;

/// What is known beforehand of each variable that is set: what it holds, or nothing.
type Known = BTreeMap<String, Option<Value>>;

/// Whether this person can get to an end of a flow that is no denial; of kinds of factor only these can be enrolled.
#[must_use]
pub fn can_finish(flow: &LoginFlow, user: &User, kinds: &[FactorKind]) -> bool {
    let mut finishes = false;
    let complete = explore(flow, user, kinds, |at, _| {
        let action = flow.steps.get(at).map(|step| &step.action);
        finishes |= matches!(action, Some(Action::Finish { .. }));
    });
    finishes || !complete
}

/// The steps that this person may come to, in the flow's order, each with the ways that it may go.
#[must_use]
pub fn outline(flow: &LoginFlow, user: &User, kinds: &[FactorKind]) -> Vec<String> {
    let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    explore(flow, user, kinds, |at, ways| {
        let led = ways.iter().map(|way| match target(flow, at, way) {
            Some(to) => {
                let name = flow.steps.get(to).map_or("", |step| step.name.as_str());
                format!("{way} leads to {name}")
            }
            None => format!("{way} denies the login"),
        });
        found.entry(at).or_default().extend(led);
    });
    let told = found.into_iter().filter_map(|(at, ways)| {
        let step = flow.steps.get(at)?;
        let ways: Vec<String> = ways.into_iter().collect();
        let told = format!("{} ({})", step.name, step.action.kind());
        Some(if ways.is_empty() {
            told
        } else {
            format!("{told}: {}", ways.join(", "))
        })
    });
    told.collect()
}

/// Visits every step that this person may come to, with the ways that it may go from there; `false` where there are more
/// states than are looked at.
fn explore(flow: &LoginFlow, user: &User, kinds: &[FactorKind], mut visit: impl FnMut(usize, &[&'static str])) -> bool {
    let inputs = crate::model::login_flow::INPUTS;
    let mut known: Known = inputs.iter().map(|(name, _)| ((*name).to_owned(), None)).collect();
    known.insert("username".to_owned(), Some(Value::Text(user.username.clone())));
    let mut ahead = vec![(0, known)];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some((at, known)) = ahead.pop() {
        if !seen.insert(format!("{at} {known:?}")) {
            continue;
        }
        if seen.len() > MAX_STATES {
            return false;
        }
        let Some(step) = flow.steps.get(at) else { continue };
        let ways = ways(&step.action, user, known, kinds);
        let names: Vec<&'static str> = ways.iter().map(|(way, _)| *way).collect();
        visit(at, &names);
        for (way, known) in ways {
            ahead.extend(target(flow, at, way).map(|to| (to, known)));
        }
    }
    true
}

/// The ways that a step may go, with what is known then.
fn ways(action: &Action, user: &User, mut known: Known, kinds: &[FactorKind]) -> Vec<(&'static str, Known)> {
    match action {
        Action::Lookup { attribute, output, .. } => match claim(user, attribute) {
            Some(value) => {
                known.insert(output.clone(), Some(value));
                vec![(NEXT, known)]
            }
            None => vec![("on_missing", known)],
        },
        Action::Decision { all, .. } => {
            let outcomes: Vec<Option<bool>> = all.iter().map(|one| foreseen(one, &known)).collect();
            if outcomes.contains(&Some(false)) {
                vec![("invalid", known)]
            } else if outcomes.contains(&None) {
                vec![("valid", known.clone()), ("invalid", known)]
            } else {
                vec![("valid", known)]
            }
        }
        Action::SendCode { output, .. } => {
            let failed = (ON_FAILURE, known.clone());
            known.insert(output.clone(), None);
            vec![(NEXT, known), failed]
        }
        Action::Webhook { outputs, .. } => {
            let failed = (ON_FAILURE, known.clone());
            known.extend(outputs.keys().map(|name| (name.clone(), None)));
            vec![(NEXT, known), failed]
        }
        Action::Screen { fields, .. } => {
            known.extend(fields.iter().map(|field| (field.name.clone(), None)));
            vec![(NEXT, known)]
        }
        Action::Enrol { factors } if !factors.iter().any(|kind| kinds.contains(kind)) => Vec::new(),
        Action::AcceptTerms { version, output, .. } => {
            let held = Some(Value::Text(version.clone()));
            known.extend(output.clone().map(|name| (name, held)));
            vec![(NEXT, known)]
        }
        Action::Enrol { .. } | Action::ChangePassword { .. } | Action::Notice { .. } => vec![(NEXT, known)],
        Action::Deny { .. } | Action::Finish { .. } => Vec::new(),
    }
}

/// What a condition comes to, where all that it looks at is known beforehand.
fn foreseen(condition: &Condition, known: &Known) -> Option<bool> {
    let mut named = vec![&condition.value];
    if let Test::SameAs(other) | Test::Code(other) = &condition.test {
        named.push(other);
    }
    let mut variables = Variables::new();
    for name in named {
        match known.get(name) {
            Some(Some(value)) => drop(variables.insert(name.clone(), value.clone())),
            Some(None) => return None,
            None => {}
        }
    }
    Some(holds(condition, &variables))
}
