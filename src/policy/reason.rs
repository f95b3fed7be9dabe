//! Why a decision refused, and which protocol error says so.

use serde::{Deserialize, Serialize};

use crate::error::{OAuthError, OAuthErrorCode};

/// Why a decision refused (ASSURANCE.md §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The client is disabled.
    ClientDisabled,
    /// The user is disabled or gone.
    UserDisabled,
    /// Another user than the one the request names is signed in.
    OtherUser,
    /// The client, scope or resource blocks sessions short of its level.
    LevelBlocked,
    /// The user cannot or may not reach the level that was asked for.
    UnmetAcr,
    /// The person declined.
    ConsentDenied,
    /// This client can never reach its level with this grant.
    GrantCannotReachLevel,
    /// Nobody approved this client for this user beforehand.
    NotPreapproved,
    /// No live session or assertion backs the level.
    NotBacked,
    /// The grant's proof no longer meets what is required.
    ReauthenticationRequired,
    /// Too much, too fast.
    RateLimited,
    /// Name and password, or what was appended, are not right; or the account is locked.
    BadCredentials,
    /// The login is made outside the profile's hours.
    OutsideLoginHours,
    /// The login is made from outside the ranges.
    IpNotAllowed,
    /// An unknown device, and nothing to verify it with.
    DeviceNotActivated,
    /// An API login from an untrusted address without its token.
    ApiTokenRequired,
    /// An API-login token where a one-time code is due.
    ApiTokenNotAccepted,
    /// An API login without the one-time code that is due.
    MfaRequiredNoninteractive,
    /// An API login before the factor it needs was enrolled.
    FactorEnrolmentRequired,
    /// Our pages are closed to users who are for APIs alone.
    ApiOnlyNoUi,
    /// A scope blocks sessions short of its level.
    ScopeBlocked,
    /// The token was not issued for this.
    ScopeMissing,
    /// The login flow denied the login.
    LoginFlowDenied,
    /// A login without a person, of a user who goes through a login flow.
    LoginFlowRequired,
}

impl Reason {
    /// The reason's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientDisabled => "client_disabled",
            Self::UserDisabled => "user_disabled",
            Self::OtherUser => "other_user",
            Self::LevelBlocked => "level_blocked",
            Self::UnmetAcr => "unmet_acr",
            Self::ConsentDenied => "consent_denied",
            Self::GrantCannotReachLevel => "grant_cannot_reach_level",
            Self::NotPreapproved => "not_preapproved",
            Self::NotBacked => "not_backed",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::RateLimited => "rate_limited",
            Self::BadCredentials => "bad_credentials",
            Self::OutsideLoginHours => "outside_login_hours",
            Self::IpNotAllowed => "ip_not_allowed",
            Self::DeviceNotActivated => "device_not_activated",
            Self::ApiTokenRequired => "api_token_required",
            Self::ApiTokenNotAccepted => "api_token_not_accepted",
            Self::MfaRequiredNoninteractive => "mfa_required_noninteractive",
            Self::FactorEnrolmentRequired => "factor_enrolment_required",
            Self::ApiOnlyNoUi => "api_only_no_ui",
            Self::ScopeBlocked => "scope_blocked",
            Self::ScopeMissing => "scope_missing",
            Self::LoginFlowDenied => "login_flow_denied",
            Self::LoginFlowRequired => "login_flow_required",
        }
    }

    /// The `api_fault` that the audit log keeps of a refused API login (CLAUSES.md S54).
    #[must_use]
    pub const fn api_fault(self) -> &'static str {
        match self {
            Self::RateLimited => "REQUEST_LIMIT_EXCEEDED",
            Self::OutsideLoginHours => "RESTRICTED_TIME",
            Self::IpNotAllowed => "RESTRICTED_DOMAIN",
            Self::ApiTokenRequired => "LOGIN_MUST_USE_SECURITY_TOKEN",
            Self::ApiTokenNotAccepted | Self::MfaRequiredNoninteractive | Self::FactorEnrolmentRequired => {
                "MFA_REQUIRED"
            }
            Self::BadCredentials | Self::UserDisabled => "INVALID_LOGIN",
            _ => "LOGIN_NOT_ALLOWED",
        }
    }

    /// The error at the authorization endpoint.
    #[must_use]
    pub fn authorization_error(self) -> OAuthError {
        match self {
            Self::ClientDisabled => OAuthErrorCode::UnauthorizedClient.into(),
            Self::UserDisabled => OAuthError::new(OAuthErrorCode::AccessDenied, "sign-in is not possible"),
            Self::OtherUser => OAuthError::new(OAuthErrorCode::LoginRequired, "another user is signed in"),
            Self::LevelBlocked => OAuthError::new(OAuthErrorCode::AccessDenied, "insufficient assurance"),
            Self::UnmetAcr => OAuthErrorCode::UnmetAuthenticationRequirements.into(),
            Self::ConsentDenied => OAuthError::new(OAuthErrorCode::AccessDenied, "the user declined"),
            Self::ScopeBlocked => OAuthError::new(
                OAuthErrorCode::AccessDenied,
                "insufficient assurance for a requested scope",
            ),
            Self::OutsideLoginHours => OAuthError::new(OAuthErrorCode::AccessDenied, "login not permitted now"),
            Self::IpNotAllowed => OAuthError::new(OAuthErrorCode::AccessDenied, "login not permitted from here"),
            Self::DeviceNotActivated => OAuthError::new(
                OAuthErrorCode::AccessDenied,
                "this device cannot be verified, contact your administrator",
            ),
            Self::LoginFlowDenied => OAuthError::new(OAuthErrorCode::AccessDenied, "the login was denied"),
            Self::ApiOnlyNoUi => OAuthError::new(OAuthErrorCode::AccessDenied, "this user is for APIs alone"),
            _ => self.token_error(),
        }
    }

    /// The error at the token endpoint.
    #[must_use]
    pub fn token_error(self) -> OAuthError {
        let grant = |description| OAuthError::new(OAuthErrorCode::InvalidGrant, description);
        match self {
            Self::ClientDisabled => OAuthErrorCode::InvalidClient.into(),
            Self::GrantCannotReachLevel => OAuthError::new(
                OAuthErrorCode::UnauthorizedClient,
                "this client requires a level that this grant cannot reach",
            ),
            Self::ReauthenticationRequired => grant("reauthentication required"),
            Self::NotPreapproved => grant("user hasn't approved this consumer"),
            Self::NotBacked => grant("no sufficient authentication of the user backs this request"),
            Self::LevelBlocked | Self::UnmetAcr | Self::ScopeBlocked => grant("insufficient assurance"),
            Self::RateLimited => OAuthErrorCode::TemporarilyUnavailable.into(),
            Self::OutsideLoginHours => grant("login not permitted now"),
            Self::IpNotAllowed => grant("login not permitted from here"),
            Self::ApiTokenNotAccepted => grant("a one-time code is required instead of the security token"),
            Self::MfaRequiredNoninteractive => grant("a one-time code is required"),
            Self::FactorEnrolmentRequired => grant("register an authenticator in the UI first"),
            Self::LoginFlowRequired => grant("this user signs in through the browser"),
            Self::ScopeMissing => OAuthErrorCode::InsufficientScope.into(),
            Self::BadCredentials
            | Self::ApiTokenRequired
            | Self::DeviceNotActivated
            | Self::ApiOnlyNoUi
            | Self::UserDisabled
            | Self::OtherUser
            | Self::LoginFlowDenied
            | Self::ConsentDenied => grant("authentication failure"),
        }
    }
}
