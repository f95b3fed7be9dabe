//! HMAC-SHA-1 (RFC 2104) for protocols that fix it: one-time passwords (RFC 4226 §5.1) and `YubiKey` validation. Nothing of
//! our own design uses it.

use aws_lc_rs::hmac;

use super::digest::first_bytes;

/// The tag of a message.
#[must_use]
pub fn sign(key: &[u8], message: &[u8]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    first_bytes(hmac::sign(&key, message).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_the_known_one() {
        // RFC 2202 §3, test case 2.
        let tag = sign(b"Jefe", b"what do ya want for nothing?");
        let expected = 0xeffc_df6a_e5eb_2fa2_d274_16d5_f184_df9c_u128.to_be_bytes();
        assert_eq!(tag[..16], expected);
        assert_eq!(tag[16..], [0x25, 0x9a, 0x7c, 0x79]);
    }
}
