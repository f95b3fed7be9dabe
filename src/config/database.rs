//! Where records are kept.

use serde::Deserialize;

use crate::model::secret::Secret;

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://path` or `postgres://…`; may hold a password, so it is secret.
    pub url: Secret,
    /// Connections kept for reading (SQLite) or for everything (PostgreSQL).
    pub pool_size: u32,
    /// Whether `serve` may migrate PostgreSQL by itself.
    pub auto_migrate: bool,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: Secret::new("sqlite://data/countersign.db"),
            pool_size: 8,
            auto_migrate: false,
        }
    }
}
