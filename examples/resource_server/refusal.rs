//! Why a request is not served, told in a way that a client can act upon (RFC 6750 §3, RFC 9470 §3).

use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::caller::Level;
use crate::dpop::ALGORITHMS;

/// How a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scheme {
    /// By whoever has it (RFC 6750).
    #[default]
    Bearer,
    /// With proof of a key (RFC 9449).
    Dpop,
}

impl Scheme {
    /// The scheme of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let known = [Self::Bearer, Self::Dpop];
        known
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.as_str()))
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// How refusals are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Style {
    /// The scheme of the request, which its challenge repeats.
    pub(crate) scheme: Scheme,
    /// Whether the body is what jsforce and simple-salesforce understand.
    pub(crate) compat: bool,
}

impl Style {
    /// A refusal in this style.
    pub(crate) const fn refuse(self, why: Why) -> Refusal {
        Refusal { style: self, why }
    }
}

/// Why a request is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// There is no token.
    NoToken,
    /// The token does not count.
    Token(&'static str),
    /// The proof of the key that the token is bound to does not count (RFC 9449 §7.1).
    Key(&'static str),
    /// The token was not given for this scope.
    Scope(&'static str),
    /// The person showed too little, and asking for more is not how this route works.
    Blocked(&'static str),
    /// The person must show more, or again.
    Proof {
        /// What is missing, in words.
        what: &'static str,
        /// The level that would do.
        level: Option<Level>,
        /// The age in seconds that would do.
        max_age: Option<u64>,
    },
    /// The issuer cannot be asked.
    Unavailable,
}

/// A request that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    style: Style,
    why: Why,
}

impl Refusal {
    /// The error code, of RFC 6750 §3.1 or RFC 9470 §3.
    const fn code(&self) -> &'static str {
        match self.why {
            Why::NoToken | Why::Token(_) => "invalid_token",
            Why::Key(_) => "invalid_dpop_proof",
            Why::Scope(_) | Why::Blocked(_) => "insufficient_scope",
            Why::Proof { .. } => "insufficient_user_authentication",
            Why::Unavailable => "temporarily_unavailable",
        }
    }

    /// The challenge that tells a client what to do about it.
    fn challenge(&self) -> Option<String> {
        let (scheme, code) = (self.style.scheme.as_str(), self.code());
        let algorithms = match self.style.scheme {
            Scheme::Bearer => String::new(),
            Scheme::Dpop => format!(", algs=\"{}\"", ALGORITHMS.join(" ")),
        };
        let error = format!("{scheme} error=\"{code}\", error_description=\"{self}\"{algorithms}");
        match self.why {
            Why::Unavailable => None,
            // RFC 6750 §3.1: a request without authentication learns the scheme and no error.
            Why::NoToken => Some("Bearer realm=\"transfers\"".to_owned()),
            Why::Token(_) | Why::Key(_) | Why::Blocked(_) => Some(error),
            Why::Scope(scope) => Some(format!("{error}, scope=\"{scope}\"")),
            Why::Proof { level, max_age, .. } => {
                let level = level.map(|level| format!(", acr_values=\"{}\"", level.as_str()));
                let age = max_age.map(|seconds| format!(", max_age=\"{seconds}\""));
                Some(format!(
                    "{error}{}{}",
                    level.unwrap_or_default(),
                    age.unwrap_or_default()
                ))
            }
        }
    }

    /// What some clients look for in the body, and not in the header. jsforce refreshes after every 401, without end, but
    /// for this very sentence; and no refresh raises what a person proved, so the sentence goes with that refusal alone.
    fn compat_body(&self) -> serde_json::Value {
        let (code, message) = match self.why {
            Why::Proof { .. } => (
                "INVALID_SESSION_ID",
                "This session is not valid for use with the REST API".to_owned(),
            ),
            Why::NoToken | Why::Token(_) | Why::Key(_) => {
                ("INVALID_SESSION_ID", "Session expired or invalid".to_owned())
            }
            Why::Scope(_) | Why::Blocked(_) => ("INSUFFICIENT_ACCESS", self.to_string()),
            Why::Unavailable => ("SERVER_UNAVAILABLE", self.to_string()),
        };
        json!([{ "errorCode": code, "message": message }])
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            Why::NoToken => f.write_str("an access token is needed"),
            Why::Token(why) => write!(f, "the access token does not count: {why}"),
            Why::Key(why) => write!(f, "the proof of the key does not count: {why}"),
            Why::Scope(scope) => write!(f, "the access token lacks the scope {scope}"),
            Why::Proof { what, .. } | Why::Blocked(what) => f.write_str(what),
            Why::Unavailable => f.write_str("access tokens cannot be verified at the moment"),
        }
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self.why {
            Why::NoToken | Why::Token(_) | Why::Key(_) | Why::Proof { .. } => StatusCode::UNAUTHORIZED,
            Why::Scope(_) | Why::Blocked(_) => StatusCode::FORBIDDEN,
            Why::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if let Some(challenge) = self.challenge() {
            answer.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if self.why == Why::NoToken {
            // RFC 9449 §7.2: both ways are named, each in a challenge of its own.
            answer.append_header((
                header::WWW_AUTHENTICATE,
                format!("DPoP algs=\"{}\"", ALGORITHMS.join(" ")),
            ));
        }
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.style.compat {
            return answer.json(self.compat_body());
        }
        answer.json(json!({ "error": self.code(), "error_description": self.to_string() }))
    }
}
