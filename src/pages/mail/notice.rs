//! Mails that tell a user what happened to the account.

use serde::Serialize;

use super::{About, Mail, longest};
use crate::model::time::Timestamp;
use crate::pages::{Moment, Text};

/// Tells a user what happened to the account.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeMail {
    /// Whom it is for.
    #[serde(flatten)]
    pub about: About,
    /// When it happened.
    pub when: Moment,
    /// What happened.
    #[serde(flatten)]
    pub told: Told,
}

/// What happened to an account. `ip` is the address that it was done from.
#[expect(missing_docs, reason = "each field is named for what the mail says of it")]
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// A factor was added.
    FactorAdded { factor: Text, ip: String },
    /// A factor was removed.
    FactorRemoved { factor: Text, ip: String },
    /// A factor was disabled after too many wrong answers.
    FactorDisabled { factor: Text },
    /// The password was changed.
    PasswordChanged { ip: String },
    /// The password was replaced through a link.
    PasswordReset { ip: String },
    /// The address that this goes to is not the account's any more.
    AddressChanged { ip: String },
    /// A passkey may have been copied; it was tried, and not accepted.
    PasskeyCopied { ip: String },
    /// A recovery code was used; how many are left, if it was one of the user's own and not an administrator's.
    RecoveryCodeUsed { ip: String, left: Option<usize> },
    /// Somebody signed in with a browser that was not known, which calls itself `user_agent`.
    UnknownDevice { ip: String, user_agent: String },
}

impl Mail for NoticeMail {
    fn template(&self) -> &'static str {
        match self.told {
            Told::FactorAdded { .. } => "email/factor_added.txt",
            Told::FactorRemoved { .. } => "email/factor_removed.txt",
            Told::FactorDisabled { .. } => "email/factor_disabled.txt",
            Told::PasswordChanged { .. } => "email/password_changed.txt",
            Told::PasswordReset { .. } => "email/password_reset.txt",
            Told::AddressChanged { .. } => "email/address_changed.txt",
            Told::PasskeyCopied { .. } => "email/passkey_copied.txt",
            Told::RecoveryCodeUsed { .. } => "email/recovery_code_used.txt",
            Told::UnknownDevice { .. } => "email/unknown_device.txt",
        }
    }

    fn to(&self) -> &str {
        &self.about.to
    }
}

impl NoticeMail {
    /// Every mail as it usually is, and with its longest texts.
    #[must_use]
    pub fn samples() -> Vec<[Self; 2]> {
        let when = Moment::dated(Timestamp::from_seconds(1_772_395_200));
        let [usual, longest] = [About::sample(), About::longest()].map(|about| {
            move |told| Self {
                about: about.clone(),
                when,
                told,
            }
        });
        let pairs = Told::usual().into_iter().zip(Told::longest());
        pairs.map(|(short, long)| [usual(short), longest(long)]).collect()
    }
}

impl Told {
    fn usual() -> [Self; 9] {
        Self::all(
            &Text::new("factor-totp"),
            "203.0.113.7",
            Some(9),
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
    }

    fn longest() -> [Self; 9] {
        Self::all(
            &Text::verbatim(longest::WORD),
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            None,
            longest::SENTENCE,
        )
    }

    fn all(factor: &Text, ip: &str, left: Option<usize>, user_agent: &str) -> [Self; 9] {
        let (factor, ip) = (|| factor.clone(), || ip.to_owned());
        [
            Self::FactorAdded {
                factor: factor(),
                ip: ip(),
            },
            Self::FactorRemoved {
                factor: factor(),
                ip: ip(),
            },
            Self::FactorDisabled { factor: factor() },
            Self::PasswordChanged { ip: ip() },
            Self::PasswordReset { ip: ip() },
            Self::AddressChanged { ip: ip() },
            Self::PasskeyCopied { ip: ip() },
            Self::RecoveryCodeUsed { ip: ip(), left },
            Self::UnknownDevice {
                ip: ip(),
                user_agent: user_agent.to_owned(),
            },
        ]
    }
}
