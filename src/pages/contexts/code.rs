//! Codes that are sent: what a page shows of one, and the page that adds a number or an address.

use serde::Serialize;

use super::{Chrome, ClientCard, OtherFactor, SealView, longest};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::message::Channel;
use crate::model::one_time_code::DeliveryState;
use crate::pages::{Page, Text, sending, text};

/// What a page shows of a code that is sent.
#[derive(Debug, Clone, Serialize)]
pub struct CodeView {
    /// How far it came, in a sentence; none before the first.
    pub status: Option<Text>,
    /// Whether it can be typed: one is on its way, or was sent.
    pub can_answer: bool,
    /// Where it comes from, below its field.
    pub hint: Text,
    /// The form that sends one; none while none is sent.
    pub send: Option<SendForm>,
}

/// The form that sends a code.
#[derive(Debug, Clone, Serialize)]
pub struct SendForm {
    /// Where it goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The kind of factor.
    pub factor: &'static str,
    /// What the button says.
    pub label: Text,
    /// Whether one was sent before, and this one is the quiet way out.
    pub again: bool,
}

impl CodeView {
    pub(super) fn sample(send: SendForm) -> Self {
        Self {
            status: Some(sending::status(Channel::Sms, "…5678", DeliveryState::Sent)),
            can_answer: true,
            hint: text::code_hint(FactorKind::Sms),
            send: Some(send),
        }
    }

    pub(super) fn longest() -> Self {
        Self {
            status: Some(Text::verbatim(longest::SENTENCE)),
            ..Self::sample(SendForm {
                label: Text::verbatim(longest::WORD),
                again: true,
                ..SendForm::sample()
            })
        }
    }
}

impl SendForm {
    pub(super) fn sample() -> Self {
        Self {
            action: "/interaction/0195/code".into(),
            csrf: "csrf-sample".into(),
            factor: FactorKind::Sms.as_str(),
            label: sending::send(Channel::Sms, false),
            again: false,
        }
    }
}

/// Adds a number or an address: asks for it, then for the code that was sent there.
#[derive(Debug, Clone, Serialize)]
pub struct EnrolCodePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form with the code goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Who asks.
    pub client: Option<ClientCard>,
    /// Why this is asked now.
    pub sentence: Text,
    /// The level that is needed.
    pub needed: Option<SealView>,
    /// Why the last answer was not accepted.
    pub error: Option<Text>,
    /// The kind of factor.
    pub factor: &'static str,
    /// Whether it is a number that is added, or an address.
    pub is_number: bool,
    /// The end of the number on record, which is the one that is added; none where one is typed.
    pub on_record: Option<String>,
    /// What was typed.
    pub typed: String,
    /// The code that was sent there.
    pub code: CodeView,
    /// Other factors that would do.
    pub others: Vec<OtherFactor>,
}

impl Page for EnrolCodePage {
    const TEMPLATE: &'static str = "interaction/enrol_code.html";
    const NAME: &'static str = "enrol";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/enrol".into(),
            csrf: "csrf-sample".into(),
            client: None,
            sentence: text::ENROLS_ANOTHER,
            needed: None,
            error: None,
            factor: FactorKind::Sms.as_str(),
            is_number: true,
            on_record: None,
            typed: String::new(),
            code: CodeView {
                status: None,
                can_answer: false,
                ..CodeView::sample(SendForm::sample())
            },
            others: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: Some(ClientCard::longest()),
            sentence: Text::verbatim(longest::SENTENCE),
            needed: Some(Acr::Phr.into()),
            error: Some(Text::verbatim(longest::ERROR)),
            on_record: Some("…5678".into()),
            code: CodeView::longest(),
            others: vec![OtherFactor::to_set_up(FactorKind::Totp, "?factor=totp")],
            ..Self::sample()
        }
    }
}
