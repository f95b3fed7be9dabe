//! Credentials: what users enrolled.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::evidence::FactorKind;
use super::id::{CredentialId, UserId};
use super::message::{Channel, LineType};
use super::phone_number::PhoneNumber;
use super::secret::{Digest, Sealed};
use super::time::Timestamp;

/// Something a user enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// The identifier.
    pub id: CredentialId,
    /// Whose it is.
    pub user: UserId,
    /// The name its owner gave it.
    pub label: String,
    /// When it was confirmed; absent while enrolment is unfinished, and then it counts for nothing.
    pub confirmed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last proved something.
    pub last_used_at: Option<Timestamp>,
    /// How far one-time codes were used; each counts once. TOTP: the greatest step accepted. HOTP: the counter of the next code.
    pub last_step: i64,
    /// What is checked against.
    pub material: Material,
}

impl Credential {
    /// A credential whose enrolment begins at `now`; it counts for nothing yet.
    #[must_use]
    pub const fn begun(id: CredentialId, user: UserId, material: Material, now: Timestamp) -> Self {
        Self {
            id,
            user,
            label: String::new(),
            confirmed_at: None,
            created_at: now,
            last_used_at: None,
            last_step: 0,
            material,
        }
    }

    /// The kind of factor that checks it; of several the one that is offered first.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        self.material.kind()
    }

    /// Whether it can prove something at `now`: it was confirmed, and is neither used up nor over.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        let lasts = match &self.material {
            Material::RecoveryCodes { count } => self.last_step < i64::from(*count),
            Material::TemporaryCode { expires_at, .. } => self.last_step == 0 && now < *expires_at,
            _ => true,
        };
        lasts && self.confirmed_at.is_some()
    }

    /// Whether it can be proven as this kind: a telephone takes texts and calls.
    #[must_use]
    pub fn is_of(&self, kind: FactorKind) -> bool {
        self.material.kinds().contains(&kind)
    }
}

/// What a factor checks an answer against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Material {
    /// A password's PHC string.
    Password {
        /// Argon2id with salt and costs in the PHC string format.
        phc: String,
    },
    /// A TOTP secret of at least 160 bits, sealed.
    Totp {
        /// The sealed secret.
        secret: Sealed,
    },
    /// The secret of a hardware token (HOTP), sealed.
    Hotp {
        /// The sealed secret.
        secret: Sealed,
        /// Digits of a code: 6 or 8.
        digits: u8,
        /// The counter that a code far ahead was of: the code after it shows how far the token is ahead (RFC 4226 §7.4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ahead: Option<i64>,
    },
    /// A `YubiKey`, whose one-time passwords a validation server checks.
    YubikeyOtp {
        /// The twelve characters by which it names itself.
        public_id: String,
    },
    /// A set of recovery codes, each of them a record of its own; `last_step` counts those that were used.
    RecoveryCodes {
        /// How many there were.
        count: u8,
    },
    /// A code that an administrator handed out, used once; `last_step` is 1 once it was.
    TemporaryCode {
        /// The HMAC that it is recognised by.
        digest: Digest,
        /// When it is void.
        expires_at: Timestamp,
    },
    /// A passkey or security key (WebAuthn).
    Passkey {
        /// Its identifier, public key, counter and flags, as JSON.
        verifier: String,
        /// Whether its private key cannot leave the authenticator: it is not eligible for backup (WebAuthn §6.1.3).
        hardware: bool,
        /// What its authenticator said of itself when it was made; absent of passkeys that were made before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attestation: Option<Attestation>,
    },
    /// A telephone, to which codes are sent.
    Phone(Phone),
    /// A mailbox, to which codes are sent.
    Email {
        /// Its address.
        address: String,
        /// How it came to be known as the user's.
        standing: Standing,
    },
    /// An account at another provider, which is known by these two alone (OpenID Connect Core §5.7).
    Upstream {
        /// The provider.
        issuer: String,
        /// What it calls the account.
        subject: String,
    },
}

