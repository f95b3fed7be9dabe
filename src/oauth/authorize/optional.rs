//! The optional parameters of an authorization request. OpenID Connect Core §3.1.2.1, §5.5; RFC 8707 §2.

use serde_json::{Map, Value};

use crate::crypto::digest::base64url_decode;
use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::client::Client;
use crate::model::request::{AuthorizationRequest, ClaimsRequest, Prompt, RequestedAcr, ResponseType};
use crate::oauth::params::Params;
use crate::oauth::resource;
use crate::oidc::id_token::own_claims;
use crate::work::View;

/// Longest text that is parsed as JSON, in bytes.
const MAX_CLAIMS: usize = 8_192;
/// Most words of a list.
const MAX_WORDS: usize = 20;

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidRequest, description)
}

/// Space-separated words.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(str::to_owned)
        .collect()
}

pub(super) fn prompt(params: &Params) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    let words = words(params.get("prompt").unwrap_or_default());
    for word in &words {
        match word.as_str() {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            _ => return Err(invalid("prompt has an unknown value")),
        }
    }
    if prompt.none && words.len() > 1 {
        return Err(invalid("prompt none excludes every other value"));
    }
    Ok(prompt)
}

pub(super) fn max_age(params: &Params) -> Result<Option<u32>, OAuthError> {
    let parse = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = text.parse().ok().filter(|_| digits);
        seconds.ok_or_else(|| invalid("max_age must be a whole number of seconds"))
    };
    params.get("max_age").map(parse).transpose()
}

/// The thumbprint of the key that the code is bound to (RFC 9449 §10).
pub(super) fn dpop_jkt(view: &View<'_>, params: &Params) -> Result<Option<String>, OAuthError> {
    let Some(jkt) = params.get("dpop_jkt").filter(|_| view.shared.settings.dpop.enabled) else {
        return Ok(None);
    };
    if base64url_decode(jkt).is_none_or(|digest| digest.len() != 32) {
        return Err(invalid("dpop_jkt is not the base64url form of a SHA-256 thumbprint"));
    }
    Ok(Some(jkt.to_owned()))
}

/// The subject of an ID token that we issued to this client, expired or not.
pub(super) fn hinted_subject(view: &View<'_>, params: &Params, client: &Client) -> Result<Option<String>, OAuthError> {
    let Some(hint) = params.get("id_token_hint") else {
        return Ok(None);
    };
    let claims = own_claims(view, hint)
        .filter(|claims| claims.get("aud").and_then(Value::as_str) == Some(&client.client_id))
        .ok_or_else(|| invalid("id_token_hint is not an ID token of this client"))?;
    Ok(claims.get("sub").and_then(Value::as_str).map(str::to_owned))
}

/// The resources of a request. One token comes of an implicit response; a code may be redeemed for part of them.
pub(super) fn resources(
    view: &View<'_>,
    params: &Params,
    client: &Client,
    response_type: ResponseType,
) -> Result<Vec<String>, OAuthError> {
    let resources = resource::named((view.directory, &view.shared.settings), client, params)?;
    if response_type.has_token() {
        resource::form(view.directory, client, &resources)?;
    }
    Ok(resources)
}

/// `acr_values`, or what the client registered where the request has none of its own (OpenID Connect Registration §2).
pub(in crate::oauth) fn levels(view: &View<'_>, params: &Params, client: &Client) -> Vec<RequestedAcr> {
    let values = params.get("acr_values").map(words);
    named_levels(view, values.unwrap_or_else(|| client.default_acr_values.clone()))
}

/// `claims` and `acr_values`: an essential `acr` claim takes precedence over voluntary values.
pub(super) fn claims_and_levels(
    view: &View<'_>,
    (params, client): (&Params, &Client),
    request: &mut AuthorizationRequest,
) -> Result<(), OAuthError> {
    // OpenID Connect Registration §2: the registered values where the request has none of its own.
    let mut values = params
        .get("acr_values")
        .map_or_else(|| client.default_acr_values.clone(), words);
    if let Some(text) = params.get("claims") {
        let claims = parse_claims(text)?;
        let id_token = member(&claims, "id_token")?;
        request.claims = ClaimsRequest {
            userinfo: names(&member(&claims, "userinfo")?),
            id_token: names(&id_token),
            subject: id_token
                .get("sub")
                .and_then(|sub| sub.get("value"))
                .and_then(Value::as_str)
                .map(str::to_owned),
        };
        // §5.5.1: claims that cannot be had are left out.
        request.claims.keep(&client.scope);
        if let Some(Value::Object(acr)) = id_token.get("acr") {
            let asked = asked_levels(acr);
            // §5.5.1.1: values demanded by an essential acr are what counts.
            request.acr_essential = acr.get("essential") == Some(&Value::Bool(true)) && !asked.is_empty();
            values = if request.acr_essential {
                asked
            } else {
                values.into_iter().chain(asked).collect()
            };
        }
    }
    request.acr_values = named_levels(view, values);
    Ok(())
}

fn named_levels(view: &View<'_>, values: Vec<String>) -> Vec<RequestedAcr> {
    let levels = &view.shared.settings.assurance;
    let level = |value: String| {
        let acr = levels.level_named(&value);
        RequestedAcr { value, acr }
    };
    values.into_iter().take(MAX_WORDS).map(level).collect()
}

fn parse_claims(text: &str) -> Result<Map<String, Value>, OAuthError> {
    if text.len() > MAX_CLAIMS {
        return Err(invalid("claims is too long"));
    }
    serde_json::from_str(text).map_err(|_| invalid("claims is not a JSON object"))
}

fn member(claims: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, OAuthError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(member)) => Ok(member.clone()),
        Some(_) => Err(invalid("the members of claims must be objects")),
    }
}

fn names(member: &Map<String, Value>) -> Vec<String> {
    member.keys().take(100).cloned().collect()
}

fn asked_levels(acr: &Map<String, Value>) -> Vec<String> {
    let one = acr.get("value").and_then(Value::as_str).map(str::to_owned);
    let several = acr.get("values").and_then(Value::as_array).into_iter().flatten();
    one.into_iter()
        .chain(several.filter_map(Value::as_str).map(str::to_owned))
        .collect()
}
