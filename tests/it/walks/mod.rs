//! Random walks through the real pages against a simple model: no code, token or page without the proofs it needs.
//!
//! `COUNTERSIGN_WALKS` says how many, `COUNTERSIGN_WALK_SEED` which one comes first; a walk that fails prints its seed.

mod actions;
mod checks;
mod choice;
mod clients;
mod forms;
mod model;
mod setup;
mod walk;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use walk::{Counts, Walk};
use world::World;

/// Walks in every run of the tests.
const WALKS: u64 = 2_000;
/// Servers that walks are taken in at the same time, and walks until one is replaced.
const SERVERS: u64 = 4;
const WALKS_OF_A_SERVER: u64 = 250;

/// Leaves no walk to the others when one has failed.
struct EndAll<'a>(&'a AtomicU64);

impl Drop for EndAll<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(u64::MAX / 2, Ordering::Relaxed);
        }
    }
}

/// Takes walks until none is left.
fn take_some(next: &AtomicU64, (walks, first): (u64, u64)) -> Counts {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let _end_all = EndAll(next);
        let mut counts = Counts::new();
        let mut taken = 0;
        let mut world = World::start().await;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= walks {
                world.stop().await;
                return counts;
            }
            if number > 0 && number.is_multiple_of(WALKS) {
                println!("{number} walks so far from seed {first}");
            }
            if taken == WALKS_OF_A_SERVER {
                world.stop().await;
                (world, taken) = (World::start().await, 0);
            }
            taken += 1;
            let mut walk = Walk::begin(&mut world, first.wrapping_add(number), &mut counts).await;
            walk.take().await;
            let model = walk.model;
            world.restore(&model).await;
        }
    })
}

#[test]
fn no_walk_leads_to_more_than_was_proven() {
    let (walks, first) = choice::asked_for(WALKS);
    let next = AtomicU64::new(0);
    let mut counts = Counts::new();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..SERVERS.min(walks))
            .map(|_| scope.spawn(|| take_some(&next, (walks, first))))
            .collect();
        for thread in threads {
            let taken = thread.join().expect("a walk failed; its seed and its steps are above");
            for (what, times) in taken {
                *counts.entry(what).or_default() += times;
            }
        }
    });
    println!("{walks} walks from seed {first}: {counts:?}");
    // Walks that reach nothing show nothing.
    for what in [
        "authorization code",
        "tokens high",
        "tokens standard",
        "password",
        "code",
        "enrolment",
        "bridge",
        "refresh",
        "active",
    ] {
        let times = counts.get(what).copied().unwrap_or_default() as u64;
        assert!(
            walks < WALKS || times > walks / 100,
            "{what}: {times} times in {walks} walks"
        );
    }
}
