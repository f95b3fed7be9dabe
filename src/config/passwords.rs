//! Password hashing and rules.

use serde::{Deserialize, Serialize};

/// `[passwords]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordSettings {
    /// Argon2id memory in KiB.
    pub argon2_memory: u32,
    /// Argon2id passes.
    pub argon2_passes: u32,
    /// Argon2id lanes.
    pub argon2_lanes: u32,
    /// Hashes computed at the same time; each holds `argon2_memory` for good.
    pub hash_permits: usize,
    /// The shortest password that may be set.
    pub min_length: usize,
    /// Passwords that may not be set, in whatever case.
    pub block_list: Vec<String>,
    /// Whether people who forgot theirs are mailed a link, where mail can be sent.
    pub reset_by_mail: bool,
    /// Seconds that such a link can be used.
    pub reset_lifetime: u32,
    /// What ends when people change their own passwords; all of it ends where an operator sets one.
    pub change_revokes: ChangeRevokes,
}

/// Which grants end when people change their own passwords (CLAUSES.md C10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ChangeRevokes {
    /// Those of the password grant: programs that kept the old password.
    #[default]
    PasswordGrants,
    /// Every one.
    All,
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            argon2_memory: 19_456,
            argon2_passes: 2,
            argon2_lanes: 1,
            hash_permits: 2,
            min_length: 12,
            block_list: Vec::new(),
            reset_by_mail: true,
            reset_lifetime: 1_800,
            change_revokes: ChangeRevokes::PasswordGrants,
        }
    }
}
