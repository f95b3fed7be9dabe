//! Tokens taken apart: structure, and the one question of the signature.

use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::{JwtError, MIN_HMAC_SECRET};
use crate::crypto::digest::base64url_decode;
use crate::crypto::jwk::PublicKey;
use crate::model::signing_key::Algorithm;

/// No token that means us well is longer.
pub(super) const MAX_SIZE: usize = 16 * 1024;

/// What a token says of itself. Nothing in it is proven.
#[derive(Debug, Clone)]
pub struct Unverified {
    text: String,
    /// `alg`: `none` in unsigned tokens alone, which no key has signed.
    pub alg: String,
    /// `kid`.
    pub kid: Option<String>,
    /// `typ`.
    pub typ: Option<String>,
    /// The whole header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

impl Unverified {
    /// The token itself.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has no type or that of any JWT, so that it is none of a kind that has one of its own (RFC 8725 §3.11).
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"))
    }

    /// Whether this key signed it with one of the allowed algorithms.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn check_signed_by(&self, key: &PublicKey, allowed: &[Algorithm]) -> Result<(), JwtError> {
        let algorithm = self.alg.parse().map_err(|_| JwtError::Algorithm)?;
        // RFC 8725 §3.1: each key is used with exactly one algorithm family, and the caller says which.
        if !allowed.contains(&algorithm) || !key.supports(algorithm) {
            return Err(JwtError::Algorithm);
        }
        self.check_signature(key.verifier(), registered(algorithm))
    }

    /// Whether it was signed with HS256 and this secret.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn check_signed_with(&self, secret: &[u8]) -> Result<(), JwtError> {
        if secret.len() < MIN_HMAC_SECRET {
            return Err(JwtError::WeakSecret);
        }
        if self.alg != "HS256" {
            return Err(JwtError::Algorithm);
        }
        self.check_signature(&DecodingKey::from_secret(secret), jsonwebtoken::Algorithm::HS256)
    }

    fn check_signature(&self, key: &DecodingKey, alg: jsonwebtoken::Algorithm) -> Result<(), JwtError> {
        let (message, signature) = self.parts()?;
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, alg) {
            Ok(true) => Ok(()),
            Ok(false) => Err(JwtError::Signature),
            Err(_) => Err(JwtError::Malformed),
        }
    }

    /// Whether this key of ours, parsed already, signed it with its one algorithm.
    pub(super) fn is_signed_by_ours(&self, key: &PublicKey, algorithm: Algorithm) -> bool {
        let Ok((message, signature)) = self.parts() else {
            return false;
        };
        self.alg == algorithm.as_str()
            && base64url_decode(signature)
                .is_some_and(|signature| key.has_signed(algorithm, message.as_bytes(), &signature))
    }

    /// What is signed, and the signature.
    fn parts(&self) -> Result<(&str, &str), JwtError> {
        self.text.rsplit_once('.').ok_or(JwtError::Malformed)
    }
}

/// RFC 7515 §3.1 and §5.2, steps 1 to 7: three parts, the first two of them objects.
pub(super) fn parse(token: &str) -> Option<Unverified> {
    let (read, signature) = take_apart(token)?;
    // RFC 8725 §3.2: `none` in any spelling is no signature.
    let is_signed = !signature.is_empty() && !read.alg.eq_ignore_ascii_case("none");
    is_signed.then_some(read)
}

/// RFC 7519 §6.1: `none`, spelt so, and an empty signature.
pub(super) fn parse_unsigned(token: &str) -> Option<Unverified> {
    let (read, signature) = take_apart(token)?;
    (signature.is_empty() && read.alg == "none").then_some(read)
}

fn take_apart(token: &str) -> Option<(Unverified, &str)> {
    if token.len() > MAX_SIZE {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    if claims.contains('.') {
        return None;
    }
    let (header, claims) = (object(header)?, object(claims)?);
    // RFC 7515 §4.1.11: extensions that must be understood are not.
    if header.contains_key("crit") {
        return None;
    }
    let alg = header.get("alg")?.as_str()?.to_owned();
    let (kid, typ) = (
        text_if_present(&header, "kid").ok()?,
        text_if_present(&header, "typ").ok()?,
    );
    let read = Unverified {
        text: token.to_owned(),
        alg,
        kid,
        typ,
        header,
        claims,
    };
    Some((read, signature))
}

/// Our algorithm as the JOSE library calls it.
const fn registered(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64url_decode(part)?).ok()
}

/// A member that must be a string where it is present.
fn text_if_present(header: &Map<String, Value>, member: &str) -> Result<Option<String>, JwtError> {
    header
        .get(member)
        .map(|value| value.as_str().map(str::to_owned).ok_or(JwtError::Malformed))
        .transpose()
}
