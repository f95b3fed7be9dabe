//! The one table of OAuth protocol errors: code, HTTP status, default description.

use std::borrow::Cow;
use std::fmt;

macro_rules! table {
    ($($variant:ident $code:literal $status:literal $description:literal $spec:literal;)*) => {
        /// An error code that a specification defines.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum OAuthErrorCode { $(#[doc = concat!("`", $code, "`, ", $spec)] $variant,)* }

        impl OAuthErrorCode {
            /// The code as it is written on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// The HTTP status on endpoints that answer JSON.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status,)* } }
            /// What is said where the place that refused says nothing better.
            #[must_use]
            pub const fn description(self) -> &'static str { match self { $(Self::$variant => $description,)* } }
        }
    };
}

table! {
    InvalidRequest "invalid_request" 400 "the request is malformed" "RFC 6749 §5.2";
    RequestTooLarge "invalid_request" 413 "the body is too large" "RFC 9126 §2.3";
    InvalidClient "invalid_client" 401 "client authentication failed" "RFC 6749 §5.2";
    InvalidGrant "invalid_grant" 400 "the grant is invalid, expired, revoked or was issued to another client" "RFC 6749 §5.2";
    UnauthorizedClient "unauthorized_client" 400 "this client may not use this grant" "RFC 6749 §5.2";
    UnsupportedGrantType "unsupported_grant_type" 400 "this grant type is not supported" "RFC 6749 §5.2";
    InvalidScope "invalid_scope" 400 "the requested scope is invalid, unknown or exceeds what was granted" "RFC 6749 §5.2";
    AccessDenied "access_denied" 400 "the request was denied" "RFC 6749 §4.1.2.1";
    UnsupportedResponseType "unsupported_response_type" 400 "this response type is not supported" "RFC 6749 §4.1.2.1";
    ServerError "server_error" 500 "the server met an unexpected condition" "RFC 6749 §4.1.2.1";
    TemporarilyUnavailable "temporarily_unavailable" 429 "too many requests, try again later" "RFC 6749 §4.1.2.1";
    InvalidTarget "invalid_target" 400 "the requested resource is unknown or not allowed" "RFC 8707 §2";
    LoginRequired "login_required" 400 "the user is not signed in" "OpenID Connect Core §3.1.2.6";
    InteractionRequired "interaction_required" 400 "the user must take a further step" "OpenID Connect Core §3.1.2.6";
    ConsentRequired "consent_required" 400 "the user has not agreed to this request" "OpenID Connect Core §3.1.2.6";
    RequestNotSupported "request_not_supported" 400 "request objects are not supported" "OpenID Connect Core §3.1.2.6";
    InvalidRequestObject "invalid_request_object" 400 "the request object is invalid" "RFC 9101 §6";
    InvalidRequestUri "invalid_request_uri" 400 "request_uri is invalid" "RFC 9101 §6";
    RequestUriNotSupported "request_uri_not_supported" 400 "request_uri is not supported" "OpenID Connect Core §3.1.2.6";
    RegistrationNotSupported "registration_not_supported" 400 "the registration parameter is not supported" "OpenID Connect Core §3.1.2.6";
    UnmetAuthenticationRequirements "unmet_authentication_requirements" 400 "the requested authentication requirements cannot be met" "OpenID Connect Unmet Authentication Requirements 1.0";
    InvalidToken "invalid_token" 401 "the access token is invalid, expired or revoked" "RFC 6750 §3.1";
    InsufficientScope "insufficient_scope" 403 "the access token does not cover this request" "RFC 6750 §3.1";
    InsufficientUserAuthentication "insufficient_user_authentication" 401 "a fresher or stronger authentication is needed" "RFC 9470 §3";
    InvalidDpopProof "invalid_dpop_proof" 400 "the DPoP proof is invalid" "RFC 9449 §5";
    UseDpopNonce "use_dpop_nonce" 400 "the DPoP proof must have the nonce of this server" "RFC 9449 §8";
    InvalidRedirectUri "invalid_redirect_uri" 400 "a redirect URI is not acceptable" "RFC 7591 §3.2.2";
    InvalidClientMetadata "invalid_client_metadata" 400 "a member of the client's metadata is not acceptable" "RFC 7591 §3.2.2";
    InvalidSoftwareStatement "invalid_software_statement" 400 "the software statement is invalid" "RFC 7591 §3.2.2";
    UnapprovedSoftwareStatement "unapproved_software_statement" 400 "the software statement is not of an approved issuer" "RFC 7591 §3.2.2";
    AuthorizationPending "authorization_pending" 400 "nobody has answered yet, ask again after the interval" "RFC 8628 §3.5";
    SlowDown "slow_down" 400 "the interval is longer by 5 seconds from now on" "RFC 8628 §3.5";
    ExpiredToken "expired_token" 400 "the device code has expired" "RFC 8628 §3.5";
    UnsupportedTokenType "unsupported_token_type" 400 "this token type cannot be revoked" "RFC 7009 §2.2.1";
}

/// A protocol error: its code and what the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// The registered error code.
    pub code: OAuthErrorCode,
    /// `error_description`: printable ASCII without `"` and `\` (RFC 6749 §5.2).
    pub description: Cow<'static, str>,
}

impl OAuthError {
    /// An error with a description of its own. Characters that RFC 6749 forbids are replaced.
    pub fn new(code: OAuthErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let description = description.into();
        let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        if description.chars().all(allowed) {
            return Self { code, description };
        }
        let cleaned: String = description.chars().map(|c| if allowed(c) { c } else { '?' }).collect();
        Self {
            code,
            description: cleaned.into(),
        }
    }
}

impl From<OAuthErrorCode> for OAuthError {
    fn from(code: OAuthErrorCode) -> Self {
        Self {
            code,
            description: code.description().into(),
        }
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)
    }
}
