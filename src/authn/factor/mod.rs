//! Factors: the code for each kind of credential. A factor touches no storage.

pub mod hotp;
pub mod one_time_code;
pub mod passkey;
pub mod password;
pub mod recovery_code;
mod totp;
pub mod yubikey_otp;

use url::form_urlencoded;

use crate::crypto::random::Random;
use crate::error::Result;
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::time::Timestamp;
use crate::work::Shared;

/// One kind of second factor: how it is enrolled and checked.
pub trait Factor: Sync {
    /// The kind.
    fn kind(&self) -> FactorKind;

    /// Makes what a new credential is checked against.
    ///
    /// # Errors
    /// A fault when it cannot be sealed.
    fn begin_enrolment(&self, shared: &Shared, random: &mut Random) -> Result<Material>;

    /// What a person needs to set up the other side, such as a secret to scan.
    ///
    /// # Errors
    /// A fault when the credential cannot be opened.
    fn setup(&self, shared: &Shared, credential: &Credential, account: Account<'_>) -> Result<Setup>;

    /// Checks an answer at `now`.
    ///
    /// # Errors
    /// A denial, or a fault when the credential cannot be opened.
    fn check(&self, shared: &Shared, credential: &Credential, answer: &str, now: Timestamp) -> Result<Proof>;

    /// What to keep of an answer that was not right: what the credential is checked against from now on, where that changes.
    ///
    /// # Errors
    /// A fault when the credential cannot be opened.
    fn missed(&self, _shared: &Shared, _credential: &Credential, _answer: &str) -> Result<Option<Material>> {
        Ok(None)
    }
}

/// Whose account, at which installation: shown beside the secret in an authenticator.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The installation's name.
    pub organisation: &'a str,
    /// The user's name.
    pub username: &'a str,
}

/// What a person needs to set up the other side.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The secret as text.
    pub secret: String,
    /// The same as an address to scan (Key URI Format).
    pub uri: String,
}

/// A right answer: the evidence it gives, and what must be saved for it to count once.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The evidence.
    pub evidence: Evidence,
    /// The one-time step that was used.
    pub step: i64,
}

/// An answer without the blanks and hyphens that people type into codes.
fn typed(answer: &str) -> String {
    answer
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '\u{a0}'))
        .take(MAX_ANSWER)
        .collect()
}

/// The longest answer that is looked at.
const MAX_ANSWER: usize = 64;

/// A part of a Key URI as apps read it: a blank is `%20`, and no colon separates what it should not.
fn uri_part(text: &str) -> String {
    let plain = text.replace(':', " ");
    form_urlencoded::byte_serialize(plain.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// The factor of a kind that is answered with a code; passwords are checked by [`super::login`], passkeys in ceremonies.
#[must_use]
pub fn of(kind: FactorKind) -> Option<&'static dyn Factor> {
    match kind {
        FactorKind::Totp => Some(&totp::Totp),
        FactorKind::Hotp => Some(&hotp::Hotp),
        _ => None,
    }
}
