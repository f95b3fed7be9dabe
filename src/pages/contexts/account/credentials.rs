//! What somebody proves themself with.

use serde::Serialize;

use super::{ConnectLink, Frame};
use crate::model::evidence::FactorKind;
use crate::model::time::Timestamp;
use crate::pages::contexts::longest;
use crate::pages::text::factor_name;
use crate::pages::{Moment, Page, Text};

/// One credential.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CredentialLine {
    /// The kind's name in the interface.
    pub kind: &'static str,
    /// What its kind is called.
    pub what: Text,
    /// The name its owner gave it; empty where none.
    pub label: String,
    /// When it was added.
    pub added: Moment,
    /// When it last proved something.
    pub used: Option<Moment>,
    /// Whether too many wrong answers disabled it.
    pub disabled: bool,
    /// Whether it is on the record that an administrator keeps, and not for its owner to remove.
    pub on_record: bool,
    /// Its page.
    pub href: String,
}

impl CredentialLine {
    fn sample(kind: FactorKind, label: &str) -> Self {
        Self {
            kind: kind.as_str(),
            what: factor_name(kind),
            label: label.into(),
            added: Moment::dated(Timestamp::from_seconds(1_772_000_000)),
            used: Some(Moment::dated(Timestamp::from_seconds(1_772_400_000))),
            disabled: false,
            on_record: false,
            href: "/account/security/0195".into(),
        }
    }
}

/// Adds a credential of a kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AddLink {
    /// The kind's name in the interface.
    pub kind: &'static str,
    /// What it is called.
    pub what: Text,
    /// Where it begins.
    pub href: String,
}

/// The passkeys that we know of a user, for the browser to forget others (WebAuthn §5.1.10).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownPasskeys {
    /// Our name to authenticators.
    pub rp_id: String,
    /// The user's handle, base64url.
    pub user_id: String,
    /// The identifiers of all passkeys that are accepted, base64url.
    pub all_accepted_credential_ids: Vec<String>,
}

/// The credentials of an account.
#[derive(Debug, Clone, Serialize)]
pub struct CredentialsPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// Second factors, oldest first.
    pub credentials: Vec<CredentialLine>,
    /// What can be added, strongest first.
    pub add: Vec<AddLink>,
    /// Accounts at other providers that sign in to this one.
    pub connections: Vec<CredentialLine>,
    /// Providers of which an account can be connected.
    pub connect: Vec<ConnectLink>,
    /// Whether a password is of use: not to somebody who signs in elsewhere alone.
    pub uses_password: bool,
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether a security token for programs can be ordered.
    pub has_api_token: bool,
    /// What browsers are told of the passkeys here, as JSON.
    pub known_passkeys: Option<String>,
}

impl Page for CredentialsPage {
    const TEMPLATE: &'static str = "account/security.html";
    const NAME: &'static str = "account-security";

    fn sample() -> Self {
        let add = |kind: FactorKind| AddLink {
            kind: kind.as_str(),
            what: factor_name(kind),
            href: format!("/account/security/add/{}", kind.as_str()),
        };
        Self {
            frame: Frame::sample::<Self>("security"),
            credentials: vec![
                CredentialLine::sample(FactorKind::Passkey, "Laptop"),
                CredentialLine::sample(FactorKind::Totp, ""),
            ],
            add: vec![add(FactorKind::Passkey), add(FactorKind::Totp)],
            connections: vec![CredentialLine::sample(FactorKind::Upstream, "Example Works staff")],
            connect: vec![ConnectLink {
                provider: "Other Works".into(),
                href: "/account/security/connect?issuer=https%3A%2F%2Flogin.example.org".into(),
            }],
            uses_password: true,
            has_password: true,
            has_api_token: false,
            known_passkeys: None,
        }
    }

    fn longest() -> Self {
        let usual = Self::sample();
        let disabled = CredentialLine {
            disabled: true,
            used: None,
            ..CredentialLine::sample(FactorKind::Totp, longest::CLIENT)
        };
        Self {
            frame: Frame::longest::<Self>("security"),
            credentials: [usual.credentials, vec![disabled]].concat(),
            has_api_token: true,
            known_passkeys: Some(r#"{"rpId":"id.example.com"}"#.into()),
            ..usual
        }
    }
}

/// One credential, to be named.
#[derive(Debug, Clone, Serialize)]
pub struct CredentialPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// The credential.
    pub credential: CredentialLine,
    /// Where it is removed.
    pub remove: String,
}

impl Page for CredentialPage {
    const TEMPLATE: &'static str = "account/credential.html";
    const NAME: &'static str = "account-credential";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("security"),
            credential: CredentialLine::sample(FactorKind::Passkey, "Laptop"),
            remove: "/account/security/0195/remove".into(),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("security"),
            credential: CredentialLine::sample(FactorKind::RecoveryCode, longest::CLIENT),
            ..Self::sample()
        }
    }
}

/// Asks whether a credential is to be removed.
#[derive(Debug, Clone, Serialize)]
pub struct RemovePage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// The credential.
    pub credential: CredentialLine,
}

impl Page for RemovePage {
    const TEMPLATE: &'static str = "account/remove.html";
    const NAME: &'static str = "account-remove";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("security"),
            credential: CredentialLine::sample(FactorKind::Passkey, "Laptop"),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("security"),
            credential: CredentialLine::sample(FactorKind::Totp, longest::CLIENT),
        }
    }
}

/// Chooses another password.
#[derive(Debug, Clone, Serialize)]
pub struct PasswordPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// The name that belongs to it, for password managers.
    pub username: String,
    /// The fewest characters it may have.
    pub shortest: usize,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "account/password.html";
    const NAME: &'static str = "account-password";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("security"),
            username: "alice".into(),
            shortest: 12,
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("security"),
            username: longest::HOST.into(),
            ..Self::sample()
        }
    }
}

/// Asks whether another security token is to be mailed.
#[derive(Debug, Clone, Serialize)]
pub struct TokenPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
}

impl Page for TokenPage {
    const TEMPLATE: &'static str = "account/token.html";
    const NAME: &'static str = "account-token";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("security"),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("security"),
        }
    }
}

/// Codes for recovery: how many are left, or the new ones, shown once.
#[derive(Clone, Serialize)]
pub struct RecoveryPage {
    /// What the pages of an account have in common.
    #[serde(flatten)]
    pub frame: Frame,
    /// How many can be used; none where there never were any.
    pub left: Option<usize>,
    /// The codes that were made just now.
    pub codes: Vec<String>,
}

impl Page for RecoveryPage {
    const TEMPLATE: &'static str = "account/recovery.html";
    const NAME: &'static str = "account-recovery";

    fn sample() -> Self {
        Self {
            frame: Frame::sample::<Self>("security"),
            left: Some(3),
            codes: Vec::new(),
        }
    }

    fn longest() -> Self {
        Self {
            frame: Frame::longest::<Self>("security"),
            left: Some(10),
            codes: vec!["0123-4567-89AB-CDEF".into(); 10],
        }
    }
}
