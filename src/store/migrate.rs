//! Embedded migrations: twins for both databases.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::db::Tx;
use crate::error::Fault;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What has been migrated and what is due.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MigrationStatus {
    /// Versions that were run.
    pub applied: Vec<String>,
    /// Names of migrations that are due.
    pub pending: Vec<String>,
}

pub(super) fn run(tx: &mut Tx) -> Result<Vec<String>, Fault> {
    let names =
        |versions: Vec<diesel::migration::MigrationVersion<'_>>| versions.iter().map(ToString::to_string).collect();
    match tx {
        Tx::Sqlite(connection) => connection.run_pending_migrations(SQLITE).map(names),
        Tx::Postgres(connection) => connection.run_pending_migrations(POSTGRES).map(names),
    }
    .map_err(|error| Fault::from_error("migrate", error))
}

pub(super) fn status(tx: &mut Tx) -> Result<MigrationStatus, Fault> {
    let (applied, pending) = match tx {
        Tx::Sqlite(connection) => (
            connection.applied_migrations(),
            connection.pending_migrations(SQLITE).map(|due| names(&due)),
        ),
        Tx::Postgres(connection) => (
            connection.applied_migrations(),
            connection.pending_migrations(POSTGRES).map(|due| names(&due)),
        ),
    };
    let fault = |error| Fault::from_error("read the migrations' state", error);
    let applied = applied.map_err(fault)?.iter().map(ToString::to_string).collect();
    Ok(MigrationStatus {
        applied,
        pending: pending.map_err(fault)?,
    })
}

fn names<DB: diesel::backend::Backend>(due: &[Box<dyn diesel::migration::Migration<DB>>]) -> Vec<String> {
    due.iter().map(|migration| migration.name().to_string()).collect()
}
