//! Client metadata as it is written, to clients and back. RFC 7591 §2, OpenID Connect Registration §2.

use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::application::Application;
use crate::config::RegistrationSettings;
use crate::error::{FieldError, OAuthError, OAuthErrorCode};
use crate::manage::validate::{self, Surroundings};
use crate::model::client::{ApplicationType, Client, GrantType, JwtBearerAssurance};
use crate::model::registration::Registration;
use crate::model::request::ResponseType;

/// Every member that a client may register, by the name that the specifications and [`Client`] have for it. Those that
/// [`Client`] has not mean nothing here and are ignored, as RFC 7591 §2 says.
pub(super) const MEMBERS: [&str; 54] = [
    "redirect_uris",
    "response_types",
    "grant_types",
    "application_type",
    "contacts",
    "client_name",
    "logo_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "jwks_uri",
    "jwks",
    "scope",
    "software_id",
    "software_version",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "default_max_age",
    "initiate_login_uri",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
    // OpenID Connect Registration §2: subjects, levels, encryption
    "subject_type",
    "sector_identifier_uri",
    "require_auth_time",
    "default_acr_values",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    // Request objects, pushed requests, signed responses: RFC 9101 §10.5, RFC 9126 §6, JARM §3
    "request_uris",
    "request_object_signing_alg",
    "request_object_encryption_alg",
    "request_object_encryption_enc",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    // Logout: RP-Initiated §3.1, Front-Channel §2, Back-Channel §2.2
    "post_logout_redirect_uris",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    // RFC 8705 §3.4, RFC 9449 §5.2, RFC 9701 §6
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "authorization_details_types",
];

/// The longest description of an error.
const MAX_DESCRIPTION: usize = 300;

/// A member that cannot be as it is given (RFC 7591 §3.2.2).
pub(super) fn invalid(member: &str, problem: &str) -> OAuthError {
    let code = if member == "redirect_uris" {
        OAuthErrorCode::InvalidRedirectUri
    } else {
        OAuthErrorCode::InvalidClientMetadata
    };
    let description: String = format!("{member}: {problem}").chars().take(MAX_DESCRIPTION).collect();
    OAuthError::new(code, description)
}

/// The same of an error about a client of the directory.
pub(super) fn refusal(error: &FieldError) -> OAuthError {
    let member = error.field.rsplit('.').next().unwrap_or_default();
    invalid(member, &error.problem)
}

/// Writes response types and grant types as they are registered, each derived from the other where it is absent
/// (OpenID Connect Registration §2). Front-channel grants that no response type uses are left out (RFC 7591 §2.1).
pub(super) fn complete(members: &mut Map<String, Value>) -> Result<(), OAuthError> {
    let responses = list(members, "response_types", |name| {
        ResponseType::parse(name).map(|known| known.as_str().to_owned())
    })?;
    let grants = list(members, "grant_types", |name| {
        GrantType::parse(name).map(|known| known.as_str().to_owned())
    })?;
    let (code, implicit) = (GrantType::AuthorizationCode.as_str(), GrantType::Implicit.as_str());
    let responses = responses.unwrap_or_else(|| match &grants {
        Some(grants) if !grants.iter().any(|grant| grant == code) => Vec::new(),
        _ => vec![ResponseType::Code.as_str().to_owned()],
    });
    let words = |word: &dyn Fn(&str) -> bool| responses.iter().any(|kind| kind.split(' ').any(word));
    let (has_code, has_other) = (
        words(&|word| word == "code"),
        words(&|word| !matches!(word, "code" | "none")),
    );
    let used = |grant: &String| (grant != code || has_code) && (grant != implicit || has_other);
    let grants = grants.unwrap_or_else(|| vec![code.to_owned(), implicit.to_owned()]);
    let grants: Vec<String> = grants.into_iter().filter(used).collect();
    members.insert("response_types".to_owned(), json!(responses));
    members.insert("grant_types".to_owned(), json!(grants));
    Ok(())
}

fn list(
    members: &Map<String, Value>,
    member: &str,
    known: impl Fn(&str) -> Option<String>,
) -> Result<Option<Vec<String>>, OAuthError> {
    let Some(value) = members.get(member) else {
        return Ok(None);
    };
    let values = value.as_array().ok_or_else(|| invalid(member, "is not a list"))?;
    let mut names: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let name = value.as_str().and_then(&known);
        let name = name.ok_or_else(|| invalid(member, "has a value that is not supported"))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Some(names))
}

