//! Devices, and the values that their cookies had before.

use diesel::prelude::*;

use super::columns::{bytes, from_doc, to_doc};
use super::db::Tx;
use super::schema::{devices, rotated_devices};
use crate::error::Result;
use crate::model::device::{DEVICE_LIFETIME, Device};
use crate::model::id::{DeviceId, UserId};
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// The device whose cookie has this digest, unless it expired.
pub fn find(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<Option<Device>> {
    let doc: Option<String> = devices::table
        .filter(devices::digest.eq(digest.as_bytes().as_slice()))
        .filter(devices::expires_at.gt(now.as_micros()))
        .select(devices::doc)
        .get_result(tx)
        .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// The device whose cookie had this digest before, with when that was replaced.
pub fn find_rotated(tx: &mut Tx, digest: &Digest) -> Result<Option<(Device, Timestamp)>> {
    let found: Option<(Vec<u8>, i64)> = rotated_devices::table
        .find(digest.as_bytes().as_slice())
        .select((rotated_devices::device_id, rotated_devices::rotated_at))
        .get_result(tx)
        .optional()?;
    let Some((id, rotated_at)) = found else {
        return Ok(None);
    };
    let id = DeviceId::from_bytes(bytes(id)?);
    let doc: Option<String> = devices::table
        .find(id.as_bytes().as_slice())
        .select(devices::doc)
        .get_result(tx)
        .optional()?;
    let device = doc.as_deref().map(from_doc::<Device>).transpose()?;
    Ok(device.map(|device| (device, Timestamp::from_micros(rotated_at))))
}

/// Adds a device.
pub fn insert(tx: &mut Tx, device: &Device, digest: &Digest, expires_at: Timestamp) -> Result<()> {
    diesel::insert_into(devices::table)
        .values((
            devices::id.eq(device.id.as_bytes().as_slice()),
            devices::digest.eq(digest.as_bytes().as_slice()),
            devices::user_id.eq(device.user.as_bytes().as_slice()),
            devices::expires_at.eq(expires_at.as_micros()),
            devices::doc.eq(to_doc(device)?),
        ))
        .execute(tx)?;
    Ok(())
}

/// Stores a device under a new cookie in place of `old`, which is remembered as long as a cookie lives; `false` when that
/// was replaced meanwhile.
pub fn rotate(tx: &mut Tx, device: &Device, (old, new): (&Digest, &Digest), expires_at: Timestamp) -> Result<bool> {
    let current = devices::table
        .find(device.id.as_bytes().as_slice())
        .filter(devices::digest.eq(old.as_bytes().as_slice()));
    let rotated = (
        devices::digest.eq(new.as_bytes().as_slice()),
        devices::expires_at.eq(expires_at.as_micros()),
        devices::doc.eq(to_doc(device)?),
    );
    if diesel::update(current).set(rotated).execute(tx)? != 1 {
        return Ok(false);
    }
    let forgotten = device.last_used_at.plus_seconds(-DEVICE_LIFETIME).as_micros();
    let old_ones = rotated_devices::table
        .filter(rotated_devices::device_id.eq(device.id.as_bytes().as_slice()))
        .filter(rotated_devices::rotated_at.lt(forgotten));
    diesel::delete(old_ones).execute(tx)?;
    diesel::insert_into(rotated_devices::table)
        .values((
            rotated_devices::digest.eq(old.as_bytes().as_slice()),
            rotated_devices::device_id.eq(device.id.as_bytes().as_slice()),
            rotated_devices::rotated_at.eq(device.last_used_at.as_micros()),
        ))
        .execute(tx)?;
    Ok(true)
}

/// The devices of one user that have not expired, oldest first.
pub fn of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Device>> {
    let docs: Vec<String> = devices::table
        .filter(devices::user_id.eq(user.as_bytes().as_slice()))
        .filter(devices::expires_at.gt(now.as_micros()))
        .order(devices::id)
        .select(devices::doc)
        .load(tx)?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// Forgets a device with every value that its cookie had.
pub fn delete(tx: &mut Tx, id: DeviceId) -> Result<bool> {
    Ok(diesel::delete(devices::table.find(id.as_bytes().as_slice())).execute(tx)? > 0)
}
