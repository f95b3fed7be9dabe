//! The tour's example API: makes transfers for whoever has just proven two factors. RFC 6750, RFC 9068, RFC 9470.
//!
//! It demands proof from the last [`MAX_AGE`] seconds, so little that whoever looks at a page before pressing its button
//! is asked for more: the tour is about that. Proof that was given because the API asked for it may be
//! [`ROUND_TRIP`] seconds old and is good for one transfer, as it has a few redirects between itself and the API, and
//! on a slow machine those take longer than [`MAX_AGE`].

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::data::RESOURCE;
use super::issuer::{Expected, Issuer, Unverified};
use crate::crypto::random::Random;
use crate::error::Result;
use crate::model::evidence::Acr;
use crate::model::time::Timestamp;
use crate::server::{Clock, Server};

/// The level that a transfer demands.
pub(super) const LEVEL: Acr = Acr::High;
/// The greatest age in seconds of the proof that a transfer demands.
pub(super) const MAX_AGE: i64 = 5;
/// The greatest age in seconds of proof that was given because it was asked for.
const ROUND_TRIP: i64 = 30;
/// The scope that a transfer demands.
const SCOPE: &str = "transfers";
/// People who were asked for proof and have not come back, of whom is known.
const MOST_ASKED: usize = 1_000;

/// The API.
struct Api {
    issuer: Issuer,
    clock: Clock,
    asked: Asked,
}

/// The API's routes.
pub(super) fn routes(server: &Server) -> Result<impl Fn(&mut ServiceConfig) + Clone + use<>> {
    let api = web::Data::new(Api {
        issuer: Issuer::new(server.shared().settings.server.issuer.clone())?,
        clock: server.clock().clone(),
        asked: Asked::default(),
    });
    Ok(move |config: &mut ServiceConfig| {
        config
            .app_data(api.clone())
            .route("/transfers", web::post().to(make))
            .default_service(web::to(|| async { HttpResponse::NotFound().finish() }));
    })
}

