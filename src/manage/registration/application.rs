//! What a client says of itself, before it is believed: bounded, with what a software statement says above it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::metadata::{self, MEMBERS, invalid};
use super::statement::Statement;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::manage::validate::uris;
use crate::model::unseen::is_unseen;

/// The longest text of one member, in bytes.
const MAX_TEXT: usize = 2_048;
/// The longest list of one member.
const MAX_LIST: usize = 64;
/// The most members in further languages.
const MAX_LOCALIZED: usize = 50;
/// Members that may be given in further languages (OpenID Connect Registration §2.1).
const LOCALIZED: [&str; 5] = ["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];

/// The metadata of a registration or an update. Members that are not known are ignored (RFC 7591 §2).
#[derive(Debug, Clone)]
pub struct Application {
    /// What was given, with what the statement says above it.
    members: Map<String, Value>,
    /// The software statement as it was given.
    pub(super) statement: Option<String>,
}

impl Application {
    /// Reads metadata; what a statement says counts more than what stands beside it (RFC 7591 §2.3).
    ///
    /// # Errors
    /// `invalid_client_metadata` for a member that is too large.
    pub fn new(given: Map<String, Value>, statement: Option<Statement>) -> std::result::Result<Self, OAuthError> {
        let mut members = given;
        let mut text = None;
        if let Some(statement) = statement {
            let (claims, given) = statement.into_parts();
            members.extend(claims.into_iter().filter(|(name, _)| MEMBERS.contains(&name.as_str())));
            text = Some(given);
        }
        // RFC 7592 §2.2: null is the same as absence.
        members.retain(|_, value| !value.is_null());
        for name in MEMBERS.iter().filter(|name| **name != "jwks") {
            if members.get(*name).is_some_and(is_large) {
                return Err(invalid(name, "is too long, or not of its type"));
            }
        }
        metadata::complete(&mut members)?;
        Ok(Self {
            members,
            statement: text,
        })
    }

    /// What is given of a member of client metadata.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// What an update says of the client itself.
    pub(super) fn own(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// Where the redirect URIs of its sector are listed, which must be asked (OpenID Connect Registration §5).
    #[must_use]
    pub fn sector_identifier_uri(&self) -> Option<&str> {
        self.own("sector_identifier_uri")
    }

    /// Checks the document that was found there.
    ///
    /// # Errors
    /// `invalid_client_metadata` unless it lists every redirect URI.
    pub fn check_sector(&self, document: &Value) -> std::result::Result<(), OAuthError> {
        let member = "sector_identifier_uri";
        let Some(listed) = document.as_array() else {
            return Err(invalid(member, "is not a list of redirect URIs"));
        };
        let redirects = self.members.get("redirect_uris").and_then(Value::as_array);
        if redirects.is_some_and(|uris| uris.iter().all(|uri| listed.contains(uri))) {
            Ok(())
        } else {
            Err(invalid(member, "does not list every redirect URI"))
        }
    }

    /// What is given in further languages, kept as it is.
    pub(super) fn localized(&self) -> Result<BTreeMap<String, String>> {
        let mut kept = BTreeMap::new();
        for (name, value) in &self.members {
            let Some((member, tag)) = name.split_once('#') else {
                continue;
            };
            if !LOCALIZED.contains(&member) {
                continue;
            }
            let is_tag = (1..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let text = value.as_str().filter(|text| is_tag && text.len() <= MAX_TEXT);
            let Some(text) = text.filter(|text| !text.chars().any(is_unseen)) else {
                return Err(invalid(member, "is no text in a language").into());
            };
            if member.ends_with("_uri") {
                uris::link("client", member, text).map_err(|error| metadata::refusal(&error))?;
            }
            if kept.len() == MAX_LOCALIZED {
                return Err(OAuthError::new(OAuthErrorCode::InvalidClientMetadata, "too many languages").into());
            }
            kept.insert(name.clone(), text.to_owned());
        }
        Ok(kept)
    }
}

/// Whether a member has more than any that means us well. Objects are read by whoever knows their members.
fn is_large(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() > MAX_TEXT,
        Value::Array(values) => values.len() > MAX_LIST || values.iter().any(is_large),
        Value::Object(_) => true,
        _ => false,
    }
}
