//! The client registration and configuration endpoints over HTTP. RFC 7591 §3, RFC 7592 §2.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use crate::config::RegistrationMode;
use crate::error::{Error, OAuthError, OAuthErrorCode, Refusal, Result};
use crate::manage::registration::{self, Application, Registered, Statement};
use crate::model::client::Client;
use crate::model::secret::Secret;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::{gather, headers, respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    match (server.shared().settings.registration.mode, bearer(&request)) {
        (RegistrationMode::Off, _) => respond::no_such_endpoint(None),
        (_, Err(error)) => respond::bearer_error(Some(&error)),
        (RegistrationMode::Token, Ok(None)) => respond::bearer_error(None),
        (_, Ok(token)) => match register(&request, &body, &server, token).await {
            Ok(registered) => told(&server, StatusCode::CREATED, &registered),
            Err(error) => refused(error),
        },
    }
}

async fn register(
    request: &HttpRequest,
    body: &Body,
    server: &Arc<Server>,
    token: Option<Secret>,
) -> Result<Registered> {
    let origin = visitor::origin(request, server);
    let presented = token.clone();
    server
        .perform(origin.clone(), move |work| {
            registration::charge(work, presented.as_ref())
        })
        .await?;
    let application = application(server, metadata(request, body)?, None).await?;
    server
        .perform(origin, move |work| {
            registration::register(work, &application, token.as_ref())
        })
        .await
}

pub(in crate::web) async fn get(
    request: HttpRequest,
    client_id: web::Path<String>,
    server: web::Data<Server>,
) -> HttpResponse {
    let server = server.into_inner();
    let token = match token_of(&request, &server) {
        Ok(token) => token,
        Err(error) => return without_token(&server, error.as_ref()),
    };
    match show(&server, client_id.into_inner(), token.clone()).await {
        Ok(client) => {
            let registered = Registered {
                client,
                secret: None,
                token,
            };
            told(&server, StatusCode::OK, &registered)
        }
        Err(error) => refused(error),
    }
}

async fn show(server: &Arc<Server>, client_id: String, token: Secret) -> Result<Client> {
    server
        .read(move |view| registration::show(view, &client_id, &token))
        .await
}

pub(in crate::web) async fn put(
    request: HttpRequest,
    client_id: web::Path<String>,
    body: Body,
    server: web::Data<Server>,
) -> HttpResponse {
    let server = server.into_inner();
    let token = match token_of(&request, &server) {
        Ok(token) => token,
        Err(error) => return without_token(&server, error.as_ref()),
    };
    match update(&request, (client_id.into_inner(), token), &body, &server).await {
        Ok(registered) => told(&server, StatusCode::OK, &registered),
        Err(error) => refused(error),
    }
}

async fn update(
    request: &HttpRequest,
    (client_id, token): (String, Secret),
    body: &Body,
    server: &Arc<Server>,
) -> Result<Registered> {
    // Nobody makes us fetch anything without a token.
    let known = show(server, client_id.clone(), token.clone()).await?;
    let application = application(server, metadata(request, body)?, Statement::kept(&known)).await?;
    server
        .perform(visitor::origin(request, server), move |work| {
            registration::update(work, &client_id, &token, &application)
        })
        .await
}

pub(in crate::web) async fn delete(
    request: HttpRequest,
    client_id: web::Path<String>,
    server: web::Data<Server>,
) -> HttpResponse {
    let server = server.into_inner();
    let token = match token_of(&request, &server) {
        Ok(token) => token,
        Err(error) => return without_token(&server, error.as_ref()),
    };
    let client_id = client_id.into_inner();
    let withdrawn = server.perform(visitor::origin(&request, &server), move |work| {
        registration::withdraw(work, &client_id, &token)
    });
    match withdrawn.await {
        Ok(()) => HttpResponse::NoContent()
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish(),
        Err(error) => refused(error),
    }
}

/// The token in the header (RFC 6750 §2.1).
fn bearer(request: &HttpRequest) -> std::result::Result<Option<Secret>, OAuthError> {
    let header = headers::authorization(request)?.and_then(|header| header.to_str().ok());
    let named = header.and_then(|header| header.split_once(' '));
    let named = named.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
    Ok(named.map(|(_, token)| Secret::new(token.trim().to_owned())))
}

/// The token that manages a client, where clients may register; what is wrong with it, if one came.
fn token_of(request: &HttpRequest, server: &Server) -> std::result::Result<Secret, Option<OAuthError>> {
    if !server.shared().settings.registration.is_on() {
        return Err(None);
    }
    bearer(request).map_err(Some)?.ok_or(None)
}

fn without_token(server: &Server, error: Option<&OAuthError>) -> HttpResponse {
    if server.shared().settings.registration.is_on() {
        respond::bearer_error(error)
    } else {
        respond::no_such_endpoint(None)
    }
}

/// The metadata in a body (RFC 7591 §3.1).
fn metadata(request: &HttpRequest, body: &Body) -> std::result::Result<Map<String, Value>, OAuthError> {
    let wrong = |description: &'static str| OAuthError::new(OAuthErrorCode::InvalidClientMetadata, description);
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(wrong("the body must be application/json"));
    }
    serde_json::from_slice(body.bytes()?).map_err(|_| wrong("the body is not a JSON object"))
}

/// What is applied for, with whatever must be fetched to judge it; `kept` is the statement of an earlier application.
async fn application(server: &Arc<Server>, given: Map<String, Value>, kept: Option<Statement>) -> Result<Application> {
    let statement = match given.get("software_statement") {
        None | Some(Value::Null) => kept,
        Some(Value::String(text)) => Some(gather::software_statement(server, text).await?),
        Some(_) => return Err(OAuthErrorCode::InvalidSoftwareStatement.into()),
    };
    let application = Application::new(given, statement)?;
    gather::sector(server, &application).await?;
    Ok(application)
}

fn told(server: &Server, status: StatusCode, registered: &Registered) -> HttpResponse {
    let answer = registered.answer(&server.shared().settings.server.issuer);
    respond::json_with(status, &answer)
}

fn refused(error: Error) -> HttpResponse {
    match error {
        Error::Refused(Refusal::OAuth(error)) if error.code == OAuthErrorCode::InvalidToken => {
            respond::bearer_error(Some(&error))
        }
        error => respond::protocol_error(error),
    }
}
