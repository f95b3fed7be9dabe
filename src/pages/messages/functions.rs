//! What templates say messages with: `t(id="…", name=value)`, `markup(id="…", name=value)`, and `value | say`.

use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use serde::Deserialize;
use tera::{Kwargs, State, Tera, Value};

use super::{Argument, Messages, Text};
use crate::error::Fault;
use crate::model::lang::Lang;

/// Teaches an engine to say messages in a language.
///
/// `t(id="…")` says a message, and what it says is escaped like any value. `markup(id="…")` says one that holds tags of
/// ours: what fills its gaps is escaped, it is not. `| say` says a [`Text`] that code chose; a string stays as it is.
pub(in crate::pages) fn register(tera: &mut Tera, messages: &Arc<Messages>, lang: Lang) {
    let own = Arc::clone(messages);
    tera.register_function("t", move |arguments: Kwargs, _: &State<'_>| {
        let (id, arguments) = read(&arguments, &own, lang, |words| Ok(words.to_owned()))?;
        own.format(lang, &id, &arguments).map_err(error)
    });
    let own = Arc::clone(messages);
    tera.register_function("markup", move |arguments: Kwargs, state: &State<'_>| {
        let (id, arguments) = read(&arguments, &own, lang, |words| state.escape(words))?;
        let html = own.format(lang, &id, &arguments).map_err(error)?;
        Ok::<_, tera::Error>(Value::safe_string(&html))
    });
    let own = Arc::clone(messages);
    tera.register_filter("say", move |value: Value, _: Kwargs, _: &State<'_>| {
        let text = Text::deserialize(&value).map_err(tera::Error::message)?;
        text.worded(&own, lang).map_err(error)
    });
}

/// The name of a message and its arguments, each string of them passed through `written`.
fn read(
    given: &Kwargs,
    messages: &Messages,
    lang: Lang,
    written: impl Fn(&str) -> Result<String, tera::Error>,
) -> Result<(String, FluentArgs<'static>), tera::Error> {
    let id = given.must_get::<&str>("id")?.to_owned();
    let mut arguments = FluentArgs::new();
    for (name, value) in given.iter() {
        let name = name.as_str().unwrap_or_default().to_owned();
        if name == "id" {
            continue;
        }
        let filled = match value.as_str().filter(|_| value.is_safe()) {
            Some(safe) => safe.to_owned().into(),
            None => Argument::deserialize(value)
                .map_err(|_| tera::Error::message(format!("message {id}: {name} cannot fill a gap")))?
                .value(messages, lang)
                .map_err(error)?,
        };
        let filled = match filled {
            FluentValue::String(words) if !value.is_safe() => written(&words)?.into(),
            other => other,
        };
        arguments.set(name, filled);
    }
    Ok((id, arguments))
}

fn error(fault: Fault) -> tera::Error {
    tera::Error::message(fault)
}
