//! Access tokens at an API, to copy with the files beside this one: verified as RFC 9068 §4 or RFC 7662 says, refused as
//! RFC 6750 §3 says, and where the proof is too weak or too old, sent back for more as RFC 9470 §3 says.
//!
//! Put a [`Verifier`] into the application's data, take a [`Caller`] as a handler's first argument, and tell it what the
//! route needs:
//!
//! ```ignore
//! const PAY: Demand = Demand::scope("transfers").acr(Level::High).max_age(900);
//!
//! async fn pay(caller: Caller) -> Result<HttpResponse, Refusal> {
//!     caller.must(PAY)?;
//! ```
//!
//! A JWT is believed until it expires, even when it was revoked meanwhile: keep lifetimes short, or introspect those too.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev, web};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::Value;

use crate::caller::{Caller, Claims};
use crate::dpop::{Call, Proofs};
use crate::introspection::Introspection;
use crate::keys::Keys;
use crate::refusal::{Refusal, Scheme, Style, Why};

/// The algorithms this API takes. Never take a token's word for it (RFC 8725 §3.1).
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// Seconds by which the clocks may differ.
const SKEW: u64 = 5;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 8_192;

/// Verifies the access tokens of one issuer for one API.
pub(crate) struct Verifier {
    issuer: String,
    audience: String,
    keys: Keys,
    proofs: Proofs,
    introspection: Option<Introspection>,
    /// Whether the issuer is asked about tokens that say everything themselves, too.
    always_ask: bool,
    /// Whether refusals are such that jsforce and simple-salesforce end on them.
    compat: bool,
}

impl Verifier {
    /// A verifier of tokens by `issuer` for the API that is known there as `audience`, and of such proofs.
    pub(crate) fn new(issuer: String, audience: String, proofs: Proofs) -> Result<Self, reqwest::Error> {
        Ok(Self {
            keys: Keys::new(issuer.clone())?,
            proofs,
            issuer,
            audience,
            introspection: None,
            always_ask: false,
            compat: false,
        })
    }

    /// Asks the issuer about opaque tokens, as this client; with `always`, about every token.
    pub(crate) fn introspect(mut self, client: (String, String), always: bool) -> Result<Self, reqwest::Error> {
        self.introspection = Some(Introspection::new(self.issuer.clone(), client)?);
        self.always_ask = always;
        Ok(self)
    }

    /// Answers in a way that ends the loops of clients which know no step-up.
    pub(crate) const fn compat(mut self, compat: bool) -> Self {
        self.compat = compat;
        self
    }

    /// What the token says, if it is good.
    async fn verify(&self, (scheme, token): (Scheme, &str), call: &Call, from: Option<IpAddr>) -> Result<Claims, Why> {
        let is_jwt = token.split('.').count() == 3;
        let claims = match &self.introspection {
            _ if token.len() > LONGEST => return Err(Why::Token("it is too long")),
            Some(introspection) if self.always_ask || !is_jwt => introspection.ask(token, &self.audience, from).await?,
            _ => self.decode(token).await?,
        };
        // RFC 9449 §7.2: a token that is bound to a key is worth nothing without proof of that key.
        match (scheme, &claims.cnf) {
            (Scheme::Bearer, None) => {}
            (Scheme::Dpop, Some(cnf)) => self.proofs.check(call, token, key_of(cnf)?)?,
            (Scheme::Bearer, Some(_)) => return Err(Why::Token("it is bound to a key, and came without proof of it")),
            (Scheme::Dpop, None) => return Err(Why::Token("it is not bound to a key")),
        }
        Ok(claims)
    }

    async fn decode(&self, token: &str) -> Result<Claims, Why> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Why::Token("it is not a JWT"))?;
        check_header(&header)?;
        let kid = header.kid.as_deref().ok_or(Why::Token("it names no key"))?;
        let found = self.keys.find(kid).await?;
        let jwk = found.ok_or(Why::Token("its key is not one of the issuer's"))?;
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Why::Token("its key cannot verify"))?;
        let mut rules = Validation::new(header.alg);
        rules.leeway = SKEW;
        rules.validate_nbf = true;
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[&self.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        let decoded = jsonwebtoken::decode::<Claims>(token, &key, &rules);
        Ok(decoded.map_err(|error| reason(&error))?.claims)
    }
}

/// The thumbprint of the key in `cnf` (RFC 9449 §6). Whatever else a token is bound to, a TLS certificate say (RFC 8705 §3),
/// is not shown here.
fn key_of(cnf: &Value) -> Result<&str, Why> {
    let bound_to = cnf.as_object().filter(|members| members.len() == 1);
    let jkt = bound_to.and_then(|members| members.get("jkt")?.as_str());
    jkt.ok_or(Why::Token("it is bound to what cannot be shown here"))
}

/// RFC 9068 §4: the type keeps ID tokens out; RFC 7515 §4.1.11: extensions we do not know must not be there.
fn check_header(header: &Header) -> Result<(), Why> {
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    if kind != "at+jwt" && kind != "application/at+jwt" {
        return Err(Why::Token("it is not an access token"));
    }
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(Why::Token("its signature is of a kind not accepted here"));
    }
    Ok(())
}

fn reason(error: &jsonwebtoken::errors::Error) -> Why {
    use jsonwebtoken::errors::ErrorKind;
    Why::Token(match error.kind() {
        ErrorKind::ExpiredSignature => "it expired",
        ErrorKind::InvalidAudience => "it is for another API",
        ErrorKind::InvalidIssuer => "it is by another issuer",
        ErrorKind::InvalidSignature => "its signature is wrong",
        _ => "it is malformed",
    })
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let verifier = request.app_data::<web::Data<Verifier>>().cloned();
        let (presented, call) = (presented(request), Call::of(request));
        // Behind a proxy of yours, take the address that this very proxy adds, and never one that the caller wrote.
        let from = request.peer_addr().map(|address| address.ip());
        Box::pin(async move {
            let mut style = Style::default();
            let verifier = verifier.ok_or_else(|| style.refuse(Why::Unavailable))?;
            style.compat = verifier.compat;
            let (scheme, token) = presented.map_err(|why| style.refuse(why))?;
            style.scheme = scheme;
            let outcome = verifier.verify((scheme, &token), &call, from).await;
            let claims = outcome.map_err(|why| style.refuse(why))?;
            Ok(Self { claims, style })
        })
    }
}

/// The token of the `Authorization` header (RFC 6750 §2.1, RFC 9449 §7.1), the only place it is taken from.
fn presented(request: &HttpRequest) -> Result<(Scheme, String), Why> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let value = headers.next().ok_or(Why::NoToken)?;
    if headers.next().is_some() {
        return Err(Why::Token("there are two"));
    }
    let (scheme, token) = value.to_str().unwrap_or_default().split_once(' ').ok_or(Why::NoToken)?;
    let scheme = Scheme::of(scheme).ok_or(Why::NoToken)?;
    Ok((scheme, token.trim().to_owned()))
}
