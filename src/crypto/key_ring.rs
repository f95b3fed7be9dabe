//! Signing keys: making them, and the ring of those in force.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::certificate::rsa_components;
use super::digest::base64url;
use super::jwk::PublicKey;
use crate::error::Fault;
use crate::model::signing_key::{Algorithm, SigningKey};
use crate::model::time::Timestamp;

/// A new private key as PKCS#8 DER, and the key's `kid`. RSA keys have 2048 bits and take a moment.
pub fn generate(algorithm: Algorithm) -> Result<(Zeroizing<Vec<u8>>, String), Fault> {
    let failed = |_| Fault::new(format!("generating a key for {algorithm} failed"));
    let private = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 => RsaKeyPair::generate(KeySize::Rsa2048)
            .and_then(|pair| pair.as_der())
            .map_err(failed)?
            .as_ref()
            .to_vec(),
        Algorithm::Es256 => {
            let random = SystemRandom::new();
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(failed)?;
            document.as_ref().to_vec()
        }
        Algorithm::EdDsa => Ed25519KeyPair::generate()
            .and_then(|pair| pair.to_pkcs8v1())
            .map_err(failed)?
            .as_ref()
            .to_vec(),
    };
    let private = Zeroizing::new(private);
    let kid = SigningKeyPair::from_pkcs8(algorithm, &private)?.kid;
    Ok((private, kid))
}

/// A private key, ready to sign with one algorithm.
pub struct SigningKeyPair {
    algorithm: Algorithm,
    kid: String,
    private: Private,
    public: PublicKey,
}

/// The parsed key, held: a library that takes DER parses and checks the key at each signature, at four times the cost.
enum Private {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl SigningKeyPair {
    /// Reads a private key from PKCS#8 DER (RFC 5958).
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        let rejected = |_| Fault::new(format!("a private key is not one for {algorithm}"));
        let (private, public) = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?;
                let unreadable = |error| Fault::from_error("reading an RSA key", error);
                let (n, e) = rsa_components(pair.public_key().as_ref()).map_err(unreadable)?;
                (Private::Rsa(pair), PublicKey::rsa(&n, &e))
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(rejected)?;
                let public = PublicKey::p256_point(pair.public_key().as_ref());
                (Private::Ec(pair), public)
            }
            Algorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(rejected)?;
                let public = PublicKey::ed25519(pair.public_key().as_ref());
                (Private::Ed(pair), public)
            }
        };
        let public = public
            .map_err(|error| Fault::from_error("reading a signing key", error))?
            .named_for(algorithm);
        Ok(Self {
            algorithm,
            kid: public.thumbprint(),
            private,
            public,
        })
    }

    /// The thumbprint of its public key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key that verifies what it signs.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its public key as it is published.
    #[must_use]
    pub fn public_jwk(&self) -> Value {
        self.public.to_jwk()
    }

    /// The signature over a message, base64url.
    pub(super) fn sign_bytes(&self, message: &[u8]) -> Result<String, Fault> {
        let random = SystemRandom::new();
        let failed = |_| Fault::new("signing failed");
        match &self.private {
            Private::Rsa(pair) => {
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = if self.algorithm == Algorithm::Ps256 {
                    &RSA_PSS_SHA256
                } else {
                    &RSA_PKCS1_SHA256
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map_err(failed)?;
                Ok(base64url(&signature))
            }
            Private::Ec(pair) => Ok(base64url(pair.sign(&random, message).map_err(failed)?.as_ref())),
            Private::Ed(pair) => Ok(base64url(pair.sign(message).as_ref())),
        }
    }
}

impl fmt::Debug for SigningKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyPair")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The keys in force: those that are published, those that sign, and those that still verify.
#[derive(Debug)]
pub struct KeyRing {
    keys: Vec<HeldKey>,
}

#[derive(Debug)]
struct HeldKey {
    pair: SigningKeyPair,
    created_at: Timestamp,
    signs_from: Timestamp,
    retires_at: Option<Timestamp>,
}

impl HeldKey {
    fn signs_at(&self, now: Timestamp) -> bool {
        self.signs_from <= now && self.retires_at.is_none_or(|at| now < at)
    }
}

impl KeyRing {
    /// A ring of stored keys and their opened private keys (PKCS#8 DER).
    pub fn new(keys: Vec<(SigningKey, Zeroizing<Vec<u8>>)>) -> Result<Self, Fault> {
        let held = keys.into_iter().map(|(stored, private)| {
            let pair = SigningKeyPair::from_pkcs8(stored.algorithm, &private)?;
            if pair.kid != stored.kid {
                return Err(Fault::new(format!(
                    "the private key stored as {} is another key",
                    stored.kid
                )));
            }
            Ok(HeldKey {
                pair,
                created_at: stored.created_at,
                signs_from: stored.signs_from,
                retires_at: stored.retires_at,
            })
        });
        Ok(Self {
            keys: held.collect::<Result<_, _>>()?,
        })
    }

