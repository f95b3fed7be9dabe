//! The userinfo endpoint over HTTP. OpenID Connect Core §5.3, RFC 6750, RFC 9449 §7.

use std::sync::Arc;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_TYPE, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use crate::crypto::jwe::{self, Content, Recipient};
use crate::crypto::jwt;
use crate::error::{Error, Fault, OAuthError, OAuthErrorCode, Refusal, Result};
use crate::model::encryption::{Encrypted, Sealing};
use crate::oauth::bearer::{self, Scheme};
use crate::oauth::{place, proof};
use crate::oidc::userinfo;
use crate::server::Server;
use crate::web::body::Body;
use crate::web::sender::{self, Sender, sender};
use crate::web::{challenge, cors, form, gather, headers, respond, visitor};
use crate::work::View;

pub(in crate::web) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    answer(&request, None, &server.into_inner()).await
}

pub(in crate::web) async fn post(request: HttpRequest, body: Body, server: web::Data<Server>) -> HttpResponse {
    match token_in(&request, &body) {
        Ok(in_body) => answer(&request, in_body, &server.into_inner()).await,
        Err(error) => {
            let server = server.into_inner();
            open_to_all(challenge::refused(&server, Scheme::Bearer, Some(&error)))
        }
    }
}

/// RFC 6750 §2.2: the token may be in a form; a body of another kind holds none.
fn token_in(request: &HttpRequest, body: &Body) -> std::result::Result<Option<String>, OAuthError> {
    let Ok(params) = form::parameters(request, body.bytes()?) else {
        return Ok(None);
    };
    params.check_repeated()?;
    Ok(params.get("access_token").map(str::to_owned))
}

/// Browsers ask before they send a token from another origin; it is the token that counts, not the origin.
pub(in crate::web) async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, cors::ALLOWED_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, "3600"))
        .finish()
}

/// What is answered: JSON, or a JWT where the client registered for one, signed, encrypted or both.
struct Answer {
    claims: Map<String, Value>,
    signed: Option<String>,
    sealing: Option<Sealing>,
}

impl Answer {
    /// OpenID Connect Core §5.3.2: signed, then encrypted; or either alone.
    fn jwt(self, recipient: Option<&Recipient>) -> Result<String> {
        match (self.signed, self.sealing, recipient) {
            (Some(signed), sealing, recipient) => Ok(jwe::finish(sealing.as_ref(), recipient, ("JWT", signed))?),
            (None, Some(sealing), Some(recipient)) if recipient.encryption() == sealing.encryption => {
                let claims = serde_json::to_vec(&self.claims);
                let claims = claims.map_err(|error| Fault::from_error("write claims", error))?;
                Ok(jwe::encrypt(recipient, "JWT", Content::Claims(&claims))?)
            }
            (None, ..) => Err(Fault::new("userinfo that must be encrypted has no recipient").into()),
        }
    }
}

async fn answer(request: &HttpRequest, in_body: Option<String>, server: &Arc<Server>) -> HttpResponse {
    let in_header = match in_header(request, server) {
        Ok(in_header) => in_header,
        Err(error) => return open_to_all(challenge::refused(server, Scheme::Bearer, Some(&error))),
    };
    let response = match (in_header, in_body) {
        // RFC 6750 §2: one method per request.
        (Some((scheme, _)), Some(_)) => {
            let description = "the access token came in two ways";
            let error = OAuthError::new(OAuthErrorCode::InvalidRequest, description);
            challenge::refused(server, scheme, Some(&error))
        }
        (None, None) => challenge::refused(server, Scheme::Bearer, None),
        (Some(presented), None) => respond_to(request, server, presented).await,
        (None, Some(token)) => respond_to(request, server, (Scheme::Bearer, token)).await,
    };
    open_to_all(sender::with_nonce(request, server, response))
}

