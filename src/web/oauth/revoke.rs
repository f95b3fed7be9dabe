//! The revocation endpoint over HTTP. RFC 7009 §2.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::token::authenticated_form;
use crate::error::Result;
use crate::oauth::client_auth::{Credentials, authenticate};
use crate::oauth::params::Params;
use crate::oauth::revocation::revoke;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::{cors, respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match read_and_answer(&request, &body, &server).await {
        Ok(()) => done(),
        Err(error) => respond::protocol_error(error),
    };
    cors::readable(&request, &body, &server, response).await
}

/// The answer to whoever revoked (RFC 7009 §2.2).
pub(in crate::web) fn done() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .finish()
}

async fn read_and_answer(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<()> {
    let form = authenticated_form(request, body, server).await?;
    answer(request, form, server).await
}

/// Revokes what a form of a client names.
pub(in crate::web) async fn answer(
    request: &HttpRequest,
    (params, credentials): (Params, Credentials),
    server: &Arc<Server>,
) -> Result<()> {
    let token = params.require("token")?.to_owned();
    server
        .perform(visitor::origin(request, server), move |work| {
            let client = authenticate(work, &credentials)?;
            revoke(work, &client, &token)
        })
        .await
}
