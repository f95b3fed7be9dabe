//! Errors: a [`Refusal`] is a proper "no" that the caller is told; a [`Fault`] is a failure of ours that only the log is told.

mod oauth;

pub use oauth::{OAuthError, OAuthErrorCode};

use std::fmt;

/// What a fallible operation of the middle layers returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation did not do what it was asked.
///
/// A unit of work commits on `Refused` (a failed login keeps its counted attempt) and rolls back on `Fault`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A proper "no"; the transaction is kept.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// A failure of ours; the transaction is rolled back.
    #[error("fault: {0}")]
    Fault(#[from] Fault),
}

/// A proper "no" that the caller is told.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// A protocol error of an OAuth endpoint.
    #[error("{0}")]
    OAuth(OAuthError),
    /// A person's proof or account was not accepted; the page shows one neutral sentence.
    #[error("{0}")]
    Denied(Denial),
    /// Input that an operator or a person can correct.
    #[error("{0}")]
    Invalid(FieldError),
    /// What was asked for is not there, or is not there for this caller.
    #[error("{0}")]
    Missing(&'static str),
}

/// Why a person's proof was not accepted. The audit log keeps it; the page shows one neutral sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Unknown user, wrong password or wrong code: never told apart.
    #[error("bad credentials")]
    BadCredentials,
    /// Too many attempts; the answer equals a wrong password.
    #[error("locked out")]
    LockedOut,
    /// The account is disabled; the answer equals a wrong password.
    #[error("account disabled")]
    Disabled,
    /// This one-time code was accepted before. Carries the seconds until a new one appears.
    #[error("code already used")]
    CodeUsed(u32),
    /// Too many attempts from here, or at this account. Carries the seconds to wait.
    #[error("too many attempts")]
    RateLimited(u32),
    /// The errand expired, or it belongs to another browser.
    #[error("interaction expired or foreign")]
    ExpiredInteraction,
    /// The browser brought none of our cookies.
    #[error("no cookie")]
    NoCookie,
    /// The form did not come from our page in this browser.
    #[error("cross-site form")]
    CrossSite,
    /// This step is not due now.
    #[error("step not due")]
    StepNotDue,
    /// Nobody could say whether the answer is right, because a service that must be asked cannot be reached.
    #[error("cannot be checked now")]
    Uncheckable,
    /// The answer of a passkey was not accepted.
    #[error(transparent)]
    Passkey(#[from] PasskeyDenial),
}

/// Why the answer of a passkey or security key was not accepted (WebAuthn §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyDenial {
    /// Its challenge is unknown, was used, has expired, or was made for another errand or purpose.
    #[error("challenge")]
    Challenge,
    /// It cannot be read, or says what no answer to us says.
    #[error("malformed")]
    Malformed,
    /// No credential of this identifier is known here.
    #[error("unknown credential")]
    Unknown,
    /// It was made by another user's passkey, or names another user.
    #[error("another user")]
    OtherUser,
    /// It was made for another origin.
    #[error("origin")]
    Origin,
    /// It was made for another relying party.
    #[error("relying party")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("user not present")]
    NotPresent,
    /// The authenticator did not verify its user, where that is needed.
    #[error("user not verified")]
    NotVerified,
    /// The signature is not of the credential's key.
    #[error("signature")]
    Signature,
    /// The signature counter went back: the key may have been copied.
    #[error("signature counter went back")]
    Counter,
    /// A passkey that may be backed up says that it no longer may.
    #[error("backup flags")]
    Backup,
    /// The authenticator is not attested as the user's profile demands.
    #[error("attestation")]
    Attestation,
}

/// One field or key that must be corrected, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where: `clients.app.redirect_uris`, `username`, …
    pub field: String,
    /// What is wrong and what to do; lower case, no full stop, no secrets.
    pub problem: String,
}

impl FieldError {
    /// An error at `field` with the given problem.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// A failure of ours: the database, the disk, a bug. Shown to callers only as a reference number.
#[derive(Debug, Clone)]
pub struct Fault {
    context: String,
}

impl Fault {
    /// A fault described by `context` (lower case, no secrets).
    pub fn new(context: impl Into<String>) -> Self {
        Self {
            context: context.into(),
        }
    }

    /// A fault from another error, saying what was being done.
    pub fn from_error(doing: &str, error: impl fmt::Display) -> Self {
        Self {
            context: format!("{doing}: {error}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)
    }
}

impl std::error::Error for Fault {}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Refused(Refusal::Denied(denial))
    }
}

impl From<OAuthError> for Error {
    fn from(error: OAuthError) -> Self {
        Self::Refused(Refusal::OAuth(error))
    }
}

impl From<OAuthErrorCode> for Error {
    fn from(code: OAuthErrorCode) -> Self {
        OAuthError::from(code).into()
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Refused(Refusal::Invalid(error))
    }
}
