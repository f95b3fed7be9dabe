//! Pages on which a person lets a device in: its code is typed, and compared.

use serde::Serialize;

use super::{Chrome, ClientCard, Stranger, longest};
use crate::model::time::Timestamp;
use crate::pages::{Moment, Page, Text};

/// Asks for the code that a device shows.
#[derive(Debug, Clone, Serialize)]
pub struct DevicePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// What was typed, or what a link brought along.
    pub user_code: String,
    /// Whether a link brought it along.
    pub brought: bool,
    /// Why the last code was not taken.
    pub error: Option<Text>,
}

impl Page for DevicePage {
    const TEMPLATE: &'static str = "device.html";
    const NAME: &'static str = "device";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/device".into(),
            csrf: "csrf-sample".into(),
            user_code: "BCDF-GHJK".into(),
            brought: true,
            error: None,
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            user_code: longest::WORD.into(),
            brought: false,
            error: Some(Text::new("device-unknown")),
            ..Self::sample()
        }
    }
}

/// Shows which device waits, and asks whether its code is this one.
#[derive(Debug, Clone, Serialize)]
pub struct CompareDevicePage {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// Where the form goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The application on the device.
    pub client: ClientCard,
    /// What to be told where nobody here vouches for it.
    pub stranger: Option<Stranger>,
    /// Who is signed in.
    pub user_name: String,
    /// The code.
    pub user_code: String,
    /// When the device asked.
    pub asked: Text,
    /// The address that it asked from, where known.
    pub ip: Option<String>,
    /// Whether that is not in the network of whoever reads this.
    pub is_elsewhere: bool,
}

impl Page for CompareDevicePage {
    const TEMPLATE: &'static str = "interaction/device.html";
    const NAME: &'static str = "device";

    fn sample() -> Self {
        Self {
            chrome: Chrome::sample::<Self>(),
            action: "/interaction/0195/device".into(),
            csrf: "csrf-sample".into(),
            client: ClientCard::sample(),
            stranger: None,
            user_name: "Alice Moreau".into(),
            user_code: "BCDF-GHJK".into(),
            asked: Text::new("device-asked").with("at", Moment::dated(Timestamp::from_seconds(1_772_532_000))),
            ip: Some("192.0.2.17".into()),
            is_elsewhere: false,
        }
    }

    fn longest() -> Self {
        Self {
            chrome: Chrome::longest::<Self>(),
            client: ClientCard::longest(),
            stranger: Some(Stranger {
                host: Some(longest::HOST.into()),
                local: false,
            }),
            user_name: longest::USER.into(),
            ip: Some("2001:db8:1234:5678:9abc:def0:1234:5678".into()),
            is_elsewhere: true,
            ..Self::sample()
        }
    }
}
