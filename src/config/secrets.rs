//! The master key and its predecessors.

use std::path::PathBuf;

use serde::Deserialize;

use crate::model::secret::Secret;

/// `[secrets]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretSettings {
    /// The file that holds the master key, made on first start with mode 0600.
    pub master_key_file: PathBuf,
    /// The master key itself (64 hexadecimal digits), for installations that keep it in the environment.
    pub master_key: Option<Secret>,
    /// Earlier master keys, still able to open what they sealed.
    pub old_master_keys: Vec<Secret>,
}

impl Default for SecretSettings {
    fn default() -> Self {
        Self {
            master_key_file: "data/master.key".into(),
            master_key: None,
            old_master_keys: Vec::new(),
        }
    }
}
