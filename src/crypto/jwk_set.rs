//! Key sets that others publish. RFC 7517 §5.

use std::borrow::Cow;

use serde_json::Value;

use super::certificate::Certificate;
use super::jwk::{KeyError, PublicKey};
use crate::model::signing_key::Algorithm;
use crate::model::time::Timestamp;

/// More keys than anyone has in force; a set beyond it is an attempt to make us work.
const MAX_KEYS: usize = 64;

/// The usable public keys of a key set.
#[derive(Debug, Clone, Default)]
pub struct JwkSet {
    keys: Vec<PublicKey>,
}

impl JwkSet {
    /// Reads a key set, leaving out the keys that this server does not verify with.
    ///
    /// A set with a private key in it is refused whole: whoever published it must learn of it.
    pub fn parse(set: &Value) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed("a key set is an object with an array `keys`");
        let keys = set.get("keys").and_then(Value::as_array).ok_or(malformed)?;
        if keys.len() > MAX_KEYS {
            return Err(KeyError::Unsupported("a key set has at most 64 keys"));
        }
        let mut usable = Vec::with_capacity(keys.len());
        for key in keys {
            match PublicKey::from_jwk(key) {
                Ok(key) => usable.push(key),
                // RFC 7517 §5: keys that are not understood, lack members or are out of range are ignored.
                Err(KeyError::Unsupported(_) | KeyError::Malformed(_)) => {}
                Err(KeyError::Private) if key.get("kty").is_some_and(|kty| kty == "oct") => {}
                Err(KeyError::Private) => return Err(KeyError::Private),
            }
        }
        Ok(Self { keys: usable })
    }

    /// The usable keys, in the order of the set.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The keys that may have signed a token: those of this algorithm, and of this `kid` where the token names one and
    /// the key has one.
    pub fn candidates<'a>(&'a self, kid: Option<&'a str>, algorithm: Algorithm) -> impl Iterator<Item = &'a PublicKey> {
        let may_be = move |key: &&PublicKey| match (kid, key.kid()) {
            (Some(named), Some(own)) => named == own,
            _ => true,
        };
        self.keys
            .iter()
            .filter(move |key| key.supports(algorithm))
            .filter(may_be)
    }
}

/// The keys that are stored for a client or an issuer: listed ones, and that of a certificate.
#[derive(Debug, Clone, Default)]
pub struct StoredKeys {
    listed: JwkSet,
    certificate: Option<Certificate>,
}

impl StoredKeys {
    /// Reads them; a set or a certificate that cannot be used holds no key.
    #[must_use]
    pub fn read(jwks: Option<&Value>, certificate: Option<&str>) -> Self {
        Self {
            listed: jwks.and_then(|set| JwkSet::parse(set).ok()).unwrap_or_default(),
            certificate: certificate.and_then(|pem| PublicKey::from_certificate_pem(pem).ok()),
        }
    }

    /// Those that are good at this instant: a certificate's within its time of validity.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Cow<'_, JwkSet> {
        let valid = self.certificate.as_ref();
        let Some(certificate) = valid.filter(|known| known.not_before <= now && now <= known.not_after) else {
            return Cow::Borrowed(&self.listed);
        };
        let mut set = self.listed.clone();
        set.keys.push(certificate.key.clone());
        Cow::Owned(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::key_ring::{SigningKeyPair, generate};
    use serde_json::json;

    fn jwk(algorithm: Algorithm, kid: Option<&str>) -> Value {
        let (private, _) = generate(algorithm).unwrap();
        let mut jwk = SigningKeyPair::from_pkcs8(algorithm, &private).unwrap().public_jwk();
        jwk["kid"] = kid.into();
        if kid.is_none() {
            jwk.as_object_mut().unwrap().remove("kid");
        }
        jwk
    }

    #[test]
    fn candidates_have_the_algorithm_and_the_kid() {
        let (a, b) = (jwk(Algorithm::Es256, Some("a")), jwk(Algorithm::Es256, Some("b")));
        let (c, unnamed) = (jwk(Algorithm::EdDsa, Some("a")), jwk(Algorithm::Es256, None));
        let set = JwkSet::parse(&json!({ "keys": [a, b, c, unnamed] })).unwrap();
        let count = |kid, alg| set.candidates(kid, alg).count();
        assert_eq!(set.keys().len(), 4);
        assert_eq!(count(Some("a"), Algorithm::Es256), 2);
        assert_eq!(count(Some("a"), Algorithm::EdDsa), 1);
        assert_eq!(count(Some("foreign"), Algorithm::EdDsa), 0);
        assert_eq!(count(None, Algorithm::Es256), 3);
        assert_eq!(count(None, Algorithm::Rs256), 0);
    }

    #[test]
    fn keys_that_are_not_understood_are_left_out() {
        let good = jwk(Algorithm::EdDsa, None);
        let set =
            json!({ "keys": [{"kty": "AKP"}, {"kty": "oct", "k": "AA"}, {"kty": "EC", "crv": "P-521"}, 7, good] });
        assert_eq!(JwkSet::parse(&set).unwrap().keys().len(), 1);
    }

    #[test]
    fn private_keys_and_crowds_are_refused() {
        let mut private = jwk(Algorithm::EdDsa, None);
        private["d"] = "AA".into();
        let set = json!({ "keys": [jwk(Algorithm::EdDsa, None), private] });
        assert_eq!(JwkSet::parse(&set).unwrap_err(), KeyError::Private);
        let key = jwk(Algorithm::EdDsa, None);
        assert_eq!(
            JwkSet::parse(&json!({ "keys": vec![key.clone(); 64] }))
                .unwrap()
                .keys()
                .len(),
            64
        );
        assert!(JwkSet::parse(&json!({ "keys": vec![key; 65] })).is_err());
        for wrong in [json!([]), json!({}), json!({"keys": {}}), json!("keys")] {
            assert!(JwkSet::parse(&wrong).is_err());
        }
    }
}
