//! How strong the strongest factor of each user is: what an organisation proves coverage with. CLAUSES.md S87.

use crate::authn::{credentials, facts};
use crate::error::Result;
use crate::manage::authority::check_may_look;
use crate::model::actor::Actor;
use crate::model::evidence::FactorKind;
use crate::model::user::{User, UserStatus};
use crate::store;
use crate::work::View;

/// The strength of a user's strongest confirmed second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// No factor, or only codes by e-mail and recovery codes.
    None,
    /// Codes by SMS or voice, over the public telephone network.
    Pstn,
    /// One-time passwords of an app or a device.
    Otp,
    /// Passkeys and security keys.
    PhishingResistant,
}

impl Strength {
    /// Strongest first.
    pub const ALL: [Self; 4] = [Self::PhishingResistant, Self::Otp, Self::Pstn, Self::None];

    /// The strength in a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pstn => "pstn",
            Self::Otp => "otp",
            Self::PhishingResistant => "phishing_resistant",
        }
    }

    const fn of(kind: FactorKind) -> Self {
        match kind {
            FactorKind::Passkey => Self::PhishingResistant,
            FactorKind::Totp | FactorKind::Hotp | FactorKind::YubikeyOtp => Self::Otp,
            FactorKind::Sms | FactorKind::Voice => Self::Pstn,
            FactorKind::Password | FactorKind::Email | FactorKind::RecoveryCode | FactorKind::Upstream => Self::None,
        }
    }
}

/// Every user who may sign in, by name, with the strength of their strongest factor.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn report(view: &mut View<'_>, actor: &Actor) -> Result<Vec<(User, Strength)>> {
    check_may_look(view, actor)?;
    let mut rows = Vec::new();
    for user in store::users::list(view.tx)? {
        if user.status == UserStatus::Active {
            let enrolled = facts::enrolled(&credentials::of_user(view, &user)?, view.now);
            let strengths = enrolled.into_iter().map(Strength::of);
            rows.push((user, strengths.max().unwrap_or(Strength::None)));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s87_each_kind_of_factor_has_a_strength() {
        let kinds = FactorKind::SECOND_FACTORS.map(|kind| (kind.as_str(), Strength::of(kind).as_str()));
        let expected = [
            ("passkey", "phishing_resistant"),
            ("totp", "otp"),
            ("hotp", "otp"),
            ("yubikey_otp", "otp"),
            ("sms", "pstn"),
            ("voice", "pstn"),
            ("email", "none"),
            ("recovery_code", "none"),
        ];
        assert_eq!(kinds, expected);
    }
}
