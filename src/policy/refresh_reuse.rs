//! A refresh token seen again: a retry, or theft. RFC 9700 §4.14.

use crate::model::time::Timestamp;
use crate::model::token::{RefreshState, RefreshToken};

/// What presenting a refresh token means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is live: redeem it and issue its successor.
    Rotate,
    /// The answer was lost a moment ago: issue the same successor again.
    SameSuccessor,
    /// The answer was lost long ago and the successor never used: kill that, issue another.
    ReplaceSuccessor,
    /// Its lifetime is over.
    Expired,
    /// Somebody else has it: the family ends.
    Reuse,
}

/// Judges a presented token by itself and by its successor that was not killed. `window` is in seconds.
#[must_use]
pub fn judge(token: &RefreshToken, successor: Option<&RefreshToken>, now: Timestamp, window: u32) -> Verdict {
    match token.state {
        RefreshState::Killed => Verdict::Reuse,
        _ if now >= token.expires_at => Verdict::Expired,
        RefreshState::Live if now >= token.idle_expires_at => Verdict::Expired,
        RefreshState::Live => Verdict::Rotate,
        RefreshState::Redeemed => match (successor, token.redeemed_at) {
            (Some(successor), Some(redeemed)) if successor.state == RefreshState::Live => {
                if now >= successor.idle_expires_at {
                    // What was not used for so long is not revived by what came before it.
                    Verdict::Expired
                } else if now <= redeemed.plus_seconds(i64::from(window)) {
                    Verdict::SameSuccessor
                } else {
                    Verdict::ReplaceSuccessor
                }
            }
            _ => Verdict::Reuse,
        },
    }
}
