//! The applications that somebody lets use the account.

use serde::Serialize;

use super::Frame;
use crate::model::time::Timestamp;
use crate::pages::contexts::{ResourceLine, ScopeLine, Stranger, longest};
use crate::pages::{Moment, Page, Text};

/// One application.
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationLine {
    /// Its identifier.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// The host it is known by; empty where it has none.
    pub host: String,
    /// What to be told where nobody here vouches for it.
    pub stranger: Option<Stranger>,
    /// What it may do.
    pub scopes: Vec<ScopeLine>,
    /// Where it may use that, if it said where.
    pub resources: Vec<ResourceLine>,
    /// Since when.
    pub since: Moment,
    /// Whether it can act now.
    pub is_active: bool,
    /// Where it begins a login, if it does.
    pub opens: Option<String>,
}

/// An application that somebody was sent here to open.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// The host it is known by; empty where it has none.
    pub host: String,
    /// What to be told where nobody here vouches for it.
    pub stranger: Option<Stranger>,
    /// Where it begins a login.
    pub opens: String,
}

/// The applications.
#[derive(Debug, Clone, Serialize)]
pub struct ApplicationsPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// The one to open, if there is one.
    pub offer: Option<Offer>,
    /// The applications, by name.
    pub applications: Vec<ApplicationLine>,
}

impl Page for ApplicationsPage {
    const TEMPLATE: &'static str = "account/applications.html";
    const NAME: &'static str = "account-applications";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("applications"),
            offer: None,
            applications: vec![ApplicationLine {
                client_id: "payroll".into(),
                name: "Harbour Payroll".into(),
                host: "payroll.example.com".into(),
                stranger: None,
                scopes: vec![ScopeLine::sample(
                    "payroll.read",
                    Text::verbatim("See your payslips"),
                    true,
                )],
                resources: Vec::new(),
                since: Moment::dated(Timestamp::from_seconds(1_772_400_000)),
                is_active: true,
                opens: Some("https://payroll.example.com/login?iss=https%3A%2F%2Fid.example.com".into()),
            }],
        }
    }

    fn longest() -> Self {
        let mut usual = Self::sample();
        let other = usual.applications.first().cloned().map(|application| ApplicationLine {
            name: longest::CLIENT.into(),
            host: longest::HOST.into(),
            stranger: Some(Stranger {
                host: Some(longest::HOST.into()),
                local: false,
            }),
            scopes: vec![ScopeLine::sample(
                longest::WORD,
                Text::verbatim(longest::SENTENCE),
                true,
            )],
            resources: vec![ResourceLine::longest()],
            is_active: false,
            ..application
        });
        usual.applications.extend(other);
        Self {
            frame: Frame::longest::<Self>("applications"),
            offer: Some(Offer {
                name: longest::CLIENT.into(),
                host: longest::HOST.into(),
                stranger: Some(Stranger {
                    host: Some(longest::HOST.into()),
                    local: false,
                }),
                opens: "https://payroll.example.com/login".into(),
            }),
            ..usual
        }
    }
}
