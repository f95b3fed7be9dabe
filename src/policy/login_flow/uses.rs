//! The variables of a flow: each has one name and one type throughout, and is set before it is used.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, MAX_PARTS, is_name, texts, wrong};
use super::target;
use super::texts::names;
use super::ways::ways;
use crate::model::login_flow::{Action, Condition, FieldKind, INPUTS, LoginFlow, Step, Test, Type, Value};
use crate::model::message::Channel;

/// Fields of every page's form: no variables have their names.
const RESERVED: [&str; 5] = ["csrf", "turn", "accept", "new_password", "confirm"];

/// Everything but codes, which nobody is told.
const TOLD: [Type; 5] = [Type::Text, Type::Bool, Type::Number, Type::Phone, Type::Email];

/// Every variable of a flow with its type.
pub(super) fn types(flow: &LoginFlow) -> BTreeMap<&str, Type> {
    let mut types: BTreeMap<&str, Type> = INPUTS.into_iter().collect();
    for step in &flow.steps {
        for (name, kind) in set_by(step) {
            types.entry(name).or_insert(kind);
        }
    }
    types
}

/// What a step may set, on whichever way.
fn set_by(step: &Step) -> Vec<(&str, Type)> {
    if let Action::Screen { fields, .. } = &step.action {
        let fields = fields.iter();
        return fields
            .map(|field| (field.name.as_str(), field.kind.of_type()))
            .collect();
    }
    let all = ways(step).into_iter().flat_map(|way| way.sets);
    all.map(|(name, kind)| (name.as_str(), kind)).collect()
}

/// Checks that what a step sets has one name and one type throughout.
pub(super) fn check_outputs(flow: &LoginFlow, step: &Step) -> Check {
    let types = types(flow);
    let key = match &step.action {
        Action::Screen { .. } => "fields",
        Action::Webhook { .. } => "outputs",
        _ => "output",
    };
    let set = set_by(step);
    if set.len() > MAX_PARTS {
        return Err(wrong(flow, step, key, format!("at most {MAX_PARTS} are taken")));
    }
    for (name, kind) in set {
        if !is_name(name) {
            let problem = format!("{name}: a variable is 1 to 40 of a to z, 0 to 9 and _");
            return Err(wrong(flow, step, key, problem));
        }
        if RESERVED.contains(&name) {
            let problem = format!("{name} is a name that our forms use themselves; choose another");
            return Err(wrong(flow, step, key, problem));
        }
        if INPUTS.iter().any(|(input, _)| *input == name) {
            let problem = format!("{name} is given to every flow and stays as it is; choose another name");
            return Err(wrong(flow, step, key, problem));
        }
        if let Some(other) = types.get(name).filter(|other| **other != kind) {
            let problem = format!(
                "{name} is {} here and {} elsewhere; choose another name",
                kind.as_str(),
                other.as_str()
            );
            return Err(wrong(flow, step, key, problem));
        }
    }
    Ok(())
}

/// The variables that are set whichever way a step was reached.
pub(super) fn set_at(flow: &LoginFlow) -> BTreeMap<usize, BTreeSet<String>> {
    let inputs: BTreeSet<String> = INPUTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut set = BTreeMap::from([(0, inputs)]);
    let mut ahead = vec![0];
    while let Some(at) = ahead.pop() {
        let (Some(step), Some(here)) = (flow.steps.get(at), set.get(&at).cloned()) else {
            continue;
        };
        for way in ways(step) {
            let Some(to) = target(flow, at, way.key) else { continue };
            let mut after = here.clone();
            after.extend(way.sets.iter().map(|(name, _)| (*name).clone()));
            let before = set.get(&to);
            let both: BTreeSet<String> =
                before.map_or(after.clone(), |known| known.intersection(&after).cloned().collect());
            if before != Some(&both) {
                set.insert(to, both);
                ahead.push(to);
            }
        }
    }
    set
}

