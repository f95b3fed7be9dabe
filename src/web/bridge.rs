//! Bridges over HTTP: `POST /session/bridge` for clients, and the page that its `bridge_uri` leads to.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::body::{Body, Posted};
use super::cookies::{self, Browser};
use super::oauth::token::authenticated_form;
use super::oidc::session_state;
use super::sender::{self, Sender, sender};
use super::{form, look, respond, visitor};
use crate::authn::session;
use crate::error::{Error, Refusal, Result};
use crate::model::bridge::BRIDGE_LIFETIME;
use crate::model::secret::Secret;
use crate::oauth::{bridge, client_auth, proof};
use crate::pages::contexts::BridgePage;
use crate::server::Server;

/// A client brings an access token and gets a link for its user's browser.
pub(super) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let response = match offer(&request, &body, &server).await {
        Ok(handle) => {
            let issuer = &server.shared().settings.server.issuer;
            let bridge_uri = format!("{issuer}/session/bridge/{}", handle.expose());
            respond::json(&json!({ "bridge_uri": bridge_uri, "expires_in": BRIDGE_LIFETIME }))
        }
        Err(error) => respond::protocol_error(error),
    };
    sender::with_nonce(&request, &server, response)
}

async fn offer(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<Secret> {
    let (params, credentials) = authenticated_form(request, body, server).await?;
    let Sender { origin, proof } = sender(request, server, params.get("access_token"))?;
    server
        .perform(origin, move |work| {
            let client = client_auth::authenticate(work, &credentials)?;
            proof::use_up(work, proof.as_ref())?;
            bridge::offer(work, &client, &params)
        })
        .await
}

/// Shows whose session would open; nothing opens before the person says so in this browser.
pub(super) async fn get(request: HttpRequest, server: web::Data<Server>, handle: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    let secret = Secret::new(handle.as_str());
    let offered = match server.read(move |view| bridge::look(view, &secret)).await {
        Ok(offered) => offered,
        Err(error) => return failed(&request, &server, error),
    };
    look::note(&request, |noted| {
        noted.account(Some(&offered.user));
        noted.client = Some(offered.client.client_id.clone());
    });
    let browser = Browser::known_or_new(&request, &server);
    let page = BridgePage {
        chrome: server.pages.chrome::<BridgePage>(),
        action: format!("{}/session/bridge/{handle}", server.shared().settings.issuer_path()),
        csrf: form::token(&server, &browser, &handle),
        client_name: offered.client.display_name().to_owned(),
        user_name: offered.user.display_name().to_owned(),
    };
    respond::with_cookies(respond::page(&server, StatusCode::OK, &page, None), [browser.new])
}

/// The person said so: the session opens, once.
pub(super) async fn open(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    handle: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    if let Err(error) = form::read(&request, &body, &server, &handle) {
        return failed(&request, &server, error);
    }
    let (secret, cookie) = (Secret::new(handle.as_str()), cookies::session(&request, &server));
    let user_agent = visitor::visitor(&request, &server).user_agent;
    let opened = server
        .perform(visitor::origin(&request, &server), move |work| {
            let current = session::find(&mut work.view(), cookie.as_ref())?;
            bridge::open(work, &secret, (current, &user_agent))
        })
        .await;
    match opened {
        Ok((opened, target)) => {
            let state = opened.as_ref().map(|opened| opened.session.id);
            let state = state.and_then(|id| session_state::changed(&request, &server, Some(id)));
            let cookie = opened.map(|opened| cookies::set_session(&server, &opened.cookie));
            respond::with_cookies(respond::see_other(&target), [cookie, state])
        }
        Err(error) => failed(&request, &server, error),
    }
}

/// A refusal of the decision is a page here: nobody waits for a protocol error.
fn failed(request: &HttpRequest, server: &Arc<Server>, error: Error) -> HttpResponse {
    let error = match error {
        Error::Refused(Refusal::OAuth(_)) => Refusal::Missing("signing in this way is not possible now").into(),
        other => other,
    };
    respond::page_error(server, error, &visitor::visitor(request, server).request_id)
}
