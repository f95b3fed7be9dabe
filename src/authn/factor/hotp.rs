//! Counter-based one-time passwords of hardware tokens. RFC 4226: SHA-1, 6 or 8 digits, a look-ahead, resynchronisation by two
//! codes in a row, each counter once.
//!
//! A credential's `last_step` is the counter of the next code. A button that was pressed in vain moves the token ahead: codes
//! within the look-ahead are taken at once (§7.2). One further ahead is refused and remembered; the code right after it is
//! taken (§7.4), so that a guess would have to hit twice.

use totp_rs::Secret as TokenSecret;
use zeroize::Zeroizing;

use super::{Account, Factor, Proof, Setup, typed, uri_part};
use crate::crypto::digest::constant_time_eq;
use crate::crypto::random::Random;
use crate::crypto::sha1_mac;
use crate::error::{Denial, Fault, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::time::Timestamp;
use crate::work::{Purposes, Shared};

/// Bytes of a secret that is made here: 160 bits (RFC 4226 §4, R6).
const SECRET_LENGTH: usize = 20;
/// Bytes that the secret of a token may have: at least 128 bits (RFC 4226 §4, R6), at most a block of SHA-1.
const SECRET_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;
/// Digits of a code, where the token says nothing else.
const DIGITS: u8 = 6;

pub(super) struct Hotp;

impl Factor for Hotp {
    fn kind(&self) -> FactorKind {
        FactorKind::Hotp
    }

    fn begin_enrolment(&self, shared: &Shared, random: &mut Random) -> Result<Material> {
        let secret = Zeroizing::new(random.bytes::<SECRET_LENGTH>());
        sealed(shared, random, (&*secret, DIGITS))
    }

    fn setup(&self, shared: &Shared, credential: &Credential, account: Account<'_>) -> Result<Setup> {
        let (secret, digits, _) = open(shared, credential)?;
        let secret = TokenSecret::from(secret.to_vec()).to_base32();
        let (issuer, user) = (uri_part(account.organisation), uri_part(account.username));
        let counter = credential.last_step;
        let query = format!("secret={secret}&issuer={issuer}&algorithm=SHA1&digits={digits}&counter={counter}");
        Ok(Setup {
            uri: format!("otpauth://hotp/{issuer}:{user}?{query}"),
            secret,
        })
    }

    fn check(&self, shared: &Shared, credential: &Credential, answer: &str, now: Timestamp) -> Result<Proof> {
        let (secret, digits, ahead) = open(shared, credential)?;
        let code = code_of(answer, digits).ok_or(Denial::BadCredentials)?;
        let near = find(
            &secret,
            &code,
            (credential.last_step, shared.settings.limits.hotp_look_ahead),
        );
        // The code after one that was far ahead, if that one was not passed meanwhile.
        let resumed = ahead
            .filter(|ahead| *ahead >= credential.last_step)
            .and_then(|ahead| find(&secret, &code, (ahead.saturating_add(1), 1)));
        let counter = near.or(resumed).ok_or(Denial::BadCredentials)?;
        Ok(Proof {
            evidence: Evidence::proven(FactorKind::Hotp, credential.id, now),
            step: counter.saturating_add(1),
        })
    }

    fn missed(&self, shared: &Shared, credential: &Credential, answer: &str) -> Result<Option<Material>> {
        let (secret, digits, before) = open(shared, credential)?;
        let window = shared.settings.limits.hotp_resync_window;
        let found = code_of(answer, digits).and_then(|code| find(&secret, &code, (credential.last_step, window)));
        let mut material = credential.material.settled();
        if let Material::Hotp { ahead, .. } = &mut material {
            *ahead = found;
        }
        // What was remembered is forgotten too: a code that came between leaves no two in a row.
        Ok((found != before).then_some(material))
    }
}

/// What a token whose secret is known is checked against; none where secret or digits are not as they must be.
///
/// # Errors
/// A fault when it cannot be sealed.
pub fn import(shared: &Shared, random: &mut Random, (secret, digits): (&[u8], u8)) -> Result<Option<Material>> {
    if !SECRET_LENGTHS.contains(&secret.len()) || !matches!(digits, 6 | 8) {
        return Ok(None);
    }
    sealed(shared, random, (secret, digits)).map(Some)
}

/// The secret that hexadecimal digits or base32 (RFC 4648 §6) spell; blanks and hyphens between them do not matter.
#[must_use]
pub fn decode(text: &str, is_base32: bool) -> Option<Zeroizing<Vec<u8>>> {
    let plain: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='))
            .collect(),
    );
    if is_base32 {
        let secret = TokenSecret::try_from_base32(plain.to_ascii_uppercase()).ok()?;
        return Some(Zeroizing::new(secret.as_ref().to_vec()));
    }
    if !plain.len().is_multiple_of(2) {
        return None;
    }
    let digits: Option<Vec<u8>> = plain
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let bytes = Zeroizing::new(digits?);
    let pairs = bytes.chunks_exact(2);
    Some(Zeroizing::new(
        pairs
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect(),
    ))
}