/// Checks that what a step uses is there, and of the type that it takes.
pub(super) fn check_uses(flow: &LoginFlow, step: &Step, set: Option<&BTreeSet<String>>) -> Check {
    let types = types(flow);
    let is_set = |name: &str| set.is_some_and(|set| set.contains(name));
    let used = |key: &'static str, name: &str| {
        if !types.contains_key(name) {
            let problem = format!("no step sets the variable {name}; set it before, or name another");
            return Err(wrong(flow, step, key, problem));
        }
        if !is_set(name) {
            let problem = format!("the variable {name} is not set on every way that leads here; set it on each");
            return Err(wrong(flow, step, key, problem));
        }
        Ok(())
    };
    for (key, text, _) in texts(&step.action) {
        // The versions and names of terms hold no variables.
        if matches!(key, "text" | "again" | "title") {
            names(text).iter().try_for_each(|name| {
                used(key, name)?;
                of_type(flow, step, (key, name), &TOLD)
            })?;
        }
    }
    match &step.action {
        Action::Webhook { inputs, .. } => inputs.iter().try_for_each(|name| {
            used("inputs", name)?;
            of_type(flow, step, ("inputs", name), &TOLD)
        }),
        Action::SendCode { channel, to, .. } => {
            used("to", to)?;
            let wanted = match channel {
                Channel::Email => Type::Email,
                Channel::Sms | Channel::Voice => Type::Phone,
            };
            of_type(flow, step, ("to", to), &[wanted])
        }
        Action::Finish { location, force_logout } => {
            let located = location.as_deref().map(names).unwrap_or_default();
            located.iter().try_for_each(|name| used("location", name))?;
            let Some(forced) = force_logout else { return Ok(()) };
            used("force_logout", forced)?;
            of_type(flow, step, ("force_logout", forced), &[Type::Bool])
        }
        Action::Decision { all, .. } => check_conditions(flow, step, all),
        Action::Screen { fields, .. } if fields.is_empty() => Err(wrong(
            flow,
            step,
            "fields",
            "asks for nothing; add a field, or use kind notice",
        )),
        Action::Screen { fields, .. } => {
            let codes = fields.iter().filter(|field| field.kind == FieldKind::Code).count();
            if codes > 1 {
                return Err(wrong(flow, step, "fields", "at most one field is of kind code"));
            }
            Ok(())
        }
        Action::Enrol { factors } if factors.is_empty() => {
            Err(wrong(flow, step, "factors", "names no factor; add a kind"))
        }
        _ => Ok(()),
    }
}

fn of_type(flow: &LoginFlow, step: &Step, (key, name): (&'static str, &str), wanted: &[Type]) -> Check {
    match types(flow).get(name) {
        Some(found) if wanted.contains(found) => Ok(()),
        Some(found) => {
            let wanted: Vec<&str> = wanted.iter().map(|one| one.as_str()).collect();
            let problem = format!("{name} is {}; {} is taken here", found.as_str(), wanted.join(" or "));
            Err(wrong(flow, step, key, problem))
        }
        None => {
            let problem = format!("no step sets the variable {name}; set it before, or name another");
            Err(wrong(flow, step, key, problem))
        }
    }
}

/// Checks that conditions compare like with like. A variable need not be set on every way: where it is not, none holds.
fn check_conditions(flow: &LoginFlow, step: &Step, all: &[Condition]) -> Check {
    const WORDS: [Type; 3] = [Type::Text, Type::Phone, Type::Email];
    if all.is_empty() || all.len() > MAX_PARTS {
        let problem = format!("a decision has 1 to {MAX_PARTS} conditions");
        return Err(wrong(flow, step, "all", problem));
    }
    if all.iter().filter(|one| matches!(one.test, Test::Code(_))).count() > 1 {
        return Err(wrong(flow, step, "all", "compares more than one code; use two steps"));
    }
    for condition in all {
        let named = ("all", condition.value.as_str());
        match &condition.test {
            Test::Is(Value::Bool(_)) => of_type(flow, step, named, &[Type::Bool])?,
            Test::Is(Value::Number(_)) | Test::AtMost(_) | Test::AtLeast(_) => {
                of_type(flow, step, named, &[Type::Number])?;
            }
            Test::Is(Value::Text(_)) | Test::OneOf(_) => of_type(flow, step, named, &WORDS)?,
            Test::Code(code) => {
                of_type(flow, step, ("all", code), &[Type::Code])?;
                of_type(flow, step, named, &[Type::Text])?;
            }
            Test::SameAs(other) => {
                of_type(flow, step, ("all", other), &TOLD)?;
                let like = types(flow).get(other.as_str()).copied().unwrap_or(Type::Text);
                let wanted: &[Type] = if WORDS.contains(&like) {
                    &WORDS
                } else {
                    std::slice::from_ref(&like)
                };
                of_type(flow, step, named, wanted)?;
            }
        }
    }
    Ok(())
}
