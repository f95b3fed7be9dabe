//! The server: builds everything once; reads, computes and performs on blocking threads.

mod clock;
#[cfg(test)]
pub(crate) mod fixture;
pub mod metrics;
mod open;
#[cfg(test)]
mod tests;
mod tls;
mod unit;

pub use clock::Clock;
pub use tls::{AsksClients, ClientAuthorities, Tls};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::error::{Fault, Result};
use crate::outbound::{BackChannel, Documents, Messenger, TokenEndpoint, Webhooks, YubikeyValidator};
use crate::pages::Engine;
use crate::store::{Backend, Store};
use crate::work::{Origin, Shared, View, Work};

use unit::UnitOf;

/// Everything a request may need, built once.
pub struct Server {
    shared: Arc<Shared>,
    store: Store,
    clock: Clock,
    /// Documents of other servers.
    pub documents: Documents,
    /// Clients that are told of logouts.
    pub back_channel: BackChannel,
    /// Providers at which people sign in.
    pub token_endpoint: TokenEndpoint,
    /// Services that login flows call.
    pub webhooks: Webhooks,
    /// Messages to people.
    pub messenger: Messenger,
    /// The server that checks one-time passwords of `YubiKey`s.
    pub yubikey: YubikeyValidator,
    /// Who vouches for certificates of clients, where anybody does.
    pub client_authorities: Option<ClientAuthorities>,
    /// The template engine.
    pub pages: Engine,
    jobs_waiting: Notify,
    address_claimed: AtomicBool,
}

impl Server {
    /// Settings and keys.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The database.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns when a job was enqueued on this node.
    pub async fn job_enqueued(&self) {
        self.jobs_waiting.notified().await;
    }

    /// Wakes the worker of this node.
    pub fn wake_jobs(&self) {
        self.jobs_waiting.notify_one();
    }

    /// Whether this is the first time that an untrusted peer was seen to forward requests.
    pub fn first_claim_of_address(&self) -> bool {
        !self.address_claimed.swap(true, Ordering::Relaxed)
    }

    /// Looks at records: on a blocking thread, or in place where the database is a file of ours. There a look-up takes
    /// microseconds, less than waking another thread for it does, and it never waits for a writer.
    ///
    /// # Errors
    /// What `look` returns, or a fault of the database.
    pub async fn read<T, F>(self: &Arc<Self>, look: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut View<'_>) -> Result<T> + Send + 'static,
    {
        self.read_from(Origin::default(), look).await
    }

    /// The same, for a look that depends on who looks and from where.
    ///
    /// # Errors
    /// What `look` returns, or a fault of the database.
    pub async fn read_from<T, F>(self: &Arc<Self>, origin: Origin, look: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut View<'_>) -> Result<T> + Send + 'static,
    {
        if self.store.backend() == Backend::Sqlite {
            return self.look(&origin, look);
        }
        let server = Arc::clone(self);
        self.compute(move || server.look(&origin, look)).await?
    }

    /// Looks at records on this thread.
    ///
    /// # Errors
    /// What `look` returns, or a fault of the database.
    pub fn read_blocking<T>(&self, look: impl FnOnce(&mut View<'_>) -> Result<T>) -> Result<T> {
        self.look(&Origin::default(), look)
    }

    fn look<T>(&self, origin: &Origin, look: impl FnOnce(&mut View<'_>) -> Result<T>) -> Result<T> {
        self.store.read(|tx| {
            let directory = self.shared.directory.current(tx, &self.shared.master)?;
            look(&mut View {
                tx,
                now: self.clock.now(),
                shared: &self.shared,
                directory: &directory,
                origin,
            })
        })
    }

    /// Computes on a blocking thread: password hashes, nothing that waits.
    ///
    /// # Errors
    /// A fault when the computation panicked.
    pub async fn compute<T, F>(&self, task: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        tokio::task::spawn_blocking(task)
            .await
            .map_err(|error| Fault::from_error("blocking task", error).into())
    }

    /// Performs a unit of work: opens the transaction, freezes the instant, and commits on `Ok` and on `Refused`, rolling
    /// back only on `Fault`. Returns once it is on the disk.
    ///
    /// # Errors
    /// What `work` returns, or a fault of the database.
    pub async fn perform<T, F>(self: &Arc<Self>, origin: Origin, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let unit = UnitOf::new(Arc::clone(self), origin, work, move |outcome| {
            drop(answer.send(outcome));
        });
        if self.store.writes_on_own_thread() {
            self.store.submit(Box::new(unit));
        } else {
            let store = self.store.clone();
            tokio::task::spawn_blocking(move || store.submit(Box::new(unit)));
        }
        answered
            .await
            .unwrap_or_else(|_| Err(Fault::new("a unit of work was dropped").into()))
    }

    /// Performs a unit of work from a thread that may block.
    ///
    /// # Errors
    /// What `work` returns, or a fault of the database.
    pub fn perform_blocking<T, F>(self: &Arc<Self>, origin: Origin, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = std::sync::mpsc::channel();
        let unit = UnitOf::new(Arc::clone(self), origin, work, move |outcome| {
            drop(answer.send(outcome));
        });
        self.store.submit(Box::new(unit));
        answered
            .recv()
            .unwrap_or_else(|_| Err(Fault::new("a unit of work was dropped").into()))
    }
}
