//! The introspection endpoint over HTTP. RFC 7662 §2; signed answers, RFC 9701 §4, §5.

use std::sync::Arc;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::{HttpRequest, HttpResponse, web};

use super::token::authenticated_form;
use crate::crypto::{jwe, jwt};
use crate::error::{Fault, Result};
use crate::oauth::client_auth::{Credentials, authenticate, check};
use crate::oauth::introspection::{SIGNED_TYP, SIGNED_TYPE, Said, client_ip, introspect};
use crate::server::Server;
use crate::web::body::Body;
use crate::web::{gather, respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    match answer(&request, &body, &server).await {
        Ok(said) => told(&server, said).await,
        Err(error) => respond::protocol_error(error),
    }
}

async fn answer(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<Said> {
    let (params, credentials) = authenticated_form(request, body, server).await?;
    let (token, used_from) = (params.require("token")?.to_owned(), client_ip(&params)?);
    let asks = asks_for_signed(request);
    if !matches!(credentials, Credentials::Verified(_)) {
        return server
            .read(move |view| {
                let client = check(view, &credentials)?;
                let said = introspect(view, &client, &token, used_from)?;
                Ok(Said::to(&client, said, asks))
            })
            .await;
    }
    // An assertion counts once, which must be written down.
    server
        .perform(visitor::origin(request, server), move |work| {
            let client = authenticate(work, &credentials)?;
            let said = introspect(&mut work.view(), &client, &token, used_from)?;
            Ok(Said::to(&client, said, asks))
        })
        .await
}

/// Whether a request names the media type of signed answers (RFC 9701 §4), and does not rule it out.
fn asks_for_signed(request: &HttpRequest) -> bool {
    let headers = request
        .headers()
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok());
    headers.flat_map(|header| header.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(SIGNED_TYPE));
        let is_ruled_out = |part: &str| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.bytes().all(|byte| matches!(byte, b'0' | b'.')))
        };
        is_named && !parts.any(is_ruled_out)
    })
}

async fn told(server: &Arc<Server>, said: Said) -> HttpResponse {
    let Some(algorithm) = said.algorithm else {
        return respond::json(&said.body);
    };
    let recipient = match gather::recipient(server, said.sealing.as_ref()).await {
        Ok(recipient) => recipient,
        Err(error) => return respond::protocol_error(error.into()),
    };
    let signed = server.read(move |view| {
        let key = view.directory.keys.signer(algorithm, view.now);
        let key = key.ok_or_else(|| Fault::new(format!("there is no signing key for {algorithm}")))?;
        let claims = said.claims(&view.shared.settings.server.issuer, view.now);
        let signed = jwt::sign(key, SIGNED_TYP, &claims)?;
        Ok(jwe::finish(
            said.sealing.as_ref(),
            recipient.as_ref(),
            (SIGNED_TYP, signed),
        )?)
    });
    match signed.await {
        Ok(signed) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, SIGNED_TYPE))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((VARY, "Accept"))
            .body(signed),
        Err(error) => respond::protocol_error(error),
    }
}
