//! What objects of the directory may say. Every error names the object, the key and the remedy.

mod assignment;
mod branding;
mod certificate;
pub(super) mod client;
mod encryption;
mod keys;
pub(super) mod login_flow;
mod reach;
mod request_object;
mod upstream;
pub(super) mod uris;

pub(super) use assignment::Belonging;
pub(super) use reach::Reach;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::authn::factor::passkey;
use crate::config::{HostPattern, PasswordSettings, Settings};
use crate::error::FieldError;
use crate::model::claim::ClaimType;
use crate::model::evidence::Acr;
use crate::model::issuer::Issuer;
use crate::model::login_flow::LoginFlow;
use crate::model::organisation::Organisation;
use crate::model::permission_set::PermissionSet;
use crate::model::profile::{AttestedAuthenticators, Profile};
use crate::model::requirement::Enforcement;
use crate::model::resource::Resource;
use crate::model::scope::{Scope, ScopeSet};
use crate::model::secret::Secret;
use crate::model::unseen::is_unseen;
use crate::work::View;

type Check = Result<(), FieldError>;

/// What an object may refer to, and what can be reached at all.
#[derive(Default)]
pub(super) struct Surroundings {
    /// The installation as a whole.
    pub(super) organisation: Organisation,
    /// The profiles there are.
    pub(super) profiles: BTreeMap<String, Profile>,
    /// The permission sets there are.
    pub(super) permission_sets: BTreeMap<String, PermissionSet>,
    /// The resources there are.
    pub(super) resources: BTreeMap<String, Resource>,
    /// The clients whose assertions an issuer signs, with the highest level that one of theirs may assert.
    pub(super) vouched_clients: BTreeMap<String, Acr>,
    /// The login flows there are.
    pub(super) login_flows: BTreeMap<String, LoginFlow>,
    /// Hosts that login flows may call.
    pub(super) webhook_hosts: Vec<HostPattern>,
    /// Hosts that may be fetched from over plain http.
    pub(super) private_hosts: Vec<HostPattern>,
    /// Whether certificates of clients are taken.
    pub(super) takes_certificates: bool,
    /// Whether there are authorities that vouch for them.
    pub(super) has_client_authorities: bool,
    /// Which levels there are factors for.
    pub(super) reach: Reach,
}

impl Surroundings {
    /// What the directory in force has.
    pub(super) fn of(view: &View<'_>) -> Self {
        let (directory, settings) = (view.directory, &view.shared.settings);
        let named = |resource: &Resource| (resource.identifier.clone(), resource.clone());
        Self {
            organisation: directory.organisation.clone(),
            profiles: directory.profiles.clone().into_iter().collect(),
            permission_sets: directory.permission_sets.clone().into_iter().collect(),
            resources: directory.resources.iter().map(named).collect(),
            vouched_clients: ceilings(directory.issuers.iter()),
            login_flows: directory.login_flows.clone().into_iter().collect(),
            ..Self::by(settings)
        }
    }

    /// What settings alone say.
    pub(super) fn by(settings: &Settings) -> Self {
        Self {
            webhook_hosts: settings.outbound.webhook_hosts(),
            private_hosts: settings.outbound.allowed_private_hosts.clone(),
            takes_certificates: settings.mtls.is_on(),
            has_client_authorities: settings.mtls.client_ca_file.is_some(),
            reach: Reach::of(settings),
            ..Self::default()
        }
    }
}

/// The clients that issuers list, with the highest level that one of their issuers may assert.
pub(super) fn ceilings<'a>(issuers: impl Iterator<Item = &'a Issuer>) -> BTreeMap<String, Acr> {
    let mut ceilings: BTreeMap<String, Acr> = BTreeMap::new();
    for issuer in issuers {
        for client in &issuer.clients {
            let ceiling = ceilings.entry(client.clone()).or_default();
            *ceiling = issuer.max_acr.max(*ceiling);
        }
    }
    ceilings
}

/// An error at one key of one object.
fn wrong(place: &str, key: &str, problem: impl Into<String>) -> FieldError {
    FieldError::new(format!("{place}.{key}"), problem)
}

/// A name that people and logs can show.
fn name(place: &str, key: &str, text: &str) -> Check {
    if text.is_empty() || text.trim() != text || text.chars().any(is_unseen) || text.chars().count() > 255 {
        let problem = "must have 1 to 255 characters, no control or invisible characters, and no space at either end";
        return Err(wrong(place, key, problem));
    }
    Ok(())
}

/// Checks the organisation.
pub(super) fn organisation(organisation: &Organisation, around: &Surroundings) -> Check {
    let place = "organisation";
    name(place, "name", &organisation.name)?;
    branding::check(place, &organisation.branding)?;
    let required = (organisation.required_acr, organisation.enforcement);
    around.reach.check(place, required, &[])
}