/// A telephone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phone {
    /// Its number.
    pub number: PhoneNumber,
    /// What kind of line that is, once somebody said or was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_type: Option<LineType>,
    /// How it came to be known as the user's.
    pub standing: Standing,
    /// When it took the place of another number, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
}

/// How a number or an address came to be known as a user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// An administrator vouches for it, in the user's claims.
    Vouched,
    /// It is on the user's record, or was added by somebody who showed all that the user has; a code went there and came back.
    Confirmed,
    /// It was typed at login by somebody who knew the password and no more (CLAUSES.md C7).
    Typed,
}

/// What an authenticator said of itself (WebAuthn §6.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// The format of the statement: `packed`, `fido-u2f`, `tpm`, … or `none`.
    pub format: String,
    /// The authenticator's model (AAGUID), where the statement has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Uuid>,
    /// SHA-256 of the certificate of the authority that was found to vouch for it; absent where nobody was asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Digest>,
}

impl Material {
    /// The kind of factor that checks it; of several the one that is offered first.
    #[must_use]
    pub const fn kind(&self) -> FactorKind {
        match self {
            Self::Password { .. } => FactorKind::Password,
            Self::Totp { .. } => FactorKind::Totp,
            Self::Hotp { .. } => FactorKind::Hotp,
            Self::YubikeyOtp { .. } => FactorKind::YubikeyOtp,
            Self::RecoveryCodes { .. } | Self::TemporaryCode { .. } => FactorKind::RecoveryCode,
            Self::Passkey { .. } => FactorKind::Passkey,
            Self::Phone(phone) => match phone.line_type {
                Some(LineType::Landline) => FactorKind::Voice,
                _ => FactorKind::Sms,
            },
            Self::Email { .. } => FactorKind::Email,
            Self::Upstream { .. } => FactorKind::Upstream,
        }
    }

    /// Every kind of factor that checks it. A landline takes no texts (CLAUSES.md S37).
    #[must_use]
    pub const fn kinds(&self) -> &'static [FactorKind] {
        match self {
            Self::Password { .. } => &[FactorKind::Password],
            Self::Totp { .. } => &[FactorKind::Totp],
            Self::Hotp { .. } => &[FactorKind::Hotp],
            Self::YubikeyOtp { .. } => &[FactorKind::YubikeyOtp],
            Self::RecoveryCodes { .. } | Self::TemporaryCode { .. } => &[FactorKind::RecoveryCode],
            Self::Passkey { .. } => &[FactorKind::Passkey],
            Self::Phone(phone) => match phone.line_type {
                Some(LineType::Landline) => &[FactorKind::Voice],
                _ => &[FactorKind::Sms, FactorKind::Voice],
            },
            Self::Email { .. } => &[FactorKind::Email],
            Self::Upstream { .. } => &[FactorKind::Upstream],
        }
    }

    /// Where codes go that are sent by a channel; none where none can.
    #[must_use]
    pub fn destination(&self, channel: Channel) -> Option<&str> {
        match self {
            Self::Phone(phone) if self.kinds().contains(&channel.factor()) => Some(phone.number.as_str()),
            Self::Email { address, .. } if channel == Channel::Email => Some(address),
            _ => None,
        }
    }

    /// How a number or an address came to be known as the user's.
    #[must_use]
    pub const fn standing(&self) -> Option<Standing> {
        match self {
            Self::Phone(phone) => Some(phone.standing),
            Self::Email { standing, .. } => Some(*standing),
            _ => None,
        }
    }

    /// Whether it is worth getting back in, and no more: neither a file nor an export has it.
    #[must_use]
    pub const fn is_for_recovery(&self) -> bool {
        matches!(self.kind(), FactorKind::RecoveryCode)
    }

    /// The same without what passes by itself.
    #[must_use]
    pub fn settled(&self) -> Self {
        match self.clone() {
            Self::Hotp { secret, digits, .. } => Self::Hotp {
                secret,
                digits,
                ahead: None,
            },
            settled => settled,
        }
    }
}