/// The token in the `Authorization` header, by a scheme that is taken.
fn in_header(request: &HttpRequest, server: &Server) -> std::result::Result<Option<(Scheme, String)>, OAuthError> {
    let header = headers::authorization(request)?.and_then(|header| header.to_str().ok());
    let named = header.and_then(|header| header.split_once(' '));
    Ok(named.and_then(|(scheme, token)| {
        let scheme = if scheme.eq_ignore_ascii_case("Bearer") {
            Scheme::Bearer
        } else if scheme.eq_ignore_ascii_case("DPoP") && server.shared().settings.dpop.enabled {
            Scheme::Dpop
        } else {
            return None;
        };
        Some((scheme, token.trim().to_owned()))
    }))
}

/// An answer that scripts of any origin may read.
fn open_to_all(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static(cors::EXPOSED_HEADERS);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

async fn respond_to(request: &HttpRequest, server: &Arc<Server>, (scheme, token): (Scheme, String)) -> HttpResponse {
    match look_up(request, server, (scheme, token)).await {
        Ok(answer) => told(server, answer).await,
        Err(Error::Refused(Refusal::OAuth(error))) => challenge::refused(server, scheme, Some(&error)),
        Err(error) => respond::protocol_error(error),
    }
}

async fn told(server: &Server, answer: Answer) -> HttpResponse {
    let recipient = match gather::recipient(server, answer.sealing.as_ref()).await {
        Ok(recipient) => recipient,
        // It is not the token that is wrong.
        Err(error) => return respond::protocol_error(error.into()),
    };
    if answer.signed.is_none() && answer.sealing.is_none() {
        return respond::json(&answer.claims);
    }
    match answer.jwt(recipient.as_ref()) {
        Ok(jwt) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/jwt"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(jwt),
        Err(error) => respond::protocol_error(error),
    }
}

async fn look_up(request: &HttpRequest, server: &Arc<Server>, (scheme, token): (Scheme, String)) -> Result<Answer> {
    if scheme == Scheme::Bearer {
        let origin = visitor::origin(request, server);
        let look = move |view: &mut View<'_>| about(view, (scheme, &token));
        return server.read_from(origin, look).await;
    }
    let Sender { origin, proof } = sender(request, server, Some(&token))?;
    let proof = proof.ok_or_else(|| {
        let description = "a token that is presented as DPoP needs a DPoP proof";
        OAuthError::new(OAuthErrorCode::InvalidDpopProof, description)
    })?;
    // A proof counts once, which must be written down.
    server
        .perform(origin, move |work| {
            proof::use_up(work, Some(&proof))?;
            about(&mut work.view(), (scheme, &token))
        })
        .await
}

/// What is said about the user of a token.
fn about(view: &mut View<'_>, (scheme, token): (Scheme, &str)) -> Result<Answer> {
    let good = bearer::accept(view, (scheme, token))?;
    let used_from = view.origin.ip;
    let whose = (good.client.as_ref(), good.user.as_ref());
    if !place::is_admitted(view, whose, good.grant.as_ref(), used_from)? {
        let description = "the access token may not be used from here";
        return Err(OAuthError::new(OAuthErrorCode::InvalidToken, description).into());
    }
    // The scope says that it is for userinfo, whatever resources were named besides (OpenID Connect Core §5.3): libraries
    // send the one token that they have. Who wants APIs to read nothing asks for theirs without it.
    if !good.claims.scope.contains("openid") {
        return Err(OAuthErrorCode::InsufficientScope.into());
    }
    let user = good.user.ok_or(OAuthErrorCode::InvalidToken)?;
    let asked = good.grant.map(|grant| grant.claims.userinfo).unwrap_or_default();
    let claims = userinfo::answer((&user, &good.claims.sub), &good.claims.scope, &asked);
    let sealing = good.client.sealing(Encrypted::Userinfo);
    let Some(algorithm) = good.client.userinfo_signed_response_alg else {
        return Ok(Answer {
            claims,
            signed: None,
            sealing,
        });
    };
    let issuer = &view.shared.settings.server.issuer;
    let claims = userinfo::signed_claims(claims, issuer, &good.client.client_id);
    let key = view.directory.keys.signer(algorithm, view.now);
    let key = key.ok_or_else(|| Fault::new(format!("there is no signing key for {algorithm}")))?;
    let signed = Some(jwt::sign(key, "JWT", &claims)?);
    Ok(Answer {
        claims,
        signed,
        sealing,
    })
}
