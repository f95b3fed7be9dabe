//! A server for tests beside the code: a database of its own, and a clock that stands.

use std::sync::Arc;

use super::{Clock, Server};
use crate::config::Settings;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;

/// A server with a database of its own, removed with it.
pub(crate) struct Fixture {
    /// The server.
    pub(crate) server: Arc<Server>,
    folder: tempfile::TempDir,
}

/// Tuesday, 10:00 UTC: where the clock stands.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_700_560_800);

impl Fixture {
    /// A server with settings that cost little.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server with settings that cost little, changed further.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = open(&folder, Clock::standing_at(NOW), change);
        Self { server, folder }
    }

    /// Another server on the same database and clock, as another process would be.
    pub(crate) fn another(&self) -> Arc<Server> {
        self.another_with(|_| {})
    }

    /// Another server on the same database and clock, with other settings.
    pub(crate) fn another_with(&self, change: impl FnOnce(&mut Settings)) -> Arc<Server> {
        open(&self.folder, self.server.clock().clone(), change)
    }
}

fn open(folder: &tempfile::TempDir, clock: Clock, change: impl FnOnce(&mut Settings)) -> Arc<Server> {
    let mut settings = Settings::default();
    settings.database.url = Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
    settings.database.pool_size = 2;
    settings.secrets.master_key = Some(Secret::new("5a".repeat(32)));
    settings.passwords.argon2_memory = 64;
    settings.passwords.argon2_passes = 1;
    change(&mut settings);
    Server::open(settings, clock, true).unwrap()
}
