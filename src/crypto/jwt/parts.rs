//! Tokens taken apart: structure, and the one question of the signature.

use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::JwtError;
use crate::crypto::digest::base64url_decode;
use crate::crypto::jwk::PublicKey;
use crate::model::signing_key::Algorithm;

/// No token that means us well is longer.
pub(super) const MAX_SIZE: usize = 16 * 1024;

/// What a token says of itself. Nothing in it is proven.
#[derive(Debug, Clone)]
pub struct Unverified {
    /// `alg`: any text but `none`.
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

/// A token taken apart.
pub(super) struct Parts<'a> {
    message: &'a str,
    signature: &'a str,
    pub(super) unverified: Unverified,
}

impl Parts<'_> {
    /// The claims, if this key signed them with this algorithm.
    pub(super) fn claims_if_signed(
        self,
        key: &DecodingKey,
        alg: jsonwebtoken::Algorithm,
    ) -> Result<Map<String, Value>, JwtError> {
        match jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), key, alg) {
            Ok(true) => Ok(self.unverified.claims),
            Ok(false) => Err(JwtError::Signature),
            Err(_) => Err(JwtError::Malformed),
        }
    }

    /// The claims, if this key, which is ours and parsed, signed them with this algorithm.
    pub(super) fn claims_if_signed_by(self, key: &PublicKey, algorithm: Algorithm) -> Option<Map<String, Value>> {
        let signature = base64url_decode(self.signature)?;
        key.has_signed(algorithm, self.message.as_bytes(), &signature)
            .then_some(self.unverified.claims)
    }
}

/// RFC 7515 §3.1 and §5.2, steps 1 to 7: three parts, the first two of them objects.
pub(super) fn parse(token: &str) -> Option<Parts<'_>> {
    if token.len() > MAX_SIZE {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    if claims.contains('.') || signature.is_empty() {
        return None;
    }
    let (header, claims) = (object(header)?, object(claims)?);
    // RFC 7515 §4.1.11: extensions that must be understood are not.
    if header.contains_key("crit") {
        return None;
    }
    let alg = header.get("alg")?.as_str()?.to_owned();
    // RFC 8725 §3.2: `none` in any spelling is no signature.
    if alg.eq_ignore_ascii_case("none") {
        return None;
    }
    let (kid, typ) = (
        text_if_present(&header, "kid").ok()?,
        text_if_present(&header, "typ").ok()?,
    );
    Some(Parts {
        message,
        signature,
        unverified: Unverified {
            alg,
            kid,
            typ,
            header,
            claims,
        },
    })
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
