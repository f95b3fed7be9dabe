//! `/oauth2/backchannel_logout`: providers tell of sessions that ended there. OpenID Connect Back-Channel Logout §2.5 to §2.8.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{keys, metadata};
use crate::authn::upstream::{self, Logout};
use crate::crypto::jwk_set::JwkSet;
use crate::error::{OAuthError, OAuthErrorCode, Result};
use crate::server::Server;
use crate::web::body::Body;
use crate::web::form;
use crate::web::{respond, visitor};

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    match told(&request, &body, &server).await {
        // §2.8: 200, kept by no cache.
        Ok(()) => respond::json(&serde_json::json!({})),
        Err(error) => respond::protocol_error(error),
    }
}

async fn told(request: &HttpRequest, body: &Body, server: &Arc<Server>) -> Result<()> {
    let params = form::parameters(request, body.bytes()?)?;
    params.check_repeated()?;
    let logout = Logout::read(params.require("logout_token")?)?;
    let name = logout.issuer().to_owned();
    let listed = server
        .read(move |view| Ok(upstream::provider(&view.directory.issuers, &name).cloned()))
        .await?;
    // Nothing is fetched for whoever is not listed.
    let unknown = || {
        OAuthError::new(
            OAuthErrorCode::InvalidRequest,
            "iss of logout_token is no provider here",
        )
    };
    let issuer = listed.ok_or_else(unknown)?;
    let metadata = if issuer.has_keys() {
        None
    } else {
        let unavailable = |_| {
            let description = "the keys of the provider cannot be fetched now";
            OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, description)
        };
        Some(metadata(server, &issuer).await.map_err(unavailable)?)
    };
    let source = keys(server, &issuer, metadata.as_ref()).await?;
    let signed = |keys: &JwkSet| logout.check_signature(&issuer, keys);
    source.verify(server, signed).await?;
    server
        .perform(visitor::origin(request, server), move |work| {
            upstream::end_sessions(work, &issuer, &logout).map(drop)
        })
        .await
}
