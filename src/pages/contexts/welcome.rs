//! The first start: the one-time link that creates the first administrator.

use serde::Serialize;

use super::{Chrome, longest};
use crate::pages::{Page, Text};

/// Asks for the first administrator's username and password.
#[derive(Debug, Clone, Serialize)]
pub struct WelcomePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// What was typed as the username.
    pub username: String,
    /// The fewest characters of the password.
    pub shortest: usize,
    /// What must be corrected.
    pub error: Option<Text>,
}

impl Page for WelcomePage {
    const TEMPLATE: &'static str = "welcome.html";
    const NAME: &'static str = "welcome";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/welcome/cs_wl_sample".into(),
            csrf: "csrf-sample".into(),
            username: String::new(),
            shortest: 12,
            error: None,
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            username: longest::WORD.into(),
            error: Some(Text::new("new-password.differ")),
            ..Self::sample()
        }
    }
}

/// Says that the first administrator exists.
#[derive(Debug, Clone, Serialize)]
pub struct WelcomeDonePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// The administrator's username.
    pub username: String,
}

impl Page for WelcomeDonePage {
    const TEMPLATE: &'static str = "welcome_done.html";
    const NAME: &'static str = "welcome-done";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            username: "alice".into(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            username: longest::WORD.into(),
        }
    }
}
