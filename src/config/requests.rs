//! How authorization requests may arrive: request objects, and requests that were pushed.

use serde::Deserialize;

use crate::error::FieldError;

/// `[requests]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct RequestSettings {
    /// Whether request objects are taken (RFC 9101).
    pub objects: bool,
    /// Whether they may be named by an address that this server then fetches.
    pub object_addresses: bool,
    /// Whether clients that registered no algorithm may leave theirs unsigned.
    pub unsigned_objects: bool,
    /// Whether nothing but signed request objects counts.
    pub require_signed_objects: bool,
    /// Whether nothing but pushed requests counts (RFC 9126 §5).
    pub require_pushed: bool,
    /// Seconds in which a pushed request must be taken up.
    pub pushed_lifetime: u32,
}

impl Default for RequestSettings {
    fn default() -> Self {
        Self {
            objects: true,
            object_addresses: true,
            unsigned_objects: false,
            require_signed_objects: false,
            require_pushed: false,
            pushed_lifetime: 60,
        }
    }
}

impl RequestSettings {
    /// Checks what types alone cannot.
    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.require_signed_objects && (!self.objects || self.unsigned_objects) {
            let problem = "needs objects = true and unsigned_objects = false";
            return Err(FieldError::new("requests.require_signed_objects", problem));
        }
        if !(5..=600).contains(&self.pushed_lifetime) {
            let problem = "must be from 5 to 600 seconds";
            return Err(FieldError::new("requests.pushed_lifetime", problem));
        }
        Ok(())
    }
}
