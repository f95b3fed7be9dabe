//! What a client may say of itself. RFC 7591 §2, OpenID Connect Registration §2.

use super::{Check, Surroundings, branding, certificate, encryption, keys, reach, request_object, uris, wrong};
use crate::model::client::{AuthMethod, Client, GrantType, SubjectType};
use crate::model::compat::RefreshRotation;
use crate::model::evidence::Acr;
use crate::model::request::ResponseType;
use crate::model::requirement::Enforcement;
use crate::model::signing_key::Algorithm;
use crate::model::unseen::is_unseen;

/// Checks a client by itself and against what it refers to.
pub(in crate::manage) fn check(client: &Client, around: &Surroundings) -> Check {
    let place = format!("clients.{}", client.client_id);
    identity(&place, client)?;
    branding::check(&place, &client.branding)?;
    responses(&place, client)?;
    logout(&place, client, around)?;
    subjects(&place, client, around)?;
    authentication(&place, client, around)?;
    request_object::check(&place, client, around)?;
    encryption::check(&place, client)?;
    level(&place, client, around)?;
    references(client, around)
}

fn identity(place: &str, client: &Client) -> Check {
    // RFC 6749 appendix A.1: client-id = *VSCHAR
    let id = &client.client_id;
    if id.is_empty() || id.len() > 255 || !id.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(wrong(
            place,
            "client_id",
            "must have 1 to 255 printable ASCII characters",
        ));
    }
    if client.client_name.chars().count() > 255 || client.client_name.chars().any(is_unseen) {
        let problem = "must have at most 255 characters and no control or invisible characters";
        return Err(wrong(place, "client_name", problem));
    }
    let links = [
        ("client_uri", &client.client_uri),
        ("policy_uri", &client.policy_uri),
        ("tos_uri", &client.tos_uri),
        ("logo_uri", &client.logo_uri),
    ];
    for (key, link) in links {
        if let Some(link) = link {
            uris::link(place, key, link)?;
        }
    }
    if let Some(uri) = &client.initiate_login_uri {
        // OpenID Connect Registration §2: MUST use https
        uris::secure(place, "initiate_login_uri", uri)?;
    }
    texts(place, client)
}

/// What is kept for people to read.
fn texts(place: &str, client: &Client) -> Check {
    let ids = [
        ("software_id", &client.software_id),
        ("software_version", &client.software_version),
    ];
    let ids = ids.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?)));
    let contacts = client.contacts.iter().map(|contact| ("contacts", contact));
    let is_long = |text: &String| text.chars().count() > 255 || text.chars().any(char::is_control);
    match ids.chain(contacts).find(|(_, text)| is_long(text)) {
        None => Ok(()),
        Some((key, _)) => {
            let problem = "must have at most 255 characters and no control characters";
            Err(wrong(place, key, problem))
        }
    }
}

fn responses(place: &str, client: &Client) -> Check {
    // OpenID Connect Registration §2: the correspondence of response types and grant types
    for response in &client.response_types {
        let missing = response.grant_types().iter().find(|needed| !client.allows(**needed));
        if let Some(needed) = missing {
            let problem = format!(
                "`{}` needs the grant type {}; add it to grant_types",
                response.as_str(),
                needed.as_str()
            );
            return Err(wrong(place, "response_types", problem));
        }
    }
    let uses = |grant_type| {
        let mut types = client.response_types.iter();
        types.any(|response| response.grant_types().contains(&grant_type))
    };
    let allows_implicit = client.allows(GrantType::Implicit);
    let allows_code = client.allows(GrantType::AuthorizationCode);
    if allows_implicit && !uses(GrantType::Implicit) {
        let problem = "implicit needs a response type with `id_token` or `token`; add one to response_types";
        return Err(wrong(place, "grant_types", problem));
    }
    if allows_code && !uses(GrantType::AuthorizationCode) {
        let problem = "authorization_code needs a response type with `code`; add one to response_types";
        return Err(wrong(place, "grant_types", problem));
    }
    let in_front = |response: &ResponseType| response.has_token();
    let bound = [
        ("dpop_bound_access_tokens", client.dpop_bound_access_tokens),
        (
            "tls_client_certificate_bound_access_tokens",
            client.tls_client_certificate_bound_access_tokens,
        ),
    ];
    if let Some((key, _)) = bound.iter().find(|(_, is_bound)| *is_bound)
        && client.response_types.iter().any(in_front)
    {
        // RFC 9449 §5, RFC 8705 §3: keys are shown at the token endpoint
        let problem = "tokens of the authorization endpoint are bound to no key; remove `token` from response_types";
        return Err(wrong(place, key, problem));
    }
    if (allows_code || allows_implicit) && client.redirect_uris.is_empty() {
        let problem = "is missing: it says where responses may go";
        return Err(wrong(place, "redirect_uris", problem));
    }
    client
        .redirect_uris
        .iter()
        .try_for_each(|uri| uris::redirect(place, "redirect_uris", uri, client.application_type))
}

/// RP-Initiated Logout §3.1, Front-Channel Logout §2, Back-Channel Logout §2.2
fn logout(place: &str, client: &Client, around: &Surroundings) -> Check {
    let mut uris = client.post_logout_redirect_uris.iter();
    uris.try_for_each(|uri| uris::redirect(place, "post_logout_redirect_uris", uri, client.application_type))?;
    if let Some(uri) = &client.frontchannel_logout_uri {
        uris::front_channel(place, uri, &client.redirect_uris)?;
    }
    match &client.backchannel_logout_uri {
        Some(uri) => uris::fetched(place, "backchannel_logout_uri", uri, &around.private_hosts),
        None => Ok(()),
    }
}

