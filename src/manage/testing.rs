//! A server on a database of its own, for the tests of this room.

use std::sync::Arc;

use tempfile::TempDir;

use super::directory::{self, Document, Options, Report};
use crate::config::Settings;
use crate::crypto::random::Random;
use crate::error::{Error, Result};
use crate::model::actor::Actor;
use crate::model::audit::Entry;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::server::{Clock, Server};
use crate::store;
use crate::work::{Origin, Work};

/// 2026-01-01.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

pub(super) struct Installation {
    pub(super) server: Arc<Server>,
    _folder: TempDir,
}

impl Installation {
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    /// An installation whose settings are these, but for its database and keys.
    pub(super) fn with(mut settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        settings.database.url = Secret::new(format!("sqlite://{}", folder.path().join("test.db").display()));
        settings.secrets.master_key = Some(Secret::new("5a".repeat(32)));
        settings.passwords.argon2_memory = 64;
        settings.passwords.argon2_passes = 1;
        Self {
            server: Server::open(settings, Clock::standing_at(NOW), true).unwrap(),
            _folder: folder,
        }
    }

    /// An installation to which `text` was applied.
    pub(super) fn of(text: &str) -> Self {
        let installation = Self::new();
        installation.apply(text, Options::default()).unwrap();
        installation
    }

    pub(super) fn perform<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.server.perform_blocking(Origin::default(), work)
    }

    pub(super) fn apply(&self, text: &str, options: Options) -> Result<Report> {
        self.apply_as(Actor::Operator, text, options)
    }

    pub(super) fn apply_as(&self, actor: Actor, text: &str, options: Options) -> Result<Report> {
        let mut document = Document::default();
        document.add("directory", text)?;
        let look = |view: &mut crate::work::View<'_>| directory::stored_passwords(view, &actor, &document);
        let stored = self.server.read_blocking(look)?;
        let settled = document.settle(&stored, self.server.shared(), &mut Random::seeded(1))?;
        self.perform(move |work| directory::apply(work, &actor, &settled, options))
    }

    pub(super) fn export(&self, secrets: bool) -> String {
        let export = |view: &mut crate::work::View<'_>| directory::export(view, &Actor::Operator, secrets);
        self.server.read_blocking(export).unwrap()
    }

    pub(super) fn user(&self, username: &str) -> User {
        let found = self
            .server
            .read_blocking(|view| store::users::find_by_username(view.tx, username));
        found.unwrap().unwrap()
    }

    pub(super) fn version(&self) -> i64 {
        self.server
            .read_blocking(|view| store::directory::version(view.tx))
            .unwrap()
    }

    /// Every audit entry, oldest first.
    pub(super) fn audited(&self) -> Vec<Entry> {
        let list =
            |view: &mut crate::work::View<'_>| store::audit::list(view.tx, &store::audit::Filter::default(), 1000);
        let entries = self.server.read_blocking(list).unwrap();
        let read = |body: &String| store::audit::Stored::read(body).unwrap().entry;
        entries.iter().rev().map(|entry| read(&entry.body)).collect()
    }
}

/// What a refusal says.
pub(super) fn refusal<T>(outcome: Result<T>) -> String {
    match outcome {
        Err(Error::Refused(refusal)) => refusal.to_string(),
        Err(Error::Fault(fault)) => panic!("a fault: {fault}"),
        Ok(_) => panic!("not refused"),
    }
}
