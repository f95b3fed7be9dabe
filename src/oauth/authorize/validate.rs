//! The ordered checks of an authorization request. Until client and redirect URI are proven, errors stay on our page
//! (RFC 9700 §4.11); after that they go back to the client.

use std::sync::Arc;

use super::optional;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::model::client::{ApplicationType, Client, GrantType};
use crate::model::request::{AuthorizationRequest, ResponseMode, ResponseType};
use crate::model::scope::ScopeSet;
use crate::oauth::compat;
use crate::oauth::machine::{self, Bound};
use crate::oauth::params::Params;
use crate::oauth::response_mode::Target;
use crate::oauth::{pkce, redirect_uri, subject};
use crate::work::View;

/// A request whose every parameter was found good.
#[derive(Debug, Clone)]
pub struct Valid {
    /// The client.
    pub client: Arc<Client>,
    /// The request.
    pub request: AuthorizationRequest,
}

impl Valid {
    /// Where its response goes.
    #[must_use]
    pub fn target(&self) -> Target {
        target_of(&self.request)
    }
}

/// Where the response to a request goes.
pub(super) fn target_of(request: &AuthorizationRequest) -> Target {
    Target {
        redirect_uri: request.redirect_uri.clone(),
        mode: request.response_mode,
        client_id: request.client_id.clone(),
        state: request.state.clone(),
    }
}

/// What is wrong with a request, and who is told.
#[derive(Debug, Clone)]
pub enum Invalid {
    /// The person, on our page.
    Page(PageError),
    /// The client, by redirect.
    Redirect(Target, OAuthError),
}

/// An error that must not be redirected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageError {
    /// No such client, or a disabled one.
    UnknownClient,
    /// No client can be made of the document that is to describe it.
    Undescribed(String),
    /// The client has not registered the redirect URI.
    InvalidRedirectUri,
    /// The request cannot be read.
    InvalidRequest(String),
}

/// Checks a request.
///
/// # Errors
/// A fault of the database; what is wrong with the request is a value.
pub fn validate(view: &mut View<'_>, params: &Params) -> Result<std::result::Result<Valid, Invalid>> {
    let page = |problem: &str| Ok(Err(Invalid::Page(PageError::InvalidRequest(problem.to_owned()))));
    for name in ["client_id", "redirect_uri"] {
        if params.is_repeated(name) {
            return page(&format!("{name} is repeated"));
        }
    }
    let Some(client_id) = params.get("client_id") else {
        return page("client_id is missing");
    };
    let client = view
        .directory
        .client(view.tx, client_id)?
        .filter(|client| !client.disabled);
    let Some(client) = client else {
        return Ok(Err(Invalid::Page(PageError::UnknownClient)));
    };
    let params = compat::as_meant(&client, params);
    let params = params.as_ref();
    let redirect_uri = match proven_redirect_uri(&client, params) {
        Ok(redirect_uri) => redirect_uri,
        Err(error) => return Ok(Err(Invalid::Page(error))),
    };
    let (target, mode_error) = target(params, &client, redirect_uri);
    let checked = mode_error
        .map_or(Ok(()), Err)
        .and_then(|()| parameters(view, params, &client, &target));
    let mut request = match checked {
        Ok(request) => request,
        Err(error) => return Ok(Err(Invalid::Redirect(target, error))),
    };
    // RFC 8252 §8.6: any program of the device may pretend to be such a client, so nothing that was agreed to once counts.
    request.prompt.consent |= client.require_consent && is_anybody(&client, &request.redirect_uri);
    for named in [&mut request.hinted_subject, &mut request.claims.subject] {
        if let Some(subject) = named.take() {
            *named = Some(subject::user_named(view, &client, subject)?);
        }
    }
    Ok(Ok(Valid { client, request }))
}

/// Whether nothing tells a client from another program on the person's device: it has no secret, and takes its answer there.
fn is_anybody(client: &Client, redirect_uri: &str) -> bool {
    let runs_there = client.application_type == ApplicationType::Native || client.is_registered();
    client.is_public() && runs_there && redirect_uri::is_on_device(redirect_uri)
}

/// RFC 6749 §3.1.2.3; OpenID Connect Core §3.1.2.1 demands that it is named.
fn proven_redirect_uri(client: &Client, params: &Params) -> std::result::Result<String, PageError> {
    let openid = params
        .get("scope")
        .is_some_and(|scope| scope.split(' ').any(|token| token == "openid"));
    match (params.get("redirect_uri"), client.redirect_uris.as_slice()) {
        (Some(uri), _) if redirect_uri::is_registered(client, uri) => Ok(uri.to_owned()),
        (None, [only]) if !openid => Ok(only.clone()),
        (None, _) => Err(PageError::InvalidRequest("redirect_uri is missing".to_owned())),
        (Some(_), _) => Err(PageError::InvalidRedirectUri),
    }
}

