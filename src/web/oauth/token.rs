//! The token endpoint over HTTP. RFC 6749 §3.2: POST alone, JSON always.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::error::{Fault, Result};
use crate::model::client::GrantType;
use crate::oauth::client_auth::{Credentials, presented};
use crate::oauth::grant_type::{Sought, TokenRequest, answer, password};
use crate::oauth::issue::TokenAnswer;
use crate::oauth::params::Params;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::gather::Occasion;
use crate::web::sender::{self, Sender, sender};
use crate::web::{certificate, cors, form, gather, headers, respond};
use crate::work::Origin;

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match exchange(&request, &body, &server).await {
        Ok(answer) => respond::json(&answer),
        Err(error) => respond::protocol_error(error),
    };
    let response = sender::with_nonce(&request, &server, response);
    cors::readable(&request, &body, &server, response).await
}

/// Answers a token request.
pub(in crate::web) async fn exchange(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<TokenAnswer> {
    let (params, credentials) = authenticated_form(request, body, server).await?;
    let Sender { origin, proof } = sender(request, server, None)?;
    let mut token_request = TokenRequest {
        params,
        credentials,
        assertion: None,
        proof,
        recipient: Sought::NotYet,
    };
    let grant_type = token_request.params.get("grant_type");
    if grant_type == Some(GrantType::Password.as_str()) {
        token_request.recipient = gather::recipient_of_tokens(server, &token_request).await?;
        return api_login(server, origin, token_request).await;
    }
    if grant_type == Some(GrantType::JwtBearer.as_str()) {
        token_request.assertion = Some(gather::assertion(server, &token_request.params).await?);
    }
    // What is verified counts once, so that everything must be ready.
    if !matches!(token_request.credentials, Credentials::Plain(_)) {
        token_request.recipient = gather::recipient_of_tokens(server, &token_request).await?;
    }
    issue(server, origin, token_request).await
}

async fn issue(server: &Arc<Server>, origin: Origin, request: TokenRequest) -> Result<TokenAnswer> {
    let perform = |origin: Origin, request: TokenRequest| {
        server.perform(origin, move |work| {
            answer(work, &request).map(|answered| (answered, request))
        })
    };
    let (answered, mut request) = perform(origin.clone(), request).await?;
    if let Some(answer) = answered.sign(request.recipient.recipient())? {
        return Ok(answer);
    }
    request.recipient = gather::recipient_of_tokens(server, &request).await?;
    let (answered, request) = perform(origin, request).await?;
    let unready = || Fault::new("whom an ID token is encrypted to was not found out");
    Ok(answered.sign(request.recipient.recipient())?.ok_or_else(unready)?)
}

/// Charge, compare on a thread that may take its time, settle.
async fn api_login(server: &Arc<Server>, origin: Origin, request: TokenRequest) -> Result<TokenAnswer> {
    let recipient = request.recipient.clone();
    let login = server
        .perform(origin.clone(), move |work| password::charge(work, &request))
        .await?;
    let hashing = Arc::clone(server);
    let (login, compared) = server
        .compute(move || {
            let compared = login.compare(&hashing.shared().hasher);
            (login, compared)
        })
        .await?;
    let compared = compared?;
    let issued = server
        .perform(origin, move |work| password::settle(work, login, compared))
        .await?;
    Ok(issued.sign(recipient.recipient())?)
}

/// The parameters of a protocol endpoint's form with the client's credentials.
pub(in crate::web) async fn authenticated_form(
    request: &HttpRequest,
    body: &Body,
    server: &Arc<Server>,
) -> Result<(Params, Credentials)> {
    form_of(request, body, server, Occasion::Sequel).await
}

/// The same where the request is of this kind.
pub(in crate::web) async fn form_of(
    request: &HttpRequest,
    body: &Body,
    server: &Arc<Server>,
    occasion: Occasion,
) -> Result<(Params, Credentials)> {
    let params = form::parameters(request, body.bytes()?)?;
    params.check_repeated()?;
    let header = headers::authorization(request)?.map(|value| value.to_str().unwrap_or_default());
    let presented = presented(header, &params)?;
    gather::introduced(request, server, (presented.client_id(), occasion)).await?;
    let certificate = certificate::of(request, server);
    let credentials = gather::credentials(server, presented, certificate).await?;
    Ok((params, credentials))
}
