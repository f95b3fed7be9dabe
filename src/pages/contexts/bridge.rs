//! The page between an application and a browser session that it opens.

use serde::Serialize;

use super::{Chrome, longest};
use crate::pages::Page;

/// Asks whether an application may open a session in this browser, and whose it is.
#[derive(Debug, Clone, Serialize)]
pub struct BridgePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The application.
    pub client_name: String,
    /// Whose session opens.
    pub user_name: String,
}

impl Page for BridgePage {
    const TEMPLATE: &'static str = "bridge.html";
    const NAME: &'static str = "bridge";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/session/bridge/cs_br_sample".into(),
            csrf: "csrf-sample".into(),
            client_name: "Harbour Payroll".into(),
            user_name: "Alice Moreau".into(),
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client_name: longest::CLIENT.into(),
            user_name: longest::USER.into(),
            ..Self::sample()
        }
    }
}
