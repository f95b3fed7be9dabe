//! The master key and what is derived from it (HKDF-SHA256, RFC 5869).

use std::fmt;
use std::path::Path;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::digest::{constant_time_eq, first_bytes};
use super::master_file;
use crate::error::{FieldError, Result};
use crate::model::secret::Secret;

/// RFC 5869 §3.1: a salt that need not be secret keeps this product's keys apart from any other use of the same key.
const SALT: &[u8] = b"countersign master key 1";

/// The master key in force and the earlier ones.
///
/// The one in force seals and signs; the earlier ones still open and verify what they made.
pub struct MasterKeys {
    current: MasterKey,
    old: Vec<MasterKey>,
}

impl MasterKeys {
    /// Reads the key from its file, making the file with a new key when there is none.
    ///
    /// A file that group or others may read is refused, as is one that does not hold 64 hexadecimal digits.
    pub fn load_or_create(path: &Path) -> Result<Self> {
        let key = master_file::load_or_create(path)?;
        Ok(Self {
            current: MasterKey::new(&key),
            old: Vec::new(),
        })
    }

    /// Takes the key from 64 hexadecimal digits.
    pub fn from_hex(key: &Secret) -> std::result::Result<Self, FieldError> {
        let key = parse_hex(key.expose()).ok_or_else(|| not_hex("secrets.master_key"))?;
        Ok(Self {
            current: MasterKey::new(&key),
            old: Vec::new(),
        })
    }

    /// Adds earlier keys, each of 64 hexadecimal digits.
    pub fn with_old(mut self, keys: &[Secret]) -> std::result::Result<Self, FieldError> {
        for key in keys {
            let key = parse_hex(key.expose()).ok_or_else(|| not_hex("secrets.old_master_keys"))?;
            self.old.push(MasterKey::new(&key));
        }
        Ok(self)
    }

    /// The HMAC key for one purpose. Different labels give unrelated keys.
    #[must_use]
    pub fn derive(&self, label: &str) -> HmacKey {
        HmacKey {
            current: self.current.hmac_key(label),
            old: self.old.iter().map(|key| key.hmac_key(label)).collect(),
        }
    }

    /// The key that seals.
    pub(super) const fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The keys that may have sealed something under this key id.
    pub(super) fn with_id(&self, id: [u8; 4]) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current)
            .chain(&self.old)
            .filter(move |key| key.id == id)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys(…)")
    }
}

/// One master key, ready to derive from.
pub(super) struct MasterKey {
    pseudorandom: hmac::Key,
    id: [u8; 4],
}

impl MasterKey {
    fn new(key: &[u8; 32]) -> Self {
        let pseudorandom = extract(SALT, key);
        let id = first_bytes(&*expand(&pseudorandom, &[b"id"]));
        Self { pseudorandom, id }
    }

    /// Names this key in what it sealed, and tells nothing about it.
    pub(super) const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The AES-256 key for sealing with one purpose.
    pub(super) fn sealing_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        expand(&self.pseudorandom, &[b"seal/", purpose.as_bytes()])
    }

    fn hmac_key(&self, label: &str) -> hmac::Key {
        hmac::Key::new(
            hmac::HMAC_SHA256,
            &*expand(&self.pseudorandom, &[b"hmac/", label.as_bytes()]),
        )
    }
}

/// An HMAC-SHA256 key for one purpose.
pub struct HmacKey {
    current: hmac::Key,
    old: Vec<hmac::Key>,
}

impl HmacKey {
    /// The tag of a list of parts, made with the key in force.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        tag(&self.current, parts)
    }

    /// Whether the tag was made of exactly these parts, under the key in force or an earlier one.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], expected: &[u8]) -> bool {
        std::iter::once(&self.current)
            .chain(&self.old)
            .any(|key| constant_time_eq(&tag(key, parts), expected))
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(…)")
    }
}

/// HMAC over the parts, each after its length, so that no two lists of parts are the same message.
fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    first_bytes(context.sign().as_ref())
}

/// RFC 5869 §2.2: `PRK = HMAC(salt, key)`.
fn extract(salt: &[u8], key: &[u8]) -> hmac::Key {
    let pseudorandom: Zeroizing<[u8; 32]> = Zeroizing::new(first_bytes(
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), key).as_ref(),
    ));
    hmac::Key::new(hmac::HMAC_SHA256, &*pseudorandom)
}

