//! Issuers: other authorities whose assertions and sign-ins we believe as listed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client::AuthMethod;
use super::evidence::{Acr, Upstream};
use super::profile::DEFAULT_PROFILE;
use super::scope::ScopeSet;
use super::secret::Sealed;
use super::signing_key::Algorithm;

/// An authority that signs JWT-bearer assertions (RFC 7523), or at which people sign in (OpenID Connect Core), or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Issuer {
    /// The `iss` of its assertions and ID tokens.
    pub issuer: String,
    /// Its public keys (RFC 7517), in place. Where neither these nor an address or a certificate is given, those that its
    /// metadata names.
    pub jwks: Option<serde_json::Value>,
    /// Where its public keys are.
    pub jwks_uri: Option<String>,
    /// An X.509 certificate in PEM whose key signs.
    pub certificate: Option<String>,
    /// The clients that may present its assertions.
    pub clients: Vec<String>,
    /// The highest level that its assertions are believed to assert.
    pub max_acr: Acr,
    /// What it calls us as a client; people sign in there where it is given.
    pub client_id: Option<String>,
    /// How we authenticate at its token endpoint.
    pub token_endpoint_auth_method: AuthMethod,
    /// Our secret there, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Sealed>,
    /// The one algorithm that its ID tokens and logout tokens are signed with.
    pub id_token_signed_response_alg: Algorithm,
    /// What we ask for there.
    pub scope: ScopeSet,
    /// What the button says after "Continue with"; the host of the issuer where absent.
    pub label: Option<String>,
    /// The most that a sign-in there is worth: `standard`, or `high` where accepted values say so (CLAUSES.md S6, S7).
    pub column: Acr,
    /// The `acr` values that are believed, each with the level it is worth.
    pub accepted_acr: BTreeMap<String, Acr>,
    /// The `amr` values that are believed and told on, each with the level it is worth.
    pub accepted_amr: BTreeMap<String, Acr>,
    /// Whether people may connect their accounts themselves, and take that back.
    pub connectable: bool,
    /// Whether somebody whom nobody here is connected with gets an account.
    pub create_users: bool,
    /// The profile of accounts made so.
    pub profile: String,
}

impl Default for Issuer {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            jwks: None,
            jwks_uri: None,
            certificate: None,
            clients: Vec::new(),
            max_acr: Acr::None,
            client_id: None,
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            secret: None,
            id_token_signed_response_alg: Algorithm::Rs256,
            scope: "openid".parse().unwrap_or_default(),
            label: None,
            column: Acr::Standard,
            accepted_acr: BTreeMap::new(),
            accepted_amr: BTreeMap::new(),
            connectable: true,
            create_users: false,
            profile: DEFAULT_PROFILE.to_owned(),
        }
    }
}

impl Issuer {
    /// Whether people sign in there.
    #[must_use]
    pub const fn is_provider(&self) -> bool {
        self.client_id.is_some()
    }

    /// Whether we show it a secret.
    #[must_use]
    pub const fn uses_secret(&self) -> bool {
        let method = self.token_endpoint_auth_method;
        self.is_provider() && matches!(method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost)
    }

    /// Whether it is listed with keys of its own, so that those its metadata names count for nothing.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some() || self.certificate.is_some()
    }

    /// What people know it by.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let host = || {
            let rest = self
                .issuer
                .split_once("://")
                .map_or(self.issuer.as_str(), |(_, rest)| rest);
            rest.split('/').next().unwrap_or(rest)
        };
        self.label.as_deref().unwrap_or_else(host)
    }

    /// What a sign-in there is worth that says this of itself: what was accepted of it, and nothing else (ASSURANCE.md §1).
    #[must_use]
    pub fn believed(&self, acr: Option<&str>, amr: &[String]) -> Upstream {
        let level = acr.and_then(|acr| self.accepted_acr.get(acr));
        let levels = amr.iter().filter_map(|value| self.accepted_amr.get(value));
        let best = level.into_iter().chain(levels).max().copied().unwrap_or(Acr::Standard);
        let mut told: Vec<String> = Vec::new();
        for value in amr.iter().filter(|value| self.accepted_amr.contains_key(*value)) {
            if !told.contains(value) {
                told.push(value.clone());
            }
        }
        Upstream {
            acr: best.clamp(Acr::Standard, self.column.max(Acr::Standard)),
            amr: told,
        }
    }

    /// The `acr` values to ask for where this level is needed; none where no sign-in there reaches it.
    #[must_use]
    pub fn acr_values_for(&self, needed: Acr) -> Vec<&str> {
        if needed <= Acr::Standard || self.column < needed {
            return Vec::new();
        }
        let reaching = self.accepted_acr.iter().filter(|(_, level)| **level >= needed);
        reaching.map(|(value, _)| value.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(column: Acr) -> Issuer {
        Issuer {
            issuer: "https://login.example/tenant".into(),
            column,
            accepted_acr: BTreeMap::from([("loa2".to_owned(), Acr::High), ("loa1".to_owned(), Acr::Standard)]),
            accepted_amr: BTreeMap::from([("pwd".to_owned(), Acr::Standard), ("mfa".to_owned(), Acr::High)]),
            ..Issuer::default()
        }
    }

    fn said(issuer: &Issuer, acr: Option<&str>, amr: &[&str]) -> (Acr, Vec<String>) {
        let amr: Vec<String> = amr.iter().map(|value| (*value).to_owned()).collect();
        let believed = issuer.believed(acr, &amr);
        (believed.acr, believed.amr)
    }

    #[test]
    fn s6_a_column_is_the_most_that_accepted_values_are_worth() {
        let (standard, high) = (issuer(Acr::Standard), issuer(Acr::High));
        assert_eq!(
            said(&standard, Some("loa2"), &["mfa"]),
            (Acr::Standard, vec!["mfa".into()])
        );
        assert_eq!(said(&high, Some("loa2"), &[]), (Acr::High, vec![]));
        assert_eq!(
            said(&high, None, &["pwd", "mfa", "mfa"]),
            (Acr::High, vec!["pwd".into(), "mfa".into()])
        );
        // What is not listed is neither worth anything nor told on.
        assert_eq!(said(&high, Some("phr"), &["hwk", "face"]), (Acr::Standard, vec![]));
        assert_eq!(said(&high, Some("loa1"), &["pwd"]), (Acr::Standard, vec!["pwd".into()]));
    }

    #[test]
    fn acr_values_are_asked_for_where_they_help() {
        assert_eq!(issuer(Acr::High).acr_values_for(Acr::High), ["loa2"]);
        assert!(issuer(Acr::High).acr_values_for(Acr::Standard).is_empty());
        assert!(issuer(Acr::High).acr_values_for(Acr::Phr).is_empty());
        assert!(issuer(Acr::Standard).acr_values_for(Acr::High).is_empty());
    }

    #[test]
    fn a_provider_without_a_label_is_known_by_its_host() {
        assert_eq!(issuer(Acr::High).display_name(), "login.example");
        let labelled = Issuer {
            label: Some("Staff sign-in".into()),
            ..issuer(Acr::High)
        };
        assert_eq!(labelled.display_name(), "Staff sign-in");
    }
}
