//! Every query, written once for SQLite and PostgreSQL. Functions of `(tx, …)`: models in, models out; no policy.
//!
//! Look-ups by a unique key end in `get_result`, not `first`: that binds a `LIMIT`, and SQLite prepares a statement anew
//! whenever its limit is bound. Every query runs through `run!`, which compiles it for each database and finds its prepared
//! statement by the place it stands at; a query whose text varies (`audit::list`) goes through `on!`.

mod columns;
mod db;
mod fixed;
mod migrate;
#[rustfmt::skip]
pub mod schema;
mod writer;

pub mod accepted_terms;
pub mod api_login_tokens;
pub mod audit;
pub mod clients;
pub mod codes;
pub mod consents;
pub mod counters;
pub mod credentials;
pub mod device_codes;
pub mod devices;
pub mod directory;
pub mod grants;
pub mod interactions;
pub mod jobs;
pub mod one_time_codes;
pub mod pairwise_subjects;
pub mod recovery_codes;
pub mod registration_tokens;
pub mod seen_once;
pub mod sessions;
pub mod signing_keys;
pub mod sweep;
pub mod tickets;
pub mod tokens;
pub mod upstream;
pub mod users;

pub use db::{Backend, Tx};
pub use migrate::MigrationStatus;
pub use writer::{Kept, Link, PendingEntry, Unit};

use std::sync::Arc;

use crate::error::{Error, Fault, Result};
use crate::model::id::ChainId;

use db::{Manager, Target};
use writer::{PooledWriters, WriterThread};

/// The database: pooled readers, and one group-committing writer (SQLite) or pooled writers (PostgreSQL).
#[derive(Clone)]
pub struct Store {
    readers: r2d2_pool::Pool,
    writers: Writers,
    target: Target,
}

mod r2d2_pool {
    pub(super) type Pool = diesel::r2d2::Pool<super::Manager>;
}

#[derive(Clone)]
enum Writers {
    Thread(Arc<WriterThread>),
    Pool(PooledWriters),
}

/// What the store needs to chain audit entries: a keyed link function and fresh chain identifiers.
#[derive(Clone)]
pub struct Chaining {
    /// HMAC of the previous link and an entry.
    pub link: Link,
    /// A new chain's identifier.
    pub new_chain: Arc<dyn Fn() -> ChainId + Send + Sync>,
}

impl Store {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`) with `pool_size` connections.
    ///
    /// # Errors
    /// A fault that names the database when it cannot be opened.
    pub fn open(url: &str, pool_size: u32, chaining: Chaining) -> std::result::Result<Self, Fault> {
        let target = Target::parse(url)?;
        target.make_folder()?;
        let writers = match &target {
            Target::Sqlite(_) => Writers::Thread(Arc::new(WriterThread::start(target.clone(), chaining)?)),
            Target::Postgres(_) => Writers::Pool(PooledWriters::open(target.clone(), pool_size, chaining)?),
        };
        let readers = diesel::r2d2::Pool::builder()
            .max_size(pool_size)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .build(Manager::reader(target.clone()))
            .map_err(|error| Fault::from_error("open the database for reading", error))?;
        Ok(Self {
            readers,
            writers,
            target,
        })
    }

    /// Which database this is.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.target.backend()
    }

    /// Runs a query function on a reading connection of its own; blocks. On SQLite all of its queries see one state.
    ///
    /// # Errors
    /// What `query` returns, or a fault when no connection can be had.
    pub fn read<T>(&self, query: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut connection = self
            .readers
            .get()
            .map_err(|error| Fault::from_error("get a reading connection", error))?;
        query(db::Snapshot::open(&mut connection)?.tx())
    }

    /// Whether units of work are run by a thread of their own, so that submitting does not block.
    #[must_use]
    pub const fn writes_on_own_thread(&self) -> bool {
        matches!(self.writers, Writers::Thread(_))
    }

    /// Submits a unit of work. On SQLite it returns at once; on PostgreSQL it blocks until the unit was settled.
    pub fn submit(&self, unit: Box<dyn Unit>) {
        match &self.writers {
            Writers::Thread(thread) => thread.submit(unit),
            Writers::Pool(pool) => pool.run(unit),
        }
    }

    /// Runs the migrations that are due and returns their names.
    ///
    /// # Errors
    /// A fault that names the migration that failed.
    pub fn migrate(&self) -> std::result::Result<Vec<String>, Fault> {
        migrate::run(&mut self.target.connect_writer()?)
    }

    /// What has been migrated and what is due.
    ///
    /// # Errors
    /// A fault when the database cannot be asked.
    pub fn migration_status(&self) -> std::result::Result<MigrationStatus, Fault> {
        migrate::status(&mut self.target.connect_writer()?)
    }

    /// The pragmas in force on the writing connection (SQLite), read back from it; empty on PostgreSQL.
    ///
    /// # Errors
    /// A fault when the writer does not answer.
    pub fn pragmas(&self) -> std::result::Result<Vec<(String, String)>, Fault> {
        match &self.writers {
            Writers::Thread(thread) => thread.pragmas(),
            Writers::Pool(_) => Ok(Vec::new()),
        }
    }
}

/// Runs the migrations that are due in the database at `url`, without opening it for work, and returns their names.
///
/// # Errors
/// A fault that names the migration that failed.
pub fn migrate(url: &str) -> std::result::Result<Vec<String>, Fault> {
    migrate::run(&mut reach(url)?)
}

/// What has been migrated and what is due in the database at `url`.
///
/// # Errors
/// A fault when the database cannot be asked.
pub fn migration_status(url: &str) -> std::result::Result<MigrationStatus, Fault> {
    migrate::status(&mut reach(url)?)
}

fn reach(url: &str) -> std::result::Result<Tx, Fault> {
    let target = Target::parse(url)?;
    target.make_folder()?;
    target.connect_writer()
}

/// Whether the database at `url` is a file that is not there yet.
#[must_use]
pub fn is_missing(url: &str) -> bool {
    matches!(Target::parse(url), Ok(Target::Sqlite(path)) if !path.exists())
}

/// Runs a statement as it is: how tests tamper with records.
#[cfg(test)]
pub(crate) fn execute(tx: &mut Tx, statement: &str) -> Result<usize> {
    use diesel::RunQueryDsl as _;
    Ok(fixed::on!(tx, connection => diesel::sql_query(statement).execute(connection))?)
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Fault(Fault::from_error("database", error))
    }
}
