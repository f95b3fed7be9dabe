//! Metadata, built from what is enabled. OpenID Connect Discovery 1.0 §3, RFC 8414 §2.

use serde_json::{Map, Value, json};

use super::claims;
use crate::config::{RequestSettings, Settings};
use crate::model::client::{AuthMethod, GrantType};
use crate::model::encryption::{ContentEncryption, Encrypted, KeyManagement};
use crate::model::evidence::Acr;
use crate::model::lang::Lang;
use crate::model::request::{ResponseMode, ResponseType};
use crate::model::scope::STANDARD_SCOPES;
use crate::model::signing_key::Algorithm;
use crate::work::Directory;

/// Algorithms of keys that others sign with, one also by its newer name (RFC 9864 §2.2).
#[must_use]
pub fn key_algorithms() -> Vec<&'static str> {
    let mut names: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
    names.push("Ed25519");
    names
}

/// Algorithms of assertions that clients sign: those of keys, and HMAC under the client's secret.
fn assertion_algorithms() -> Vec<&'static str> {
    let mut names = key_algorithms();
    names.push("HS256");
    names
}

/// The metadata document of this installation.
#[must_use]
pub fn metadata(settings: &Settings, directory: &Directory) -> Value {
    let issuer = &settings.server.issuer;
    let at = |path: &str| format!("{issuer}{path}");
    let signing: Vec<&str> = Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
    let methods = auth_methods(settings);
    let authenticated: Vec<&str> = methods.iter().copied().filter(|name| *name != "none").collect();
    let scopes: Vec<&str> = STANDARD_SCOPES
        .into_iter()
        .chain(directory.scopes.iter().map(|scope| scope.name.as_str()))
        .collect();
    let claims = claims_supported();
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth2/authorize"),
        "token_endpoint": at("/oauth2/token"),
        "userinfo_endpoint": at("/oauth2/userinfo"),
        "jwks_uri": at("/oauth2/jwks"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "scopes_supported": scopes,
        "response_types_supported": ResponseType::ALL.map(ResponseType::as_str),
        "response_modes_supported": ResponseMode::NAMES,
        "authorization_signing_alg_values_supported": signing,
        "grant_types_supported": grant_types(settings),
        "subject_types_supported": ["public", "pairwise"],
        "acr_values_supported": acr_values(settings),
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertion_algorithms(),
        "introspection_signing_alg_values_supported": signing,
        "introspection_endpoint_auth_methods_supported": authenticated,
        "introspection_endpoint_auth_signing_alg_values_supported": assertion_algorithms(),
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertion_algorithms(),
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims,
        "claims_parameter_supported": true,
        "pushed_authorization_request_endpoint": at("/oauth2/par"),
        "require_pushed_authorization_requests": settings.requests.require_pushed,
        "ui_locales_supported": Lang::ALL.map(Lang::as_str),
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    if let Value::Object(members) = &mut metadata {
        members.append(&mut logout(settings));
        members.append(&mut registration(settings));
        if settings.device.enabled {
            // RFC 8628 §4
            let endpoint = at("/oauth2/device_authorization");
            members.insert("device_authorization_endpoint".to_owned(), endpoint.into());
        }
        members.extend(request_objects(&settings.requests).into_iter().chain(encryption()));
        if settings.dpop.enabled {
            // RFC 9449 §5.1
            members.insert("dpop_signing_alg_values_supported".to_owned(), key_algorithms().into());
        }
        members.append(&mut certificates(settings));
    }
    metadata
}

/// How clients may authenticate here.
fn auth_methods(settings: &Settings) -> Vec<&'static str> {
    let is_on = |method: &AuthMethod| match method {
        AuthMethod::TlsClientAuth => settings.mtls.client_ca_file.is_some(),
        AuthMethod::SelfSignedTlsClientAuth => settings.mtls.is_on(),
        _ => true,
    };
    AuthMethod::ALL
        .into_iter()
        .filter(is_on)
        .map(AuthMethod::as_str)
        .collect()
}

/// What certificates of clients are for, and where they are taken (RFC 8705 §3.3, §5).
fn certificates(settings: &Settings) -> Map<String, Value> {
    let mut members = Map::new();
    if !settings.mtls.is_on() {
        return members;
    }
    members.insert("tls_client_certificate_bound_access_tokens".to_owned(), true.into());
    if let Some(base) = &settings.mtls.base {
        let device = settings
            .device
            .enabled
            .then_some(("device_authorization_endpoint", "device_authorization"));
        let aliases: Map<String, Value> = [
            ("token_endpoint", "token"),
            ("userinfo_endpoint", "userinfo"),
            ("introspection_endpoint", "introspect"),
            ("revocation_endpoint", "revoke"),
            ("pushed_authorization_request_endpoint", "par"),
        ]
        .into_iter()
        .chain(device)
        .map(|(name, path)| {
            (
                name.to_owned(),
                format!("{base}{}/oauth2/{path}", settings.issuer_path()).into(),
            )
        })
        .collect();
        members.insert("mtls_endpoint_aliases".to_owned(), aliases.into());
    }
    members
}

