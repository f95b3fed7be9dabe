//! The whole installation: its own name and minimum.

use serde::{Deserialize, Serialize};

use super::evidence::Acr;

/// Settings of the installation as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organisation {
    /// The name pages show.
    pub name: String,
    /// The level every authorization must reach.
    pub required_acr: Acr,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            name: "Countersign".into(),
            required_acr: Acr::None,
        }
    }
}
