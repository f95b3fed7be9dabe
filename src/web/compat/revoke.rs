//! The revocation endpoint at the vendor's path: a client that is excused from it need not authenticate, and what is wrong is
//! told in a form, as its clients parse nothing else.

use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use url::form_urlencoded::Serializer;

use crate::error::{Error, OAuthError, Refusal, Result};
use crate::oauth::client_auth::{Credentials, Presented};
use crate::oauth::revocation::revoke_by_possession;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::oauth::{revoke, token::authenticated_form};
use crate::web::{cors, respond, visitor};

pub(super) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match answer(&request, &body, &server).await {
        Ok(()) => revoke::done(),
        Err(Error::Refused(Refusal::OAuth(error))) => in_form(&error),
        Err(error) => respond::protocol_error(error),
    };
    cors::readable(&request, &body, &server, response).await
}

async fn answer(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<()> {
    let (params, credentials) = authenticated_form(request, body, server).await?;
    if !matches!(credentials, Credentials::Plain(Presented::Nothing { client_id: None })) {
        return revoke::answer(request, (params, credentials), server).await;
    }
    let token = params.require("token")?.to_owned();
    server
        .perform(visitor::origin(request, server), move |work| {
            revoke_by_possession(work, &token)
        })
        .await
}

/// The error that our own endpoint answers, with a form for its body.
fn in_form(error: &OAuthError) -> HttpResponse {
    let body = Serializer::new(String::new())
        .append_pair("error", error.code.as_str())
        .append_pair("error_description", &error.description)
        .finish();
    let mut response = respond::oauth_error(error).set_body(BoxBody::new(body));
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
