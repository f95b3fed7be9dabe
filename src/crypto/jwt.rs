//! JSON Web Tokens, signed. RFC 7515, RFC 7519, and the advice of RFC 8725.
//!
//! Only structure and signatures are checked here; times and audiences are for callers, who have the clock. The
//! algorithm is always one that the caller allows and the key is for, never merely the one a token names.

mod parts;

pub use parts::Unverified;

use serde::Serialize;
use serde_json::{Map, Value};

use super::digest::base64url;
use super::jwk::PublicKey;
use super::key_ring::{KeyRing, SigningKeyPair};
use crate::error::Fault;
use crate::model::signing_key::Algorithm;

use parts::{parse, parse_unsigned};

/// RFC 7518 §3.2: "A key of the same size as the hash output … or larger MUST be used".
const MIN_HMAC_SECRET: usize = 32;

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is no signed token, or one with extensions we do not know.
    #[error("the token is malformed")]
    Malformed,
    /// Its algorithm is not among those allowed here, or the key is not for it.
    #[error("the token's algorithm is not allowed here")]
    Algorithm,
    /// The shared secret is too short to sign with.
    #[error("the shared secret is shorter than 256 bits")]
    WeakSecret,
    /// The signature is not that of the key.
    #[error("the token's signature is wrong")]
    Signature,
}

/// Signs claims, which must be an object, into a token of this `typ` (`JWT`, `at+jwt`, `logout+jwt`).
pub fn sign(key: &SigningKeyPair, typ: &str, claims: &impl Serialize) -> Result<String, Fault> {
    let header = Header {
        alg: key.algorithm().as_str(),
        kid: key.kid(),
        typ,
    };
    let writing = |error: serde_json::Error| Fault::from_error("writing a token", error);
    let claims = serde_json::to_vec(claims).map_err(writing)?;
    if claims.first() != Some(&b'{') {
        return Err(Fault::new("a token's claims are not an object"));
    }
    let mut token = base64url(&serde_json::to_vec(&header).map_err(writing)?);
    token.push('.');
    token.push_str(&base64url(&claims));
    let signature = key.sign_bytes(token.as_bytes())?;
    token.push('.');
    token.push_str(&signature);
    Ok(token)
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    kid: &'a str,
    typ: &'a str,
}

/// What a token says of itself; absent when it is no signed token that could be verified.
#[must_use]
pub fn inspect(token: &str) -> Option<Unverified> {
    parse(token)
}

/// What a token says that says itself that nobody signed it (`alg` `none`, RFC 7519 §6); absent for any other.
#[must_use]
pub fn inspect_unsigned(token: &str) -> Option<Unverified> {
    parse_unsigned(token)
}

/// The claims of a token that this key signed with one of the allowed algorithms.
pub fn verify_with(token: &str, key: &PublicKey, allowed: &[Algorithm]) -> Result<Map<String, Value>, JwtError> {
    let read = parse(token).ok_or(JwtError::Malformed)?;
    read.check_signed_by(key, allowed)?;
    Ok(read.claims)
}

/// The claims of a token that was signed with HS256 and this secret.
pub fn verify_hmac(token: &str, secret: &[u8]) -> Result<Map<String, Value>, JwtError> {
    let read = parse(token).ok_or(JwtError::Malformed)?;
    read.check_signed_with(secret)?;
    Ok(read.claims)
}

/// The claims of a token that we signed ourselves with a key of the ring, and, where one is asked for, of this `typ`.
#[must_use]
pub fn verify_own(token: &str, ring: &KeyRing, typ: Option<&str>) -> Option<Map<String, Value>> {
    let read = parse(token)?;
    let key = ring.find(read.kid.as_deref()?)?;
    // RFC 8725 §3.11: the explicit type keeps one kind of token from passing for another.
    let typ_fits = typ.is_none_or(|typ| read.typ.as_deref() == Some(typ));
    (typ_fits && read.is_signed_by_ours(key.public(), key.algorithm())).then_some(read.claims)
}

#[cfg(test)]
mod tests;
