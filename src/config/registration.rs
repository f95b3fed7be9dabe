//! Who may register clients, and what such clients may have.

use serde::Deserialize;

use super::HostPattern;
use crate::error::FieldError;
use crate::model::client::GrantType;
use crate::model::request::ResponseType;
use crate::model::scope::{STANDARD_SCOPES, ScopeSet};

/// Who may register clients (RFC 7591 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Nobody.
    #[default]
    Off,
    /// Whoever has a token that the operator made.
    Token,
    /// Anybody.
    Open,
}

/// Somebody whose statements about software are believed (RFC 7591 §2.3).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementIssuer {
    /// The `iss` of the statements.
    pub issuer: String,
    /// The public keys (RFC 7517), in place.
    #[serde(default)]
    pub jwks: Option<serde_json::Value>,
    /// Where the public keys are.
    #[serde(default)]
    pub jwks_uri: Option<String>,
}

/// `[registration]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrationSettings {
    /// Who may register clients.
    pub mode: RegistrationMode,
    /// What registered clients may ask for at the authorization endpoint.
    pub response_types: Vec<ResponseType>,
    /// How registered clients may ask at the token endpoint.
    pub grant_types: Vec<GrantType>,
    /// The scopes that they may ask for.
    pub scope: ScopeSet,
    /// The resources that they may name.
    pub resources: Vec<String>,
    /// Whether confidential clients of OpenID Connect must use PKCE; public ones must.
    pub require_pkce: bool,
    /// Registrations an hour from one address.
    pub per_address: u32,
    /// Registered clients in all.
    pub max_clients: u32,
    /// Seconds after which a client that has no grant is removed.
    pub unused_lifetime: u32,
    /// Whose statements about software are believed.
    pub statement_issuers: Vec<StatementIssuer>,
    /// Whether nobody registers a client without such a statement.
    pub require_statement: bool,
    /// Whether a client may be described by a document whose address is its identifier (Client ID Metadata Documents).
    pub metadata_documents: bool,
    /// The hosts of such documents; any where empty.
    pub metadata_document_hosts: Vec<HostPattern>,
}

impl Default for RegistrationSettings {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            response_types: vec![ResponseType::Code],
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            scope: STANDARD_SCOPES.into_iter().collect(),
            resources: Vec::new(),
            require_pkce: false,
            per_address: 20,
            max_clients: 1_000,
            unused_lifetime: 2_592_000,
            statement_issuers: Vec::new(),
            require_statement: false,
            metadata_documents: false,
            metadata_document_hosts: Vec::new(),
        }
    }
}

/// What strangers may be given. The others are trusted with people's passwords, or with signing for people.
const GRANTABLE: [GrantType; 5] = [
    GrantType::AuthorizationCode,
    GrantType::Implicit,
    GrantType::RefreshToken,
    GrantType::ClientCredentials,
    GrantType::DeviceCode,
];

impl RegistrationSettings {
    /// Whether anybody may register clients.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.mode != RegistrationMode::Off
    }

    /// Checks what registered clients may have, and the limits.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let wrong = |key: &str, problem: String| Err(FieldError::new(format!("registration.{key}"), problem));
        if let Some(foreign) = self.grant_types.iter().find(|one| !GRANTABLE.contains(one)) {
            let names: Vec<&str> = GRANTABLE.iter().map(|one| one.as_str()).collect();
            let problem = format!(
                "{} is for clients of the directory; name any of {}",
                foreign.as_str(),
                names.join(", ")
            );
            return wrong("grant_types", problem);
        }
        for (key, value, most) in [
            ("per_address", self.per_address, 1_000_000),
            ("max_clients", self.max_clients, 1_000_000),
        ] {
            if !(1..=most).contains(&value) {
                return wrong(key, format!("must be from 1 to {most}"));
            }
        }
        if self.unused_lifetime < 3_600 {
            return wrong("unused_lifetime", "must be at least 3600 seconds".to_owned());
        }
        for (at, issuer) in self.statement_issuers.iter().enumerate() {
            if issuer.issuer.is_empty() || issuer.jwks.is_some() == issuer.jwks_uri.is_some() {
                let problem = "needs an issuer, and either jwks or jwks_uri".to_owned();
                return wrong(&format!("statement_issuers[{at}]"), problem);
            }
        }
        if self.require_statement && self.statement_issuers.is_empty() {
            let problem = "nobody's statements are believed; list statement_issuers, or remove it".to_owned();
            return wrong("require_statement", problem);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::config::load_text;

    #[test]
    fn what_strangers_may_not_be_given_is_refused() {
        for (toml, told) in [
            (
                "grant_types = [\"password\"]",
                "registration.grant_types: password is for clients",
            ),
            ("per_address = 0", "registration.per_address: must be from 1"),
            ("max_clients = 0", "registration.max_clients: must be from 1"),
            ("unused_lifetime = 60", "registration.unused_lifetime: must be at least"),
            (
                "statement_issuers = [{ issuer = \"a\" }]",
                "registration.statement_issuers[0]: needs",
            ),
            ("require_statement = true", "registration.require_statement: nobody"),
        ] {
            let error = load_text(&format!("[registration]\n{toml}"), BTreeMap::new()).unwrap_err();
            assert!(error.to_string().starts_with(told), "{error}");
        }
        assert!(!load_text("", BTreeMap::new()).unwrap().settings.registration.is_on());
    }
}
