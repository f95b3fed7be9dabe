//! The pages on which people look after their own account.

mod activity;
mod applications;
mod connections;
mod credentials;
mod profile;
mod sessions;

pub use activity::{ActivityLine, ActivityPage};
pub use applications::{ApplicationLine, ApplicationsPage, Offer};
pub use connections::{ConnectLink, ConnectPage};
pub use credentials::{
    AddLink, CredentialLine, CredentialPage, CredentialsPage, KnownPasskeys, PasswordPage, RecoveryPage, RemovePage,
    TokenPage,
};
pub use profile::{EmailConfirmPage, EmailPage, ProfilePage};
pub use sessions::{DeviceLine, SessionLine, SessionsPage};

use serde::Serialize;

use super::{Chrome, longest};
use crate::pages::{Page, Text};

/// The places of an account, in the order in which they are listed: the name of each, and where it is below `/account`.
const PLACES: [(&str, &str); 5] = [
    ("profile", ""),
    ("security", "/security"),
    ("sessions", "/sessions"),
    ("applications", "/applications"),
    ("activity", "/activity"),
];

/// One of the places of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceLink {
    /// What it is called.
    pub label: Text,
    /// Where it is.
    pub href: String,
    /// Whether this page is it.
    pub is_here: bool,
}

/// What the pages of an account have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// What surrounds the page.
    pub chrome: Chrome,
    /// The account.
    pub account: AccountView,
}

/// An account, as each of its pages shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountView {
    /// The token that proves a form is ours.
    pub csrf: String,
    /// The address of the account's pages.
    pub home: String,
    /// Where signing out is.
    pub sign_out: String,
    /// Whose account it is.
    pub user_name: String,
    /// The places.
    pub places: Vec<PlaceLink>,
    /// What was done just now.
    pub done: Option<Text>,
    /// Why something was not done.
    pub error: Option<Text>,
}

impl Frame {
    /// The frame of a page at the place of this name.
    #[must_use]
    pub fn new(chrome: Chrome, place: &str, csrf: String, user_name: String) -> Self {
        let home = format!("{}/account", chrome.base);
        let link = |(name, path): (&str, &str)| PlaceLink {
            label: Text::of("account", name),
            href: format!("{home}{path}"),
            is_here: name == place,
        };
        let account = AccountView {
            places: PLACES.into_iter().map(link).collect(),
            sign_out: format!("{}/oauth2/logout", chrome.base),
            home,
            csrf,
            user_name,
            done: None,
            error: None,
        };
        Self { chrome, account }
    }

    /// The frame, saying why something was not done; then it says nothing else.
    #[must_use]
    pub fn refusing(mut self, error: Option<Text>) -> Self {
        self.account.done = self.account.done.filter(|_| error.is_none());
        self.account.error = error;
        self
    }

    fn sample<P: Page>(place: &str) -> Self {
        Self::new(
            Chrome::sample::<P>(),
            place,
            "csrf-sample".into(),
            "Alice Moreau".into(),
        )
    }

    fn longest<P: Page>(place: &str) -> Self {
        let mut frame = Self::new(
            Chrome::longest::<P>(),
            place,
            "csrf-sample".into(),
            longest::USER.into(),
        );
        frame.account.done = Some(Text::verbatim(longest::SENTENCE));
        frame.account.error = Some(Text::verbatim(longest::ERROR));
        frame
    }
}
