//! Recovery codes, and the temporary code that an administrator hands out: used once, worth enrolling a new factor and no more.
//! ASSURANCE.md §1, §7.

use super::{Proof, typed};
use crate::crypto::random::Random;
use crate::error::{Denial, Fault, Result};
use crate::model::credential::{Credential, Material};
use crate::model::evidence::{Evidence, FactorKind};
use crate::model::id::UserId;
use crate::model::secret::{Digest, Secret};
use crate::model::time::Timestamp;
use crate::work::Shared;

/// Crockford's base32: no I, L, O and U, which are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, of five bits each: 80 bits.
const LENGTH: usize = 16;
/// Digits of a temporary code.
const TEMPORARY_LENGTH: usize = 8;

/// A new recovery code in groups of four characters, as its owner writes it down.
pub fn generate(random: &mut Random) -> Secret {
    let mut text = String::with_capacity(LENGTH + LENGTH / 4);
    for (place, byte) in random.bytes::<LENGTH>().into_iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        // 32 divides 256: every character is as likely as any other.
        text.extend(ALPHABET.get(usize::from(byte % 32)).copied().map(char::from));
    }
    Secret::new(text)
}

/// A new temporary code: eight digits, each number as likely as any other.
pub fn generate_temporary(random: &mut Random) -> Secret {
    loop {
        let number = u32::from_be_bytes(random.bytes());
        // 4 200 000 000 is the greatest multiple of 10⁸ below 2³².
        if number < 4_200_000_000 {
            return Secret::new(format!("{:08}", number % 100_000_000));
        }
    }
}

/// What a recovery code is recognised by: whose it is, too, so that a row moved to another user is worth nothing there.
#[must_use]
pub fn digest(shared: &Shared, user: UserId, code: &Secret) -> Option<Digest> {
    let plain = normal(code.expose())?;
    Some(sign(shared, user, plain.expose()))
}

/// What a temporary code is recognised by.
#[must_use]
pub fn temporary_digest(shared: &Shared, user: UserId, code: &Secret) -> Digest {
    sign(shared, user, code.expose())
}

fn sign(shared: &Shared, user: UserId, plain: &str) -> Digest {
    Digest::new(shared.recovery_code_key.sign(&[user.as_bytes(), plain.as_bytes()]))
}

/// Which of these codes of a user was typed, if one was. Each of them is compared.
#[must_use]
pub fn find(shared: &Shared, user: UserId, answer: &str, unused: &[Digest]) -> Option<Digest> {
    let plain = normal(answer)?;
    let parts = [user.as_bytes().as_slice(), plain.expose().as_bytes()];
    unused.iter().fold(None, |found, digest| {
        let is_this = shared.recovery_code_key.verify(&parts, digest.as_bytes());
        if is_this { Some(*digest) } else { found }
    })
}

/// The evidence of a recovery code that was used.
#[must_use]
pub fn evidence(set: &Credential, now: Timestamp) -> Evidence {
    Evidence::proven(FactorKind::RecoveryCode, set.id, now)
}

/// Checks an answer against a temporary code.
///
/// # Errors
/// A denial, or a fault when the credential holds none.
pub fn check_temporary(shared: &Shared, credential: &Credential, answer: &str, now: Timestamp) -> Result<Proof> {
    let Material::TemporaryCode { digest, .. } = &credential.material else {
        return Err(Fault::new("the credential holds no temporary code").into());
    };
    let code = typed(answer);
    let is_code = code.len() == TEMPORARY_LENGTH && code.bytes().all(|byte| byte.is_ascii_digit());
    let parts = [credential.user.as_bytes().as_slice(), code.as_bytes()];
    if !(is_code && credential.is_usable(now) && shared.recovery_code_key.verify(&parts, digest.as_bytes())) {
        return Err(Denial::BadCredentials.into());
    }
    Ok(Proof {
        evidence: evidence(credential, now),
        step: 1,
    })
}

/// The sixteen characters of a code however it was typed: small letters, blanks, hyphens, and the letters that Crockford
/// reads as digits. None where it is no code.
fn normal(answer: &str) -> Option<Secret> {
    let read = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let plain: String = typed(answer).chars().map(read).collect();
    let is_code = plain.len() == LENGTH && plain.bytes().all(|byte| ALPHABET.contains(&byte));
    is_code.then(|| Secret::new(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_80_bits_in_groups_of_four() {
        let mut seen = std::collections::BTreeMap::new();
        let mut random = Random::seeded(11);
        for _ in 0..2_000 {
            let code = generate(&mut random);
            let groups: Vec<&str> = code.expose().split('-').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4));
            for byte in groups.concat().bytes() {
                assert!(ALPHABET.contains(&byte));
                *seen.entry(byte).or_insert(0_i32) += 1;
            }
        }
        assert_eq!(seen.len(), 32);
        // 31 degrees of freedom: above 78 once in 200,000 runs.
        let chi_square: f64 = seen
            .values()
            .map(|n| f64::from((n - 1_000) * (n - 1_000)) / 1_000.0)
            .sum();
        assert!(chi_square < 78.0, "{chi_square}");
    }

    #[test]
    fn temporary_codes_are_eight_digits_from_the_whole_space() {
        let mut random = Random::seeded(5);
        let mut first = [0_i32; 10];
        for _ in 0..10_000 {
            let code = generate_temporary(&mut random);
            assert!(code.expose().len() == 8 && code.expose().bytes().all(|byte| byte.is_ascii_digit()));
            first[usize::from(code.expose().as_bytes()[0] - b'0')] += 1;
        }
        assert!(first.iter().all(|n| (800..1_200).contains(n)), "{first:?}");
    }

    #[test]
    fn codes_are_read_however_they_are_typed() {
        let read = |text: &str| normal(text).map(|code| code.expose().to_owned());
        let plain = Some("0123456789ABCDEF".to_owned());
        for typed in [
            "0123-4567-89AB-CDEF",
            "o123 4567 89ab cdef",
            " OI23456789abcdef ",
            "0l23456789ABCDEF",
        ] {
            assert_eq!(read(typed), plain, "{typed}");
        }
        for odd in [
            "",
            "0123-4567-89AB-CDE",
            "0123-4567-89AB-CDEFG",
            "U123456789ABCDEF",
            "０123456789ABCDEF",
            "!123456789ABCDEF",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
