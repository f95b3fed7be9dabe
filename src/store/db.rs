//! Connections: one enum for both databases, and how each is opened.

use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;

use super::fixed::{Plain, on, run};
use crate::error::Fault;

/// A connection to either database; query functions take it as their transaction.
pub enum Tx {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Which database is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// One file.
    Sqlite,
    /// A server shared by nodes.
    Postgres,
}

/// Where the database is.
#[derive(Clone)]
pub(super) enum Target {
    Sqlite(PathBuf),
    Postgres(String),
}

/// What every SQLite connection is set to. Committed means on the disk: `synchronous=FULL` in WAL mode. To wait for others comes
/// first: a process that is just closing the file holds it for as long as it folds the log in.
const PRAGMAS: &str = "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
     PRAGMA foreign_keys=ON; PRAGMA cache_size=-4000; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=2000;";
const READER_PRAGMAS: &str = "PRAGMA query_only=ON; PRAGMA cache_size=-2000;";

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, Fault> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() {
                return Err(Fault::new("database.url: write sqlite://path/to/file"));
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            if !cfg!(feature = "pg-tls")
                && ["sslmode=require", "sslmode=verify"]
                    .iter()
                    .any(|mode| url.contains(mode))
            {
                return Err(Fault::new(
                    "database.url: this build has no TLS to PostgreSQL; build with the feature pg-tls",
                ));
            }
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err(Fault::new("database.url: neither sqlite:// nor postgres://"))
    }

    pub(super) const fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }

    /// Makes the folder of a database that is a file.
    pub(super) fn make_folder(&self) -> Result<(), Fault> {
        match self {
            Self::Sqlite(path) => path.parent().map_or(Ok(()), std::fs::create_dir_all),
            Self::Postgres(_) => Ok(()),
        }
        .map_err(|error| Fault::from_error("make the data folder", error))
    }

    pub(super) fn connect_writer(&self) -> Result<Tx, Fault> {
        self.connect()
            .map_err(|error| Fault::from_error("open the database", error))
    }

    fn connect(&self) -> Result<Tx, diesel::r2d2::Error> {
        match self {
            Self::Sqlite(path) => {
                let mut connection = SqliteConnection::establish(&path.to_string_lossy())
                    .map_err(diesel::r2d2::Error::ConnectionError)?;
                connection
                    .batch_execute(PRAGMAS)
                    .map_err(diesel::r2d2::Error::QueryError)?;
                Ok(Tx::Sqlite(connection))
            }
            Self::Postgres(url) => PgConnection::establish(url)
                .map(Tx::Postgres)
                .map_err(diesel::r2d2::Error::ConnectionError),
        }
    }
}

/// Opens pooled connections.
pub(super) struct Manager {
    target: Target,
    read_only: bool,
}

impl Manager {
    pub(super) const fn reader(target: Target) -> Self {
        Self {
            target,
            read_only: true,
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Tx;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Tx, Self::Error> {
        let mut connection = self.target.connect()?;
        if let (true, Tx::Sqlite(connection)) = (self.read_only, &mut connection) {
            connection
                .batch_execute(READER_PRAGMAS)
                .map_err(diesel::r2d2::Error::QueryError)?;
        }
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut Tx) -> Result<(), Self::Error> {
        on!(connection, connection => connection.batch_execute("SELECT 1")).map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Tx) -> bool {
        is_broken(connection)
    }
}

/// Whether a connection must not be used again.
pub(super) fn is_broken(connection: &mut Tx) -> bool {
    use diesel::r2d2::R2D2Connection as _;
    on!(connection, connection => connection.is_broken())
}

/// A reading connection for the length of one look. SQLite locks and unlocks for each query that is in no transaction.
pub(super) struct Snapshot<'a>(&'a mut Tx);

impl<'a> Snapshot<'a> {
    pub(super) fn open(tx: &'a mut Tx) -> QueryResult<Self> {
        if matches!(tx, Tx::Sqlite(_)) {
            run!(&mut *tx, execute, Plain("BEGIN"))?;
        }
        Ok(Self(tx))
    }

    pub(super) const fn tx(&mut self) -> &mut Tx {
        self.0
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        if matches!(self.0, Tx::Sqlite(_))
            && let Err(error) = run!(&mut *self.0, execute, Plain("COMMIT"))
        {
            tracing::error!(%error, "a look at the database cannot be ended");
        }
    }
}
