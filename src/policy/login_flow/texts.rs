//! Texts of a flow: variables put in their places, numbers and addresses in the form that everything else expects.

use crate::model::login_flow::{LoginFlow, Type, Value, Variables};
use crate::model::mail_address::is_mail_address;
use crate::model::phone_number::PhoneNumber;

/// A telephone number as E.164 has it, whatever it was written with; none where it is none.
#[must_use]
pub fn e164(text: &str) -> Option<String> {
    text.parse::<PhoneNumber>().ok().map(String::from)
}

/// A mail address without blanks around it; none where it cannot be one.
#[must_use]
pub fn mail_address(text: &str) -> Option<String> {
    let text = text.trim();
    is_mail_address(text).then(|| text.to_owned())
}

/// A text with what variables hold in the places that name them; one that is not set is left empty.
#[must_use]
pub fn filled(text: &str, variables: &Variables) -> String {
    put(text, |name| match variables.get(name) {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(yes)) => yes.to_string(),
        None => String::new(),
    })
}

/// The same for a page: of numbers and addresses of the record the end alone is shown.
#[must_use]
pub fn shown(text: &str, flow: &LoginFlow, variables: &Variables) -> String {
    let types = super::uses::types(flow);
    let of_record = |name: &str| matches!(types.get(name), Some(Type::Phone | Type::Email));
    let mut seen = variables.clone();
    for (name, value) in &mut seen {
        if let Value::Text(text) = value
            && of_record(name)
        {
            *text = end_of(text);
        }
    }
    filled(text, &seen)
}

fn end_of(text: &str) -> String {
    let length = text.chars().count();
    let kept: String = text.chars().skip(length.saturating_sub(4)).collect();
    format!("…{kept}")
}

/// The names in braces.
pub(super) fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    put(text, |name| {
        names.push(name.to_owned());
        String::new()
    });
    names
}

fn put(text: &str, mut value: impl FnMut(&str) -> String) -> String {
    let mut put = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        put.push_str(before);
        if let Some((name, after)) = after.split_once('}') {
            put.push_str(&value(name));
            rest = after;
        } else {
            put.push('{');
            rest = after;
        }
    }
    put.push_str(rest);
    put
}
