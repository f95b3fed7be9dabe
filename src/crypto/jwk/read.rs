//! JSON Web Keys as others publish them.

use serde_json::{Map, Value};

use super::{KeyError, PublicKey};
use crate::crypto::digest::base64url_decode;
use crate::model::encryption::KeyManagement;

/// Members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl PublicKey {
    /// Reads a JWK, honouring `use`, `key_ops` and `alg` where present.
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let jwk = jwk.as_object().ok_or(KeyError::Malformed("a JWK is an object"))?;
        let kty = text(jwk, "kty")?.ok_or(KeyError::Malformed("`kty` is missing"))?;
        if PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyError::Private);
        }
        check_use(jwk)?;
        let mut key = match kty {
            "RSA" => rsa(jwk)?,
            "EC" => p256(jwk)?,
            "OKP" => {
                check_curve(jwk, "Ed25519")?;
                Self::ed25519(&octets(jwk, "x")?)?
            }
            _ => return Err(KeyError::Unsupported("`kty` must be RSA, EC or OKP")),
        };
        key.kid = text(jwk, "kid")?.map(str::to_owned);
        if let Some(name) = text(jwk, "alg")? {
            let algorithm = name
                .parse()
                .map_err(|_| KeyError::Unsupported("`alg` is none of ours"))?;
            if !key.supports(algorithm) {
                return Err(KeyError::Malformed("`alg` does not fit the key type"));
            }
            key.only_for = Some(algorithm);
        }
        Ok(key)
    }

    /// Reads a JWK that something is encrypted to, honouring `use`, `key_ops` and `alg` where present.
    pub(in crate::crypto) fn for_encryption(jwk: &Value, alg: KeyManagement) -> Result<Self, KeyError> {
        let jwk = jwk.as_object().ok_or(KeyError::Malformed("a JWK is an object"))?;
        if PRIVATE_MEMBERS.iter().any(|member| jwk.contains_key(*member)) {
            return Err(KeyError::Private);
        }
        if text(jwk, "use")?.is_some_and(|purpose| purpose != "enc") {
            return Err(KeyError::Unsupported("`use` is not `enc`"));
        }
        if text(jwk, "alg")?.is_some_and(|name| name != alg.as_str()) {
            return Err(KeyError::Unsupported("`alg` is another"));
        }
        // RFC 7517 §4.3
        let (mut key, operations) = match (alg, text(jwk, "kty")?) {
            (KeyManagement::RsaOaep256, Some("RSA")) => (rsa(jwk)?, ["wrapKey", "encrypt"]),
            (KeyManagement::EcdhEsA256kw, Some("EC")) => (p256(jwk)?, ["deriveKey", "deriveBits"]),
            _ => return Err(KeyError::Unsupported("`kty` is not that of the algorithm")),
        };
        check_operations(jwk, &operations, "`key_ops` lacks what encrypts")?;
        key.kid = text(jwk, "kid")?.map(str::to_owned);
        Ok(key)
    }
}

fn rsa(jwk: &Map<String, Value>) -> Result<PublicKey, KeyError> {
    PublicKey::rsa(&octets(jwk, "n")?, &octets(jwk, "e")?)
}

fn p256(jwk: &Map<String, Value>) -> Result<PublicKey, KeyError> {
    check_curve(jwk, "P-256")?;
    // RFC 7518 §6.2.1.2: coordinates have the full length of the curve's field.
    let wrong = |_| KeyError::Malformed("coordinates of P-256 have 32 octets");
    PublicKey::p256(
        octets(jwk, "x")?.try_into().map_err(wrong)?,
        octets(jwk, "y")?.try_into().map_err(wrong)?,
    )
}

/// RFC 7517 §4.2, §4.3: a key for encryption verifies nothing.
fn check_use(jwk: &Map<String, Value>) -> Result<(), KeyError> {
    if text(jwk, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyError::Unsupported("`use` is not `sig`"));
    }
    check_operations(jwk, &["verify"], "`key_ops` lacks `verify`")
}

/// That the operations of a key, if it names any, have one of these among them.
fn check_operations(jwk: &Map<String, Value>, wanted: &[&str], lacking: &'static str) -> Result<(), KeyError> {
    let Some(operations) = jwk.get("key_ops") else {
        return Ok(());
    };
    let operations = operations
        .as_array()
        .ok_or(KeyError::Malformed("`key_ops` is an array"))?;
    let mut named = operations.iter().filter_map(Value::as_str);
    if named.any(|operation| wanted.contains(&operation)) {
        return Ok(());
    }
    Err(KeyError::Unsupported(lacking))
}

fn check_curve(jwk: &Map<String, Value>, curve: &str) -> Result<(), KeyError> {
    if text(jwk, "crv")? == Some(curve) {
        return Ok(());
    }
    Err(KeyError::Unsupported("`crv` must be P-256 or Ed25519"))
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &str) -> Result<Option<&'a str>, KeyError> {
    jwk.get(member)
        .map(|value| value.as_str().ok_or(KeyError::Malformed("a member is not a string")))
        .transpose()
}

fn octets(jwk: &Map<String, Value>, member: &str) -> Result<Vec<u8>, KeyError> {
    let text = text(jwk, member)?.ok_or(KeyError::Malformed("a member of its key type is missing"))?;
    base64url_decode(text).ok_or(KeyError::Malformed("a member is not base64url"))
}
