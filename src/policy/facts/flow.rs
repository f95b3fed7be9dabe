//! The login flow that a login must finish, and how far it is.

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::model::evidence::FactorKind;
use crate::model::login_flow::{Action, LoginFlow};
use crate::model::time::Timestamp;

/// The login flow of a profile as it concerns those who are not there to be shown a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFlow {
    /// The name.
    pub name: String,
    /// The version.
    pub version: u32,
    /// Whether logins without a person are refused.
    pub blocks_noninteractive: bool,
}

impl From<&LoginFlow> for ProfileFlow {
    fn from(flow: &LoginFlow) -> Self {
        Self {
            name: flow.name.clone(),
            version: flow.version,
            blocks_noninteractive: flow.blocks_noninteractive(),
        }
    }
}

/// The login flow that a login must finish, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowFacts {
    /// The name.
    pub name: String,
    /// The version.
    pub version: u32,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a flow stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// This step is due.
    Due(DueStep),
    /// This login finished it.
    Finished,
    /// It denied the login in this errand.
    Denied {
        /// Whether the person has seen that and gone on.
        dismissed: bool,
    },
    /// It is not there any more.
    Gone,
}

/// The step that is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueStep {
    /// Its name.
    pub step: String,
    /// The kinds of factor of which one is to be enrolled, where that is what it does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub enrols: Vec<FactorKind>,
    /// Until when the person may take.
    pub ends_at: Timestamp,
}

impl DueStep {
    /// What of a step bears on decisions.
    #[must_use]
    pub fn of(flow: &LoginFlow, at: usize, ends_at: Timestamp) -> Self {
        let step = flow.steps.get(at);
        let enrols = match step.map(|step| &step.action) {
            Some(Action::Enrol { factors }) => factors.clone(),
            _ => Vec::new(),
        };
        Self {
            step: step.map(|step| step.name.clone()).unwrap_or_default(),
            enrols,
            ends_at,
        }
    }
}

impl FlowFacts {
    /// A flow that is about to begin.
    #[must_use]
    pub fn first(flow: &LoginFlow, ends_at: Timestamp) -> Self {
        Self {
            name: flow.name.clone(),
            version: flow.version,
            standing: Standing::Due(DueStep::of(flow, 0, ends_at)),
        }
    }

    /// Whether the login may not be used yet.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.standing != Standing::Finished
    }
}
