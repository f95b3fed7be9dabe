//! What a client says of its request objects. RFC 9101 §10.5, OpenID Connect Registration §2.

use serde::{Deserialize, Serialize};

use super::signing_key::Algorithm;

/// The one algorithm that a client's request objects come with (`request_object_signing_alg`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RequestObjectAlg {
    /// Not signed at all.
    #[serde(rename = "none")]
    None,
    /// The client's secret signs.
    #[serde(rename = "HS256")]
    Hs256,
    /// A key of the client signs.
    #[serde(rename = "RS256")]
    Rs256,
    /// A key of the client signs.
    #[serde(rename = "PS256")]
    Ps256,
    /// A key of the client signs.
    #[serde(rename = "ES256")]
    Es256,
    /// A key of the client signs.
    #[serde(rename = "EdDSA", alias = "Ed25519")]
    EdDsa,
}

impl RequestObjectAlg {
    /// The algorithm of the key that signs, if a key does.
    #[must_use]
    pub const fn of_key(self) -> Option<Algorithm> {
        match self {
            Self::None | Self::Hs256 => None,
            Self::Rs256 => Some(Algorithm::Rs256),
            Self::Ps256 => Some(Algorithm::Ps256),
            Self::Es256 => Some(Algorithm::Es256),
            Self::EdDsa => Some(Algorithm::EdDsa),
        }
    }
}
