//! Why a request is not served, told in a way that a client can act upon (RFC 6750 §3, RFC 9470 §3).

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};

use crate::bearer::Level;

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no token.
    NoToken,
    /// The token does not count.
    InvalidToken(&'static str),
    /// The token was not given for this.
    InsufficientScope(&'static str),
    /// The person must show more, or again.
    InsufficientAuthentication {
        /// What is missing, in words.
        what: &'static str,
        /// The level that would do.
        level: Level,
        /// The age in seconds that would do.
        max_age: Option<u64>,
    },
    /// The issuer's keys cannot be had.
    Unavailable,
}

impl Refusal {
    /// The error code, of RFC 6750 §3.1 or RFC 9470 §3.
    const fn code(&self) -> &'static str {
        match self {
            Self::NoToken | Self::InvalidToken(_) => "invalid_token",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::InsufficientAuthentication { .. } => "insufficient_user_authentication",
            Self::Unavailable => "temporarily_unavailable",
        }
    }

    /// The challenge that tells a client what to do about it.
    fn challenge(&self) -> Option<String> {
        let error = format!("Bearer error=\"{}\", error_description=\"{self}\"", self.code());
        match self {
            Self::Unavailable => None,
            // RFC 6750 §3.1: a request without authentication learns the scheme and no error.
            Self::NoToken => Some("Bearer realm=\"transfers\"".to_owned()),
            Self::InvalidToken(_) => Some(error),
            Self::InsufficientScope(scope) => Some(format!("{error}, scope=\"{scope}\"")),
            Self::InsufficientAuthentication { level, max_age, .. } => {
                let age = max_age.map_or_else(String::new, |seconds| format!(", max_age=\"{seconds}\""));
                Some(format!("{error}, acr_values=\"{}\"{age}", level.as_str()))
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToken => f.write_str("an access token is needed"),
            Self::InvalidToken(why) => write!(f, "the access token does not count: {why}"),
            Self::InsufficientScope(scope) => write!(f, "the access token lacks the scope {scope}"),
            Self::InsufficientAuthentication { what, .. } => f.write_str(what),
            Self::Unavailable => f.write_str("access tokens cannot be verified at the moment"),
        }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken(_) | Self::InsufficientAuthentication { .. } => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if let Some(challenge) = self.challenge() {
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        answer.json(serde_json::json!({ "error": self.code(), "error_description": self.to_string() }))
    }
}
