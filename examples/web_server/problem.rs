//! Whatever goes wrong, as a page.

use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::html;

/// A sentence for the person, and the status of the answer.
#[derive(Debug)]
pub(crate) struct Problem {
    text: String,
    status: StatusCode,
}

impl Problem {
    /// Something this application refuses.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            status: StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Something that failed on the way to the provider, with its causes.
impl<E: Error> From<E> for Problem {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self {
            text,
            status: StatusCode::BAD_GATEWAY,
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let body = format!(
            "<p id=\"error\">{}</p><p><a href=\"/\">Back</a></p>",
            html::escape(&self.text)
        );
        HttpResponse::build(self.status)
            .content_type("text/html; charset=utf-8")
            .body(html::page("Problem", &body))
    }
}