/// RFC 5869 §2.3, one block: `T(1) = HMAC(PRK, info || 0x01)`.
fn expand(pseudorandom: &hmac::Key, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut context = hmac::Context::with_key(pseudorandom);
    for part in info {
        context.update(part);
    }
    context.update(&[1]);
    Zeroizing::new(first_bytes(context.sign().as_ref()))
}

/// The 32 bytes of 64 hexadecimal digits; white space around them is forgiven.
pub(super) fn parse_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let text = text.trim_ascii().as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        *byte = pair.iter().try_fold(0_u8, |value, digit| {
            let digit = u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
            Some(value << 4 | digit)
        })?;
    }
    Some(key)
}

fn not_hex(field: &str) -> FieldError {
    FieldError::new(
        field,
        "a master key is 64 hexadecimal digits, such as `openssl rand -hex 32` prints",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digit: &str) -> Secret {
        Secret::new(digit.repeat(64))
    }

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn derivation_gives_the_known_keys() {
        // RFC 5869 appendix A.1 and A.3, the first 32 bytes of each OKM.
        let key = [0x0b; 22];
        let okm = expand(
            &extract(&bytes("000102030405060708090a0b0c"), &key),
            &[&bytes("f0f1f2f3f4f5f6f7f8f9")],
        );
        assert_eq!(
            okm.to_vec(),
            bytes("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")
        );
        let okm = expand(&extract(&[], &key), &[]);
        assert_eq!(
            okm.to_vec(),
            bytes("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
        );
    }

    #[test]
    fn labels_and_keys_give_unrelated_tags() {
        let keys = MasterKeys::from_hex(&hex("a")).unwrap();
        let one = keys.derive("one").sign(&[b"data"]);
        assert_eq!(one, keys.derive("one").sign(&[b"data"]));
        assert_ne!(one, keys.derive("two").sign(&[b"data"]));
        assert_ne!(
            one,
            MasterKeys::from_hex(&hex("b")).unwrap().derive("one").sign(&[b"data"])
        );
    }

    #[test]
    fn parts_cannot_move_into_one_another() {
        let key = MasterKeys::from_hex(&hex("a")).unwrap().derive("label");
        let tag = key.sign(&[b"ab", b"c"]);
        assert!(key.verify(&[b"ab", b"c"], &tag));
        for other in [&[b"a".as_slice(), b"bc"][..], &[b"abc"], &[b"ab", b"c", b""]] {
            assert!(!key.verify(other, &tag));
        }
        assert!(!key.verify(&[b"ab", b"c"], &tag[..16]));
    }

    #[test]
    fn an_old_key_still_verifies() {
        let tag = MasterKeys::from_hex(&hex("a"))
            .unwrap()
            .derive("label")
            .sign(&[b"data"]);
        let rotated = MasterKeys::from_hex(&hex("b")).unwrap();
        assert!(!rotated.derive("label").verify(&[b"data"], &tag));
        let rotated = rotated.with_old(&[hex("a")]).unwrap();
        assert!(rotated.derive("label").verify(&[b"data"], &tag));
        assert_ne!(rotated.derive("label").sign(&[b"data"]), tag);
    }

    #[test]
    fn keys_that_are_not_64_digits_are_refused_by_name() {
        for wrong in [
            "",
            "abc",
            &"g".repeat(64),
            &"a".repeat(65),
            &"ä".repeat(32),
            &"+a".repeat(32),
        ] {
            let error = MasterKeys::from_hex(&Secret::new(wrong)).unwrap_err();
            assert_eq!(error.field, "secrets.master_key");
        }
        let error = MasterKeys::from_hex(&hex("A"))
            .unwrap()
            .with_old(&[Secret::new("short")])
            .unwrap_err();
        assert_eq!(error.field, "secrets.old_master_keys");
    }

    #[test]
    fn keys_do_not_show_themselves() {
        let keys = MasterKeys::from_hex(&hex("a")).unwrap();
        assert_eq!(format!("{keys:?} {:?}", keys.derive("x")), "MasterKeys(…) HmacKey(…)");
    }
}