/// What every registered client is, whatever it says.
pub(super) fn base(client_id: &str, registration: Registration, settings: &RegistrationSettings) -> Client {
    Client {
        client_id: client_id.to_owned(),
        scope: settings.scope.clone(),
        require_consent: true,
        jwt_bearer_assurance: JwtBearerAssurance::Deny,
        registration: Some(registration),
        ..Client::default()
    }
}

/// The client that an application describes.
pub(super) fn client(
    application: &Application,
    base: &Client,
    settings: &RegistrationSettings,
    around: &Surroundings,
) -> Result<Client, OAuthError> {
    let given = |name: &&'static str| application.get(name).map(|value| ((*name).to_owned(), value.clone()));
    let given: Vec<(String, Value)> = MEMBERS.iter().filter_map(given).collect();
    let mut client = read(base, &given).ok_or_else(|| blame(base, &given))?;
    if application.get("scope").is_some() {
        // RFC 7591 §3.2.1: what may not be had is left out, and the client told what it has.
        client.scope = client.scope.intersection(&settings.scope);
        if client.scope.is_empty() {
            return Err(invalid("scope", "has none that registered clients may ask for"));
        }
    }
    if !client.is_public() {
        // What is not of OpenID Connect has no nonce to protect its codes.
        client.require_pkce = match (settings.require_pkce, client.scope.contains("openid")) {
            (false, true) => Some(false),
            (true, _) => Some(true),
            (false, false) => None,
        };
    }
    client.name_encryption();
    check_granted(&client, settings)?;
    check_redirects(&client)?;
    validate::client::check(&client, around).map_err(|error| refusal(&error))?;
    Ok(client)
}

fn read(base: &Client, given: &[(String, Value)]) -> Option<Client> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(base) else {
        return None;
    };
    members.extend(given.iter().cloned());
    serde_json::from_value(Value::Object(members)).ok()
}

/// Finds the member that cannot be read, by reading each alone.
fn blame(base: &Client, given: &[(String, Value)]) -> OAuthError {
    let wrong = given.iter().find(|one| read(base, std::slice::from_ref(one)).is_none());
    let member = wrong.map_or("metadata", |(name, _)| name);
    invalid(member, "is not of its type, or not among the values supported")
}

/// Checks that strangers may have what the client asks for.
fn check_granted(client: &Client, settings: &RegistrationSettings) -> Result<(), OAuthError> {
    let problem = |name: &str| format!("{name} is not given to registered clients");
    if let Some(foreign) = client
        .grant_types
        .iter()
        .find(|one| !settings.grant_types.contains(one))
    {
        return Err(invalid("grant_types", &problem(foreign.as_str())));
    }
    if let Some(foreign) = client
        .response_types
        .iter()
        .find(|one| !settings.response_types.contains(one))
    {
        return Err(invalid("response_types", &problem(foreign.as_str())));
    }
    if client.grant_types.is_empty() {
        return Err(invalid("grant_types", "is empty"));
    }
    Ok(())
}

/// OpenID Connect Registration §2, `application_type`: web clients of the implicit grant use https, and never localhost.
fn check_redirects(client: &Client) -> Result<(), OAuthError> {
    if client.application_type != ApplicationType::Web || !client.allows(GrantType::Implicit) {
        return Ok(());
    }
    let is_good = |text: &String| Url::parse(text).is_ok_and(|uri| uri.scheme() == "https" && !is_local(&uri));
    if client.redirect_uris.iter().all(is_good) {
        Ok(())
    } else {
        Err(invalid(
            "redirect_uris",
            "web clients of the implicit grant use https and not localhost",
        ))
    }
}

/// Whether an address leads to the very machine that it is read on.
pub(super) fn is_local(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
}

/// The members that a client has, as it is told them.
pub(super) fn members(client: &Client) -> Map<String, Value> {
    let Ok(Value::Object(all)) = serde_json::to_value(client) else {
        return Map::new();
    };
    let is_said = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => true,
    };
    let is_always = |name: &str| matches!(name, "redirect_uris" | "response_types" | "grant_types");
    let mut told: Map<String, Value> = all
        .into_iter()
        .filter(|(name, value)| MEMBERS.contains(&name.as_str()) && (is_always(name) || is_said(value)))
        .collect();
    if let Some(registration) = &client.registration {
        let further = registration.localized.iter();
        told.extend(further.map(|(name, text)| (name.clone(), Value::from(text.as_str()))));
        if let Some(statement) = &registration.software_statement {
            // RFC 7591 §3.2.1: returned unmodified
            told.insert("software_statement".to_owned(), statement.as_str().into());
        }
    }
    told
}
