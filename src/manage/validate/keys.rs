//! Where public keys come from: a key set, an address of one, a certificate.

use serde_json::Value;

use super::{Check, Surroundings, uris, wrong};
use crate::crypto::jwe::Recipient;
use crate::crypto::jwk::PublicKey;
use crate::crypto::jwk_set::JwkSet;
use crate::model::encryption::{Encryption, KeyManagement};

/// Checks a key set and its address, of which there may be one, and whether keys of the set verify signatures where they must.
pub(super) fn sources(
    place: &str,
    (jwks, jwks_uri): (Option<&Value>, Option<&str>),
    verifies: bool,
    around: &Surroundings,
) -> Check {
    // RFC 7591 §2: both must not be present in the same request
    if jwks.is_some() && jwks_uri.is_some() {
        return Err(wrong(place, "jwks", "give either jwks or jwks_uri, not both"));
    }
    if let Some(jwks) = jwks {
        let problem = match JwkSet::parse(jwks) {
            Ok(_) if holds_secret(jwks) => "holds a symmetric key, which must never be published; remove it".to_owned(),
            Ok(set) if set.keys().is_empty() && (verifies || !encrypts(jwks)) => {
                "has no usable key: RSA from 2048 bits, P-256 or Ed25519".to_owned()
            }
            Ok(_) => return Ok(()),
            Err(error) => error.to_string(),
        };
        return Err(wrong(place, "jwks", problem));
    }
    match jwks_uri {
        Some(uri) => uris::fetched(place, "jwks_uri", uri, &around.private_hosts),
        None => Ok(()),
    }
}

/// Whether a key set has a key that something can be encrypted to.
fn encrypts(jwks: &Value) -> bool {
    KeyManagement::ALL.into_iter().any(|alg| {
        let encryption = Encryption::of(Some(alg), None);
        encryption.is_some_and(|encryption| Recipient::choose(jwks, encryption).is_some())
    })
}

/// Whether a key set holds a symmetric key (RFC 7518 §6.4.1).
fn holds_secret(jwks: &Value) -> bool {
    let keys = jwks.get("keys").and_then(Value::as_array);
    keys.is_some_and(|keys| keys.iter().any(|key| key.get("k").is_some()))
}

/// Checks a certificate.
pub(super) fn certificate(place: &str, pem: &str) -> Check {
    match PublicKey::from_certificate_pem(pem) {
        Ok(_) => Ok(()),
        Err(error) => Err(wrong(place, "certificate", error.to_string())),
    }
}
