//! oxide-auth's state machines, asked and answered here. They hold the order and completeness of every step of the code,
//! refresh and client-credentials grants; the answers come from our records.
//!
//! Unknown codes, expiry and single use are settled before a machine is asked, as it reads the wall clock and calls an
//! unknown code `invalid_request`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::code_grant::accesstoken::{
    AccessToken, Authorization as Credentials, Input as CodeInput, Output as CodeOutput, Request as CodeRequest,
};
use oxide_auth::code_grant::authorization::{
    Authorization, Input as AuthorizationInput, Output as AuthorizationOutput, Request as AuthorizationMachineRequest,
};
use oxide_auth::code_grant::client_credentials::{
    ClientCredentials, Input as ClientInput, Output as ClientOutput, Request as ClientRequest,
};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::code_grant::refresh::{
    Input as RefreshInput, Output as RefreshOutput, Refresh, Request as RefreshRequest,
};
use oxide_auth::primitives::grant::{Extensions, Grant};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;

use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::scope::ScopeSet;
use crate::oauth::params::Params;

/// A request as the machines see it: client authentication was settled before, so they see its verdict alone.
struct Asked<'a> {
    params: &'a Params,
    client_id: Option<&'a str>,
    redirect_uri: Option<&'a str>,
}

impl Asked<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params.get(name).map(Cow::Borrowed)
    }
}

impl AuthorizationMachineRequest for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.get("client_id")
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.get("scope")
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.get("redirect_uri")
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        self.get("state")
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        // The machine knows `code` alone; the real value is checked by the caller.
        Some(Cow::Borrowed("code"))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)
    }
}

impl CodeRequest for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.get("code")
    }
    fn authorization(&self) -> Credentials<'_> {
        self.client_id
            .map_or(Credentials::None, |id| Credentials::Username(Cow::Borrowed(id)))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.redirect_uri.map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.get("grant_type")
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)
    }
}

impl RefreshRequest for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.get("refresh_token")
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.get("scope")
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.get("grant_type")
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        self.client_id.map(|id| (Cow::Borrowed(id), Cow::Borrowed(&b""[..])))
    }
    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key)
    }
}

impl ClientRequest for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        self.client_id.map(|id| (Cow::Borrowed(id), Cow::Borrowed(&b""[..])))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.get("scope")
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.get("grant_type")
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// What an authorization machine is answered about the client that a request names.
pub(super) struct Bound<'a> {
    /// The redirect URI that was proven.
    pub(super) redirect_uri: &'a str,
    /// The scopes that the client is registered for.
    pub(super) registered: &'a ScopeSet,
}

/// Runs the authorization machine over a request whose client and redirect URI were proven; returns the scope it
/// negotiated, or the protocol error to redirect with.
pub(super) fn authorize(params: &Params, bound: &Bound<'_>) -> Result<ScopeSet, OAuthError> {
    let asked = Asked {
        params,
        client_id: None,
        redirect_uri: None,
    };
    let mut machine = Authorization::new(&asked);
    let exact = |uri: &str| {
        ExactUrl::new(uri.to_owned())
            .map(RegisteredUrl::Exact)
            .map_err(|_| malformed())
    };
    let mut input = AuthorizationInput::None;
    loop {
        input = match machine.advance(input) {
            AuthorizationOutput::Bind { client_id, .. } => AuthorizationInput::Bound {
                request: &asked,
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id),
                    redirect_uri: Cow::Owned(exact(bound.redirect_uri)?),
                },
            },
            AuthorizationOutput::Extend => AuthorizationInput::Extended(Extensions::new()),
            AuthorizationOutput::Negotiate { bound_client, scope } => {
                let requested = scope.map(|scope| ours(&scope)).transpose()?;
                let granted = crate::policy::scope::granted(requested.as_ref(), bound.registered, &ScopeSet::default())
                    .ok_or(OAuthErrorCode::InvalidScope)?;
                let pre_grant = PreGrant {
                    client_id: bound_client.client_id.clone().into_owned(),
                    redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                    scope: theirs(&granted)?,
                };
                AuthorizationInput::Negotiated {
                    pre_grant,
                    state: params.get("state").map(str::to_owned),
                }
            }
            AuthorizationOutput::Ok { pre_grant, .. } => return ours(&pre_grant.scope),
            // The one error left that a proven client and URI can meet is a scope that cannot be parsed.
            AuthorizationOutput::Err(_) => return Err(OAuthErrorCode::InvalidScope.into()),
        };
    }
}

