//! What every command starts from: the configuration, and the server opened when it is needed.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{self, Settings};
use crate::crypto::random::Random;
use crate::error::{FieldError, Result};
use crate::manage::users;
use crate::model::actor::Actor;
use crate::model::secret::Secret;
use crate::server::{Clock, Server};
use crate::work::{Origin, View, Work};

/// Whoever runs the program beside its database.
pub(super) const OPERATOR: Actor = Actor::Operator;

/// The configuration, and the server opened when it is needed.
pub(super) struct Context {
    config: Option<PathBuf>,
}

impl Context {
    pub(super) const fn new(config: Option<PathBuf>) -> Self {
        Self { config }
    }

    /// The configuration file, if one was named.
    pub(super) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The settings, checked.
    pub(super) fn settings(&self) -> Result<Settings> {
        Ok(config::load(self.config.as_deref())?.settings)
    }

    /// The server, with its database and keys.
    pub(super) fn server(&self) -> Result<Arc<Server>> {
        Server::open(self.settings()?, Clock::System, false)
    }

    /// Opens the server for one look.
    pub(super) fn read<T>(&self, look: impl FnOnce(&mut View<'_>) -> Result<T>) -> Result<T> {
        self.server()?.read_blocking(look)
    }

    /// Opens the server for one unit of work.
    pub(super) fn perform<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
    {
        self.server()?.perform_blocking(Origin::default(), work)
    }
}

/// The hash of the password on standard input.
pub(super) fn hash_of_given_password(server: &Server) -> Result<String> {
    let password = given_line("--password-stdin")?;
    let shared = server.shared();
    users::check_password("password", &shared.settings.passwords, &password)?;
    Ok(shared.hasher.hash(&password, &mut Random::from_os())?)
}

/// The secret on standard input that `option` asks for: its first line.
pub(super) fn given_line(option: &str) -> Result<Secret> {
    let mut input = io::stdin();
    if input.is_terminal() {
        let remedy = format!("pipe it in: `countersign … {option} < file`");
        return Err(FieldError::new(option, format!("standard input is a terminal; {remedy}")).into());
    }
    let mut text = zeroize::Zeroizing::new(String::new());
    input
        .read_to_string(&mut text)
        .map_err(|error| FieldError::new("standard input", format!("cannot be read: {error}")))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}
