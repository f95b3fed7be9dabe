//! What was found, line by line.

use serde::Serialize;

/// Everything found, in order.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What was looked at.
    pub(super) subject: &'static str,
    /// How it is.
    pub(super) state: State,
    /// What was seen.
    pub(super) told: String,
    /// What to do, where something is to be done.
    pub(super) remedy: Option<&'static str>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Ok,
    Warning,
    Error,
}

impl Finding {
    /// The line as text.
    pub(super) fn told(&self) -> String {
        let state = match self.state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Error => "error",
        };
        let remedy = self.remedy.map_or_else(String::new, |remedy| format!("; {remedy}"));
        format!("{state:7}  {}: {}{remedy}", self.subject, self.told)
    }
}

impl Findings {
    fn push(&mut self, subject: &'static str, state: State, told: String, remedy: Option<&'static str>) {
        self.0.push(Finding {
            subject,
            state,
            told,
            remedy,
        });
    }

    pub(super) fn ok(&mut self, subject: &'static str, told: String) {
        self.push(subject, State::Ok, told, None);
    }

    pub(super) fn warning(&mut self, subject: &'static str, told: String, remedy: &'static str) {
        self.push(subject, State::Warning, told, Some(remedy));
    }

    pub(super) fn error(&mut self, subject: &'static str, told: String, remedy: &'static str) {
        self.push(subject, State::Error, told, Some(remedy));
    }

    pub(super) fn all(&self) -> &[Finding] {
        &self.0
    }

    pub(super) fn errors(&self) -> usize {
        self.0.iter().filter(|finding| finding.state == State::Error).count()
    }
}
