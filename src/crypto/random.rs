//! The random source of one unit of work, and its seeded twin for tests.

use std::fmt;

use rand::rand_core::UnwrapErr;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};

use super::digest;
use crate::model::secret::Secret;

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
    fn seeded_sources_repeat_themselves_and_others_do_not() {
        assert_eq!(Random::seeded(7).bytes::<32>(), Random::seeded(7).bytes::<32>());
        assert_ne!(Random::seeded(7).bytes::<32>(), Random::seeded(8).bytes::<32>());
        assert_ne!(Random::from_os().bytes::<32>(), Random::from_os().bytes::<32>());
        let mut one = Random::seeded(7);
        assert_ne!(one.bytes::<32>(), one.bytes::<32>());
    }
}
