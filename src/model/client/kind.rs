//! What clients are, and what they are told.

use serde::{Deserialize, Serialize};

/// Whether a client runs on a web server or on a person's device (OpenID Connect Registration §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// A web application.
    #[default]
    Web,
    /// A native application: loopback redirect URIs match with any port (RFC 8252 §7.3).
    Native,
}

/// What a client is told of who somebody is (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// The same identifier as every client.
    #[default]
    Public,
    /// One that no other sector is told.
    Pairwise,
}

/// The format of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TokenFormat {
    /// RFC 9068.
    #[default]
    Jwt,
    /// A random handle, known by its digest.
    Opaque,
}
