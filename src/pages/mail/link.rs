//! Mails that bring a secret: a link, or a token.

use serde::Serialize;

use super::{About, Mail, exposed, longest};
use crate::model::secret::Secret;

/// Brings the link of a forgotten password.
#[derive(Clone, Serialize)]
pub struct PasswordLinkMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// What the user signs in as.
    pub username: String,
    /// The link.
    #[serde(serialize_with = "exposed")]
    pub link: Secret,
    /// Minutes that it can be used.
    pub minutes: u32,
}

impl Mail for PasswordLinkMail {
    fn template(&self) -> &'static str {
        "email/password_link.txt"
    }

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl PasswordLinkMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        let usual = Self {
            about: About::sample(),
            username: "alice".into(),
            link: Secret::new("https://id.example.com/reset/cs_wb_sample"),
            minutes: 30,
        };
        let longest = Self {
            about: About::longest(),
            username: longest::WORD.into(),
            ..usual.clone()
        };
        [usual, longest]
    }
}

/// Brings the link that gives a user another mail address, to that address.
#[derive(Clone, Serialize)]
pub struct AddressLinkMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// The link.
    #[serde(serialize_with = "exposed")]
    pub link: Secret,
    /// Minutes that it can be used.
    pub minutes: u32,
}

impl Mail for AddressLinkMail {
    fn template(&self) -> &'static str {
        "email/address_link.txt"
    }

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl AddressLinkMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        [About::sample(), About::longest()].map(|about| Self {
            about,
            link: Secret::new("https://id.example.com/reset/cs_wb_sample"),
            minutes: 30,
        })
    }
}

/// Brings a user the new API-login token.
#[derive(Clone, Serialize)]
pub struct ApiLoginTokenMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// The token.
    #[serde(serialize_with = "exposed")]
    pub token: Secret,
}

impl Mail for ApiLoginTokenMail {
    fn template(&self) -> &'static str {
        "email/api_login_token.txt"
    }

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl ApiLoginTokenMail {
    /// The mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> [Self; 2] {
        [About::sample(), About::longest()].map(|about| Self {
            about,
            token: Secret::new("AbCdEfGhIjKlMnOpQrStUv09"),
        })
    }
}
