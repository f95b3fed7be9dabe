//! The endpoint that requests are pushed to, over HTTP. RFC 9126 §2.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::token::form_of;
use crate::error::{OAuthErrorCode, Result};
use crate::oauth::authorize::{PushedAnswer, push, pushed_parameters};
use crate::oauth::client_auth::authenticate;
use crate::oauth::proof;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::gather::Occasion;
use crate::web::sender::{self, Sender, sender};
use crate::web::{cors, gather, respond};

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match answer(&request, &body, &server).await {
        Ok(pushed) => respond::json_with(StatusCode::CREATED, &pushed),
        Err(error) => respond::protocol_error(error),
    };
    let response = sender::with_nonce(&request, &server, response);
    cors::readable(&request, &body, &server, response).await
}

async fn answer(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<PushedAnswer> {
    let (params, credentials) = form_of(request, body, server, Occasion::Beginning).await?;
    let client_id = credentials.client_id().ok_or(OAuthErrorCode::InvalidClient)?;
    let Sender { origin, proof } = sender(request, server, None)?;
    let mut received = gather::request(server, pushed_parameters(&params, client_id)?).await?;
    if let Some(proof) = &proof {
        received.bind(&proof.jkt)?;
    }
    server
        .perform(origin, move |work| {
            let client = authenticate(work, &credentials)?;
            proof::use_up(work, proof.as_ref())?;
            push(work, &client, &received)
        })
        .await
}