    /// The key that signs with this algorithm now: the youngest whose time has come and is not over.
    #[must_use]
    pub fn signer(&self, algorithm: Algorithm, now: Timestamp) -> Option<&SigningKeyPair> {
        self.keys
            .iter()
            .filter(|key| key.pair.algorithm == algorithm && key.signs_at(now))
            .max_by_key(|key| (key.signs_from, key.created_at))
            .map(|key| &key.pair)
    }

    /// The key of this `kid`.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&SigningKeyPair> {
        self.keys.iter().map(|key| &key.pair).find(|pair| pair.kid == kid)
    }

    /// The key set that is published (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.keys.iter().map(|key| key.pair.public_jwk()).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jwk_set::JwkSet;
    use crate::model::secret::Sealed;

    fn key(algorithm: Algorithm, created: i64, signs: i64, retires: Option<i64>) -> (SigningKey, Zeroizing<Vec<u8>>) {
        let (private, kid) = generate(algorithm).unwrap();
        let stored = SigningKey {
            kid,
            algorithm,
            private_key: Sealed(Vec::new()),
            created_at: Timestamp::from_seconds(created),
            signs_from: Timestamp::from_seconds(signs),
            retires_at: retires.map(Timestamp::from_seconds),
        };
        (stored, private)
    }

    #[test]
    fn the_youngest_key_whose_time_has_come_and_is_not_over_signs() {
        let keys = vec![
            key(Algorithm::Es256, 0, 10, None),
            key(Algorithm::Es256, 5, 20, Some(30)),
            key(Algorithm::Es256, 6, 20, Some(25)),
            key(Algorithm::EdDsa, 0, 0, Some(40)),
        ];
        let kids: Vec<_> = keys.iter().map(|(stored, _)| stored.kid.clone()).collect();
        let ring = KeyRing::new(keys).unwrap();
        for (algorithm, now, signs) in [
            (Algorithm::Es256, 9, None),
            (Algorithm::Es256, 10, Some(0)),
            (Algorithm::Es256, 19, Some(0)),
            (Algorithm::Es256, 20, Some(2)),
            (Algorithm::Es256, 24, Some(2)),
            (Algorithm::Es256, 25, Some(1)),
            (Algorithm::Es256, 29, Some(1)),
            (Algorithm::Es256, 30, Some(0)),
            (Algorithm::EdDsa, -1, None),
            (Algorithm::EdDsa, 0, Some(3)),
            (Algorithm::EdDsa, 39, Some(3)),
            (Algorithm::EdDsa, 40, None),
            (Algorithm::Rs256, 20, None),
        ] {
            let signer = ring.signer(algorithm, Timestamp::from_seconds(now));
            let expected = signs.map(|at: usize| kids[at].as_str());
            assert_eq!(signer.map(SigningKeyPair::kid), expected, "{algorithm} at {now}");
        }
        assert!(
            kids.iter()
                .all(|kid| ring.find(kid).is_some_and(|pair| pair.kid() == kid)),
            "whoever does not sign still verifies"
        );
        assert!(ring.find("unknown").is_none());
    }

    #[test]
    fn every_held_key_is_published_without_its_private_part() {
        let ring = KeyRing::new(vec![
            key(Algorithm::Es256, 0, 10, None),
            key(Algorithm::EdDsa, 0, 0, Some(5)),
        ])
        .unwrap();
        let jwks = ring.jwks();
        let set = JwkSet::parse(&jwks).unwrap();
        assert_eq!(set.keys().len(), 2);
        for key in set.keys() {
            assert_eq!(key.kid(), Some(&*key.thumbprint()));
        }
        assert_eq!(jwks["keys"][0]["alg"], "ES256");
        assert_eq!(jwks["keys"][1]["alg"], "EdDSA");
    }

    #[test]
    fn a_ring_refuses_keys_that_are_not_what_they_are_called() {
        let (mut stored, private) = key(Algorithm::Es256, 0, 0, None);
        stored.kid = "another".into();
        assert!(KeyRing::new(vec![(stored, private)]).is_err());
        let (mut stored, private) = key(Algorithm::Es256, 0, 0, None);
        stored.algorithm = Algorithm::EdDsa;
        assert!(KeyRing::new(vec![(stored, private)]).is_err());
        assert!(SigningKeyPair::from_pkcs8(Algorithm::Rs256, b"no key").is_err());
    }

    #[test]
    fn private_keys_do_not_show_themselves() {
        let (private, kid) = generate(Algorithm::EdDsa).unwrap();
        let shown = format!("{:?}", SigningKeyPair::from_pkcs8(Algorithm::EdDsa, &private).unwrap());
        assert_eq!(
            shown,
            format!("SigningKeyPair {{ algorithm: EdDsa, kid: {kid:?}, .. }}")
        );
    }
}
