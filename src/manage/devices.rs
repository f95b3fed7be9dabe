//! The browsers that a user is known in: listed, and forgotten.

use serde_json::json;

use super::authority::{check_may_change, check_may_look};
use crate::authn::attempts;
use crate::error::{Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::device::Device;
use crate::model::id::{DeviceId, UserId};
use crate::model::user::Permission;
use crate::policy::lockout::Side;
use crate::store;
use crate::work::{View, Work};

/// A browser that a user is known in.
#[derive(Debug, Clone)]
pub struct DeviceOverview {
    /// The browser.
    pub device: Device,
    /// Whether attempts made in it have reached their limit.
    pub locked: bool,
}

/// The browsers that a user is known in, oldest first.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn list(view: &mut View<'_>, actor: &Actor, user: UserId) -> Result<Vec<DeviceOverview>> {
    check_may_look(view, actor)?;
    let devices = store::devices::of_user(view.tx, user, view.now)?;
    let overview = |device: Device| {
        let locked = attempts::locked_until(view, &Side::Device(device.id))?.is_some();
        Ok(DeviceOverview { device, locked })
    };
    devices.into_iter().map(overview).collect()
}

/// Forgets one browser of a user, or all; returns how many.
///
/// # Errors
/// A refusal when there is no such browser, or a fault of the database.
pub fn forget(work: &mut Work<'_>, actor: &Actor, user: UserId, only: Option<DeviceId>) -> Result<usize> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    let mut known = store::devices::of_user(work.tx, user, work.now)?;
    if let Some(only) = only {
        known.retain(|device| device.id == only);
        if known.is_empty() {
            return Err(Refusal::Missing("there is no such device").into());
        }
    }
    for device in &known {
        let revoked = Entry::new(Event::DeviceRevoked).actor(actor);
        revoke(work, device, revoked, "operator")?;
    }
    Ok(known.len())
}

/// Forgets every browser of a user whose password or factors are other ones now.
pub(super) fn forget_all(work: &mut Work<'_>, user: UserId, reason: &str) -> Result<()> {
    for device in store::devices::of_user(work.tx, user, work.now)? {
        revoke(work, &device, Entry::new(Event::DeviceRevoked), reason)?;
    }
    Ok(())
}

fn revoke(work: &mut Work<'_>, device: &Device, entry: Entry, reason: &str) -> Result<()> {
    store::devices::delete(work.tx, device.id)?;
    let detail = json!({ "device": device.id, "reason": reason });
    work.audit(entry.user(device.user).detail(detail))
}
