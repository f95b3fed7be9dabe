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
}

impl Reason {
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
            Self::LevelBlocked | Self::UnmetAcr => grant("insufficient assurance"),
            Self::UserDisabled | Self::OtherUser | Self::ConsentDenied => grant("authentication failure"),
        }
    }
}
