//! The device authorization endpoint over HTTP. RFC 8628 §3.1.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::token::form_of;
use crate::error::Result;
use crate::oauth::client_auth::authenticate;
use crate::oauth::device::{DeviceAuthorization, begin};
use crate::server::Server;
use crate::web::body::Body;
use crate::web::gather::Occasion;
use crate::web::{respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    if !server.shared().settings.device.enabled {
        return respond::no_such_endpoint(None);
    }
    match answer(&request, &body, &server).await {
        Ok(answer) => respond::json(&answer),
        Err(error) => respond::protocol_error(error),
    }
}

async fn answer(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<DeviceAuthorization> {
    let (params, credentials) = form_of(request, body, server, Occasion::Beginning).await?;
    server
        .perform(visitor::origin(request, server), move |work| {
            let client = authenticate(work, &credentials)?;
            begin(work, &client, &params)
        })
        .await
}
