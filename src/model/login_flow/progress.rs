//! A flow under way: kept with its errand, together with the steps as they were when it began.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::LoginFlow;
use crate::model::id::SessionId;
use crate::model::time::Timestamp;

/// What a variable holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text, a telephone number, a mail address.
    Text(String),
}

impl Value {
    /// Whether it is a text without anything in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

/// What is known in a flow, by name.
pub type Variables = BTreeMap<String, Value>;

/// What a login owes: the flow of the user's profile at the instant of primary authentication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// The flow; none where the profile had none.
    pub flow: Option<String>,
    /// When the user signed in.
    pub since: Timestamp,
    /// That it was finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Finished>,
}

/// That a login finished its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// In which version.
    pub version: u32,
    /// When.
    pub at: Timestamp,
}

/// A flow under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The flow as it was when it began.
    pub flow: LoginFlow,
    /// The session whose login it belongs to.
    pub session: SessionId,
    /// The place of the step that is due.
    pub at: usize,
    /// How many moves were made: a form answers the move that showed it.
    pub turn: u32,
    /// What is known so far.
    pub variables: Variables,
    /// The pages that were answered before.
    pub answered: BTreeSet<String>,
    /// Since when a service is being asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calling: Option<Timestamp>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it last moved.
    pub moved_at: Timestamp,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// How a flow ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The login goes on; somewhere else than it was for, where an address is given.
    Finished(Option<String>),
    /// The login was denied.
    Denied(Denied),
}

/// That a login was denied by its flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// What the page says.
    pub text: String,
    /// Whether the person has seen it and gone on.
    pub dismissed: bool,
}
