//! Refusals, pages and deliveries to HTTP. Knows statuses alone.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, PRAGMA, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::json;

use super::headers::page_policy;
use crate::error::{Denial, Error, Fault, OAuthError, OAuthErrorCode, Refusal};
use crate::oauth::authorize::PageError;
use crate::oauth::redirect_uri::form_action_source;
use crate::oauth::response_mode::Delivery;
use crate::pages::contexts::{ErrorPage, Field, FormPostPage, Link, SignedOutPage};
use crate::pages::text::{self, ErrorClass};
use crate::pages::{Page, Text};
use crate::server::Server;

/// JSON that no cache keeps.
pub(super) fn json(body: &impl Serialize) -> HttpResponse {
    json_with(StatusCode::OK, body)
}

/// The same with another status.
pub(super) fn json_with(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(body)
}

/// Any error of a protocol endpoint as RFC 6749 §5.2 has it; never HTML.
pub(super) fn protocol_error(error: Error) -> HttpResponse {
    match error {
        Error::Refused(Refusal::OAuth(error)) => oauth_error(&error),
        Error::Refused(Refusal::Denied(denial @ Denial::RateLimited(_))) => {
            wait(oauth_error(&OAuthErrorCode::TemporarilyUnavailable.into()), denial)
        }
        Error::Refused(refusal) => oauth_error(&OAuthError::new(OAuthErrorCode::InvalidRequest, refusal.to_string())),
        Error::Fault(fault) => {
            tracing::error!(%fault, "a protocol endpoint failed");
            oauth_error(&OAuthErrorCode::ServerError.into())
        }
    }
}

/// Tells whoever was too fast how long to wait (RFC 9110 §10.2.3).
fn wait(mut response: HttpResponse, denial: Denial) -> HttpResponse {
    if let Denial::RateLimited(seconds) = denial {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A protocol error as JSON.
pub(super) fn oauth_error(error: &OAuthError) -> HttpResponse {
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({ "error": error.code.as_str(), "error_description": error.description });
    let mut response = json_with(status, &body);
    let headers = response.headers_mut();
    if error.code == OAuthErrorCode::InvalidClient {
        // RFC 6749 §5.2, RFC 9110 §11.6.1: a 401 names a scheme.
        let challenge = HeaderValue::from_static("Basic realm=\"countersign\", charset=\"UTF-8\"");
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if error.code == OAuthErrorCode::TemporarilyUnavailable {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("300"));
    }
    response
}

/// A protocol endpoint that is not there, or that is for these methods alone (RFC 9110 §15.5.6).
pub(super) fn no_such_endpoint(methods: Option<&'static str>) -> HttpResponse {
    let (status, description) = match methods {
        Some(_) => (StatusCode::METHOD_NOT_ALLOWED, "this method is not for this endpoint"),
        None => (StatusCode::NOT_FOUND, "there is no such endpoint"),
    };
    let code = OAuthErrorCode::InvalidRequest.as_str();
    let mut response = json_with(status, &json!({ "error": code, "error_description": description }));
    if let Some(methods) = methods {
        let methods = HeaderValue::from_static(methods);
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}

/// An error of a resource of ours (RFC 6750 §3).
pub(super) fn bearer_error(error: Option<&OAuthError>) -> HttpResponse {
    let Some(error) = error else {
        // §3.1: a request without credentials is told no error code.
        return HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, "Bearer realm=\"countersign\""))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish();
    };
    let (code, description) = (error.code.as_str(), &error.description);
    let challenge = format!("Bearer realm=\"countersign\", error=\"{code}\", error_description=\"{description}\"");
    let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    HttpResponse::build(status)
        .insert_header((WWW_AUTHENTICATE, challenge))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "error": code, "error_description": description }))
}

/// A page whose form may end up at `form_target`. It is worded last, for its reader: see [`look`](super::look).
pub(super) fn page<P: Page>(server: &Server, status: StatusCode, page: &P, form_target: Option<&str>) -> HttpResponse {
    match server.pages.draft(page) {
        Ok(draft) => {
            let mut response = html_response(status, form_target).finish();
            response.extensions_mut().insert(draft);
            response
        }
        Err(fault) => {
            tracing::error!(%fault, "a page cannot be made");
            HttpResponse::InternalServerError().body("Something failed on our side. Try again in a minute.")
        }
    }
}

/// The page that says that the session ended, and loads what clients registered for that.
pub(super) fn signed_out(server: &Server, page: &SignedOutPage) -> HttpResponse {
    let mut origins: Vec<String> = page.frames.iter().filter_map(|uri| form_action_source(uri)).collect();
    origins.sort();
    origins.dedup();
    let mut response = self::page(server, StatusCode::OK, page, None);
    match HeaderValue::try_from(page_policy(None, &origins)) {
        Ok(policy) => {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        Err(error) => tracing::error!(%error, "a content policy cannot be written"),
    }
    response
}

fn html_response(status: StatusCode, form_target: Option<&str>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, page_policy(form_target, &[])));
    response
}