/// A code's record, as the machine is answered: found, live, this client's, consumed by this request.
pub(super) struct CodeRecord<'a> {
    /// The client that redeems it.
    pub(super) client_id: &'a str,
    /// Where it was sent.
    pub(super) redirect_uri: &'a str,
    /// The granted scope.
    pub(super) scope: &'a ScopeSet,
    /// The S256 challenge, if the authorization request had one.
    pub(super) code_challenge: Option<&'a str>,
    /// The greatest number of characters of its verifier.
    pub(super) verifier_length: usize,
}

/// Runs the access token machine over the redemption of a code; returns the scope to issue.
pub(super) fn redeem(params: &Params, record: &CodeRecord<'_>) -> Result<ScopeSet, OAuthError> {
    let asked = Asked {
        params,
        client_id: Some(record.client_id),
        redirect_uri: Some(record.redirect_uri),
    };
    let mut machine = AccessToken::new(&asked);
    let mut input = CodeInput::None;
    loop {
        input = match machine.advance(input) {
            CodeOutput::Authenticate { .. } => CodeInput::Authenticated,
            CodeOutput::Recover { .. } => CodeInput::Recovered(Some(Box::new(recovered(
                record.client_id,
                record.redirect_uri,
                record.scope,
            )?))),
            CodeOutput::Extend { .. } => {
                check_verifier(params, (record.code_challenge, record.verifier_length))?;
                CodeInput::Extended {
                    access_extensions: Extensions::new(),
                }
            }
            CodeOutput::Issue { grant } => return ours(&grant.scope),
            CodeOutput::Ok(_) | CodeOutput::Err(_) => return Err(OAuthErrorCode::InvalidRequest.into()),
        };
    }
}

/// RFC 7636 §4.6; a verifier without a challenge is a downgrade too (RFC 9700 §4.8.2).
fn check_verifier(params: &Params, (challenge, longest): (Option<&str>, usize)) -> Result<(), OAuthError> {
    let refused = |description: &'static str| OAuthError::new(OAuthErrorCode::InvalidGrant, description);
    let verifier = params.get("code_verifier");
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(refused(
            "code_verifier without code_challenge in the authorization request",
        )),
        (Some(_), None) => Err(refused("code_verifier is missing")),
        (Some(_), Some(verifier)) if !super::pkce::is_verifier(verifier, longest) => {
            Err(refused("code_verifier is malformed"))
        }
        (Some(challenge), Some(verifier)) => {
            let pkce = Pkce::required();
            let (method, challenge) = (Some(Cow::Borrowed("S256")), Some(Cow::Borrowed(challenge)));
            let encoded = pkce
                .challenge(method, challenge)
                .map_err(|()| refused("code_challenge is malformed"))?;
            let mut extensions = Extensions::new();
            if let Some(encoded) = encoded {
                extensions.set(&pkce, encoded);
            }
            pkce.verify(extensions.remove(&pkce), Some(Cow::Borrowed(verifier)))
                .map_err(|()| refused("code_verifier does not match code_challenge"))
        }
    }
}