/// How clients become known (RFC 8414 §2, RFC 7591; Client ID Metadata Document §5).
fn registration(settings: &Settings) -> Map<String, Value> {
    let mut members = Map::new();
    if settings.registration.is_on() {
        let endpoint = format!("{}/oauth2/register", settings.server.issuer);
        members.insert("registration_endpoint".to_owned(), endpoint.into());
    }
    if settings.registration.metadata_documents {
        members.insert("client_id_metadata_document_supported".to_owned(), true.into());
    }
    members
}

/// The grant types that anybody may use here.
fn grant_types(settings: &Settings) -> Vec<&'static str> {
    let is_on = |grant_type: &GrantType| match grant_type {
        GrantType::DeviceCode => settings.device.enabled,
        GrantType::TokenExchange => settings.exchange.enabled,
        _ => true,
    };
    GrantType::ALL
        .into_iter()
        .filter(is_on)
        .map(GrantType::as_str)
        .collect()
}

/// RP-Initiated Logout §2.1, Session Management §3.3, Front-Channel Logout §3, Back-Channel Logout §2.1.
fn logout(settings: &Settings) -> Map<String, Value> {
    let issuer = &settings.server.issuer;
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    add("end_session_endpoint", format!("{issuer}/oauth2/logout").into());
    if settings.logout.session_management {
        add("check_session_iframe", format!("{issuer}/oauth2/check_session").into());
    }
    for (is_on, channel) in [
        (settings.logout.front_channel, "frontchannel"),
        (settings.logout.back_channel, "backchannel"),
    ] {
        if is_on {
            add(&format!("{channel}_logout_supported"), true.into());
            add(&format!("{channel}_logout_session_supported"), true.into());
        }
    }
    members
}

/// What is taken of request objects (Discovery 1.0 §3, RFC 9101 §10.5). Where nothing is said, `request_uri` would be.
fn request_objects(taken: &RequestSettings) -> Map<String, Value> {
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
    let by_address = taken.objects && taken.object_addresses;
    add("request_parameter_supported", taken.objects.into());
    add("request_uri_parameter_supported", by_address.into());
    if taken.objects {
        let mut algorithms = assertion_algorithms();
        if taken.unsigned_objects {
            algorithms.push("none");
        }
        add("require_request_uri_registration", by_address.into());
        add("request_object_signing_alg_values_supported", algorithms.into());
        add("require_signed_request_object", taken.require_signed_objects.into());
    }
    members
}

/// What answers can be encrypted with (Discovery 1.0 §3, RFC 9701 §7, JARM §4).
fn encryption() -> Map<String, Value> {
    let algorithms = KeyManagement::ALL.map(KeyManagement::as_str);
    let encryptions = ContentEncryption::ALL.map(ContentEncryption::as_str);
    let named = |what: Encrypted| {
        let what = what.as_str();
        [
            (format!("{what}_encryption_alg_values_supported"), json!(algorithms)),
            (format!("{what}_encryption_enc_values_supported"), json!(encryptions)),
        ]
    };
    Encrypted::ALL.into_iter().flat_map(named).collect()
}

/// Every claim that an ID token or userinfo may hold.
fn claims_supported() -> Vec<&'static str> {
    [
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "nonce",
        "sid",
    ]
    .into_iter()
    .chain(claims::supported())
    .collect()
}

/// The levels that can be reached, strongest first, and their foreign names.
fn acr_values(settings: &Settings) -> Vec<String> {
    let kinds = settings.factor_kinds();
    let best = kinds
        .iter()
        .map(|kind| settings.assurance.columns.with_first(*kind))
        .max()
        .unwrap_or(Acr::Standard);
    let reachable = |acr: Acr| acr <= best && acr >= Acr::Standard;
    let own = Acr::ALL
        .iter()
        .rev()
        .filter(|acr| reachable(**acr))
        .map(|acr| acr.as_str().to_owned());
    let aliases = settings
        .assurance
        .acr_aliases
        .iter()
        .filter(|(_, acr)| reachable(**acr));
    own.chain(aliases.map(|(name, _)| name.clone())).collect()
}
