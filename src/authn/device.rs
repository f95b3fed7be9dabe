//! Devices: browsers that a user proved a second factor in. ASSURANCE.md §3, CLAUSES.md S73 to S75.

use serde_json::json;

use crate::crypto::digest::digest_of;
use crate::error::Result;
use crate::model::audit::{Entry, Event};
use crate::model::device::{DEVICE_LIFETIME, DEVICES_PER_USER, Device, ROTATION_GRACE};
use crate::model::id::UserId;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::store;
use crate::work::{View, Work};

/// The device that a request comes from, if it is known to be this user's.
///
/// # Errors
/// A fault of the database.
pub fn find(view: &mut View<'_>, user: UserId) -> Result<Option<Device>> {
    let Some(digest) = view.origin.device else {
        return Ok(None);
    };
    let found = match store::devices::find(view.tx, &digest, view.now)? {
        Some(device) => Some(device),
        // Tabs that were under way when another signed in bring the value that was just replaced.
        None => store::devices::find_rotated(view.tx, &digest)?
            .filter(|(_, rotated_at)| is_recent(*rotated_at, view.now))
            .map(|(device, _)| device),
    };
    Ok(found.filter(|device| device.user == user))
}

fn is_recent(rotated_at: Timestamp, now: Timestamp) -> bool {
    now <= rotated_at.plus_seconds(ROTATION_GRACE)
}

/// Forgets the device whose cookie a request brings though it was replaced long ago: somebody else has a copy.
pub(super) fn revoke_if_reused(work: &mut Work<'_>) -> Result<()> {
    let Some(digest) = work.origin().device else {
        return Ok(());
    };
    match store::devices::find_rotated(work.tx, &digest)? {
        Some((device, rotated_at)) if !is_recent(rotated_at, work.now) => revoke(work, &device, "reuse"),
        _ => Ok(()),
    }
}

/// Gives the device of a login a new value, if it is known to be this user's.
pub(super) fn rotate(work: &mut Work<'_>, user: UserId) -> Result<Option<Secret>> {
    let Some(old) = work.origin().device else {
        return Ok(None);
    };
    let found = store::devices::find(work.tx, &old, work.now)?.filter(|device| device.user == user);
    let Some(mut device) = found else {
        return Ok(None);
    };
    device.last_used_at = work.now;
    let value = work.random.token("");
    let digests = (&old, &digest_of(value.expose()));
    let expires_at = work.now.plus_seconds(DEVICE_LIFETIME);
    let rotated = store::devices::rotate(work.tx, &device, digests, expires_at)?;
    Ok(rotated.then_some(value))
}

/// Remembers the browser in which a user has just proven a second factor; its new cookie, where it was not known.
pub(super) fn activate(work: &mut Work<'_>, user: UserId, user_agent: &str) -> Result<Option<Secret>> {
    if find(&mut work.view(), user)?.is_some() {
        return Ok(None);
    }
    let known = store::devices::of_user(work.tx, user, work.now)?;
    let surplus = (known.len() + 1).saturating_sub(DEVICES_PER_USER);
    for oldest in known.iter().take(surplus) {
        revoke(work, oldest, "limit")?;
    }
    let device = Device {
        id: work.new_id(),
        user,
        user_agent: user_agent.to_owned(),
        ip: work.ip().map_or_else(String::new, |ip| ip.to_string()),
        created_at: work.now,
        last_used_at: work.now,
    };
    let value = work.random.token("");
    let expires_at = work.now.plus_seconds(DEVICE_LIFETIME);
    store::devices::insert(work.tx, &device, &digest_of(value.expose()), expires_at)?;
    let activated = Entry::new(Event::DeviceActivated).user(user);
    work.audit(activated.detail(json!({ "device": device.id })))?;
    Ok(Some(value))
}

fn revoke(work: &mut Work<'_>, device: &Device, reason: &str) -> Result<()> {
    if store::devices::delete(work.tx, device.id)? {
        let revoked = Entry::new(Event::DeviceRevoked).user(device.user);
        work.audit(revoked.detail(json!({ "device": device.id, "reason": reason })))?;
    }
    Ok(())
}