/// Runs the refresh machine; returns the scope to issue: the grant's, or the part of it that was asked for.
pub(super) fn refresh(params: &Params, client_id: &str, granted: &ScopeSet) -> Result<ScopeSet, OAuthError> {
    let asked = Asked {
        params,
        client_id: Some(client_id),
        redirect_uri: None,
    };
    let mut machine = Refresh::new(&asked);
    let scope = || params.get("scope").map(Cow::Borrowed);
    let mut input = RefreshInput::None;
    loop {
        input = match machine.advance(input) {
            RefreshOutput::Unauthenticated { .. } => RefreshInput::Authenticated { scope: scope() },
            RefreshOutput::RecoverRefresh { .. } => {
                let grant = recovered(client_id, "https://refresh.invalid/", granted)?;
                RefreshInput::Recovered {
                    scope: scope(),
                    grant: Some(Box::new(grant)),
                }
            }
            RefreshOutput::Refresh { grant, .. } => {
                let narrowed = ours(&grant.scope)?;
                return crate::policy::scope::narrowed(Some(&narrowed), granted)
                    .or_else(|| narrowed.is_empty().then(|| granted.clone()))
                    .ok_or_else(|| OAuthErrorCode::InvalidScope.into());
            }
            // Everything but the scope was settled before the machine was asked.
            RefreshOutput::Ok(_) | RefreshOutput::Err(_) => return Err(OAuthErrorCode::InvalidScope.into()),
        };
    }
}

/// Runs the client-credentials machine; returns the scope to issue.
pub(super) fn client_credentials(
    params: &Params,
    client_id: &str,
    registered: &ScopeSet,
) -> Result<ScopeSet, OAuthError> {
    let asked = Asked {
        params,
        client_id: Some(client_id),
        redirect_uri: None,
    };
    let mut machine = ClientCredentials::new(&asked);
    // The machine binds a redirect URI that this grant never follows.
    let nowhere = || ExactUrl::new("https://client-credentials.invalid/".to_owned()).map_err(|_| malformed());
    let mut input = ClientInput::None;
    loop {
        input = match machine.advance(input) {
            ClientOutput::Authenticate { .. } => ClientInput::Authenticated,
            ClientOutput::Binding { client_id } => ClientInput::Bound {
                bound_client: BoundClient {
                    client_id: Cow::Owned(client_id.to_owned()),
                    redirect_uri: Cow::Owned(RegisteredUrl::Exact(nowhere()?)),
                },
            },
            ClientOutput::Extend => ClientInput::Extended {
                extensions: Extensions::new(),
            },
            ClientOutput::Negotiate { bound_client, scope } => {
                let requested = scope.map(|scope| ours(&scope)).transpose()?;
                let granted = crate::policy::scope::granted(requested.as_ref(), registered, registered)
                    .ok_or(OAuthErrorCode::InvalidScope)?;
                ClientInput::Negotiated {
                    pre_grant: PreGrant {
                        client_id: bound_client.client_id.clone().into_owned(),
                        redirect_uri: bound_client.redirect_uri.clone().into_owned(),
                        scope: theirs(&granted)?,
                    },
                }
            }
            ClientOutput::Ok { pre_grant, .. } => return ours(&pre_grant.scope),
            ClientOutput::Err(_) => return Err(OAuthErrorCode::InvalidScope.into()),
        };
    }
}

fn recovered(client_id: &str, redirect_uri: &str, scope: &ScopeSet) -> Result<Grant, OAuthError> {
    Ok(Grant {
        owner_id: String::new(),
        client_id: client_id.to_owned(),
        scope: theirs(scope)?,
        redirect_uri: redirect_uri.parse().map_err(|_| malformed())?,
        // Expiry was judged by our own clock.
        until: DateTime::<Utc>::MAX_UTC,
        extensions: Extensions::new(),
    })
}

fn theirs(scope: &ScopeSet) -> Result<Scope, OAuthError> {
    scope
        .to_string()
        .parse()
        .map_err(|_| OAuthErrorCode::InvalidScope.into())
}

fn ours(scope: &Scope) -> Result<ScopeSet, OAuthError> {
    scope
        .to_string()
        .parse()
        .map_err(|_| OAuthErrorCode::InvalidScope.into())
}

fn malformed() -> OAuthError {
    OAuthErrorCode::InvalidRequest.into()
}
