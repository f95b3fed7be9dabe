//! Other OpenID providers over HTTP: browsers that go there and come back, codes that are redeemed, logouts that are told.
//! OpenID Connect Core §3.1, Discovery §4, Back-Channel Logout §2.
//!
//! One address takes every answer, `/oauth2/callback`; `state` says which provider was asked, and RFC 9207's `iss` that it
//! answers. Whatever goes wrong there leads back to the page that was left.

pub(super) mod logout;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use url::Url;

use super::cookies::Browser;
use super::gather::KeySource;
use super::{account, interaction, respond, visitor};
use crate::authn::upstream::{self, Aim, IdToken, Metadata, Problem, SignedIn, Taken};
use crate::crypto::jwk_set::JwkSet;
use crate::error::{Denial, Result};
use crate::model::issuer::Issuer;
use crate::model::secret::Secret;
use crate::oauth::params::Params;
use crate::pages::Text;
use crate::pages::contexts::{Link, NoticePage};
use crate::server::Server;

/// The longest code that is redeemed.
const MAX_CODE: usize = 4_096;

/// A provider's metadata, from the cache while they are fresh.
pub(super) async fn metadata(server: &Server, issuer: &Issuer) -> std::result::Result<Metadata, Problem> {
    let document = server.documents.fetch_json(&upstream::address_of(issuer)).await;
    let document = document.map_err(|error| {
        tracing::warn!(issuer = issuer.issuer, %error, "the metadata of a provider cannot be fetched");
        Problem::Unavailable("its metadata cannot be fetched")
    })?;
    Metadata::read(&document, issuer)
}

/// Where the keys of a provider are: those it is listed with, or else those its metadata name.
async fn keys(server: &Arc<Server>, issuer: &Issuer, metadata: Option<&Metadata>) -> Result<KeySource> {
    let listed = issuer.clone();
    let stored = server.read(move |view| view.directory.keys_of_issuer(&listed)).await?;
    let jwks_uri = match metadata {
        Some(metadata) if !issuer.has_keys() => Some(metadata.jwks_uri.clone()),
        _ => issuer.jwks_uri.clone(),
    };
    Ok(KeySource { stored, jwks_uri })
}

/// Sends a browser from one of our pages to a provider. The page lets its forms end up at the issuer's origin
/// (`form-action`); a provider whose endpoint is elsewhere is gone to from a page of its own.
pub(super) fn leave(server: &Server, issuer: &Issuer, address: &str) -> HttpResponse {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    if origin(&issuer.issuer) == origin(address) {
        return respond::see_other(address);
    }
    let name = issuer.display_name();
    let page = NoticePage {
        chrome: server.pages.chrome::<NoticePage>(),
        heading: Text::new("upstream-leaving").with("provider", name.to_owned()),
        sentence: Text::new("upstream-leaving.sentence"),
        link: Some(Link::new(
            Text::new("upstream-continue").with("provider", name.to_owned()),
            address,
        )),
    };
    let mut response = respond::page(server, StatusCode::OK, &page, None);
    if let Ok(refresh) = format!("0; url={address}").parse() {
        response
            .headers_mut()
            .insert(HeaderName::from_static("refresh"), refresh);
    }
    response
}

/// Takes a provider's answer.
pub(super) async fn callback(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    match answered(&request, &server).await {
        Ok(response) => response,
        Err(error) => respond::page_error(&server, error, &visitor::visitor(&request, &server).request_id),
    }
}

async fn answered(request: &HttpRequest, server: &Arc<Server>) -> Result<HttpResponse> {
    let browser = Browser::known(request, server).ok_or(Denial::ExpiredInteraction)?;
    let params = Params::parse(request.query_string().as_bytes())?;
    params.check_repeated()?;
    let (state, digest) = (Secret::new(params.get("state").unwrap_or_default()), browser.digest());
    let taken = server
        .perform(visitor::origin(request, server), move |work| {
            upstream::take(work, &state, &digest)
        })
        .await?;
    let who = exchange(server, &taken, &params).await?;
    if let Err(problem) = &who {
        tracing::info!(issuer = taken.issuer.issuer, %problem, "nobody was signed in at a provider");
        let (issuer, problem) = (taken.issuer.clone(), *problem);
        server
            .perform(visitor::origin(request, server), move |work| {
                upstream::note(work, &issuer, problem)
            })
            .await?;
    }
    let Taken {
        issuer, aim, needed, ..
    } = taken;
    Ok(match aim {
        Aim::SignIn { interaction: id } => {
            interaction::upstream::settle(request, server, (id, &browser), (issuer, needed, who)).await
        }
        Aim::Connect { user, session } => {
            account::connections::settle(request, server, (user, session), (issuer, who)).await
        }
    })
}

/// Redeems the code of an answer, and reads who signed in there.
async fn exchange(
    server: &Arc<Server>,
    taken: &Taken,
    params: &Params,
) -> Result<std::result::Result<SignedIn, Problem>> {
    match tokens(server, taken, params).await {
        Ok((metadata, id_token, access_token)) => {
            let said = match IdToken::read(&id_token, &taken.issuer) {
                Ok(said) => said,
                Err(problem) => return Ok(Err(problem)),
            };
            let source = keys(server, &taken.issuer, Some(&metadata)).await?;
            let signed = |keys: &JwkSet| said.check_signature(&taken.issuer, keys);
            if let Err(problem) = source.verify(server, signed).await {
                return Ok(Err(problem));
            }
            Ok(taken.check(&said, &access_token, server.clock().now()))
        }
        Err(problem) => Ok(Err(problem)),
    }
}

async fn tokens(
    server: &Server,
    taken: &Taken,
    params: &Params,
) -> std::result::Result<(Metadata, String, String), Problem> {
    let metadata = metadata(server, &taken.issuer).await?;
    let code = taken.code(&metadata, |name| params.get(name))?;
    if code.len() > MAX_CODE {
        return Err(Problem::Unavailable("its code is too long"));
    }
    let form = taken.token_request(&server.shared().settings, code);
    let answer = server
        .token_endpoint
        .post(&metadata.token_endpoint, taken.basic(), &form)
        .await;
    let answer = answer.map_err(|error| {
        tracing::warn!(issuer = taken.issuer.issuer, %error, "a provider did not redeem a code");
        Problem::Unavailable("its token endpoint did not redeem the code")
    })?;
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    // Core §3.1.3.3
    let is_bearer = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    match (text("id_token"), text("access_token")) {
        (Some(id_token), Some(access_token)) if is_bearer => Ok((metadata, id_token, access_token)),
        _ => Err(Problem::Unavailable("its token response lacks a token")),
    }
}
