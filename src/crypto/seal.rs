//! Secrets at rest: AES-256-GCM under a key of the master key for each purpose.
//!
//! A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. Version, key id and purpose are
//! authenticated, so a value sealed for one purpose never opens for another.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::master::{MasterKey, MasterKeys};
use super::random::Random;
use crate::error::Fault;
use crate::model::secret::Sealed;

const VERSION: u8 = 1;

impl MasterKeys {
    /// Seals bytes for one purpose under the key in force.
    pub fn seal(&self, purpose: &str, random: &mut Random, plain: &[u8]) -> Result<Sealed, Fault> {
        let key = self.current();
        let nonce = random.bytes::<NONCE_LEN>();
        let header = header(key.id());
        let mut body = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
        body.extend_from_slice(plain);
        cipher(key, purpose)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                bound_to(header, purpose),
                &mut *body,
            )
            .map_err(|_| Fault::new("a value is too long to be sealed"))?;
        Ok(Sealed([header.as_slice(), &nonce, &body].concat()))
    }

    /// Opens what was sealed for this purpose, under the key in force or an earlier one.
    pub fn open(&self, purpose: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let damaged = || {
            Fault::new(format!(
                "a sealed value ({purpose}) is damaged or was sealed for another purpose"
            ))
        };
        let (&[version, ref id @ ..], rest) = sealed.0.split_first_chunk::<5>().ok_or_else(damaged)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        if version != VERSION {
            return Err(Fault::new(format!(
                "a sealed value ({purpose}) has the unknown version {version}"
            )));
        }
        let mut known = false;
        for key in self.with_id(*id) {
            known = true;
            let mut plain = Zeroizing::new(body.to_vec());
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = cipher(key, purpose)?
                .open_in_place(nonce, bound_to(header(*id), purpose), &mut plain)
                .map(|p| p.len());
            if let Ok(length) = opened {
                plain.truncate(length);
                return Ok(plain);
            }
        }
        if known {
            return Err(damaged());
        }
        Err(Fault::new(format!(
            "a sealed value ({purpose}) needs a master key that is not among secrets.old_master_keys"
        )))
    }
}

fn header(id: [u8; 4]) -> [u8; 5] {
    let [a, b, c, d] = id;
    [VERSION, a, b, c, d]
}

fn bound_to(header: [u8; 5], purpose: &str) -> Aad<Vec<u8>> {
    Aad::from([header.as_slice(), purpose.as_bytes()].concat())
}

fn cipher(key: &MasterKey, purpose: &str) -> Result<LessSafeKey, Fault> {
    UnboundKey::new(&AES_256_GCM, &*key.sealing_key(purpose))
        .map(LessSafeKey::new)
        .map_err(|_| Fault::new("making a sealing key failed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;
    use proptest::prelude::*;

    fn keys(digit: &str) -> MasterKeys {
        MasterKeys::from_hex(&Secret::new(digit.repeat(64))).unwrap()
    }

    fn sealed(keys: &MasterKeys) -> Sealed {
        keys.seal("totp", &mut Random::seeded(1), b"plain").unwrap()
    }

    #[test]
    fn sealed_bytes_open_for_their_purpose_alone() {
        let keys = keys("a");
        let sealed = sealed(&keys);
        assert_eq!(*keys.open("totp", &sealed).unwrap(), b"plain");
        assert!(!sealed.0.windows(5).any(|window| window == b"plain"));
        assert!(
            keys.open("signing key", &sealed)
                .unwrap_err()
                .to_string()
                .contains("another purpose")
        );
    }

    #[test]
    fn sealing_twice_gives_two_values() {
        let (keys, mut random) = (keys("a"), Random::seeded(1));
        assert_ne!(
            keys.seal("p", &mut random, b"x").unwrap(),
            keys.seal("p", &mut random, b"x").unwrap()
        );
    }

    #[test]
    fn an_old_key_still_opens_and_a_foreign_one_does_not() {
        let old = sealed(&keys("a"));
        let rotated = keys("b").with_old(&[Secret::new("a".repeat(64))]).unwrap();
        assert_eq!(*rotated.open("totp", &old).unwrap(), b"plain");
        let new = sealed(&rotated);
        assert_eq!(*keys("b").open("totp", &new).unwrap(), b"plain");
        assert!(
            keys("b")
                .open("totp", &old)
                .unwrap_err()
                .to_string()
                .contains("old_master_keys")
        );
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let keys = keys("a");
        let sealed = sealed(&keys);
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert!(keys.open("totp", &changed).is_err(), "byte {at}");
            assert!(
                keys.open("totp", &Sealed(sealed.0[..at].to_vec())).is_err(),
                "length {at}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens(plain: Vec<u8>, purpose: String, seed: u64) {
            let keys = keys("a");
            let sealed = keys.seal(&purpose, &mut Random::seeded(seed), &plain).unwrap();
            prop_assert_eq!(&*keys.open(&purpose, &sealed).unwrap(), &plain);
        }

        #[test]
        fn no_stranger_opens(bytes: Vec<u8>) {
            prop_assert!(keys("a").open("totp", &Sealed(bytes)).is_err());
        }
    }
}