/// A redirect that turns into a GET.
pub(super) fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// Adds cookies to an answer.
pub(super) fn with_cookies(
    mut response: HttpResponse,
    cookies: impl IntoIterator<Item = Option<Cookie<'static>>>,
) -> HttpResponse {
    for cookie in cookies.into_iter().flatten() {
        if let Err(error) = response.add_cookie(&cookie) {
            tracing::error!(%error, "a cookie cannot be written");
        }
    }
    response
}

/// An authorization response on its way to the client.
pub(super) fn deliver(server: &Server, delivery: Delivery) -> HttpResponse {
    match delivery {
        Delivery::Redirect(location) => see_other(&location),
        Delivery::FormPost { action, fields } => {
            let target = form_action_source(&action);
            let host = url::Url::parse(&action)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned));
            let form = FormPostPage {
                chrome: server.pages.chrome::<FormPostPage>(),
                host: host.unwrap_or_else(|| action.clone()),
                action,
                fields: fields
                    .into_iter()
                    .map(|(name, value)| Field::new(name, value))
                    .collect(),
            };
            page(server, StatusCode::OK, &form, target.as_deref())
        }
    }
}

/// An error page of a class.
pub(super) fn error_page(
    server: &Server,
    status: StatusCode,
    class: ErrorClass,
    detail: Option<String>,
) -> HttpResponse {
    let error = ErrorPage {
        detail,
        ..ErrorPage::of(class, server.pages.chrome::<ErrorPage>())
    };
    page(server, status, &error, None)
}

/// An authorization request that must not be redirected.
pub(super) fn authorization_page_error(server: &Server, error: PageError) -> HttpResponse {
    let (class, detail) = match error {
        PageError::UnknownClient => (ErrorClass::UnknownClient, None),
        PageError::Undescribed(problem) => (ErrorClass::Undescribed, Some(problem)),
        PageError::InvalidRedirectUri => (ErrorClass::InvalidRedirectUri, None),
        PageError::InvalidRequest(problem) => (ErrorClass::InvalidRequest, Some(problem)),
    };
    error_page(server, StatusCode::BAD_REQUEST, class, detail)
}

/// A step of an errand that is not its next, with the way to the one that is.
pub(super) fn step_not_due(server: &Server, next: &str) -> HttpResponse {
    let error = ErrorPage {
        back: Some(Link::new(Text::new("error-go-on"), next)),
        ..ErrorPage::of(ErrorClass::StepNotDue, server.pages.chrome::<ErrorPage>())
    };
    page(server, StatusCode::BAD_REQUEST, &error, None)
}

/// An errand that is over; with the way to begin it anew, where there is one.
pub(super) fn expired(server: &Server, again: Option<String>) -> HttpResponse {
    let error = ErrorPage::of(ErrorClass::ExpiredInteraction, server.pages.chrome::<ErrorPage>());
    let error = match again {
        None => error,
        Some(again) => ErrorPage {
            sentence: text::START_AGAIN,
            back: Some(Link::new(Text::new("error-start-again"), again)),
            ..error
        },
    };
    page(server, StatusCode::BAD_REQUEST, &error, None)
}

/// Any error of a page that is not shown beside its field.
pub(super) fn page_error(server: &Server, error: Error, reference: &str) -> HttpResponse {
    match error {
        Error::Refused(Refusal::Denied(denial @ Denial::RateLimited(seconds))) => {
            let error = ErrorPage {
                sentence: text::wait(seconds),
                ..ErrorPage::of(ErrorClass::RateLimited, server.pages.chrome::<ErrorPage>())
            };
            wait(page(server, StatusCode::TOO_MANY_REQUESTS, &error, None), denial)
        }
        Error::Refused(Refusal::Denied(denial)) => {
            let class = ErrorClass::of_denial(denial).unwrap_or(ErrorClass::AccessDenied);
            let status = match denial {
                Denial::CrossSite => StatusCode::FORBIDDEN,
                _ => StatusCode::BAD_REQUEST,
            };
            error_page(server, status, class, None)
        }
        Error::Refused(Refusal::Missing(_)) => error_page(server, StatusCode::NOT_FOUND, ErrorClass::NotFound, None),
        Error::Refused(refusal) => {
            let detail = Some(refusal.to_string());
            error_page(server, StatusCode::BAD_REQUEST, ErrorClass::InvalidRequest, detail)
        }
        Error::Fault(fault) => fault_page(server, &fault, reference),
    }
}

fn fault_page(server: &Server, fault: &Fault, reference: &str) -> HttpResponse {
    tracing::error!(%fault, request_id = reference, "a page failed");
    let error = ErrorPage {
        reference: Some(reference.to_owned()),
        ..ErrorPage::of(ErrorClass::ServerError, server.pages.chrome::<ErrorPage>())
    };
    page(server, StatusCode::INTERNAL_SERVER_ERROR, &error, None)
}
