//! Password hashing and rules.

use serde::Deserialize;

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
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            argon2_memory: 19_456,
            argon2_passes: 2,
            argon2_lanes: 1,
            hash_permits: 2,
            min_length: 12,
        }
    }
}
