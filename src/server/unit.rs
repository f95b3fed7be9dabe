//! One unit of work on its way through the writer.

use std::sync::Arc;

use super::Server;
use crate::error::{Error, Fault, Result};
use crate::store::{Kept, Tx, Unit};
use crate::work::{Origin, Work};

/// A closure, its result, and whom to tell once that is on the disk.
pub(super) struct UnitOf<F, T, A> {
    server: Arc<Server>,
    origin: Origin,
    work: Option<F>,
    outcome: Option<Result<T>>,
    answer: A,
    wakes_jobs: bool,
}

impl<F, T, A> UnitOf<F, T, A> {
    pub(super) const fn new(server: Arc<Server>, origin: Origin, work: F, answer: A) -> Self {
        Self {
            server,
            origin,
            work: Some(work),
            outcome: None,
            answer,
            wakes_jobs: false,
        }
    }
}

impl<F, T, A> Unit for UnitOf<F, T, A>
where
    F: FnOnce(&mut Work<'_>) -> Result<T> + Send,
    T: Send,
    A: FnOnce(Result<T>) + Send,
{
    fn run(&mut self, tx: &mut Tx) -> Kept {
        let Some(task) = self.work.take() else {
            return Kept::Discard;
        };
        let shared = &self.server.shared;
        let (outcome, kept) = match Work::begin(tx, self.server.clock.now(), shared, self.origin.clone()) {
            Ok(mut work) => {
                let outcome = task(&mut work);
                (outcome, Some(work.end()))
            }
            Err(error) => (Err(error), None),
        };
        let kept = match (&outcome, kept) {
            (Ok(_) | Err(Error::Refused(_)), Some((entries, wakes))) => {
                self.wakes_jobs = wakes;
                Kept::Keep(entries)
            }
            _ => Kept::Discard,
        };
        self.outcome = Some(outcome);
        kept
    }

    fn settled(self: Box<Self>, committed: std::result::Result<(), Fault>) {
        let Self {
            server,
            outcome,
            answer,
            wakes_jobs,
            ..
        } = *self;
        let outcome = match (committed, outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(Fault::new("a unit of work panicked").into()),
            (Err(fault), _) => {
                server.shared.directory.forget();
                Err(fault.into())
            }
        };
        if wakes_jobs {
            server.wake_jobs();
        }
        answer(outcome);
    }
}
