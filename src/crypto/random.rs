//! The random source of one unit of work, and its seeded twin for tests.

use std::fmt;

use rand::rand_core::UnwrapErr;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};

use super::digest;
use crate::model::secret::Secret;

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A cryptographically secure random source.
pub struct Random(StdRng);

impl Random {
    /// A source seeded by the operating system.
    ///
    /// # Panics
    /// When the operating system has no randomness to give; nothing can be served safely then.
    #[must_use]
    pub fn from_os() -> Self {
        Self(StdRng::from_rng(&mut UnwrapErr(SysRng)))
    }

    /// A source that repeats itself, so that a test can foresee every value.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// An unguessable text: `prefix` and 256 random bits as 43 characters of base64url.
    pub fn token(&mut self, prefix: &str) -> Secret {
        Secret::new(format!("{prefix}{}", digest::base64url(&self.bytes::<32>())))
    }

    /// `length` decimal digits, each of the ten as likely as any other; zeros in front stay.
    pub fn digits(&mut self, length: usize) -> Secret {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let [byte] = self.bytes();
            // 250 is the greatest multiple of 10: a byte above would make the first digits likelier than the rest.
            if byte < 250 {
                text.push(char::from(b'0' + byte % 10));
            }
        }
        Secret::new(text)
    }

    /// `length` letters and digits, each of the 62 as likely as any other.
    pub fn alphanumeric(&mut self, length: usize) -> Secret {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let [byte] = self.bytes();
            // 248 is the greatest multiple of 62: a byte above would make the first characters likelier than the rest.
            if byte < 248 {
                text.extend(ALPHANUMERIC.get(usize::from(byte % 62)).copied().map(char::from));
            }
        }
        Secret::new(text)
    }
}

impl Random {
    /// `length` characters of an alphabet of at most 128, each as likely as any other.
    pub fn characters(&mut self, alphabet: &[u8], length: usize) -> Secret {
        let mut text = String::with_capacity(length);
        let size = alphabet.len().clamp(1, 128);
        // A byte above the greatest multiple of the size would make the first characters likelier than the rest.
        let fair = 256 - 256 % size;
        while text.len() < length && !alphabet.is_empty() {
            let [byte] = self.bytes();
            if usize::from(byte) < fair {
                text.extend(alphabet.get(usize::from(byte) % size).copied().map(char::from));
            }
        }
        Secret::new(text)
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_43_url_safe_characters_after_their_prefix() {
        let token = Random::from_os().token("cs_at_");
        let random = token.expose().strip_prefix("cs_at_").unwrap();
        assert_eq!(random.len(), 43);
        assert!(
            random
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
    }

    #[test]
    fn letters_and_digits_are_equally_likely() {
        let mut random = Random::seeded(7);
        let mut seen = std::collections::BTreeMap::new();
        for c in random.alphanumeric(62_000).expose().chars() {
            *seen.entry(c).or_insert(0_i32) += 1;
        }
        assert_eq!(seen.len(), 62);
        assert!(seen.keys().all(char::is_ascii_alphanumeric));
        // 61 degrees of freedom: above 120 once in 100,000 runs.
        let chi_square: f64 = seen
            .values()
            .map(|n| f64::from((n - 1_000) * (n - 1_000)) / 1_000.0)
            .sum();
        assert!(chi_square < 120.0, "{chi_square}");
        assert_eq!(Random::from_os().alphanumeric(24).expose().len(), 24);
    }

    #[test]
    fn characters_of_an_alphabet_are_equally_likely() {
        let mut seen = std::collections::BTreeMap::new();
        for c in Random::seeded(7)
            .characters(b"BCDFGHJKLMNPQRSTVWXZ", 20_000)
            .expose()
            .chars()
        {
            *seen.entry(c).or_insert(0_i32) += 1;
        }
        assert_eq!(seen.len(), 20);
        // 19 degrees of freedom: above 60 once in 200,000 runs.
        let chi_square: f64 = seen
            .values()
            .map(|n| f64::from((n - 1_000) * (n - 1_000)) / 1_000.0)
            .sum();
        assert!(chi_square < 60.0, "{chi_square}");
        assert_eq!(Random::from_os().characters(b"", 8).expose(), "");
    }

    #[test]
    fn seeded_sources_repeat_themselves_and_others_do_not() {
        assert_eq!(Random::seeded(7).bytes::<32>(), Random::seeded(7).bytes::<32>());
        assert_ne!(Random::seeded(7).bytes::<32>(), Random::seeded(8).bytes::<32>());
        assert_ne!(Random::from_os().bytes::<32>(), Random::from_os().bytes::<32>());
        let mut one = Random::seeded(7);
        assert_ne!(one.bytes::<32>(), one.bytes::<32>());
    }
}
