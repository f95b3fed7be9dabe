//! Departures from the specifications that single clients are allowed, as widespread client libraries need them.
//!
//! Each is listed by an operator for a client (`compat` in the directory); nobody else's requests are read any differently.

use serde::{Deserialize, Serialize};

/// What a client may do though the specifications say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// A `code_challenge` of 43 characters without `code_challenge_method` is an S256 one; RFC 7636 §4.3 takes it for `plain`,
    /// which it never is here.
    S256WithoutMethod,
    /// A `code_verifier` may have up to 256 characters; RFC 7636 §4.1 allows 128.
    LongCodeVerifier,
    /// Who has a token may revoke it at the vendor's revocation path without client authentication, which RFC 7009 §2.1
    /// demands.
    RevokeByPossession,
    /// The `exp` of a JWT-bearer assertion may be a number in a string, or so far away that it was meant in milliseconds;
    /// RFC 7519 §2 wants seconds as a number.
    LenientAssertionExp,
    /// Scopes may be divided by commas; RFC 6749 §3.3 divides them by spaces.
    CommaScope,
    /// An access token may come in the query of the vendor's userinfo path, which RFC 9700 §4.3.2 forbids.
    QueryAccessToken,
}

/// Whether a refresh replaces the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RefreshRotation {
    /// Each refresh gives a new one, and the old one counts as stolen after a short time (RFC 9700 §4.14.2).
    #[default]
    On,
    /// It stays as it is: for confidential clients that never look at the new one.
    Off,
}
