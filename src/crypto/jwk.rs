//! Public keys as JSON Web Keys. RFC 7517, RFC 7518 §6, RFC 8037; thumbprints of RFC 7638.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    VerificationAlgorithm,
};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value, json};

use super::digest::{base64url, base64url_decode, sha256};
use crate::model::signing_key::Algorithm;

/// RFC 7518 §3.3 and §3.5: "A key of size 2048 bits or larger MUST be used". Above 8192, verifying costs too much.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

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
}

#[derive(Clone, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
}

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
            "RSA" => Self::rsa(&octets(jwk, "n")?, &octets(jwk, "e")?)?,
            "EC" => {
                check_curve(jwk, "P-256")?;
                // RFC 7518 §6.2.1.2: coordinates have the full length of the curve's field.
                let wrong = |_| KeyError::Malformed("coordinates of P-256 have 32 octets");
                Self::p256(
                    octets(jwk, "x")?.try_into().map_err(wrong)?,
                    octets(jwk, "y")?.try_into().map_err(wrong)?,
                )?
            }
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
        RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| KeyError::Malformed("not an RSA key"))?;
        let verifier = DecodingKey::from_rsa_raw_components(n, e);
        Ok(Self::new(
            Material::Rsa {
                n: n.to_vec(),
                e: e.to_vec(),
            },
            verifier,
        ))
    }

    /// A key on P-256 of its coordinates.
    pub(super) fn p256(x: [u8; 32], y: [u8; 32]) -> Result<Self, KeyError> {
        let point = [[4].as_slice(), &x, &y].concat();
        check_parses(&ECDSA_P256_SHA256_FIXED, &point, "not a point of P-256")?;
        Ok(Self::new(Material::P256 { x, y }, DecodingKey::from_ec_der(&point)))
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
        check_parses(&ED25519, &x, "not an Ed25519 key")?;
        Ok(Self::new(Material::Ed25519 { x }, DecodingKey::from_ed_der(&x)))
    }

    const fn new(material: Material, verifier: DecodingKey) -> Self {
        Self {
            material,
            kid: None,
            only_for: None,
            verifier,
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

/// RFC 7517 §4.2, §4.3: a key for encryption verifies nothing.
fn check_use(jwk: &Map<String, Value>) -> Result<(), KeyError> {
    if text(jwk, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyError::Unsupported("`use` is not `sig`"));
    }
    let Some(operations) = jwk.get("key_ops") else {
        return Ok(());
    };
    let operations = operations
        .as_array()
        .ok_or(KeyError::Malformed("`key_ops` is an array"))?;
    if operations.iter().any(|operation| operation == "verify") {
        return Ok(());
    }
    Err(KeyError::Unsupported("`key_ops` lacks `verify`"))
}

fn check_curve(jwk: &Map<String, Value>, curve: &str) -> Result<(), KeyError> {
    if text(jwk, "crv")? == Some(curve) {
        return Ok(());
    }
    Err(KeyError::Unsupported("`crv` must be P-256 or Ed25519"))
}

fn check_parses(algorithm: &'static dyn VerificationAlgorithm, key: &[u8], no: &'static str) -> Result<(), KeyError> {
    ParsedPublicKey::new(algorithm, key)
        .map(|_| ())
        .map_err(|_| KeyError::Malformed(no))
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

fn without_leading_zeros(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7638 §3.1.
    fn rsa() -> Value {
        json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV\
                  4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7\
                  d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF4\
                  4-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29"
        })
    }

    /// RFC 7517 appendix A.1.
    fn p256() -> Value {
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            "kid": "1"
        })
    }

    /// RFC 8037 appendix A.2.
    fn ed25519() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Result<PublicKey, KeyError> {
        jwk[member] = value.into();
        PublicKey::from_jwk(&jwk)
    }

    #[test]
    fn thumbprints_are_the_known_ones() {
        let thumbprint = |jwk| PublicKey::from_jwk(&jwk).unwrap().thumbprint();
        assert_eq!(thumbprint(rsa()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(thumbprint(ed25519()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(
            thumbprint(p256()),
            thumbprint(PublicKey::from_jwk(&p256()).unwrap().to_jwk())
        );
    }

    #[test]
    fn leading_zeros_change_neither_key_nor_thumbprint() {
        let padded = [&[0, 0][..], &base64url_decode(rsa()["n"].as_str().unwrap()).unwrap()].concat();
        let key = with(rsa(), "n", base64url(&padded)).unwrap();
        assert_eq!(key, PublicKey::from_jwk(&rsa()).unwrap());
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn keys_are_written_as_they_were_read() {
        for (jwk, alg) in [
            (rsa(), Some("RS256")),
            (p256(), Some("ES256")),
            (ed25519(), Some("EdDSA")),
        ] {
            let key = PublicKey::from_jwk(&jwk).unwrap();
            let written = key.to_jwk();
            for (member, value) in jwk.as_object().unwrap() {
                assert_eq!(&written[member], value);
            }
            assert_eq!(written["use"], "sig");
            assert_eq!(written["alg"].as_str(), alg);
            assert_eq!(written["kid"].as_str(), Some(key.kid().unwrap_or(&key.thumbprint())));
        }
        let mut for_both = rsa();
        for_both.as_object_mut().unwrap().remove("alg");
        assert!(PublicKey::from_jwk(&for_both).unwrap().to_jwk().get("alg").is_none());
    }

    #[test]
    fn keys_support_the_algorithms_of_their_type_and_alg() {
        let supported = |jwk: &Value| {
            let key = PublicKey::from_jwk(jwk).unwrap();
            Algorithm::ALL
                .into_iter()
                .filter(|alg| key.supports(*alg))
                .collect::<Vec<_>>()
        };
        assert_eq!(supported(&rsa()), [Algorithm::Rs256]);
        assert_eq!(supported(&p256()), [Algorithm::Es256]);
        assert_eq!(supported(&ed25519()), [Algorithm::EdDsa]);
        let mut for_both = rsa();
        for_both.as_object_mut().unwrap().remove("alg");
        assert_eq!(supported(&for_both), [Algorithm::Rs256, Algorithm::Ps256]);
    }

    #[test]
    fn private_and_symmetric_keys_are_refused() {
        for jwk in [rsa(), p256(), ed25519()] {
            assert_eq!(with(jwk, "d", "AA").unwrap_err(), KeyError::Private);
        }
        assert_eq!(
            PublicKey::from_jwk(&json!({"kty": "oct", "k": "AA"})).unwrap_err(),
            KeyError::Private
        );
        assert!(PublicKey::from_jwk(&json!({"kty": "oct"})).is_err());
    }

    #[test]
    fn keys_for_other_uses_are_refused() {
        assert!(with(p256(), "use", "sig").is_ok());
        assert!(with(p256(), "key_ops", json!(["verify"])).is_ok());
        assert!(with(p256(), "alg", "ES256").is_ok());
        assert!(matches!(with(p256(), "use", "enc"), Err(KeyError::Unsupported(_))));
        assert!(matches!(
            with(p256(), "key_ops", json!(["sign"])),
            Err(KeyError::Unsupported(_))
        ));
        assert!(matches!(with(p256(), "key_ops", "verify"), Err(KeyError::Malformed(_))));
        assert!(matches!(with(p256(), "alg", "RS256"), Err(KeyError::Malformed(_))));
        assert!(matches!(with(rsa(), "alg", "RS512"), Err(KeyError::Unsupported(_))));
        assert!(matches!(with(p256(), "alg", "none"), Err(KeyError::Unsupported(_))));
    }

    #[test]
    fn weak_and_broken_keys_are_refused() {
        let weak = base64url(&[0xff; 128]);
        assert!(matches!(with(rsa(), "n", weak), Err(KeyError::Unsupported(_))));
        assert!(matches!(
            with(rsa(), "n", base64url(&[0xff; 1025])),
            Err(KeyError::Unsupported(_))
        ));
        for exponent in ["", "AA", "AQ", "Ag", "AQAA", "AQAAAAE"] {
            assert!(with(rsa(), "e", exponent).is_err(), "{exponent}");
        }
        let other = p256()["x"].clone();
        assert_eq!(
            with(p256(), "y", other).unwrap_err(),
            KeyError::Malformed("not a point of P-256")
        );
        assert!(matches!(
            with(p256(), "x", base64url(&[1; 31])),
            Err(KeyError::Malformed(_))
        ));
        assert!(matches!(with(p256(), "crv", "P-384"), Err(KeyError::Unsupported(_))));
        assert!(matches!(
            with(ed25519(), "crv", "X25519"),
            Err(KeyError::Unsupported(_))
        ));
        assert!(matches!(with(ed25519(), "x", "AA"), Err(KeyError::Malformed(_))));
        assert!(matches!(with(ed25519(), "kid", 1), Err(KeyError::Malformed(_))));
        assert!(PublicKey::from_jwk(&json!("key")).is_err());
    }
}