fn sealed(shared: &Shared, random: &mut Random, (secret, digits): (&[u8], u8)) -> Result<Material> {
    Ok(Material::Hotp {
        secret: shared.master.seal(Purposes::HOTP, random, secret)?,
        digits,
        ahead: None,
    })
}

fn open(shared: &Shared, credential: &Credential) -> Result<(Zeroizing<Vec<u8>>, u8, Option<i64>)> {
    let Material::Hotp { secret, digits, ahead } = &credential.material else {
        return Err(Fault::new("the credential holds no HOTP secret").into());
    };
    let secret = shared.master.open(Purposes::HOTP, secret)?;
    Ok((secret, *digits, *ahead))
}

/// The code that was typed, if it is one.
fn code_of(answer: &str, digits: u8) -> Option<String> {
    let code = typed(answer);
    (code.len() == usize::from(digits) && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

/// The counter, among so many from the first, whose code this is. Every one of them is computed, whichever it is.
fn find(secret: &[u8], code: &str, (first, count): (i64, u32)) -> Option<i64> {
    let mut found = None;
    for offset in 0..i64::from(count) {
        let counter = first.saturating_add(offset);
        let expected = hotp(secret, counter.cast_unsigned(), code.len());
        if constant_time_eq(expected.as_bytes(), code.as_bytes()) {
            found = found.or(Some(counter));
        }
    }
    found
}

/// RFC 4226 §5.3.
fn hotp(secret: &[u8], counter: u64, digits: usize) -> String {
    let tag = sha1_mac::sign(secret, &counter.to_be_bytes());
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let truncated = tag
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    let modulus = if digits == 8 { 100_000_000 } else { 1_000_000 };
    format!("{:0digits$}", (truncated & 0x7fff_ffff) % modulus)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4226, Appendix D.
    const SECRET: &[u8] = b"12345678901234567890";
    const CODES: [&str; 10] = [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
    ];

    #[test]
    fn s39_codes_are_those_of_the_specification() {
        for (counter, expected) in (0..).zip(CODES) {
            assert_eq!(hotp(SECRET, counter, 6), expected, "counter {counter}");
        }
        // RFC 4226, Appendix D: the truncated value of counter 0 is 1284755224.
        assert_eq!(hotp(SECRET, 0, 8), "84755224");
    }

    #[test]
    fn a_code_is_found_in_its_window_alone() {
        assert_eq!(find(SECRET, CODES[9], (0, 10)), Some(9));
        assert_eq!(find(SECRET, CODES[9], (0, 9)), None);
        assert_eq!(find(SECRET, CODES[3], (4, 100)), None, "an earlier counter");
        assert_eq!(find(SECRET, "84755224", (0, 1)), Some(0));
    }

    #[test]
    fn what_is_no_code_is_none() {
        for odd in [
            "",
            "75522",
            "7552240",
            "75522a",
            "７５５２２４",
            "+755224",
            &"7".repeat(4_000),
        ] {
            assert_eq!(code_of(odd, 6), None, "{odd}");
        }
        assert_eq!(code_of(" 755-224 ", 6).as_deref(), Some("755224"));
        assert_eq!(code_of("755224", 8), None);
    }

    #[test]
    fn secrets_are_read_as_vendors_write_them() {
        let hex = "3132 3334 3536 3738 3930 3132 3334 3536 3738 3930";
        let base32 = "gezd-gnbv gy3t qojq GEZD GNBV GY3T QOJQ";
        assert_eq!(decode(hex, false).unwrap().as_slice(), SECRET);
        assert_eq!(decode(base32, true).unwrap().as_slice(), SECRET);
        for odd in ["313", "31 3g"] {
            assert!(decode(odd, false).is_none(), "{odd}");
        }
        assert!(decode("GEZDGNB1", true).is_none(), "1 is no digit of base32");
    }
}