/// Checks a profile.
pub(super) fn profile(profile: &Profile, around: &Surroundings) -> Check {
    let place = format!("profiles.{}", profile.name);
    name(&place, "name", &profile.name)?;
    branding::check(&place, &profile.branding)?;
    around
        .reach
        .check(&place, (profile.required_acr, profile.enforcement), &[])?;
    around
        .reach
        .check_mfa_ui(&place, profile.mfa_ui && profile.enforcement == Enforcement::Enforced)?;
    if !profile.mfa_assignable {
        for (key, given) in [("mfa_ui", profile.mfa_ui), ("mfa_api", profile.mfa_api)] {
            if given {
                let problem = "may not be given to users of this profile (mfa_assignable = false); remove it, or set \
                               mfa_assignable = true";
                return Err(wrong(&place, key, problem));
            }
        }
    }
    if profile.mfa_api && !profile.mfa_ui {
        let problem = "has no effect without mfa_ui; set mfa_ui = true too, or remove it";
        return Err(wrong(&place, "mfa_api", problem));
    }
    if let Some(flow) = profile
        .login_flow
        .as_ref()
        .filter(|flow| !around.login_flows.contains_key(*flow))
    {
        let problem = format!("there is no login flow {flow}; add it to login_flows, or name another");
        return Err(wrong(&place, "login_flow", problem));
    }
    if let Some(attested) = &profile.attested_authenticators {
        attested_authenticators(&place, attested)?;
    }
    let limits = [
        ("session_lifetime", profile.session_lifetime),
        ("session_idle", profile.session_idle),
    ];
    match limits.into_iter().find(|(_, seconds)| *seconds == Some(0)) {
        Some((key, _)) => Err(wrong(
            &place,
            key,
            "must be at least 1 second; remove it for the server's own",
        )),
        None => Ok(()),
    }
}

/// Checks which authenticators count: a model alone proves nothing, as anybody may say it.
fn attested_authenticators(place: &str, attested: &AttestedAuthenticators) -> Check {
    let place = format!("{place}.attested_authenticators");
    if attested.authorities.is_empty() {
        let problem =
            "nobody vouches for an authenticator; list the certificates of its maker's attestation authorities";
        return Err(wrong(&place, "authorities", problem));
    }
    for (index, pem) in attested.authorities.iter().enumerate() {
        if !passkey::check_authority(pem) {
            let problem = "not a certificate in PEM; give one for each authority, from BEGIN to END";
            return Err(wrong(&place, &format!("authorities[{index}]"), problem));
        }
    }
    Ok(())
}

/// Checks a permission set.
pub(super) fn permission_set(set: &PermissionSet, around: &Surroundings) -> Check {
    let place = format!("permission_sets.{}", set.name);
    name(&place, "name", &set.name)?;
    around.reach.check(&place, (set.required_acr, set.enforcement), &[])?;
    around
        .reach
        .check_mfa_ui(&place, set.mfa_ui && set.enforcement == Enforcement::Enforced)
}

/// Checks a scope.
pub(super) fn scope(scope: &Scope, around: &Surroundings) -> Check {
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
    around.reach.check(&place, (scope.required_acr, scope.enforcement), &[])
}

/// Checks a resource.
pub(super) fn resource(resource: &Resource, around: &Surroundings) -> Check {
    let place = format!("resources.{}", resource.identifier);
    // RFC 8707 §2: an absolute URI without a fragment
    uris::absolute(&place, "identifier", &resource.identifier)?;
    reach::second_factors(&place, &resource.accepted_factors)?;
    let required = (resource.required_acr, resource.enforcement);
    around.reach.check(&place, required, &resource.accepted_factors)
}

/// Checks an issuer.
pub(super) fn issuer(issuer: &Issuer, around: &Surroundings) -> Check {
    let place = format!("issuers.{}", issuer.issuer);
    name(&place, "issuer", &issuer.issuer)?;
    let keys = (issuer.jwks.as_ref(), issuer.jwks_uri.as_deref());
    keys::sources(&place, keys, true, around)?;
    if let Some(pem) = &issuer.certificate {
        keys::certificate(&place, pem)?;
    }
    if issuer.is_provider() {
        return upstream::check(&place, issuer, around);
    }
    if !issuer.has_keys() {
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

/// The names that people are shown of a user.
const NAME_CLAIMS: [&str; 6] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
];

/// Checks a user's claims: the standard ones are of the types of OpenID Connect Core §5.1.
pub(super) fn claims(place: &str, claims: &Map<String, Value>) -> Check {
    if let Some(claim) = PROTOCOL_CLAIMS.into_iter().find(|claim| claims.contains_key(*claim)) {
        let problem = "is set by the server; remove it";
        return Err(wrong(place, &format!("claims.{claim}"), problem));
    }
    let is_odd = |claim: &&str| {
        let name = claims.get(*claim).and_then(Value::as_str);
        name.is_some_and(|name| name.chars().any(is_unseen))
    };
    if let Some(claim) = NAME_CLAIMS.into_iter().find(is_odd) {
        let problem = "must have no control or invisible characters";
        return Err(wrong(place, &format!("claims.{claim}"), problem));
    }
    for (claim, value) in claims {
        let wanted = ClaimType::of(claim).filter(|wanted| !value.is_null() && !wanted.holds(value));
        if let Some(wanted) = wanted {
            return Err(wrong(place, &format!("claims.{claim}"), wanted.wanted()));
        }
    }
    Ok(())
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
