//! Access tokens at an API, to copy with `keys.rs` and `refusal.rs`: verified as RFC 9068 §4 says, refused as RFC 6750 §3 says, and where
//! the proof is too weak or too old, sent back for more as RFC 9470 §3 says.
//!
//! Put a [`Verifier`] into the application's data, take a [`Caller`] as a handler's first argument, and ask it for what
//! the route needs:
//!
//! ```ignore
//! async fn pay(caller: Caller) -> Result<HttpResponse, Refusal> {
//!     caller.require_scope("transfers")?;
//!     caller.require(Level::High, Some(900))?;
//! ```
//!
//! A token is believed until it expires, even when it was revoked meanwhile; keep lifetimes short, or introspect
//! (RFC 7662) where that matters.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev, web};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;

use crate::keys::{Keys, now};
use crate::refusal::Refusal;

/// The algorithms this API takes. Never take a token's word for it (RFC 8725 §3.1).
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Seconds by which the clocks may differ.
const SKEW: u64 = 5;

/// How much proof a person gave, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Level {
    /// Nobody authenticated.
    None,
    /// Somebody was there.
    Low,
    /// One factor.
    Standard,
    /// Two factors.
    High,
    /// Two factors that cannot be phished.
    Phr,
}

impl Level {
    /// The level that an `acr` claim names; what we do not know is worth nothing.
    fn of(acr: Option<&str>) -> Self {
        let known = [Self::Low, Self::Standard, Self::High, Self::Phr];
        known
            .into_iter()
            .find(|level| acr == Some(level.as_str()))
            .unwrap_or(Self::None)
    }

    /// The `acr` value.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Standard => "standard",
            Self::High => "high",
            Self::Phr => "phr",
        }
    }
}

/// The claims of an access token (RFC 9068 §2.2); those without a default must be there.
#[derive(Debug, Clone, Deserialize)]
struct Claims {
    sub: String,
    client_id: String,
    #[serde(default)]
    scope: String,
    acr: Option<String>,
    auth_time: Option<u64>,
    #[serde(rename = "iat")]
    _iat: u64,
    #[serde(rename = "jti")]
    _jti: String,
}

/// Verifies the access tokens of one issuer for one API.
pub(crate) struct Verifier {
    issuer: String,
    audience: String,
    keys: Keys,
}

impl Verifier {
    /// A verifier of tokens by `issuer` for the API that is known there as `audience`.
    pub(crate) fn new(issuer: String, audience: String) -> Result<Self, reqwest::Error> {
        Ok(Self {
            keys: Keys::new(issuer.clone())?,
            issuer,
            audience,
        })
    }

    /// Who calls, if the token is good.
    async fn verify(&self, token: &str) -> Result<Caller, Refusal> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::InvalidToken("it is not a JWT"))?;
        check_header(&header)?;
        let kid = header.kid.as_deref().ok_or(Refusal::InvalidToken("it names no key"))?;
        let jwk = self
            .keys
            .find(kid)
            .await?
            .ok_or(Refusal::InvalidToken("its key is not one of the issuer's"))?;
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Refusal::InvalidToken("its key cannot verify"))?;
        let mut rules = Validation::new(header.alg);
        rules.leeway = SKEW;
        rules.validate_nbf = true;
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)
            .map_err(|error| reason(&error))?
            .claims;
        Ok(Caller { claims })
    }
}

/// RFC 9068 §4: the type keeps ID tokens out; RFC 7515 §4.1.11: extensions we do not know must not be there.
fn check_header(header: &Header) -> Result<(), Refusal> {
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if kind != "at+jwt" && kind != "application/at+jwt" {
        return Err(Refusal::InvalidToken("it is not an access token"));
    }
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(Refusal::InvalidToken("its signature is of a kind not accepted here"));
    }
    Ok(())
}

fn reason(error: &jsonwebtoken::errors::Error) -> Refusal {
    use jsonwebtoken::errors::ErrorKind;
    Refusal::InvalidToken(match error.kind() {
        ErrorKind::ExpiredSignature => "it expired",
        ErrorKind::InvalidAudience => "it is for another API",
        ErrorKind::InvalidIssuer => "it is by another issuer",
        ErrorKind::InvalidSignature => "its signature is wrong",
        _ => "it is malformed",
    })
}

/// Who calls: a handler that takes this is reached with a good token alone.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    claims: Claims,
}

impl Caller {
    /// The person the token is about, or the client where it is about nobody.
    pub(crate) fn subject(&self) -> &str {
        &self.claims.sub
    }

    /// The application that calls.
    pub(crate) fn client(&self) -> &str {
        &self.claims.client_id
    }

    /// Demands a scope.
    pub(crate) fn require_scope(&self, scope: &'static str) -> Result<(), Refusal> {
        let has = self.claims.scope.split(' ').any(|granted| granted == scope);
        if has {
            Ok(())
        } else {
            Err(Refusal::InsufficientScope(scope))
        }
    }

    /// Demands proof: at least this level, reached at most `max_age` seconds ago.
    pub(crate) fn require(&self, level: Level, max_age: Option<u64>) -> Result<(), Refusal> {
        let refusal = |what| Refusal::InsufficientAuthentication { what, level, max_age };
        if Level::of(self.claims.acr.as_deref()) < level {
            return Err(refusal("a stronger sign-in is needed"));
        }
        let age = self.claims.auth_time.map(|at| now().saturating_sub(at));
        match (max_age, age) {
            (Some(limit), Some(age)) if age > limit => Err(refusal("a more recent sign-in is needed")),
            (Some(_), None) => Err(refusal("the time of the sign-in is not known")),
            _ => Ok(()),
        }
    }
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let verifier = request.app_data::<web::Data<Verifier>>().cloned();
        let token = bearer_token(request);
        Box::pin(async move {
            let verifier = verifier.ok_or(Refusal::Unavailable)?;
            verifier.verify(&token?).await
        })
    }
}

/// The token of the `Authorization` header (RFC 6750 §2.1), the only place it is taken from.
fn bearer_token(request: &HttpRequest) -> Result<String, Refusal> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let value = headers.next().ok_or(Refusal::NoToken)?;
    if headers.next().is_some() {
        return Err(Refusal::InvalidToken("there are two"));
    }
    match value.to_str().unwrap_or_default().split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim().to_owned()),
        _ => Err(Refusal::NoToken),
    }
}
