//! JSON Web Tokens, signed. RFC 7515, RFC 7519, and the advice of RFC 8725.
//!
//! Only structure and signatures are checked here; times and audiences are for callers, who have the clock. The
//! algorithm is always one that the caller allows and the key is for, never merely the one a token names.

use jsonwebtoken::DecodingKey;
use serde::Serialize;
use serde_json::{Map, Value};

use super::digest::{base64url, base64url_decode};
use super::jwk::PublicKey;
use super::key_ring::{KeyRing, SigningKeyPair};
use crate::error::Fault;
use crate::model::signing_key::Algorithm;

/// No token that means us well is longer.
const MAX_SIZE: usize = 16 * 1024;

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
    parse(token).map(|parts| parts.unverified)
}

/// The claims of a token that this key signed with one of the allowed algorithms.
pub fn verify_with(token: &str, key: &PublicKey, allowed: &[Algorithm]) -> Result<Map<String, Value>, JwtError> {
    let parts = parse(token).ok_or(JwtError::Malformed)?;
    let algorithm = parts.unverified.alg.parse().map_err(|_| JwtError::Algorithm)?;
    // RFC 8725 §3.1: each key is used with exactly one algorithm family, and the caller says which.
    if !allowed.contains(&algorithm) || !key.supports(algorithm) {
        return Err(JwtError::Algorithm);
    }
    parts.claims_if_signed(key.verifier(), registered(algorithm))
}

/// The claims of a token that was signed with HS256 and this secret.
pub fn verify_hmac(token: &str, secret: &[u8]) -> Result<Map<String, Value>, JwtError> {
    if secret.len() < MIN_HMAC_SECRET {
        return Err(JwtError::WeakSecret);
    }
    let parts = parse(token).ok_or(JwtError::Malformed)?;
    if parts.unverified.alg != "HS256" {
        return Err(JwtError::Algorithm);
    }
    parts.claims_if_signed(&DecodingKey::from_secret(secret), jsonwebtoken::Algorithm::HS256)
}

/// The claims of a token that we signed ourselves with a key of the ring, and, where one is asked for, of this `typ`.
#[must_use]
pub fn verify_own(token: &str, ring: &KeyRing, typ: Option<&str>) -> Option<Map<String, Value>> {
    let parts = parse(token)?;
    let key = ring.find(parts.unverified.kid.as_deref()?)?;
    // RFC 8725 §3.11: the explicit type keeps one kind of token from passing for another.
    let typ_fits = typ.is_none_or(|typ| parts.unverified.typ.as_deref() == Some(typ));
    if !typ_fits || parts.unverified.alg != key.algorithm().as_str() {
        return None;
    }
    parts
        .claims_if_signed(key.public().verifier(), registered(key.algorithm()))
        .ok()
}

/// A token taken apart.
struct Parts<'a> {
    message: &'a str,
    signature: &'a str,
    unverified: Unverified,
}

impl Parts<'_> {
    fn claims_if_signed(self, key: &DecodingKey, alg: jsonwebtoken::Algorithm) -> Result<Map<String, Value>, JwtError> {
        match jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), key, alg) {
            Ok(true) => Ok(self.unverified.claims),
            Ok(false) => Err(JwtError::Signature),
            Err(_) => Err(JwtError::Malformed),
        }
    }
}

/// RFC 7515 §3.1 and §5.2, steps 1 to 7: three parts, the first two of them objects.
fn parse(token: &str) -> Option<Parts<'_>> {
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

