//! Devices: browsers that a user was recognised in. Recognition is no factor and raises no level.

use serde::{Deserialize, Serialize};

use super::id::{DeviceId, UserId};
use super::time::Timestamp;

/// Seconds that a browser is remembered after its user last signed in with it.
pub const DEVICE_LIFETIME: i64 = 365 * 86_400;
/// How many browsers of one user are remembered.
pub const DEVICES_PER_USER: usize = 20;
/// Seconds in which a value that was just replaced still counts, for tabs that were under way.
pub const ROTATION_GRACE: i64 = 60;

/// A browser that a user was recognised in. Its cookie holds a secret, new at each login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The identifier.
    pub id: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// The user agent it was activated with; never decides anything.
    pub user_agent: String,
    /// The address it was activated from.
    pub ip: String,
    /// When a second factor was proven in it.
    pub created_at: Timestamp,
    /// When its user last signed in with it.
    pub last_used_at: Timestamp,
}
