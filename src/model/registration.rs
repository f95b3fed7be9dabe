//! How a client registered itself. RFC 7591.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// What is kept of a client that registered itself besides its metadata. The token that manages it is stored beside the
/// client, by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// When (`client_id_issued_at`).
    pub issued_at: Timestamp,
    /// The statement that vouched for its software, as it was given (§2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
    /// Members in further languages, such as `client_name#de` (§2.2): kept and told again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub localized: BTreeMap<String, String>,
    /// Whether its identifier is the address of its metadata (Client ID Metadata Documents).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub document: bool,
}

/// A token that lets its holder register clients (RFC 7591 §1.2, initial access token). Nobody knows it but its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegistrationToken {
    /// What the operator calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// How many clients it may still register.
    pub uses_left: i64,
}
