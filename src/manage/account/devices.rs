//! The browsers that a person is known in: listed, and forgotten by their owner.

use serde_json::json;

use super::own;
use crate::error::{Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::device::Device;
use crate::model::id::{DeviceId, UserId};
use crate::store;
use crate::work::{View, Work};

/// The browsers that a user is known in, used last first.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>, user: UserId) -> Result<Vec<Device>> {
    let mut devices = store::devices::of_user(view.tx, user, view.now)?;
    devices.sort_by_key(|device| std::cmp::Reverse(device.last_used_at));
    Ok(devices)
}

/// Forgets one of the actor's own browsers.
///
/// # Errors
/// A refusal when there is no such browser, or a fault of the database.
pub fn forget(work: &mut Work<'_>, actor: &Actor, id: DeviceId) -> Result<()> {
    let (user, _) = own(actor)?;
    let known = store::devices::of_user(work.tx, user, work.now)?;
    if !known.iter().any(|device| device.id == id) || !store::devices::delete(work.tx, id)? {
        return Err(Refusal::Missing("there is no such device").into());
    }
    let revoked = Entry::new(Event::DeviceRevoked).actor(actor).user(user);
    work.audit(revoked.detail(json!({ "device": id, "reason": "owner" })))
}
