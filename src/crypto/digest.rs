//! Digests, comparisons that take the same time whatever they compare, and base64url (RFC 4648 §5, RFC 7515 §2).

use aws_lc_rs::constant_time;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::secret::Digest;
use crate::model::signing_key::Algorithm;

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(data: &[u8]) -> Digest {
    Digest::new(first_bytes(digest(&SHA256, data).as_ref()))
}

/// The digest by which a secret of full entropy (a token, a code, a cookie) is stored and recognised.
#[must_use]
pub fn digest_of(secret: &str) -> Digest {
    sha256(secret.as_bytes())
}

/// HMAC-SHA-256 of some bytes (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    first_bytes(hmac::sign(&key, data).as_ref())
}

/// base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text; absent when it is padded, not canonical or has other characters.
#[must_use]
pub fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// `at_hash` and `c_hash`: the left half of the token's hash (OpenID Connect Core §3.1.3.6, §3.3.2.11).
///
/// The hash is the one inside the ID token's signature algorithm, so SHA-512 for Ed25519 (RFC 8032 §5.1).
#[must_use]
pub fn left_half_hash(token: &str, algorithm: Algorithm) -> String {
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => digest(&SHA256, token.as_bytes()),
        Algorithm::EdDsa => digest(&SHA512, token.as_bytes()),
    };
    let bytes = hash.as_ref();
    let (left, _) = bytes.split_at(bytes.len() / 2);
    base64url(left)
}

/// The first `N` bytes, for digests and tags whose length their algorithm fixes.
pub(super) fn first_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    debug_assert!(bytes.len() >= N, "too few bytes");
    let mut first = [0_u8; N];
    first.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_gives_the_known_digest() {
        // FIPS 180-4, the one-block example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(String::from(sha256(b"abc")), expected);
        assert_eq!(digest_of("abc"), sha256(b"abc"));
    }

    #[test]
    fn hmac_gives_the_known_tag() {
        // RFC 4231 §4.3.
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(String::from(Digest::new(tag)), expected);
    }

    #[test]
    fn base64url_is_strict() {
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
        assert_eq!(base64url_decode("-_8"), Some(vec![0xfb, 0xff]));
        for wrong in ["-_8=", "+/8", "-_9", "-_8 ", "a"] {
            assert_eq!(base64url_decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn constant_time_comparison_compares() {
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sane"));
        assert!(!constant_time_eq(b"same", b"sam"));
    }

    #[test]
    fn left_half_hash_gives_the_known_values() {
        // OpenID Connect Core, appendices A.4 and A.6.
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert_eq!(left_half_hash(code, Algorithm::Rs256), "LDktKdoQak3Pk0cnXxCltA");
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(left_half_hash(token, Algorithm::Es256), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(
            base64url_decode(&left_half_hash(token, Algorithm::EdDsa))
                .unwrap()
                .len(),
            32
        );
    }
}
