//! Issuers: other authorities whose assertions we believe as listed.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;

/// An authority that signs JWT-bearer assertions (RFC 7523).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Issuer {
    /// The `iss` of its assertions.
    pub issuer: String,
    /// Its public keys (RFC 7517), in place.
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    pub jwks_uri: Option<String>,
    /// An X.509 certificate in PEM whose key signs.
    pub certificate: Option<String>,
    /// The clients that may present its assertions.
    pub clients: Vec<String>,
    /// The highest level that its assertions are believed to assert.
    pub max_acr: Acr,
}
