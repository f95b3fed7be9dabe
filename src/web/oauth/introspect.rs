//! The introspection endpoint over HTTP. RFC 7662 §2.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::token::authenticated_form;
use crate::error::Result;
use crate::oauth::client_auth::{Credentials, authenticate, check};
use crate::oauth::introspection::{client_ip, introspect};
use crate::server::Server;
use crate::web::{form, respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: form::Body, server: web::Data<Server>) -> HttpResponse {
    match answer(&request, &body, &server.into_inner()).await {
        Ok(said) => respond::json(&said),
        Err(error) => respond::protocol_error(error),
    }
}

async fn answer(request: &HttpRequest, body: &form::Body, server: &Arc<Server>) -> Result<Value> {
    let (params, credentials) = authenticated_form(request, body, server).await?;
    let (token, used_from) = (params.require("token")?.to_owned(), client_ip(&params)?);
    if matches!(credentials, Credentials::Plain(_)) {
        return server
            .read(move |view| {
                let client = check(view, &credentials)?;
                introspect(view, &client, &token, used_from)
            })
            .await;
    }
    // An assertion counts once, which must be written down.
    server
        .perform(visitor::origin(request, server), move |work| {
            let client = authenticate(work, &credentials)?;
            introspect(&mut work.view(), &client, &token, used_from)
        })
        .await
}