/// Why a transfer is not made, told in a way that a client can act upon.
#[derive(Debug)]
enum Refusal {
    NoToken,
    Invalid(&'static str),
    Scope,
    Insufficient(&'static str),
    Unavailable,
}

impl Refusal {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::Invalid(_) | Self::Insufficient(_) => StatusCode::UNAUTHORIZED,
            Self::Scope => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The code of RFC 6750 §3.1 or RFC 9470 §3, and what is wrong in words.
    const fn told(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoToken => ("invalid_request", "an access token is needed"),
            Self::Invalid(why) => ("invalid_token", why),
            Self::Scope => ("insufficient_scope", "the access token is not for transfers"),
            Self::Insufficient(why) => ("insufficient_user_authentication", why),
            Self::Unavailable => ("temporarily_unavailable", "access tokens cannot be verified now"),
        }
    }

    fn challenge(&self) -> Option<String> {
        let (code, why) = self.told();
        let error = format!("Bearer error=\"{code}\", error_description=\"{why}\"");
        match self {
            // RFC 6750 §3.1: a request without a token learns the scheme and no error.
            Self::NoToken => Some("Bearer realm=\"transfers\"".to_owned()),
            Self::Invalid(_) => Some(error),
            Self::Scope => Some(format!("{error}, scope=\"{SCOPE}\"")),
            // RFC 9470 §3: what would do.
            Self::Insufficient(_) => Some(format!("{error}, acr_values=\"{LEVEL}\", max_age=\"{MAX_AGE}\"")),
            Self::Unavailable => None,
        }
    }

    fn answer(&self) -> HttpResponse {
        let (code, why) = self.told();
        let mut answer = HttpResponse::build(self.status());
        if let Some(challenge) = self.challenge() {
            answer.insert_header((WWW_AUTHENTICATE, challenge));
        }
        answer
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(json!({ "error": code, "error_description": why }))
    }
}

async fn make(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    match api.accept(&request).await {
        Ok(made) => HttpResponse::Created()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(made),
        Err(refusal) => refusal.answer(),
    }
}

impl Api {
    async fn accept(&self, request: &HttpRequest) -> std::result::Result<Value, Refusal> {
        let now = self.clock.now();
        let expected = Expected {
            typ: "at+jwt",
            audience: RESOURCE,
            now,
        };
        let claims = self.issuer.verify(bearer_token(request)?, expected).await;
        let claims = claims.map_err(|unverified| match unverified {
            Unverified::Invalid(why) => Refusal::Invalid(why),
            Unverified::Unavailable(why) => {
                tracing::warn!(why, "the API cannot verify tokens");
                Refusal::Unavailable
            }
        })?;
        // RFC 9449 §7.2: what is bound to a key is worth nothing to whoever merely has it.
        if claims.contains_key("cnf") {
            return Err(Refusal::Invalid(
                "it is bound to a key, and proof of keys is not taken here",
            ));
        }
        let subject = text(&claims, "sub");
        if !text(&claims, "scope").split(' ').any(|scope| scope == SCOPE) {
            return Err(Refusal::Scope);
        }
        self.asked.check(&Proof::of(&claims), subject, now)?;
        let id = Random::from_os().token("");
        tracing::info!(subject, "a transfer was made");
        Ok(json!({ "id": id.expose(), "from": subject, "at": now.to_string() }))
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The token of the `Authorization` header (RFC 6750 §2.1), the only place it is taken from.
fn bearer_token(request: &HttpRequest) -> std::result::Result<&str, Refusal> {
    let header = request.headers().get(AUTHORIZATION).ok_or(Refusal::NoToken)?;
    match header.to_str().unwrap_or_default().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => Ok(token.trim()),
        _ => Err(Refusal::NoToken),
    }
}

/// What a token says of the proof behind it.
#[derive(Debug, Clone, Copy)]
struct Proof {
    acr: Acr,
    at: Option<i64>,
}

impl Proof {
    fn of(claims: &Map<String, Value>) -> Self {
        Self {
            acr: text(claims, "acr").parse().unwrap_or_default(),
            at: claims.get("auth_time").and_then(Value::as_i64),
        }
    }
}

/// Who was asked for fresher proof, and when.
#[derive(Default)]
struct Asked(Mutex<HashMap<String, Timestamp>>);

impl Asked {
    /// Accepts proof that is strong and fresh enough; of the rest remembers that more was asked for.
    fn check(&self, proof: &Proof, subject: &str, now: Timestamp) -> std::result::Result<(), Refusal> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked_at = asked.remove(subject);
        let is_fresh = proof.at.is_some_and(|at| {
            let age = now.as_seconds().saturating_sub(at);
            let was_asked_for = asked_at.is_some_and(|asked_at| at >= asked_at.as_seconds());
            age <= if was_asked_for { ROUND_TRIP } else { MAX_AGE }
        });
        let missing = match (proof.acr >= LEVEL, is_fresh) {
            (true, true) => return Ok(()),
            (false, _) => "a transfer needs a second proof",
            (true, false) => "a transfer needs proof given just now",
        };
        if asked.len() >= MOST_ASKED {
            asked.retain(|_, at| now.seconds_since(*at) <= ROUND_TRIP);
        }
        if asked.len() < MOST_ASKED {
            asked.insert(subject.to_owned(), now);
        }
        Err(Refusal::Insufficient(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn proof(acr: Acr, at: i64) -> Proof {
        Proof { acr, at: Some(at) }
    }

    #[test]
    fn proof_must_be_strong_and_fresh() {
        let accepted = |proof: Proof, now| Asked::default().check(&proof, "alice", at(now)).is_ok();
        assert!(accepted(proof(Acr::High, 100), 105));
        assert!(accepted(proof(Acr::Phr, 100), 100));
        assert!(!accepted(proof(Acr::High, 100), 106));
        assert!(!accepted(proof(Acr::Standard, 100), 100));
        assert!(!accepted(
            Proof {
                acr: Acr::High,
                at: None
            },
            100
        ));
    }

    #[test]
    fn proof_that_was_asked_for_has_time_to_arrive_and_serves_once() {
        let asked = Asked::default();
        let check = |at_seconds, now| asked.check(&proof(Acr::High, at_seconds), "alice", at(now)).is_ok();
        assert!(!check(100, 200));
        assert!(check(210, 210 + ROUND_TRIP));
        assert!(!check(210, 241));
        assert!(!check(210, 242), "proof from before it was asked for");
        assert!(!check(250, 250 + ROUND_TRIP + 1));
        assert!(asked.check(&proof(Acr::High, 250), "bob", at(260)).is_err());
    }

    #[test]
    fn a_challenge_names_what_would_do() {
        let challenge = Refusal::Insufficient("more").challenge().unwrap();
        assert_eq!(
            challenge,
            "Bearer error=\"insufficient_user_authentication\", error_description=\"more\", acr_values=\"high\", \
             max_age=\"5\""
        );
        assert_eq!(Refusal::NoToken.challenge().unwrap(), "Bearer realm=\"transfers\"");
    }
}
