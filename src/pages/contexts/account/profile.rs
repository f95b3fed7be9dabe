//! Who somebody is here.

use serde::Serialize;

use super::Frame;
use crate::model::evidence::Acr;
use crate::pages::Page;
use crate::pages::contexts::{SealView, longest};

/// Who somebody is here: what an administrator vouches for, and what people may say themselves.
#[derive(Debug, Clone, Serialize)]
pub struct ProfilePage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// What this person types to sign in.
    pub username: String,
    /// The mail address on record.
    pub email: Option<String>,
    /// The telephone number on record.
    pub phone: Option<String>,
    /// The name this person goes by.
    pub name: String,
    /// The language of pages and mails; empty where none was chosen.
    pub locale: String,
    /// The level that this session shows.
    pub have: SealView,
}

impl Page for ProfilePage {
    const TEMPLATE: &'static str = "account/profile.html";
    const NAME: &'static str = "account";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("profile"),
            username: "alice".into(),
            email: Some("alice@example.com".into()),
            phone: None,
            name: "Alice Moreau".into(),
            locale: String::new(),
            have: Acr::High.into(),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("profile"),
            username: longest::HOST.into(),
            email: Some(format!("{}@{}", longest::WORD, longest::HOST)),
            phone: Some("+4915112345678".into()),
            name: longest::USER.into(),
            locale: "de".into(),
            have: Acr::Phr.into(),
        }
    }
}

/// Asks for another mail address.
#[derive(Debug, Clone, Serialize)]
pub struct EmailPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// The address on record.
    pub email: Option<String>,
}

impl Page for EmailPage {
    const TEMPLATE: &'static str = "account/email.html";
    const NAME: &'static str = "account-email";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("profile"),
            email: Some("alice@example.com".into()),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("profile"),
            email: Some(format!("{}@{}", longest::WORD, longest::HOST)),
        }
    }
}

/// Asks whether the address that a link was mailed to is to be used.
#[derive(Debug, Clone, Serialize)]
pub struct EmailConfirmPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// The new address.
    pub email: String,
    /// Where the form goes.
    pub action: String,
}

impl Page for EmailConfirmPage {
    const TEMPLATE: &'static str = "account/email_confirm.html";
    const NAME: &'static str = "account-email-confirm";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("profile"),
            email: "alice@example.org".into(),
            action: "/account/email/cs_ma_sample".into(),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("profile"),
            email: format!("{}@{}", longest::WORD, longest::HOST),
            ..Self::sample()
        }
    }
}
