//! The revocation endpoint over HTTP. RFC 7009 §2.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::token::authenticated_form;
use crate::error::Result;
use crate::oauth::client_auth::authenticate;
use crate::oauth::revocation::revoke;
use crate::server::Server;
use crate::web::{cors, form, respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: form::Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match answer(&request, &body, &server).await {
        Ok(()) => HttpResponse::Ok()
            .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
            .finish(),
        Err(error) => respond::protocol_error(error),
    };
    cors::readable(&request, &body, &server, response).await
}

async fn answer(request: &HttpRequest, body: &form::Body, server: &Arc<Server>) -> Result<()> {
    let (params, credentials) = authenticated_form(request, body, server).await?;
    let token = params.require("token")?.to_owned();
    server
        .perform(visitor::origin(request, server), move |work| {
            let client = authenticate(work, &credentials)?;
            revoke(work, &client, &token)
        })
        .await
}