/// Where even an error goes: the mode asked for, or the default of the response type.
fn target(params: &Params, client: &Client, redirect_uri: String) -> (Target, Option<OAuthError>) {
    let has_tokens = params
        .get("response_type")
        .is_some_and(|kind| kind.split(' ').any(|word| matches!(word, "token" | "id_token")));
    let default = if has_tokens {
        ResponseMode::Fragment
    } else {
        ResponseMode::Query
    };
    let invalid = |description: &'static str| Some(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    let (mode, error) = match params.get("response_mode") {
        None => (default, None),
        Some(name) => match ResponseMode::parse(name, default) {
            // Multiple Response Types §3, JARM §2.3.1: tokens must not go through the query.
            Some(mode) if has_tokens && mode.carrier() == ResponseMode::Query => {
                (default, invalid("response_mode query is not for tokens"))
            }
            Some(mode) => (mode, None),
            None => (default, invalid("response_mode is not supported")),
        },
    };
    let state = if params.is_repeated("state") {
        None
    } else {
        params.get("state").map(str::to_owned)
    };
    (
        Target {
            redirect_uri,
            mode,
            client_id: client.client_id.clone(),
            state,
        },
        error,
    )
}

fn parameters(
    view: &View<'_>,
    params: &Params,
    client: &Client,
    target: &Target,
) -> std::result::Result<AuthorizationRequest, OAuthError> {
    params.check_repeated()?;
    unsupported(params)?;
    let response_type = response_type(params, client)?;
    let scope = scope(params, client, target, response_type)?;
    let nonce = params.get("nonce").map(str::to_owned);
    let code_challenge = if response_type.has_code() {
        let required = pkce::is_required(client, view.shared.settings.tokens.require_pkce);
        pkce::challenge(params, required)?
    } else {
        None
    };
    check_nonce(
        client,
        response_type,
        &scope,
        nonce.as_deref(),
        code_challenge.as_deref(),
    )?;
    let mut request = AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect_uri: target.redirect_uri.clone(),
        redirect_uri_given: params.get("redirect_uri").is_some(),
        response_type,
        response_mode: target.mode,
        scope,
        state: target.state.clone(),
        nonce,
        code_challenge,
        dpop_jkt: optional::dpop_jkt(view, params)?,
        prompt: optional::prompt(params)?,
        max_age: optional::max_age(params)?,
        acr_values: Vec::new(),
        acr_essential: false,
        claims: crate::model::request::ClaimsRequest::default(),
        login_hint: params.get("login_hint").map(|hint| hint.chars().take(255).collect()),
        hinted_subject: optional::hinted_subject(view, params, client)?,
        ui_locales: params.get("ui_locales").map(optional::words).unwrap_or_default(),
        resources: optional::resources(view, params, client, response_type)?,
    };
    optional::claims_and_levels(view, (params, client), &mut request)?;
    Ok(request)
}

fn unsupported(params: &Params) -> std::result::Result<(), OAuthError> {
    match params.get("registration") {
        Some(_) => Err(OAuthErrorCode::RegistrationNotSupported.into()),
        None => Ok(()),
    }
}

fn response_type(params: &Params, client: &Client) -> std::result::Result<ResponseType, OAuthError> {
    let response_type =
        ResponseType::parse(params.require("response_type")?).ok_or(OAuthErrorCode::UnsupportedResponseType)?;
    if client.response_types.contains(&response_type) && client.allows_all(response_type.grant_types()) {
        Ok(response_type)
    } else {
        Err(OAuthError::new(
            OAuthErrorCode::UnauthorizedClient,
            "this client may not use this response_type",
        ))
    }
}

fn scope(
    params: &Params,
    client: &Client,
    target: &Target,
    response_type: ResponseType,
) -> std::result::Result<ScopeSet, OAuthError> {
    let bound = Bound {
        redirect_uri: &target.redirect_uri,
        registered: &client.scope,
    };
    let mut scope = machine::authorize(params, &bound)?;
    // OpenID Connect Core §11: ignored where no code, and so no refresh token, can come of it.
    if !response_type.has_code() || !client.allows(GrantType::RefreshToken) {
        scope = scope.without("offline_access");
    }
    if response_type.has_id_token() && !scope.contains("openid") {
        return Err(OAuthError::new(
            OAuthErrorCode::InvalidScope,
            "an ID token needs the scope openid",
        ));
    }
    Ok(scope)
}

/// OpenID Connect Core §3.2.2.1; RFC 9700 §2.1.1 for confidential clients without PKCE. For those that registered themselves
/// the installation decides by `registration.require_pkce`, and a nonce is as optional as §3.1.2.1 has it.
fn check_nonce(
    client: &Client,
    response_type: ResponseType,
    scope: &ScopeSet,
    nonce: Option<&str>,
    code_challenge: Option<&str>,
) -> std::result::Result<(), OAuthError> {
    let unprotected_code =
        response_type.has_code() && code_challenge.is_none() && scope.contains("openid") && !client.is_registered();
    if nonce.is_none() && (response_type.has_id_token() || unprotected_code) {
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, "nonce is missing"));
    }
    if nonce.is_some_and(|nonce| nonce.len() > 1_024) {
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, "nonce is too long"));
    }
    Ok(())
}
