//! Choices that a seed decides, so that a walk can be taken again.

use std::env;

use countersign::crypto::random::Random;

/// A row of choices.
#[derive(Debug, Clone)]
pub(super) struct Choice(u64);

impl Choice {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, by `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).expect("it is small")
    }

    /// True so often of a hundred.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of these.
    pub(super) fn of_these<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    /// One of these by its weight.
    pub(super) fn weighed<T: Copy>(&mut self, these: &[(usize, T)]) -> T {
        let mut rest = self.below(these.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in these {
            if rest < *weight {
                return *one;
            }
            rest -= weight;
        }
        unreachable!("a number below the sum of the weights")
    }
}

/// How many walks to take, and the seed of the first; each next one has the next seed.
pub(super) fn asked_for(standard: u64) -> (u64, u64) {
    let random = u64::from_be_bytes(Random::from_os().bytes::<8>()) >> 16;
    (
        variable("COUNTERSIGN_WALKS").unwrap_or(standard),
        variable("COUNTERSIGN_WALK_SEED").unwrap_or(random),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for test runs, not a setting of the server"
)]
fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn a_seed_decides_every_choice() {
    let row = |seed| {
        let mut choice = Choice::of(seed);
        (0..50).map(|_| choice.below(1_000)).collect::<Vec<_>>()
    };
    assert_eq!(row(7), row(7));
    assert_ne!(row(7), row(8));
}