/// Our algorithm as the JOSE library calls it.
pub(super) const fn registered(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key_ring::generate;
    use crate::model::secret::Sealed;
    use crate::model::signing_key::SigningKey;
    use crate::model::time::Timestamp;
    use jsonwebtoken::EncodingKey;
    use proptest::prelude::*;
    use serde_json::json;

    const RSA: &[u8] = include_bytes!("../../tests/keys/rsa_2048.pk8");

    fn key(algorithm: Algorithm) -> SigningKeyPair {
        let private = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => RSA.to_vec(),
            _ => generate(algorithm).unwrap().0.to_vec(),
        };
        SigningKeyPair::from_pkcs8(algorithm, &private).unwrap()
    }

    fn ring(algorithm: Algorithm) -> KeyRing {
        let (private, kid) = generate(algorithm).unwrap();
        let (at, private_key) = (Timestamp::default(), Sealed(Vec::new()));
        let stored = SigningKey {
            kid,
            algorithm,
            private_key,
            created_at: at,
            signs_from: at,
            retires_at: None,
        };
        KeyRing::new(vec![(stored, private)]).unwrap()
    }

    fn part(value: &Value) -> String {
        base64url(value.to_string().as_bytes())
    }

    fn hmac_token(header: &Value, secret: &[u8]) -> String {
        let message = format!("{}.{}", part(header), part(&json!({"sub": "alice"})));
        let key = EncodingKey::from_secret(secret);
        let alg = jsonwebtoken::Algorithm::HS256;
        format!(
            "{message}.{}",
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, alg).unwrap()
        )
    }

    #[test]
    fn every_algorithm_signs_what_its_public_key_verifies() {
        for algorithm in Algorithm::ALL {
            let key = key(algorithm);
            let token = sign(&key, "at+jwt", &json!({"sub": "alice", "exp": 1})).unwrap();
            let said = inspect(&token).unwrap();
            assert_eq!(said.header.len(), 3);
            assert_eq!((&*said.alg, said.kid.as_deref()), (algorithm.as_str(), Some(key.kid())));
            assert_eq!(said.typ.as_deref(), Some("at+jwt"));
            let published = PublicKey::from_jwk(&key.public_jwk()).unwrap();
            let claims = verify_with(&token, &published, &Algorithm::ALL).unwrap();
            assert_eq!(Value::Object(claims), json!({"sub": "alice", "exp": 1}));
        }
    }

    #[test]
    fn tokens_of_the_specification_verify() {
        // RFC 7515 appendix A.3.
        let jwk = json!({
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
        });
        let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let token = format!("eyJhbGciOiJFUzI1NiJ9.{claims}.{signature}");
        let verified = verify_with(&token, &PublicKey::from_jwk(&jwk).unwrap(), &[Algorithm::Es256]).unwrap();
        assert_eq!(verified["iss"], "joe");
        // RFC 7515 appendix A.1.
        let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let token = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{claims}.{signature}");
        assert_eq!(
            verify_hmac(&token, &base64url_decode(secret).unwrap()).unwrap()["iss"],
            "joe"
        );
    }

    #[test]
    fn a_public_key_is_no_shared_secret() {
        for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
            let key = key(algorithm);
            let jwk = key.public_jwk();
            for secret in [jwk.to_string(), jwk["n"].to_string(), jwk["x"].to_string()] {
                let token = hmac_token(&json!({"alg": "HS256", "kid": key.kid()}), secret.as_bytes());
                let refused = verify_with(&token, key.public(), &Algorithm::ALL).unwrap_err();
                assert_eq!(refused, JwtError::Algorithm);
                // The same signature under the name of the key's own algorithm.
                let token = hmac_token(&json!({"alg": algorithm.as_str(), "kid": key.kid()}), secret.as_bytes());
                assert_eq!(
                    verify_with(&token, key.public(), &Algorithm::ALL).unwrap_err(),
                    JwtError::Signature
                );
            }
        }
    }

    #[test]
    fn the_algorithm_must_be_allowed_and_fit_the_key() {
        let (rsa, ec) = (key(Algorithm::Rs256), key(Algorithm::Es256));
        let token = sign(&rsa, "JWT", &json!({})).unwrap();
        let refused =
            |key: &SigningKeyPair, allowed: &[Algorithm]| verify_with(&token, key.public(), allowed).unwrap_err();
        assert_eq!(refused(&rsa, &[]), JwtError::Algorithm);
        assert_eq!(
            refused(&rsa, &[Algorithm::Ps256, Algorithm::Es256]),
            JwtError::Algorithm
        );
        assert_eq!(refused(&ec, &Algorithm::ALL), JwtError::Algorithm);
        assert_eq!(refused(&key(Algorithm::Ps256), &Algorithm::ALL), JwtError::Algorithm);
        let token = sign(&ec, "JWT", &json!({})).unwrap();
        let other = key(Algorithm::Es256);
        assert_eq!(
            verify_with(&token, other.public(), &Algorithm::ALL).unwrap_err(),
            JwtError::Signature
        );
    }

    #[test]
    fn tokens_without_a_proper_signature_are_malformed() {
        let (claims, long) = (part(&json!({})), "x".repeat(MAX_SIZE));
        let with = |header: Value| format!("{}.{claims}.AAAA", part(&header));
        for token in [
            with(json!({"alg": "none"})),
            with(json!({"alg": "NoNe"})),
            with(json!({})),
            with(json!({"alg": 1})),
            with(json!({"alg": "ES256", "crit": ["b64"], "b64": false})),
            with(json!({"alg": "ES256", "crit": []})),
            with(json!({"alg": "ES256", "kid": 1})),
            with(json!({"alg": "ES256", "typ": null})),
            with(json!([])),
            with(json!({"alg": "ES256", "kid": long})),
            format!("{}.{}.AAAA", part(&json!({"alg": "ES256"})), part(&json!(["sub"]))),
            format!("{}.{claims}.", part(&json!({"alg": "ES256"}))),
            format!("{}.{claims}", part(&json!({"alg": "ES256"}))),
            format!("{}.{claims}.AAAA.AAAA", part(&json!({"alg": "ES256"}))),
            format!("{}=.{claims}.AAAA", part(&json!({"alg": "ES256"}))),
            "..".into(),
            String::new(),
        ] {
            assert!(inspect(&token).is_none(), "{token}");
        }
        assert!(inspect(&with(json!({"alg": "ES256"}))).is_some());
    }

    #[test]
    fn changed_tokens_are_refused() {
        let key = key(Algorithm::EdDsa);
        let token = sign(&key, "JWT", &json!({"sub": "alice"})).unwrap();
        let [header, _, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let forged = format!("{header}.{}.{signature}", part(&json!({"sub": "mallory"})));
        assert_eq!(
            verify_with(&forged, key.public(), &Algorithm::ALL).unwrap_err(),
            JwtError::Signature
        );
        let padded = format!("{token}=");
        assert_eq!(
            verify_with(&padded, key.public(), &Algorithm::ALL).unwrap_err(),
            JwtError::Malformed
        );
    }

    #[test]
    fn shared_secrets_are_long_and_hs256_alone() {
        let secret = [7; 32];
        assert!(verify_hmac(&hmac_token(&json!({"alg": "HS256"}), &secret), &secret).is_ok());
        let refused = |token: &str, secret: &[u8]| verify_hmac(token, secret).unwrap_err();
        assert_eq!(
            refused(&hmac_token(&json!({"alg": "HS256"}), &secret), &[8; 32]),
            JwtError::Signature
        );
        assert_eq!(
            refused(&hmac_token(&json!({"alg": "HS512"}), &secret), &secret),
            JwtError::Algorithm
        );
        assert_eq!(
            refused(&hmac_token(&json!({"alg": "ES256"}), &secret), &secret),
            JwtError::Algorithm
        );
        assert_eq!(
            refused(&hmac_token(&json!({"alg": "HS256"}), &[7; 31]), &[7; 31]),
            JwtError::WeakSecret
        );
    }

    #[test]
    fn our_own_tokens_are_known_by_kid_and_typ() {
        let (ring, foreign) = (ring(Algorithm::Es256), ring(Algorithm::Es256));
        let signer = |ring: &KeyRing| {
            sign(
                ring.signer(Algorithm::Es256, Timestamp::default()).unwrap(),
                "at+jwt",
                &json!({}),
            )
        };
        let token = signer(&ring).unwrap();
        assert!(verify_own(&token, &ring, Some("at+jwt")).is_some());
        assert!(verify_own(&token, &ring, None).is_some());
        assert!(verify_own(&token, &ring, Some("JWT")).is_none());
        assert!(verify_own(&token, &foreign, None).is_none());

        // A foreign key under our kid, and our key under another algorithm's name.
        let own = ring.signer(Algorithm::Es256, Timestamp::default()).unwrap();
        let [_, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        let foreign_token = signer(&foreign).unwrap();
        let foreign_signature = foreign_token.rsplit_once('.').unwrap().1;
        let header = part(&json!({"alg": "ES256", "kid": own.kid(), "typ": "at+jwt"}));
        assert!(verify_own(&format!("{header}.{claims}.{signature}"), &ring, None).is_some());
        assert!(verify_own(&format!("{header}.{claims}.{foreign_signature}"), &ring, None).is_none());
        let header = part(&json!({"alg": "EdDSA", "kid": own.kid(), "typ": "at+jwt"}));
        assert!(verify_own(&format!("{header}.{claims}.{signature}"), &ring, None).is_none());
        let header = part(&json!({"alg": "ES256", "typ": "at+jwt"}));
        assert!(verify_own(&format!("{header}.{claims}.{signature}"), &ring, None).is_none());
    }

    #[test]
    fn claims_must_be_an_object() {
        for claims in [json!([]), json!("text"), json!(null)] {
            assert!(sign(&key(Algorithm::EdDsa), "JWT", &claims).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_inspect(token: String) {
            prop_assert!(inspect(&token).is_none_or(|said| said.alg != "none"));
        }

        #[test]
        fn no_three_parts_upset_verify(header: Vec<u8>, claims: Vec<u8>, signature in "[A-Za-z0-9_-]{0,90}") {
            let token = format!("{}.{}.{signature}", base64url(&header), base64url(&claims));
            prop_assert!(inspect(&token).is_none());
            let token = format!("{}.{}.{signature}", part(&json!({"alg": "HS256"})), part(&json!({})));
            prop_assert!(verify_hmac(&token, &[7; 32]).is_err());
        }
    }
}
