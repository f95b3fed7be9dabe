//! Login flows of a directory file: steps that cannot be read are told with their line, and versions are counted here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::members::{Kind, explain};
use crate::error::FieldError;
use crate::model::login_flow::{LoginFlow, Step};

/// Reads every step of the login flows that a file lists, so that one which cannot be read is told with its line.
pub(super) fn check_steps(name: &str, text: &str, flows: &Value) -> Result<(), FieldError> {
    let listed = flows.as_array().into_iter().flatten().enumerate();
    for (flow, value) in listed {
        let called = value.get("name").and_then(Value::as_str).unwrap_or_default();
        let steps = value.get("steps").and_then(Value::as_array);
        for (at, step) in steps.into_iter().flatten().enumerate() {
            let Err(error) = serde_json::from_value::<Step>(step.clone()) else {
                continue;
            };
            let named = step.get("name").and_then(Value::as_str);
            let step = named.map_or_else(|| at.to_string(), str::to_owned);
            let line = line_of(text, flow, at).map_or_else(String::new, |line| format!("{name} line {line}: "));
            let place = format!("{line}{}.{called}.steps.{step}", LoginFlow::KIND);
            return Err(FieldError::new(place, explain(&error.to_string())));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct TomlFile {
    #[serde(default)]
    login_flows: Vec<TomlFlow>,
}

#[derive(Deserialize)]
struct TomlFlow {
    #[serde(default)]
    steps: Vec<toml::Spanned<toml::Value>>,
}

#[derive(Deserialize)]
struct JsonFile<'a> {
    #[serde(default, borrow)]
    login_flows: Vec<JsonFlow<'a>>,
}

#[derive(Deserialize)]
struct JsonFlow<'a> {
    #[serde(default, borrow)]
    steps: Vec<&'a RawValue>,
}

/// The line on which a step of a flow begins, counted from 1.
fn line_of(text: &str, flow: usize, step: usize) -> Option<usize> {
    let start = if let Ok(file) = toml::from_str::<TomlFile>(text) {
        file.login_flows.get(flow)?.steps.get(step)?.span().start
    } else {
        let file: JsonFile<'_> = serde_json::from_str(text).ok()?;
        let step = file.login_flows.get(flow)?.steps.get(step)?.get();
        (step.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?
    };
    Some(text.get(..start)?.matches('\n').count() + 1)
}

/// The flows of a file with their versions: that of the stored one which says the same, or else the next.
pub(super) fn versioned(wanted: &[LoginFlow], stored: &BTreeMap<String, LoginFlow>) -> Vec<LoginFlow> {
    let version = |flow: &LoginFlow| match stored.get(&flow.name) {
        Some(stored) if stored.says_as(flow) => stored.version,
        Some(stored) => stored.version.saturating_add(1),
        None => 1,
    };
    let with_version = |flow: &LoginFlow| LoginFlow {
        version: version(flow),
        ..flow.clone()
    };
    wanted.iter().map(with_version).collect()
}
