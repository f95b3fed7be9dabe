//! The memory that hashes are computed in.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::Block;

use crate::error::Fault;

/// The memory of all permits. Who finds none left waits until some is given back.
pub(super) struct Pool {
    idle: Mutex<Vec<Vec<Block>>>,
    given_back: Condvar,
    /// Blocks that a hash at the configured costs needs; more is not kept.
    keep: usize,
}

impl Pool {
    pub(super) fn new(permits: usize, keep: usize) -> Self {
        Self {
            idle: Mutex::new(vec![Vec::new(); permits]),
            given_back: Condvar::new(),
            keep,
        }
    }

    pub(super) fn take(&self) -> Lease<'_> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(blocks) = idle.pop() {
                return Lease { pool: self, blocks };
            }
            idle = self.given_back.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One permit and its memory, given back on drop.
pub(super) struct Lease<'a> {
    pool: &'a Pool,
    blocks: Vec<Block>,
}

impl Lease<'_> {
    /// The first `count` blocks; they are allocated when they are first needed.
    pub(super) fn blocks(&mut self, count: usize) -> Result<&mut [Block], Fault> {
        if let Some(missing) = count.checked_sub(self.blocks.len()) {
            self.blocks
                .try_reserve_exact(missing)
                .map_err(|error| Fault::from_error("allocating memory for a password hash", error))?;
            self.blocks.resize(count, Block::new());
        }
        self.blocks
            .get_mut(..count)
            .ok_or_else(|| Fault::new("too little memory for a password hash"))
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut blocks = std::mem::take(&mut self.blocks);
        if blocks.len() > self.pool.keep {
            blocks.truncate(self.pool.keep);
            blocks.shrink_to_fit();
        }
        self.pool
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(blocks);
        self.pool.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn no_more_hashes_than_permits_run_and_their_memory_is_kept() {
        let pool = Pool::new(2, 32);
        let running = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let mut lease = pool.take();
                        assert!(running.fetch_add(1, Ordering::SeqCst) < 2);
                        assert_eq!(lease.blocks(48).unwrap().len(), 48);
                        running.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        let idle = pool.idle.lock().unwrap();
        assert_eq!(idle.len(), 2);
        assert!(
            idle.iter().all(|blocks| blocks.len() <= 32),
            "foreign costs must not stay allocated"
        );
        assert!(idle.iter().any(|blocks| blocks.len() == 32));
    }
}
