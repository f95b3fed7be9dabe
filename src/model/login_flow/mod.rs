//! Login flows: configured, typed steps between primary authentication and the use of a session. CLAUSES.md S12 to S24.

mod progress;
mod step;

pub use progress::{Denied, Duty, Finished, Outcome, Progress, Value, Variables};
pub use step::{Action, Condition, Field, FieldKind, Step, Test, Type};

use serde::{Deserialize, Serialize};

/// Seconds in which a login must have finished its flow, where the flow says nothing else.
pub const DEADLINE: u32 = 600;
/// The most steps that a flow has.
pub const MAX_STEPS: usize = 50;

/// A program of steps that runs once a login, before the session can be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginFlow {
    /// The flow's name.
    pub name: String,
    /// Whether it runs.
    pub state: FlowState,
    /// Users for whom it runs while it is a draft: a dry run before everybody of a profile meets it.
    pub test_users: Vec<String>,
    /// Seconds from the login in which it must be finished.
    pub deadline: u32,
    /// Whether logins without a person are refused to those for whom it runs; as [`LoginFlow::verifies`] where absent.
    pub blocks_noninteractive: Option<bool>,
    /// The steps. The first is where it begins; one that names no other step is followed by the one after it.
    pub steps: Vec<Step>,
    /// Counts what it says: raised by the server whenever that changes. What is under way keeps what it began with.
    pub version: u32,
}

/// Whether a flow runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// For its test users alone.
    #[default]
    Draft,
    /// For every user of the profiles that name it.
    Active,
}

impl Default for LoginFlow {
    fn default() -> Self {
        Self {
            name: String::new(),
            state: FlowState::Draft,
            test_users: Vec::new(),
            deadline: DEADLINE,
            blocks_noninteractive: None,
            steps: Vec::new(),
            version: 0,
        }
    }
}

/// What every flow is given beside what its steps find out: facts of the login, never of a form (S16).
pub const INPUTS: [(&str, Type); 7] = [
    ("user_id", Type::Text),
    ("username", Type::Text),
    ("login_type", Type::Text),
    ("ip", Type::Text),
    ("user_agent", Type::Text),
    ("application", Type::Text),
    ("session_level", Type::Text),
];

impl LoginFlow {
    /// Whether it runs for a user of a profile that names it; `key` is the user name's ([`crate::model::user::User::key_of`]).
    #[must_use]
    pub fn runs_for(&self, key: &str) -> bool {
        let is_tester = |name: &String| crate::model::user::User::key_of(name) == key;
        self.state == FlowState::Active || self.test_users.iter().any(is_tester)
    }

    /// Whether it runs for anybody, so that it must be without faults.
    #[must_use]
    pub fn is_runnable(&self) -> bool {
        self.state == FlowState::Active || !self.test_users.is_empty()
    }

    /// The place of a step.
    #[must_use]
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.name == name)
    }

    /// Whether it finds out something about the person, and does not only show something.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.steps.iter().any(|step| step.action.verifies())
    }

    /// Whether logins without a person are refused to those for whom it runs.
    #[must_use]
    pub fn blocks_noninteractive(&self) -> bool {
        self.blocks_noninteractive.unwrap_or_else(|| self.verifies())
    }

    /// Whether it says the same as another, whoever it runs for.
    #[must_use]
    pub fn says_as(&self, other: &Self) -> bool {
        (self.deadline, self.blocks_noninteractive, &self.steps)
            == (other.deadline, other.blocks_noninteractive, &other.steps)
    }
}
