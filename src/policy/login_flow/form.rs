//! What a person typed on a screen, as typed variables. CLAUSES.md S19.

use super::texts::{e164, mail_address};
use crate::model::login_flow::{Field, FieldKind, Value, Variables};

/// The most characters of an answer.
const MAX_ANSWER: usize = 200;
/// The most digits of a code.
const MAX_CODE: usize = 10;

/// Why what was typed is not taken; nothing was done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The field.
    pub field: String,
    /// Its label.
    pub label: String,
    /// What its kind takes.
    pub kind: FieldKind,
}

/// Reads the answers to these fields; `given` is what the form holds under a name.
///
/// # Errors
/// The first field that holds nothing of its kind.
pub fn read<'a>(fields: &[Field], given: impl Fn(&str) -> Option<&'a str>) -> Result<Variables, Rejected> {
    let mut variables = Variables::new();
    for field in fields {
        let typed = given(&field.name).unwrap_or_default().trim();
        let rejected = || Rejected {
            field: field.name.clone(),
            label: field.label.clone(),
            kind: field.kind,
        };
        match value(field.kind, typed) {
            Some(value) => drop(variables.insert(field.name.clone(), value)),
            None if field.optional && typed.is_empty() => {}
            None => return Err(rejected()),
        }
    }
    Ok(variables)
}

fn value(kind: FieldKind, typed: &str) -> Option<Value> {
    let is_line = !typed.is_empty() && typed.chars().count() <= MAX_ANSWER && !typed.chars().any(char::is_control);
    match kind {
        // A box that is not ticked is an answer too.
        FieldKind::Checkbox => Some(Value::Bool(!typed.is_empty())),
        _ if !is_line => None,
        FieldKind::Text => Some(Value::Text(typed.to_owned())),
        FieldKind::Phone => e164(typed).map(Value::Text),
        FieldKind::Email => mail_address(typed).map(Value::Text),
        FieldKind::Number => typed.parse().ok().map(Value::Number),
        FieldKind::Code => {
            let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
            let is_code = (1..=MAX_CODE).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_code.then_some(Value::Text(digits))
        }
    }
}
