//! Public keys as JSON Web Keys. RFC 7517, RFC 7518 §6, RFC 8037; thumbprints of RFC 7638.

mod read;

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, VerificationAlgorithm,
};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};

use super::digest::{base64url, sha256};
use crate::model::signing_key::Algorithm;

/// RFC 7518 §3.3 and §3.5: "A key of size 2048 bits or larger MUST be used". Above 8192, verifying costs too much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The document holds a private or symmetric key, which must never be published.
    #[error("private and symmetric keys must not be published; keep the public members only")]
    Private,
    /// A key of a type, size or use that this server does not verify with.
    #[error("unsupported key: {0}")]
    Unsupported(&'static str),
    /// Not a key.
    #[error("malformed key: {0}")]
    Malformed(&'static str),
}

/// A public key that verifies signatures: RSA from 2048 bits, P-256, or Ed25519.
#[derive(Clone)]
pub struct PublicKey {
    material: Material,
    kid: Option<String>,
    /// The one algorithm the key says it is for.
    only_for: Option<Algorithm>,
    verifier: DecodingKey,
    /// The key parsed, for each algorithm of its type.
    parsed: Vec<(Algorithm, ParsedPublicKey)>,
}

#[derive(Clone, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
}

impl PublicKey {
    /// An RSA key of its modulus and exponent, big-endian.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits = n
            .first()
            .map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
        if !RSA_BITS.contains(&bits) {
            return Err(KeyError::Unsupported("RSA keys have 2048 to 8192 bits"));
        }
        // RFC 8017 §3.1: an exponent is odd and at least 3. Above 32 bits verifying costs too much.
        if !matches!(e, [rest @ .., last] if last % 2 == 1 && (*last > 1 || !rest.is_empty()) && rest.len() < 4) {
            return Err(KeyError::Unsupported("RSA exponents are odd, from 3 up to 32 bits"));
        }
        let parse = |padding| {
            RsaPublicKeyComponents { n, e }
                .to_parsed_public_key(padding)
                .map_err(|_| KeyError::Malformed("not an RSA key"))
        };
        let parsed = vec![
            (Algorithm::Rs256, parse(&RSA_PKCS1_2048_8192_SHA256)?),
            (Algorithm::Ps256, parse(&RSA_PSS_2048_8192_SHA256)?),
        ];
        let verifier = DecodingKey::from_rsa_raw_components(n, e);
        Ok(Self::new(
            Material::Rsa {
                n: n.to_vec(),
                e: e.to_vec(),
            },
            verifier,
            parsed,
        ))
    }

    /// A key on P-256 of its coordinates.
    pub(super) fn p256(x: [u8; 32], y: [u8; 32]) -> Result<Self, KeyError> {
        let point = [[4].as_slice(), &x, &y].concat();
        let parsed = parse(&ECDSA_P256_SHA256_FIXED, &point, "not a point of P-256")?;
        Ok(Self::new(
            Material::P256 { x, y },
            DecodingKey::from_ec_der(&point),
            vec![(Algorithm::Es256, parsed)],
        ))
    }

    /// A key on P-256 of its uncompressed point (SEC 1 §2.3.3).
    pub(super) fn p256_point(point: &[u8]) -> Result<Self, KeyError> {
        let unsupported = KeyError::Unsupported("EC keys are uncompressed points of P-256");
        let (&[4], coordinates) = point.split_first_chunk().ok_or(unsupported)? else {
            return Err(unsupported);
        };
        let (x, y) = coordinates.split_first_chunk::<32>().ok_or(unsupported)?;
        Self::p256(*x, y.try_into().map_err(|_| unsupported)?)
    }

    /// An Ed25519 key.
    pub(super) fn ed25519(x: &[u8]) -> Result<Self, KeyError> {
        let x: [u8; 32] = x
            .try_into()
            .map_err(|_| KeyError::Malformed("Ed25519 keys have 32 octets"))?;
        let parsed = parse(&ED25519, &x, "not an Ed25519 key")?;
        Ok(Self::new(
            Material::Ed25519 { x },
            DecodingKey::from_ed_der(&x),
            vec![(Algorithm::EdDsa, parsed)],
        ))
    }

    const fn new(material: Material, verifier: DecodingKey, parsed: Vec<(Algorithm, ParsedPublicKey)>) -> Self {
        Self {
            material,
            kid: None,
            only_for: None,
            verifier,
            parsed,
        }
    }

    /// This key, for one algorithm alone and named by its thumbprint.
    pub(super) fn named_for(mut self, algorithm: Algorithm) -> Self {
        self.kid = Some(self.thumbprint());
        self.only_for = Some(algorithm);
        self
    }

    /// The name its publisher gave it.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether signatures of this algorithm may be verified with this key.
    #[must_use]
    pub fn supports(&self, algorithm: Algorithm) -> bool {
        let fits = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => matches!(self.material, Material::Rsa { .. }),
            Algorithm::Es256 => matches!(self.material, Material::P256 { .. }),
            Algorithm::EdDsa => matches!(self.material, Material::Ed25519 { .. }),
        };
        fits && self.only_for.is_none_or(|only| only == algorithm)
    }

    /// Whether the signature over a message is of this key and algorithm; quick, as the key is parsed already.
    pub(super) fn has_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let parsed = self.parsed.iter().find(|(of, _)| *of == algorithm);
        parsed.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }

    /// The key as the JOSE library takes it.
    pub(super) const fn verifier(&self) -> &DecodingKey {
        &self.verifier
    }

    /// The SHA-256 thumbprint (RFC 7638 §3), base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // RFC 7638 §3.2: the required members alone, in lexicographic order and without white space.
        base64url(sha256(Value::Object(self.required_members()).to_string().as_bytes()).as_bytes())
    }

    /// The JWK, with `use`, `kid` (the thumbprint where it has no name) and, where there is but one, `alg`.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let mut jwk = self.required_members();
        jwk.insert(
            "kid".into(),
            self.kid.clone().unwrap_or_else(|| self.thumbprint()).into(),
        );
        jwk.insert("use".into(), "sig".into());
        let mut algorithms = Algorithm::ALL.into_iter().filter(|algorithm| self.supports(*algorithm));
        if let (Some(only), None) = (algorithms.next(), algorithms.next()) {
            jwk.insert("alg".into(), only.as_str().into());
        }
        jwk.into()
    }

    /// The members that make up the key alone, as a document.
    pub(super) fn as_members(&self) -> Value {
        Value::Object(self.required_members())
    }

    /// Modulus and exponent of an RSA key.
    pub(super) fn rsa_parts(&self) -> Option<(&[u8], &[u8])> {
        match &self.material {
            Material::Rsa { n, e } => Some((n, e)),
            _ => None,
        }
    }

    /// The uncompressed point of a key on P-256 (SEC 1 §2.3.3).
    pub(super) fn p256_uncompressed(&self) -> Option<Vec<u8>> {
        match &self.material {
            Material::P256 { x, y } => Some([[4].as_slice(), x, y].concat()),
            _ => None,
        }
    }

    /// The members that make up the key, in lexicographic order.
    fn required_members(&self) -> Map<String, Value> {
        let members = match &self.material {
            Material::Rsa { n, e } => [("e", base64url(e)), ("kty", "RSA".into()), ("n", base64url(n))].to_vec(),
            Material::P256 { x, y } => [
                ("crv", "P-256".into()),
                ("kty", "EC".into()),
                ("x", base64url(x)),
                ("y", base64url(y)),
            ]
            .to_vec(),
            Material::Ed25519 { x } => [("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", base64url(x))].to_vec(),
        };
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect()
    }
}

/// Keys are equal when they are the same key, whatever they are called.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.material == other.material
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("thumbprint", &self.thumbprint())
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn parse(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    no: &'static str,
) -> Result<ParsedPublicKey, KeyError> {
    ParsedPublicKey::new(algorithm, key).map_err(|_| KeyError::Malformed(no))
}

fn without_leading_zeros(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests;
