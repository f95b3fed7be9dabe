//! An authenticator app. RFC 6238 with SHA-1, six digits and thirty seconds, computed apart from the server's own code.

use aws_lc_rs::hmac;

/// The code that an app holding `secret_base32` shows at `unix_seconds`.
pub(crate) fn code(secret_base32: &str, unix_seconds: u64) -> String {
    counted_code(secret_base32, unix_seconds / 30)
}

/// The code that a token holding `secret_base32` shows when its button is pressed for the `counter`th time, from 0.
pub(crate) fn counted_code(secret_base32: &str, counter: u64) -> String {
    format!("{:06}", truncated(&decoded(secret_base32), counter) % 1_000_000)
}

/// RFC 4226 §5.3: four bytes of the digest, from where its last half byte says, without the sign.
fn truncated(secret: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest[digest.len() - 1] & 0x0f);
    let bytes: [u8; 4] = digest[offset..offset + 4].try_into().unwrap();
    u32::from_be_bytes(bytes) & 0x7fff_ffff
}

/// RFC 4648 §6; case, spaces and padding do not matter, as in apps where secrets are typed.
fn decoded(base32: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for c in base32.chars().filter(|c| !" -=".contains(*c)) {
        let value = ALPHABET
            .find(c.to_ascii_uppercase())
            .unwrap_or_else(|| panic!("`{c}` is not base32"));
        buffer = (buffer << 5) | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap());
        }
    }
    bytes
}

#[test]
fn codes_are_those_of_the_specification() {
    // RFC 6238 appendix B, its last six digits; the secret is "12345678901234567890".
    let secret = "gezd gnbv gy3t qojq GEZDGNBVGY3TQOJQ";
    for (at, expected) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(code(secret, at), expected, "at {at}");
    }
}
