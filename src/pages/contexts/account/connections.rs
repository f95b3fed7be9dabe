//! Accounts at other providers.

use serde::Serialize;

use super::Frame;
use crate::pages::Page;
use crate::pages::contexts::longest;

/// Connects an account at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectLink {
    /// What the provider is called.
    pub provider: String,
    /// Where it begins.
    pub href: String,
}

/// Asks whether an account at a provider is to be connected.
#[derive(Debug, Clone, Serialize)]
pub struct ConnectPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// What the provider is called.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
}

impl Page for ConnectPage {
    const TEMPLATE: &'static str = "account/connect.html";
    const NAME: &'static str = "account-connect";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("security"),
            provider: "Example Works staff".into(),
            issuer: "https://login.example.com".into(),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("security"),
            provider: longest::WORD.into(),
            ..Self::sample()
        }
    }
}
