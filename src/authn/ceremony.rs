//! Ceremonies: WebAuthn challenges, each answered once and in time, in the errand and for the purpose it was made for.

use serde::{Deserialize, Serialize};

use crate::authn::factor::passkey::{Begun, answered_challenge, challenge_of};
use crate::crypto::digest::digest_of;
use crate::error::{Fault, PasskeyDenial, Result};
use crate::model::id::{InteractionId, UserId};
use crate::store;
use crate::work::Work;

/// The purpose of a ceremony's ticket.
const PURPOSE: &str = "ceremony";
/// Seconds in which a challenge to a person who pressed a button may be answered (WebAuthn §15.1 suggests five to ten minutes).
const LIFETIME: i64 = 300;

/// What a challenge was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// To sign in, whoever it is.
    SignIn,
    /// To prove a passkey of a user.
    Prove(UserId),
    /// To register one.
    Register(UserId),
}

/// A challenge that was made.
#[derive(Debug, Serialize, Deserialize)]
struct Ceremony {
    errand: InteractionId,
    aim: Aim,
    state: String,
}

/// Keeps a challenge until it is answered.
///
/// # Errors
/// A fault of the database.
pub fn keep(work: &mut Work<'_>, errand: InteractionId, aim: Aim, begun: &Begun) -> Result<()> {
    let challenge = challenge_of(&begun.options).ok_or_else(|| Fault::new("the options have no challenge"))?;
    let ceremony = Ceremony {
        errand,
        aim,
        state: begun.state.clone(),
    };
    let doc = serde_json::to_string(&ceremony).map_err(|error| Fault::from_error("write a ceremony", error))?;
    // Browsers offer a passkey in the field for the name for as long as the page is open.
    let lifetime = match aim {
        Aim::SignIn => i64::from(work.shared.settings.limits.interaction_lifetime),
        Aim::Prove(_) | Aim::Register(_) => LIFETIME,
    };
    let expires_at = work.now.plus_seconds(lifetime);
    store::tickets::insert(work.tx, &digest_of(challenge), PURPOSE, &doc, expires_at)
}

/// Uses the challenge that an answer was made for, once, and returns what verifies the answer.
///
/// # Errors
/// A denial when it was used, has expired, or was made for another errand or purpose; a fault of the database.
pub fn take(work: &mut Work<'_>, errand: InteractionId, aim: Aim, answer: &str) -> Result<String> {
    let challenge = answered_challenge(answer).ok_or(PasskeyDenial::Malformed)?;
    let digest = digest_of(&challenge);
    let doc = store::tickets::find(work.tx, &digest, PURPOSE, work.now)?.ok_or(PasskeyDenial::Challenge)?;
    let kept: Ceremony = serde_json::from_str(&doc).map_err(|error| Fault::from_error("read a ceremony", error))?;
    let is_ours = kept.errand == errand && kept.aim == aim;
    if is_ours && store::tickets::consume(work.tx, &digest, work.now)? {
        Ok(kept.state)
    } else {
        Err(PasskeyDenial::Challenge.into())
    }
}
