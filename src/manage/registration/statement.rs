//! Software statements: what a listed issuer says of software. RFC 7591 §2.3, RFC 8725.

use serde_json::{Map, Value};

use crate::config::{RegistrationSettings, StatementIssuer};
use crate::crypto::jwk_set::JwkSet;
use crate::crypto::jwt::{Unverified, inspect};
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::Client;
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;

/// How far clocks may differ, in seconds.
const SKEW: i64 = 60;
/// Keys that are tried at most.
const MAX_TRIED: usize = 4;

/// A software statement, not believed yet.
#[derive(Debug, Clone)]
pub struct UnreadStatement(Unverified);

/// A software statement whose signature and times are good.
#[derive(Debug, Clone)]
pub struct Statement {
    claims: Map<String, Value>,
    text: String,
}

impl Statement {
    /// The statement that a client was registered with: it was verified then.
    #[must_use]
    pub fn kept(client: &Client) -> Option<Self> {
        let text = client.registration.as_ref()?.software_statement.as_deref()?;
        let claims = inspect(text)?.claims;
        Some(Self {
            claims,
            text: text.to_owned(),
        })
    }

    /// Its claims, and its text.
    pub(super) fn into_parts(self) -> (Map<String, Value>, String) {
        (self.claims, self.text)
    }
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidSoftwareStatement, description)
}

/// The listed issuer of a statement, and the statement.
///
/// # Errors
/// `invalid_software_statement` for what is no signed JWT, `unapproved_software_statement` for one of anybody else.
pub fn issuer_of<'a>(
    settings: &'a RegistrationSettings,
    text: &str,
) -> Result<(&'a StatementIssuer, UnreadStatement), OAuthError> {
    let read = inspect(text).ok_or_else(|| invalid("software_statement is not a signed JWT"))?;
    let named = read.claims.get("iss").and_then(Value::as_str);
    let issuer = settings
        .statement_issuers
        .iter()
        .find(|issuer| named == Some(issuer.issuer.as_str()))
        .ok_or(OAuthErrorCode::UnapprovedSoftwareStatement)?;
    Ok((issuer, UnreadStatement(read)))
}

impl UnreadStatement {
    /// Checks signature and times at `now`; `audience` is ours.
    ///
    /// # Errors
    /// `invalid_software_statement` with what is wrong.
    pub fn verify(&self, keys: &JwkSet, audience: &str, now: Timestamp) -> Result<Statement, OAuthError> {
        let read = &self.0;
        let algorithm: Algorithm = read
            .alg
            .parse()
            .map_err(|_| invalid("software_statement is signed with an algorithm that is not supported"))?;
        let is_signed = keys
            .candidates(read.kid.as_deref(), algorithm)
            .take(MAX_TRIED)
            .any(|key| read.check_signed_by(key, &[algorithm]).is_ok());
        if !is_signed {
            return Err(invalid("the signature of software_statement is wrong"));
        }
        if !read.is_plain() {
            return Err(invalid("software_statement is of another type than JWT"));
        }
        let (claims, now) = (&read.claims, now.as_seconds());
        let seconds = |name: &str| claims.get(name).map(Value::as_i64);
        match seconds("exp") {
            Some(Some(expires)) if expires.saturating_add(SKEW) > now => {}
            Some(Some(_)) => return Err(invalid("software_statement has expired")),
            _ => return Err(invalid("exp of software_statement is missing")),
        }
        for name in ["nbf", "iat"] {
            if seconds(name).is_some_and(|at| at.is_none_or(|at| at > now + SKEW)) {
                return Err(invalid("software_statement is not valid yet"));
            }
        }
        // RFC 7519 §4.1.3: whoever is not among those it is for must refuse it.
        if !claims.get("aud").is_none_or(|aud| is_for(aud, audience)) {
            return Err(invalid("software_statement is for somebody else"));
        }
        Ok(Statement {
            claims: claims.clone(),
            text: read.text().to_owned(),
        })
    }
}

fn is_for(aud: &Value, audience: &str) -> bool {
    let mut listed = aud.as_array().into_iter().flatten();
    aud == audience || listed.any(|one| one == audience)
}
