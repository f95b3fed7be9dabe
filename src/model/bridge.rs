//! Bridges: a token's evidence on its way into a browser session. ASSURANCE.md §6.

use serde::{Deserialize, Serialize};

use super::id::GrantId;
use super::scope::ScopeSet;

/// What a bridge's handle stands for, until it is used or a minute has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// The grant whose evidence it carries.
    pub grant: GrantId,
    /// What the token was for.
    pub scope: ScopeSet,
    /// The path of ours that it leads to.
    pub target: String,
}

/// Seconds that a handle lives.
pub const BRIDGE_LIFETIME: u32 = 60;
/// Prefix of handles.
pub const BRIDGE_PREFIX: &str = "cs_br_";
