//! Ways back in: a forgotten password.

use serde::Serialize;

use super::{Chrome, longest};
use crate::model::evidence::FactorKind;
use crate::pages::{Page, Text, text};

/// Asks whose password was forgotten.
#[derive(Debug, Clone, Serialize)]
pub struct ForgottenPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The sign-in that the person came from.
    pub errand: Option<String>,
}

impl Page for ForgottenPage {
    const TEMPLATE: &'static str = "forgotten.html";
    const NAME: &'static str = "forgotten";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/forgotten".into(),
            csrf: "csrf-sample".into(),
            errand: Some("0195".into()),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            errand: None,
            ..Self::sample()
        }
    }
}

/// Asks for a new password.
#[derive(Debug, Clone, Serialize)]
pub struct ResetPage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Whose password it is, for password managers.
    pub username: String,
    /// Whether the factors go too.
    pub is_rescue: bool,
    /// The fewest characters of the password.
    pub shortest: usize,
    /// Whether a one-time code is asked for too.
    pub needs_code: bool,
    /// Where that code comes from.
    pub hint: Text,
    /// What must be corrected.
    pub error: Option<Text>,
}

impl Page for ResetPage {
    const TEMPLATE: &'static str = "reset.html";
    const NAME: &'static str = "reset";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/reset/cs_wb_sample".into(),
            csrf: "csrf-sample".into(),
            username: "alice".into(),
            is_rescue: false,
            shortest: 12,
            needs_code: false,
            hint: text::code_hint(FactorKind::Totp),
            error: None,
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            username: longest::WORD.into(),
            is_rescue: true,
            needs_code: true,
            error: Some(Text::verbatim(longest::ERROR)),
            ..Self::sample()
        }
    }
}
