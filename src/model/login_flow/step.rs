//! The steps of a login flow: what each does, what it is given and what it yields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::model::evidence::FactorKind;
use crate::model::message::Channel;

/// What a variable may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Any text.
    Text,
    /// Yes or no.
    Bool,
    /// A whole number.
    Number,
    /// A telephone number of the record (E.164).
    Phone,
    /// A mail address of the record.
    Email,
    /// A code that was sent: what it is stays with the server.
    Code,
}

impl Type {
    /// The type's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Code => "code",
        }
    }

    /// What a claim of the user's record is.
    #[must_use]
    pub fn of_claim(claim: &str) -> Self {
        match claim {
            "phone_number" => Self::Phone,
            "email" => Self::Email,
            "email_verified" | "phone_number_verified" => Self::Bool,
            _ => Self::Text,
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, serde_json::Value>")]
pub struct Step {
    /// The name by which other steps lead to it.
    pub name: String,
    /// What it is for; people who sign in are not shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The step that follows, where that is not the one after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
}

/// What a step does. A step that fails, and names nothing to do about that, denies the login.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Reads a claim of the user's record.
    Lookup {
        /// The claim: `phone_number`, `email`, or any other.
        attribute: String,
        /// The variable that holds it from then on.
        output: String,
        /// The step that follows where the record has no such claim, or none that is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_missing: Option<String>,
    },
    /// Asks the person.
    Screen {
        /// The page's heading.
        title: String,
        /// What it says; `{variable}` stands for a variable.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// What it says when it is shown another time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<String>,
        /// What it asks for.
        fields: Vec<Field>,
    },
    /// Sends a one-time code to a number or an address that is known as the user's.
    SendCode {
        /// How.
        channel: Channel,
        /// The variable with the number or the address.
        to: String,
        /// What is said before the code, instead of the usual words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The variable that stands for the code from then on.
        output: String,
        /// The step that follows where no code is sent: too many were, or none may go there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_failure: Option<String>,
    },
    /// Goes one of two ways: `valid` where every condition holds, `invalid` in every other case.
    Decision {
        /// The conditions.
        all: Vec<Condition>,
        /// The step that follows where all hold.
        valid: String,
        /// The step that follows where one does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invalid: Option<String>,
    },
    /// Asks a service of the organisation.
    Webhook {
        /// Its address, at a host that `outbound.webhooks` lists.
        url: String,
        /// The variables that it is told.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        inputs: Vec<String>,
        /// The members of its answer that become variables.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        outputs: BTreeMap<String, Type>,
        /// The step that follows where it does not answer in time, or not what it should.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_failure: Option<String>,
    },
    /// Sees that the person has a factor of one of these kinds.
    Enrol {
        /// The kinds.
        factors: Vec<FactorKind>,
    },
    /// Asks the person to agree to terms, once for each version of them.
    AcceptTerms {
        /// Which terms: `house-rules`.
        terms: String,
        /// Their version.
        version: String,
        /// The page's heading.
        title: String,
        /// What they say, or what they are about.
        text: String,
        /// Where all of them can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// The variable that holds the accepted version from then on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<String>,
    },
    /// Asks the person for a new password.
    ChangePassword {
        /// What the page says.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// Tells the person something.
    Notice {
        /// The page's heading.
        title: String,
        /// What it says; `{variable}` stands for a variable.
        text: String,
    },
    /// Ends the login without success.
    Deny {
        /// What the page says.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// Ends the flow; the login goes on to what was asked for.
    Finish {
        /// Where to go instead: a path of this server, or an address that the client registered; anything else is ignored.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<String>,
        /// The variable that says whether the person is signed out instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        force_logout: Option<String>,
    },
}

impl Action {
    /// The kind's name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Lookup { .. } => "lookup",
            Self::Screen { .. } => "screen",
            Self::SendCode { .. } => "send_code",
            Self::Decision { .. } => "decision",
            Self::Webhook { .. } => "webhook",
            Self::Enrol { .. } => "enrol",
            Self::AcceptTerms { .. } => "accept_terms",
            Self::ChangePassword { .. } => "change_password",
            Self::Notice { .. } => "notice",
            Self::Deny { .. } => "deny",
            Self::Finish { .. } => "finish",
        }
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Deny { .. } | Self::Finish { .. })
    }

    /// Whether the person has a part in it.
    #[must_use]
    pub const fn is_page(&self) -> bool {
        matches!(
            self,
            Self::Screen { .. }
                | Self::Enrol { .. }
                | Self::AcceptTerms { .. }
                | Self::ChangePassword { .. }
                | Self::Notice { .. }
        )
    }

    /// Whether it finds out something about the person.
    #[must_use]
    pub const fn verifies(&self) -> bool {
        matches!(
            self,
            Self::SendCode { .. }
                | Self::Decision { .. }
                | Self::Webhook { .. }
                | Self::Enrol { .. }
                | Self::Deny { .. }
        )
    }
}