/// OpenID Connect Core §8.1: pairwise subject identifiers are made for one host.
fn subjects(place: &str, client: &Client, around: &Surroundings) -> Check {
    if let Some(uri) = &client.sector_identifier_uri {
        uris::fetched(place, "sector_identifier_uri", uri, &around.private_hosts)?;
    }
    if client.subject_type == SubjectType::Pairwise && client.sector().is_none() {
        let problem = "pairwise subjects need one host; give sector_identifier_uri, or redirect_uris of one host";
        return Err(wrong(place, "subject_type", problem));
    }
    Ok(())
}

/// Whether its public keys must verify something.
fn verifies(client: &Client) -> bool {
    let requests = client
        .request_object_signing_alg
        .is_some_and(|alg| alg.of_key().is_some());
    requests
        || client.require_signed_request_object
        || matches!(
            client.token_endpoint_auth_method,
            AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth
        )
        || client.allows(GrantType::JwtBearer)
}

fn authentication(place: &str, client: &Client, around: &Surroundings) -> Check {
    let keys = (client.jwks.as_ref(), client.jwks_uri.as_deref());
    keys::sources(place, keys, verifies(client), around)?;
    if let Some(pem) = &client.certificate {
        keys::certificate(place, pem)?;
    }
    let has_key_set = client.jwks.is_some() || client.jwks_uri.is_some();
    if client.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt && !has_key_set {
        let problem = "private_key_jwt needs the client's public keys; give jwks or jwks_uri";
        return Err(wrong(place, "jwks_uri", problem));
    }
    signing(place, client)?;
    certificate::check(place, client, around)?;
    let vouched = around.vouched_clients.contains_key(&client.client_id);
    if client.allows(GrantType::JwtBearer) && !has_key_set && client.certificate.is_none() && !vouched {
        let problem =
            "the JWT bearer grant needs keys; give jwks, jwks_uri or certificate, or list the client in an issuer";
        return Err(wrong(place, "jwks_uri", problem));
    }
    if !client.is_public() {
        return Ok(());
    }
    if client.allows(GrantType::ClientCredentials) {
        // RFC 6749 §4.4: "MUST only be used by confidential clients"
        let problem = "client_credentials is for clients that authenticate; choose a token_endpoint_auth_method";
        return Err(wrong(place, "grant_types", problem));
    }
    if client.allows(GrantType::TokenExchange) {
        // RFC 8693 §2.1: whoever holds a token must not be enough to get another one.
        let problem = "token exchange is for clients that authenticate; choose a token_endpoint_auth_method";
        return Err(wrong(place, "grant_types", problem));
    }
    if client.resource_server {
        // RFC 7662 §2.1: the introspection endpoint requires authorization
        let problem = "only a client that authenticates may introspect; choose a token_endpoint_auth_method";
        return Err(wrong(place, "resource_server", problem));
    }
    if client.refresh_rotation == RefreshRotation::Off {
        // RFC 9700 §4.14.2: refresh tokens of public clients are sender-constrained or rotated
        let problem = "refresh tokens of a public client must be rotated; remove it";
        return Err(wrong(place, "refresh_rotation", problem));
    }
    if client.require_pkce == Some(false) {
        // RFC 9700 §2.1.1: public clients must use PKCE
        let problem = "a public client must use PKCE; remove it";
        return Err(wrong(place, "require_pkce", problem));
    }
    Ok(())
}

/// OpenID Connect Registration §2: the algorithm of a client's assertions, of those that its method of authentication takes.
fn signing(place: &str, client: &Client) -> Check {
    let Some(name) = client.token_endpoint_auth_signing_alg.as_deref() else {
        return Ok(());
    };
    let (by_secret, by_key) = (name == "HS256", name.parse::<Algorithm>().is_ok());
    let fits = match client.token_endpoint_auth_method {
        AuthMethod::ClientSecretJwt => by_secret,
        AuthMethod::PrivateKeyJwt => by_key,
        _ => by_secret || by_key,
    };
    if fits {
        return Ok(());
    }
    let method = client.token_endpoint_auth_method.as_str();
    let problem = format!("`{name}` does not sign assertions of {method} here; name another, or remove it");
    Err(wrong(place, "token_endpoint_auth_signing_alg", problem))
}

fn level(place: &str, client: &Client, around: &Surroundings) -> Check {
    let for_itself = |grant_type: &GrantType| *grant_type == GrantType::ClientCredentials;
    let enforced = client.required_acr > Acr::None && client.enforcement == Enforcement::Enforced;
    if enforced && !client.grant_types.is_empty() && client.grant_types.iter().all(for_itself) {
        let problem = "client_credentials has no user who could reach a level; remove it, or add another grant type";
        return Err(wrong(place, "required_acr", problem));
    }
    reach::client(place, client, around)
}

/// Checks that what a client refers to exists.
pub(in crate::manage) fn references(client: &Client, around: &Surroundings) -> Check {
    let place = format!("clients.{}", client.client_id);
    let profiles = &client.preapproved_profiles;
    if let Some(missing) = profiles.iter().find(|name| !around.profiles.contains_key(*name)) {
        let problem = format!("there is no profile {missing}; add it to profiles, or remove it here");
        return Err(wrong(&place, "preapproved_profiles", problem));
    }
    if let Some(missing) = client
        .resources
        .iter()
        .find(|name| !around.resources.contains_key(*name))
    {
        let problem = format!("there is no resource {missing}; add it to resources, or remove it here");
        return Err(wrong(&place, "resources", problem));
    }
    reach::client_at_resources(&place, client, around)
}
