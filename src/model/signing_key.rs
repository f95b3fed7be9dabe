//! Signing keys as they are stored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::secret::Sealed;
use super::time::Timestamp;

/// Signature algorithms of keys we hold (RFC 7518 §3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256; the default for clients that name none.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// All of them, in the order that metadata lists them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // RFC 9864 §2.2: what EdDSA is to most, said in full.
        if text == "Ed25519" {
            return Ok(Self::EdDsa);
        }
        Self::ALL
            .into_iter()
            .find(|alg| alg.as_str() == text)
            .ok_or("an algorithm is RS256, PS256, ES256 or EdDSA")
    }
}

/// A signing key: published before it signs and after it stops.
#[derive(Debug, Clone, PartialEq)]
pub struct SigningKey {
    /// RFC 7638 thumbprint of its public part.
    pub kid: String,
    /// The algorithm it signs with.
    pub algorithm: Algorithm,
    /// The private key (PKCS#8 DER), sealed.
    pub private_key: Sealed,
    /// When it was made, from then on it is published.
    pub created_at: Timestamp,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// From when a younger key signs in its place; absent while none does.
    pub retires_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_go_by_their_registered_names() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDsa));
        for other in ["none", "HS256", "rs256", "Ed448", ""] {
            assert!(other.parse::<Algorithm>().is_err(), "{other}");
        }
    }
}