/// Something that a screen asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The variable that holds the answer from then on.
    pub name: String,
    /// What it is called on the page.
    pub label: String,
    /// What is typed.
    #[serde(default)]
    pub kind: FieldKind,
    /// Whether it may be left empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What is typed into a field. Whatever a person types is a text, a number or a yes: it proves nothing about the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// A one-time code: digits, which are forgotten at the next page.
    Code,
    /// A telephone number.
    Phone,
    /// A mail address.
    Email,
    /// A whole number.
    Number,
    /// A box to tick.
    Checkbox,
}

impl FieldKind {
    /// The type of its variable.
    #[must_use]
    pub const fn of_type(self) -> Type {
        match self {
            Self::Text | Self::Code | Self::Phone | Self::Email => Type::Text,
            Self::Number => Type::Number,
            Self::Checkbox => Type::Bool,
        }
    }

    /// The kind's name, as pages carry it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Code => "code",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Number => "number",
            Self::Checkbox => "checkbox",
        }
    }
}

/// A condition on one variable. One that is not set, or is an empty text, meets none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, serde_json::Value>", into = "Map<String, serde_json::Value>")]
pub struct Condition {
    /// The variable.
    pub value: String,
    /// What it must be.
    pub test: Test,
}

/// What a variable must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// This very value.
    Is(super::Value),
    /// One of these texts.
    OneOf(Vec<String>),
    /// The code that was sent, which this variable stands for: unused, in time, and of this very login.
    Code(String),
    /// The same as another variable.
    SameAs(String),
    /// This number or less.
    AtMost(i64),
    /// This number or more.
    AtLeast(i64),
}

fn text(map: &mut Map<String, serde_json::Value>, key: &str) -> Result<Option<String>, String> {
    match map.remove(key) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{key} must be a text")),
    }
}

impl TryFrom<Map<String, serde_json::Value>> for Step {
    type Error = String;

    fn try_from(mut map: Map<String, serde_json::Value>) -> Result<Self, String> {
        Ok(Self {
            name: text(&mut map, "name")?.ok_or("name is missing")?,
            description: text(&mut map, "description")?,
            next: text(&mut map, "next")?,
            action: serde_json::from_value(map.into()).map_err(|error| error.to_string())?,
        })
    }
}

impl TryFrom<Map<String, serde_json::Value>> for Condition {
    type Error = String;

    fn try_from(mut map: Map<String, serde_json::Value>) -> Result<Self, String> {
        let value = text(&mut map, "value")?.ok_or("value is missing: it names the variable")?;
        if map.len() != 1 {
            return Err(format!(
                "a condition on {value} says one of is, one_of, same_as, code, at_most and at_least"
            ));
        }
        let test = serde_json::from_value(map.into()).map_err(|error| error.to_string())?;
        Ok(Self { value, test })
    }
}

impl From<Condition> for Map<String, serde_json::Value> {
    fn from(condition: Condition) -> Self {
        let mut map = match serde_json::to_value(condition.test) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => Self::new(),
        };
        map.insert("value".to_owned(), condition.value.into());
        map
    }
}
