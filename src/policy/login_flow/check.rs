//! Whether a flow can run: names, bounds, types, and ways that lead somewhere. Every error names the step, the key and the
//! remedy. CLAUSES.md S18.

use std::collections::{BTreeMap, BTreeSet};

use super::target;
use super::texts::names;
use crate::error::FieldError;
use crate::model::login_flow::{Action, Condition, FieldKind, INPUTS, LoginFlow, MAX_STEPS, Step, Test, Type, Value};
use crate::model::message::Channel;

type Check = Result<(), FieldError>;

/// The most characters of a text that people are shown.
const MAX_TEXT: usize = 4_000;
/// The most characters of a heading, a label or a name.
const MAX_LINE: usize = 100;
/// The most fields of a screen, inputs or outputs of a service, conditions of a decision.
const MAX_PARTS: usize = 20;

/// Fields of every page's form.
const RESERVED: [&str; 5] = ["csrf", "turn", "accept", "new_password", "confirm"];

fn wrong(flow: &LoginFlow, step: &Step, key: &str, problem: impl Into<String>) -> FieldError {
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
    }
    check_graph(flow)?;
    let set = set_at(flow);
    for (at, step) in flow.steps.iter().enumerate() {
        check_uses(flow, step, set.get(&at))?;
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// The texts of a step with the most characters of each.
fn texts(action: &Action) -> Vec<(&'static str, &str, usize)> {
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

/// A way out of a step: the key that names where it leads, and what is set on it.
struct Way<'a> {
    key: &'static str,
    /// None where the login is denied on it.
    to: Option<&'a String>,
    sets: Vec<(&'a String, Type)>,
}

fn ways(step: &Step) -> Vec<Way<'_>> {
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
fn check_ways(flow: &LoginFlow, at: usize) -> Check {
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
fn check_outputs(flow: &LoginFlow, step: &Step) -> Check {
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

/// Checks that every step is reached, that each leads to an end, that one end is a finish, and that no circle is without a
/// page on which somebody could stop it.
fn check_graph(flow: &LoginFlow) -> Check {
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

/// The variables that are set whichever way a step was reached.
fn set_at(flow: &LoginFlow) -> BTreeMap<usize, BTreeSet<String>> {
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
fn check_uses(flow: &LoginFlow, step: &Step, set: Option<&BTreeSet<String>>) -> Check {
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

/// Everything but codes, which nobody is told.
const TOLD: [Type; 5] = [Type::Text, Type::Bool, Type::Number, Type::Phone, Type::Email];
