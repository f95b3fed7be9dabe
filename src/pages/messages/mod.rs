//! The texts of pages and mails: files of messages below `templates/messages`, one folder a language, in Fluent's syntax
//! (<https://projectfluent.org>).

mod functions;
#[cfg(test)]
mod tests;
mod text;
mod times;

pub(super) use functions::register;
pub use text::{Argument, Text};
pub use times::Moment;

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::assets;
use crate::error::Fault;
use crate::model::lang::Lang;

/// The messages of every language.
pub(super) struct Messages {
    bundles: Vec<(Lang, FluentBundle<FluentResource>)>,
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

impl Messages {
    /// Reads every file once. A mistake in one, or a message in two, is a fault.
    pub(super) fn load() -> Result<Self, Fault> {
        let bundles = Lang::ALL.into_iter().map(|lang| Ok((lang, bundle(lang)?)));
        Ok(Self {
            bundles: bundles.collect::<Result<_, Fault>>()?,
        })
    }

    /// The message `id`, or an attribute of one (`id.attribute`), with its arguments. A message that is not there, and an
    /// argument that is missing, is a fault.
    pub(super) fn format(&self, lang: Lang, id: &str, arguments: &FluentArgs<'_>) -> Result<String, Fault> {
        let missing = || Fault::new(format!("no message {id} in {lang}"));
        let (name, attribute) = id
            .split_once('.')
            .map_or((id, None), |(name, attribute)| (name, Some(attribute)));
        let (_, bundle) = self
            .bundles
            .iter()
            .find(|(other, _)| *other == lang)
            .ok_or_else(missing)?;
        let message = bundle.get_message(name).ok_or_else(missing)?;
        let pattern = match attribute {
            None => message.value(),
            Some(attribute) => message.get_attribute(attribute).map(|attribute| attribute.value()),
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern.ok_or_else(missing)?, Some(arguments), &mut errors);
        match errors.first() {
            None => Ok(text.into_owned()),
            Some(error) => Err(Fault::new(format!("message {id} in {lang}: {error}"))),
        }
    }
}

fn bundle(lang: Lang) -> Result<FluentBundle<FluentResource>, Fault> {
    let tag: LanguageIdentifier = lang
        .as_str()
        .parse()
        .map_err(|error| Fault::from_error("language", error))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Marks around arguments help where directions mix; both languages here run one way.
    bundle.set_use_isolating(false);
    for (path, content) in assets::messages(lang)? {
        let fault = |errors: &dyn fmt::Debug| Fault::new(format!("{path}: {errors:?}"));
        let resource = FluentResource::try_new(content).map_err(|(_, errors)| fault(&errors))?;
        bundle.add_resource(resource).map_err(|errors| fault(&errors))?;
    }
    Ok(bundle)
}
