//! Codes and tokens as they are stored: by digest only.

use serde::{Deserialize, Serialize};

use super::confirmation::Confirmation;
use super::id::{GrantId, TokenId};
use super::scope::ScopeSet;
use super::secret::Digest;
use super::time::Timestamp;

/// Prefix of access tokens.
pub const ACCESS_TOKEN_PREFIX: &str = "cs_at_";
/// Prefix of refresh tokens.
pub const REFRESH_TOKEN_PREFIX: &str = "cs_rt_";
/// Prefix of authorization codes.
pub const CODE_PREFIX: &str = "cs_ac_";

/// An authorization code (RFC 6749 §4.1.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The digest by which it is recognised.
    pub digest: Digest,
    /// The grant it leads to.
    pub grant: GrantId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the authorization request named that.
    pub redirect_uri_given: bool,
    /// PKCE S256 challenge.
    pub code_challenge: Option<String>,
    /// The key whose holder alone redeems it (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
}

/// An opaque access token.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessToken {
    /// The digest by which it is recognised.
    pub digest: Digest,
    /// Its grant.
    pub grant: GrantId,
    /// What it may do.
    pub scope: ScopeSet,
    /// Whom it is meant for.
    pub audience: Vec<String>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// A refresh token: one link of its grant's family.
#[derive(Debug, Clone, PartialEq)]
pub struct RefreshToken {
    /// The identifier.
    pub id: TokenId,
    /// The digest by which it is recognised.
    pub digest: Digest,
    /// Its grant; all tokens of a grant are one family.
    pub grant: GrantId,
    /// The token it replaced.
    pub predecessor: Option<TokenId>,
    /// Where it stands.
    pub state: RefreshState,
    /// The random from which its successor is derived, once it was redeemed.
    pub successor_random: Option<Vec<u8>>,
    /// When it was first redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working unused.
    pub idle_expires_at: Timestamp,
    /// When its family stops working.
    pub expires_at: Timestamp,
    /// The keys whose holder alone redeems it (RFC 8705 §4, RFC 9449 §5).
    pub confirmation: Option<Confirmation>,
}

/// Where a refresh token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshState {
    /// Not redeemed yet: the family's live branch.
    Live,
    /// Redeemed: it has a successor.
    Redeemed,
    /// Replaced while unused; presenting it again is reuse.
    Killed,
}
