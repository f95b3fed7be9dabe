//! Factors: the code for each kind of credential. A factor touches no storage.

pub mod passkey;
pub mod password;
mod totp;

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

/// The factor of a kind that is answered with a code; passwords are checked by [`super::login`], passkeys in ceremonies.
#[must_use]
pub fn of(kind: FactorKind) -> Option<&'static dyn Factor> {
    match kind {
        FactorKind::Totp => Some(&totp::Totp),
        _ => None,
    }
}
