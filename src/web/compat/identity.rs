//! Who the person behind an access token is, as the vendor's clients ask for it: userinfo with the vendor's members, and the
//! identity that the `id` of a token answer names.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::{identity_url, organisation_id};
use crate::error::{Error, OAuthError, OAuthErrorCode, Refusal, Result};
use crate::model::compat::Compat;
use crate::model::user::User;
use crate::oauth::bearer::{self, Scheme};
use crate::oauth::introspection::may_name;
use crate::oauth::params::Params;
use crate::oauth::place;
use crate::oidc::userinfo;
use crate::server::Server;
use crate::web::{headers, respond, visitor};

/// Whom an access token is about.
struct Identity {
    user: User,
    subject: String,
    claims: Map<String, Value>,
    /// Whether the client is told the login name.
    is_named: bool,
}

impl Identity {
    fn username(&self) -> Option<&str> {
        self.is_named.then_some(self.user.username.as_str())
    }
}

/// The userinfo answer, with or without the scope `openid`, which such clients never ask for.
pub(super) async fn userinfo(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let found = find(&request, &server).await.map(|identity| {
        let name = identity.username().map(str::to_owned);
        let mut claims = identity.claims;
        claims.insert("user_id".to_owned(), identity.subject.into());
        claims.insert("organization_id".to_owned(), organisation_id(&server).into());
        if let Some(name) = name {
            claims.insert("preferred_username".to_owned(), name.into());
        }
        Value::Object(claims)
    });
    answer(found)
}

/// The identity of the person whom the address names, to a token about that very person.
pub(super) async fn identity(
    request: HttpRequest,
    server: web::Data<Server>,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let server = server.into_inner();
    let (organisation, user) = path.into_inner();
    let found = find(&request, &server).await.and_then(|identity| {
        if organisation != organisation_id(&server) || user != identity.subject {
            return Err(OAuthErrorCode::AccessDenied.into());
        }
        Ok(told(&server, &identity))
    });
    answer(found)
}

fn told(server: &Server, identity: &Identity) -> Value {
    let Identity { subject, claims, .. } = identity;
    let claim = |name: &str| claims.get(name).cloned().unwrap_or_default();
    json!({
        "id": identity_url(server, subject),
        "asserted_user": true,
        "user_id": subject,
        "organization_id": organisation_id(server),
        "username": identity.username(),
        "display_name": claim("name"),
        "first_name": claim("given_name"),
        "last_name": claim("family_name"),
        "email": claim("email"),
        "email_verified": claim("email_verified"),
        "locale": claim("locale"),
        "active": true,
    })
}

/// A token as it came.
struct Presented {
    token: String,
    in_query: bool,
}

/// In the header, in the query, or the same in both, as some clients send it.
fn presented(request: &HttpRequest) -> Result<Presented> {
    let header = headers::authorization(request)?.and_then(|value| value.to_str().ok());
    let in_header = header.and_then(|value| value.split_once(' '));
    let in_header = in_header
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token.trim());
    let query = Params::parse(request.query_string().as_bytes())?;
    query.check_repeated()?;
    let in_query = query.get("oauth_token").or_else(|| query.get("access_token"));
    match (in_header, in_query) {
        (Some(token), None) => Ok((token, false)),
        (Some(token), Some(other)) if token == other => Ok((token, false)),
        // RFC 6750 §2: one method per request.
        (Some(_), Some(_)) => {
            let description = "two different access tokens came";
            Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description).into())
        }
        (None, Some(token)) => Ok((token, true)),
        (None, None) => Err(OAuthErrorCode::InvalidToken.into()),
    }
    .map(|(token, in_query)| Presented {
        token: token.to_owned(),
        in_query,
    })
}

async fn find(request: &HttpRequest, server: &Arc<Server>) -> Result<Identity> {
    let Presented { token, in_query } = presented(request)?;
    server
        .read_from(visitor::origin(request, server), move |view| {
            let good = bearer::accept(view, (Scheme::Bearer, &token))?;
            // RFC 9700 §4.3.2: addresses are logged and handed on.
            if in_query && !good.client.is_excused(Compat::QueryAccessToken) {
                let description = "the access token must come in the Authorization header";
                return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description).into());
            }
            let used_from = view.origin.ip;
            let whose = (good.client.as_ref(), good.user.as_ref());
            if !place::is_admitted(view, whose, good.grant.as_ref(), used_from)? {
                let description = "the access token may not be used from here";
                return Err(OAuthError::new(OAuthErrorCode::InvalidToken, description).into());
            }
            let user = good.user.ok_or(OAuthErrorCode::InvalidToken)?;
            let asked = good.grant.map(|grant| grant.claims.userinfo).unwrap_or_default();
            Ok(Identity {
                claims: userinfo::answer((&user, &good.claims.sub), &good.claims.scope, &asked),
                is_named: may_name(&good.client, &good.claims.scope),
                subject: good.claims.sub,
                user,
            })
        })
        .await
}

/// The vendor's clients know what failed by an array in the body; the header says it as RFC 6750 §3 has it.
fn answer(found: Result<Value>) -> HttpResponse {
    let error = match found {
        Ok(value) => return respond::json(&value),
        Err(Error::Refused(Refusal::OAuth(error))) => error,
        Err(error) => return respond::protocol_error(error),
    };
    let mut standard = respond::bearer_error(Some(&error));
    if error.code == OAuthErrorCode::AccessDenied {
        *standard.status_mut() = StatusCode::FORBIDDEN;
    }
    if error.code != OAuthErrorCode::InvalidToken {
        return standard;
    }
    let mut response = HttpResponse::build(StatusCode::UNAUTHORIZED);
    if let Some(challenge) = standard.headers().get(WWW_AUTHENTICATE) {
        response.insert_header((WWW_AUTHENTICATE, challenge.clone()));
    }
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!([{ "errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid" }]))
}
