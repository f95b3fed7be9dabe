//! Devices, and the values that their cookies had before.

use diesel::prelude::*;

use super::columns::{bytes, from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::{devices, rotated_devices};
use crate::error::Result;
use crate::model::device::{DEVICE_LIFETIME, Device};
use crate::model::id::{DeviceId, UserId};
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// The device whose cookie has this digest, unless it expired.
pub fn find(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<Option<Device>> {
    let doc: Option<String> = run!(
        tx,
        get_result,
        devices::table
            .filter(devices::digest.eq(digest.as_bytes().as_slice()))
            .filter(devices::expires_at.gt(now.as_micros()))
            .select(devices::doc)
    )
    .optional()?;
    doc.as_deref().map(from_doc).transpose()
}

/// The device whose cookie had this digest before, with when that was replaced.
pub fn find_rotated(tx: &mut Tx, digest: &Digest) -> Result<Option<(Device, Timestamp)>> {
    let found: Option<(Vec<u8>, i64)> = run!(
        tx,
        get_result,
        rotated_devices::table
            .find(digest.as_bytes().as_slice())
            .select((rotated_devices::device_id, rotated_devices::rotated_at))
    )
    .optional()?;
    let Some((id, rotated_at)) = found else {
        return Ok(None);
    };
    let id = DeviceId::from_bytes(bytes(id)?);
    let doc: Option<String> = run!(
        tx,
        get_result,
        devices::table.find(id.as_bytes().as_slice()).select(devices::doc)
    )
    .optional()?;
    let device = doc.as_deref().map(from_doc::<Device>).transpose()?;
    Ok(device.map(|device| (device, Timestamp::from_micros(rotated_at))))
}

/// Adds a device.
pub fn insert(tx: &mut Tx, device: &Device, digest: &Digest, expires_at: Timestamp) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(devices::table).values((
            devices::id.eq(device.id.as_bytes().as_slice()),
            devices::digest.eq(digest.as_bytes().as_slice()),
            devices::user_id.eq(device.user.as_bytes().as_slice()),
            devices::expires_at.eq(expires_at.as_micros()),
            devices::doc.eq(to_doc(device)?),
        ))
    )?;
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
    if run!(tx, update, diesel::update(current).set(rotated))? != 1 {
        return Ok(false);
    }
    let forgotten = device.last_used_at.plus_seconds(-DEVICE_LIFETIME).as_micros();
    let old_ones = rotated_devices::table
        .filter(rotated_devices::device_id.eq(device.id.as_bytes().as_slice()))
        .filter(rotated_devices::rotated_at.lt(forgotten));
    run!(tx, execute, diesel::delete(old_ones))?;
    run!(
        tx,
        execute,
        diesel::insert_into(rotated_devices::table).values((
            rotated_devices::digest.eq(old.as_bytes().as_slice()),
            rotated_devices::device_id.eq(device.id.as_bytes().as_slice()),
            rotated_devices::rotated_at.eq(device.last_used_at.as_micros()),
        ))
    )?;
    Ok(true)
}

/// The devices of one user that have not expired, oldest first.
pub fn of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Device>> {
    let docs: Vec<String> = run!(
        tx,
        load,
        devices::table
            .filter(devices::user_id.eq(user.as_bytes().as_slice()))
            .filter(devices::expires_at.gt(now.as_micros()))
            .order(devices::id)
            .select(devices::doc)
    )?;
    docs.iter().map(|doc| from_doc(doc)).collect()
}

/// Forgets a device with every value that its cookie had.
pub fn delete(tx: &mut Tx, id: DeviceId) -> Result<bool> {
    Ok(run!(
        tx,
        execute,
        diesel::delete(devices::table.find(id.as_bytes().as_slice()))
    )? > 0)
}
