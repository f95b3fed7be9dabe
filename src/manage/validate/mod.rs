//! What objects of the directory may say. Every error names the object, the key and the remedy.

pub(super) mod client;
mod keys;
mod uris;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::config::{HostPattern, PasswordSettings};
use crate::error::FieldError;
use crate::model::evidence::Acr;
use crate::model::issuer::Issuer;
use crate::model::organisation::Organisation;
use crate::model::profile::Profile;
use crate::model::resource::Resource;
use crate::model::scope::{Scope, ScopeSet};
use crate::model::secret::Secret;
use crate::work::View;

type Check = Result<(), FieldError>;

/// What an object may refer to.
#[derive(Default)]
pub(super) struct Surroundings {
    /// The profiles there are.
    pub(super) profiles: BTreeSet<String>,
    /// The resources there are.
    pub(super) resources: BTreeSet<String>,
    /// The clients whose assertions an issuer signs.
    pub(super) vouched_clients: BTreeSet<String>,
    /// Hosts that may be fetched from over plain http.
    pub(super) private_hosts: Vec<HostPattern>,
}

impl Surroundings {
    /// What the directory in force has.
    pub(super) fn of(view: &View<'_>) -> Self {
        let directory = view.directory;
        Self {
            profiles: directory.profiles.keys().cloned().collect(),
            resources: directory.resources.iter().map(|one| one.identifier.clone()).collect(),
            vouched_clients: directory.issuers.iter().flat_map(|one| one.clients.clone()).collect(),
            private_hosts: view.shared.settings.outbound.allowed_private_hosts.clone(),
        }
    }
}

/// An error at one key of one object.
fn wrong(place: &str, key: &str, problem: impl Into<String>) -> FieldError {
    FieldError::new(format!("{place}.{key}"), problem)
}

/// No kind of factor reaches `phr`, so that whoever required it would lock everybody out.
fn reachable(place: &str, acr: Acr) -> Check {
    if acr > Acr::High {
        let problem = "no factor reaches phr; the highest level that can be required is high";
        return Err(wrong(place, "required_acr", problem));
    }
    Ok(())
}

/// A name that people and logs can show.
fn name(place: &str, key: &str, text: &str) -> Check {
    if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) || text.chars().count() > 255 {
        let problem = "must have 1 to 255 characters, no control characters, and no space at either end";
        return Err(wrong(place, key, problem));
    }
    Ok(())
}

/// Checks the organisation.
pub(super) fn organisation(organisation: &Organisation) -> Check {
    name("organisation", "name", &organisation.name)?;
    reachable("organisation", organisation.required_acr)
}

/// Checks a profile.
pub(super) fn profile(profile: &Profile) -> Check {
    let place = format!("profiles.{}", profile.name);
    name(&place, "name", &profile.name)?;
    reachable(&place, profile.required_acr)
}

/// Checks a scope.
pub(super) fn scope(scope: &Scope) -> Check {
    let place = format!("scopes.{}", scope.name);
    // RFC 6749 §3.3: scope-token
    let single = scope
        .name
        .parse::<ScopeSet>()
        .is_ok_and(|set| set.contains(&scope.name));
    if !single {
        let problem = "one scope token has printable ASCII characters without space, quote and backslash";
        return Err(wrong(&place, "name", problem));
    }
    reachable(&place, scope.required_acr)
}

/// Checks a resource.
pub(super) fn resource(resource: &Resource) -> Check {
    let place = format!("resources.{}", resource.identifier);
    // RFC 8707 §2: an absolute URI without a fragment
    uris::absolute(&place, "identifier", &resource.identifier)?;
    reachable(&place, resource.required_acr)
}

/// Checks an issuer.
pub(super) fn issuer(issuer: &Issuer, around: &Surroundings) -> Check {
    let place = format!("issuers.{}", issuer.issuer);
    name(&place, "issuer", &issuer.issuer)?;
    keys::sources(&place, issuer.jwks.as_ref(), issuer.jwks_uri.as_deref(), around)?;
    if let Some(pem) = &issuer.certificate {
        keys::certificate(&place, pem)?;
    }
    if issuer.jwks.is_none() && issuer.jwks_uri.is_none() && issuer.certificate.is_none() {
        let problem = "an issuer needs keys; give jwks, jwks_uri or certificate";
        return Err(wrong(&place, "jwks_uri", problem));
    }
    Ok(())
}

/// Checks a user name.
pub(super) fn username(place: &str, username: &str) -> Check {
    name(place, "username", username)
}

/// What this server itself says of a user or a token, so that no record may.
const PROTOCOL_CLAIMS: [&str; 14] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "sid",
    "nonce",
    "acr",
    "amr",
    "auth_time",
    "at_hash",
    "c_hash",
];

/// Checks a user's claims.
pub(super) fn claims(place: &str, claims: &Map<String, Value>) -> Check {
    match PROTOCOL_CLAIMS.into_iter().find(|claim| claims.contains_key(*claim)) {
        Some(claim) => Err(wrong(
            place,
            &format!("claims.{claim}"),
            "is set by the server; remove it",
        )),
        None => Ok(()),
    }
}

/// Checks that a user's profile exists.
pub(super) fn profile_of_user(place: &str, profile: &str, exists: bool) -> Check {
    if exists {
        return Ok(());
    }
    let problem = format!("there is no profile {profile}; add it to profiles, or name another");
    Err(wrong(place, "profile", problem))
}

/// The longest password in bytes: more would only make the hash dear.
const MAX_PASSWORD: usize = 1024;

/// Checks that a password may be set.
pub(super) fn password(field: &str, settings: &PasswordSettings, password: &Secret) -> Check {
    let min = settings.min_length;
    if password.expose().chars().count() < min {
        let problem = format!("a password has at least {min} characters (passwords.min_length)");
        return Err(FieldError::new(field, problem));
    }
    if password.expose().len() > MAX_PASSWORD {
        let problem = format!("a password has at most {MAX_PASSWORD} bytes");
        return Err(FieldError::new(field, problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
