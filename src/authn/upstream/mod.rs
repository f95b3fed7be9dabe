//! Signing in through another OpenID provider: the request that leaves, the answer that comes back, and whose it is.
//! OpenID Connect Core §3.1, RFC 7636, RFC 9207, RFC 9700 §2.1, §4.4.
//!
//! What binds an answer to us is derived from `state`, of which the digest alone is stored: who reads the database learns
//! neither the nonce nor the verifier. A ticket is used once, in the browser that it was made for.

mod answer;
mod id_token;
mod link;
mod logout;
mod metadata;
mod request;
mod settle;

pub use answer::{Taken, take};
pub use id_token::{IdToken, SignedIn};
pub use link::{claims_of, connect, insert, is_last_way_in};
pub use logout::{Logout, end_sessions};
pub use metadata::{Metadata, address_of};
pub use request::{Want, begin};
pub use settle::settle;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::Settings;
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::Unverified;
use crate::error::Result;
use crate::model::audit::{Entry, Event};
use crate::model::id::{InteractionId, SessionId, UserId};
use crate::model::issuer::Issuer;
use crate::model::signing_key::Algorithm;
use crate::work::Work;

/// The purpose of tickets.
const PURPOSE: &str = "upstream";
/// Keys that are tried at most.
const MAX_TRIED: usize = 4;
/// How far clocks may differ, in seconds.
const SKEW: i64 = 60;

/// Where providers send people back to, below our issuer.
pub const CALLBACK: &str = "/oauth2/callback";

/// Why nobody was signed in. The log keeps the detail; the person is told the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The provider says that the person declined, or cannot be signed in there.
    #[error("declined there")]
    Declined,
    /// The provider cannot be reached, fails, or says what cannot be read.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// What it says is not believed, or the account here is closed.
    #[error("not accepted: {0}")]
    Refused(&'static str),
    /// It does not say that the person signed in as lately as was asked.
    #[error("not fresh: {0}")]
    Stale(&'static str),
    /// Nobody here is connected with that account.
    #[error("nobody is connected with that account")]
    Unknown,
    /// Somebody else is connected with that account.
    #[error("somebody else is connected with that account")]
    Taken,
    /// As many accounts are connected as may be.
    #[error("too many accounts are connected")]
    TooMany,
}

impl Problem {
    /// The class, as pages' addresses write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Stale(_) => "stale",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
            Self::TooMany => "too-many",
        }
    }
}

/// What somebody goes to a provider for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Aim {
    /// To sign in, in this errand.
    SignIn {
        /// The errand.
        interaction: InteractionId,
    },
    /// To connect the account there with the one here.
    Connect {
        /// Whose account.
        user: UserId,
        /// The session that asked.
        session: SessionId,
    },
}

/// The provider of this name, if people sign in there.
#[must_use]
pub fn provider<'a>(issuers: &'a [Issuer], name: &str) -> Option<&'a Issuer> {
    issuers
        .iter()
        .find(|issuer| issuer.issuer == name && issuer.is_provider())
}

/// Where providers send people back to.
#[must_use]
pub fn redirect_uri(settings: &Settings) -> String {
    format!("{}{CALLBACK}", settings.server.issuer)
}

/// Whether one of these keys signed a token with the one algorithm that its issuer is listed with (RFC 8725 §3.1).
fn is_signed(token: &Unverified, keys: &JwkSet, algorithm: Algorithm) -> bool {
    keys.candidates(token.kid.as_deref(), algorithm)
        .take(MAX_TRIED)
        .any(|key| token.check_signed_by(key, &[algorithm]).is_ok())
}

/// Notes that a sign-in at a provider came to nothing.
///
/// # Errors
/// A fault when it cannot be written.
pub fn note(work: &mut Work<'_>, issuer: &Issuer, problem: Problem) -> Result<()> {
    let detail = json!({ "issuer": issuer.issuer, "reason": problem.to_string() });
    work.audit(Entry::new(Event::LoginDeny).detail(detail))
}
