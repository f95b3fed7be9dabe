//! The page of a login flow's step: what the organisation asks or says, between signing in and the application.

use serde::Serialize;

use super::{Chrome, ClientCard, CodeView, SendForm, longest};
use crate::model::login_flow::FieldKind;
use crate::model::message::Channel;
use crate::pages::{Page, Text, sending};

/// One field of a step.
#[derive(Debug, Clone, Serialize)]
pub struct FlowField {
    /// Its name in the form.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// `text`, `code`, `phone`, `email`, `number` or `checkbox`.
    pub kind: &'static str,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether what was typed into it was not taken.
    pub wrong: bool,
}

/// What a step's page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowPageKind {
    /// Asks something.
    Screen,
    /// Asks to agree to terms.
    Terms,
    /// Asks for a new password.
    Password,
    /// Tells something.
    Notice,
    /// Says that the login was denied.
    Denied,
    /// Waits for a service.
    Wait,
}

/// A step of a login flow.
#[derive(Debug, Clone, Serialize)]
pub struct FlowPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The move that the form answers.
    pub turn: u32,
    /// What the page is for.
    pub kind: FlowPageKind,
    /// The task.
    pub heading: Text,
    /// What it says, a paragraph each.
    pub paragraphs: Vec<Text>,
    /// Where terms can be read in full.
    pub link: Option<String>,
    /// How far a code came that it asks for.
    pub code: Option<CodeView>,
    /// What it asks for.
    pub fields: Vec<FlowField>,
    /// The fewest characters of a new password.
    pub shortest: usize,
    /// Why the last answer was not taken.
    pub error: Option<Text>,
    /// Who asked for the login.
    pub client: Option<ClientCard>,
}

impl FlowField {
    fn sample(name: &str, label: &str, kind: FieldKind) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind: kind.as_str(),
            optional: false,
            wrong: false,
        }
    }
}

impl FlowPage {
    /// Whether it asks for a code that was sent.
    #[must_use]
    pub fn asks_for_code(&self) -> bool {
        self.fields.iter().any(|field| field.kind == FieldKind::Code.as_str())
    }
}

impl Page for FlowPage {
    const TEMPLATE: &'static str = "interaction/flow.html";
    const NAME: &'static str = "flow";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/flow".into(),
            csrf: "csrf-sample".into(),
            turn: 3,
            kind: FlowPageKind::Screen,
            heading: Text::verbatim("Check your phone"),
            paragraphs: vec![Text::verbatim("We sent a code to …5678. Type it here.")],
            link: None,
            code: Some(CodeView {
                status: None,
                ..CodeView::sample(SendForm {
                    label: sending::send(Channel::Sms, true),
                    again: true,
                    ..SendForm::sample()
                })
            }),
            fields: vec![FlowField::sample("code", "Code", FieldKind::Code)],
            shortest: 12,
            error: None,
            client: Some(ClientCard::sample()),
        }
    }

    fn longest() -> Self {
        let kinds = [
            FieldKind::Text,
            FieldKind::Code,
            FieldKind::Phone,
            FieldKind::Email,
            FieldKind::Number,
            FieldKind::Checkbox,
        ];
        let wrong = |kind: FieldKind| FlowField {
            wrong: true,
            ..FlowField::sample(kind.as_str(), longest::WORD, kind)
        };
        Self {
            chrome: Chrome::longest::<Self>(),
            heading: Text::verbatim(longest::WORD),
            paragraphs: [longest::SENTENCE, longest::SENTENCE].map(Text::verbatim).into(),
            link: Some("https://www.example.com/terms".into()),
            code: Some(CodeView::sample(SendForm::sample())),
            fields: kinds.map(wrong).into(),
            error: Some(Text::verbatim(longest::ERROR)),
            client: Some(ClientCard::longest()),
            ..Self::sample()
        }
    }
}
