//! Texts that code chooses and pages word: which message it is, and what its gaps are filled with.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluent_bundle::{FluentArgs, FluentValue};
use serde::{Deserialize, Serialize};

use super::{Messages, Moment};
use crate::error::Fault;
use crate::model::lang::Lang;

/// A text, worded in the reader's language once the page or mail that holds it is rendered: `{{ sentence | say }}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// A message of the files.
    Message {
        /// Its name, or `name.attribute`.
        id: Cow<'static, str>,
        /// What its gaps are filled with.
        with: BTreeMap<Cow<'static, str>, Argument>,
    },
    /// Words that somebody else chose: a name, a description out of the directory.
    Verbatim(String),
}

/// What a gap of a message is filled with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// A number, by which a message may choose its plural.
    Number(i64),
    /// An instant, written as the language writes it.
    Moment(Moment),
    /// Another text; a plain string is one that stays as it is.
    Text(Text),
}

impl Text {
    /// The message `id`.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self::Message {
            id: Cow::Borrowed(id),
            with: BTreeMap::new(),
        }
    }

    /// The message of a family of messages, such as `factor-recovery-code` for `recovery_code` in `factor`.
    #[must_use]
    pub fn of(family: &str, member: &str) -> Self {
        Self::Message {
            id: format!("{family}-{}", member.replace('_', "-")).into(),
            with: BTreeMap::new(),
        }
    }

    /// Words that stay as they are in every language.
    pub fn verbatim(words: impl Into<String>) -> Self {
        Self::Verbatim(words.into())
    }

    /// The text with one of its gaps filled.
    #[must_use]
    pub fn with(mut self, name: &'static str, argument: impl Into<Argument>) -> Self {
        if let Self::Message { with, .. } = &mut self {
            with.insert(name.into(), argument.into());
        }
        self
    }

    /// The words in a language.
    pub(in crate::pages) fn worded(&self, messages: &Messages, lang: Lang) -> Result<String, Fault> {
        match self {
            Self::Verbatim(words) => Ok(words.clone()),
            Self::Message { id, with } => {
                let mut arguments = FluentArgs::new();
                for (name, argument) in with {
                    arguments.set(name.clone(), argument.value(messages, lang)?);
                }
                messages.format(lang, id, &arguments)
            }
        }
    }
}

impl Argument {
    /// What fills the gap in a language.
    pub(super) fn value(&self, messages: &Messages, lang: Lang) -> Result<FluentValue<'static>, Fault> {
        Ok(match self {
            Self::Number(number) => (*number).into(),
            Self::Moment(moment) => moment.worded(messages, lang)?.into(),
            Self::Text(text) => text.worded(messages, lang)?.into(),
        })
    }
}

impl From<Text> for Argument {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Moment> for Argument {
    fn from(moment: Moment) -> Self {
        Self::Moment(moment)
    }
}

impl From<&str> for Argument {
    fn from(words: &str) -> Self {
        Self::Text(Text::verbatim(words))
    }
}

impl From<String> for Argument {
    fn from(words: String) -> Self {
        Self::Text(Text::verbatim(words))
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Argument {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
