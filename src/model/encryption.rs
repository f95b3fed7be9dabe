//! How what a client is told is encrypted to it. RFC 7518 §4, §5, OpenID Connect Registration §2.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the key that encrypts one answer comes to the client (RFC 7518 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyManagement {
    /// Under an RSA key of the client.
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// Under a key agreed on with a key of the client on P-256.
    #[serde(rename = "ECDH-ES+A256KW")]
    EcdhEsA256kw,
}

impl KeyManagement {
    /// All of them, in the order that metadata lists them.
    pub const ALL: [Self; 2] = [Self::RsaOaep256, Self::EcdhEsA256kw];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEsA256kw => "ECDH-ES+A256KW",
        }
    }
}

/// What encrypts the answer itself (RFC 7518 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum ContentEncryption {
    /// AES-CBC with an HMAC; where a client names none (OpenID Connect Registration §2).
    #[default]
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES-GCM.
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

impl ContentEncryption {
    /// All of them, in the order that metadata lists them.
    pub const ALL: [Self; 2] = [Self::A128CbcHs256, Self::A256Gcm];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A256Gcm => "A256GCM",
        }
    }
}

/// The two algorithms that encrypt one kind of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Encryption {
    /// `alg`.
    pub alg: KeyManagement,
    /// `enc`.
    pub enc: ContentEncryption,
}

impl Encryption {
    /// What two members of a client say; nothing where it names no `alg`.
    #[must_use]
    pub fn of(alg: Option<KeyManagement>, enc: Option<ContentEncryption>) -> Option<Self> {
        alg.map(|alg| Self {
            alg,
            enc: enc.unwrap_or_default(),
        })
    }
}

/// What a client can be told encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encrypted {
    /// ID tokens, and with them logout tokens.
    IdToken,
    /// Userinfo answers.
    Userinfo,
    /// Introspection answers (RFC 9701).
    Introspection,
    /// Authorization responses (JARM).
    Authorization,
}

impl Encrypted {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::IdToken, Self::Userinfo, Self::Introspection, Self::Authorization];

    /// What the names of its members begin with, in metadata of servers too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
            Self::Introspection => "introspection",
            Self::Authorization => "authorization",
        }
    }
}

/// That something must be encrypted, with what, and where the client's keys are.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealing {
    /// Whose keys.
    pub client_id: String,
    /// What must be encrypted.
    pub what: Encrypted,
    /// With what.
    pub encryption: Encryption,
    /// The client's key set, in place.
    pub jwks: Option<Value>,
    /// Where its key set is.
    pub jwks_uri: Option<String>,
}
