//! Device codes.

use diesel::prelude::*;

use super::columns::{bytes, digest as digest_of, from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::device_codes;
use crate::error::Result;
use crate::model::device_code::{DeviceAnswer, DeviceCode};
use crate::model::id::GrantId;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;

/// Adds a device code that may be asked about at once, and then every `interval` seconds; `false` when its user code is
/// another's already.
pub fn insert(tx: &mut Tx, code: &DeviceCode, interval: u32) -> Result<bool> {
    let added = run!(
        tx,
        execute,
        diesel::insert_into(device_codes::table)
            .values((
                device_codes::digest.eq(code.digest.as_bytes().as_slice()),
                device_codes::user_code.eq(code.user_code.as_bytes().as_slice()),
                device_codes::doc.eq(to_doc(&code.request)?),
                device_codes::pause_micros.eq(i64::from(interval) * 1_000_000),
                device_codes::next_poll_at.eq(code.request.asked_at.as_micros()),
                device_codes::expires_at.eq(code.expires_at.as_micros()),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(added > 0)
}

type Row = (Vec<u8>, Vec<u8>, String, Option<i64>, Option<Vec<u8>>, Option<i64>, i64);

fn code_of((digest, user_code, doc, answered_at, grant, consumed_at, expires_at): Row) -> Result<DeviceCode> {
    let answer = match (answered_at, grant) {
        (None, _) => None,
        (Some(_), None) => Some(DeviceAnswer::Denied),
        (Some(_), Some(grant)) => Some(DeviceAnswer::Allowed(GrantId::from_bytes(bytes(grant)?))),
    };
    Ok(DeviceCode {
        digest: digest_of(digest)?,
        user_code: digest_of(user_code)?,
        request: from_doc(&doc)?,
        answer,
        consumed_at: consumed_at.map(Timestamp::from_micros),
        expires_at: Timestamp::from_micros(expires_at),
    })
}

macro_rules! columns {
    () => {
        (
            device_codes::digest,
            device_codes::user_code,
            device_codes::doc,
            device_codes::answered_at,
            device_codes::grant_id,
            device_codes::consumed_at,
            device_codes::expires_at,
        )
    };
}

/// The device code of this digest, whatever became of it.
pub fn find(tx: &mut Tx, digest: &Digest) -> Result<Option<DeviceCode>> {
    let row: Option<Row> = run!(
        tx,
        get_result,
        device_codes::table
            .find(digest.as_bytes().as_slice())
            .select(columns!())
    )
    .optional()?;
    row.map(code_of).transpose()
}

/// The device code whose device shows the user code of this keyed digest.
pub fn find_by_user_code(tx: &mut Tx, user_code: &Digest) -> Result<Option<DeviceCode>> {
    let row: Option<Row> = run!(
        tx,
        get_result,
        device_codes::table
            .filter(device_codes::user_code.eq(user_code.as_bytes().as_slice()))
            .select(columns!())
    )
    .optional()?;
    row.map(code_of).transpose()
}

/// Answers a device code, once and in time; `false` when it was answered before, or has expired.
pub fn answer(tx: &mut Tx, digest: &Digest, answer: DeviceAnswer, now: Timestamp) -> Result<bool> {
    let grant = match answer {
        DeviceAnswer::Allowed(grant) => Some(grant.as_bytes().to_vec()),
        DeviceAnswer::Denied => None,
    };
    let open = device_codes::table
        .find(digest.as_bytes().as_slice())
        .filter(device_codes::answered_at.is_null())
        .filter(device_codes::expires_at.gt(now.as_micros()));
    let answered = (
        device_codes::answered_at.eq(now.as_micros()),
        device_codes::grant_id.eq(grant),
    );
    Ok(run!(tx, update, diesel::update(open).set(answered))? == 1)
}

/// Notes that a device asked; `false` when it did so too early.
pub fn poll(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<bool> {
    let due = device_codes::table
        .find(digest.as_bytes().as_slice())
        .filter(device_codes::next_poll_at.le(now.as_micros()));
    let next = device_codes::next_poll_at.eq(device_codes::pause_micros + now.as_micros());
    Ok(run!(tx, update, diesel::update(due).set(next))? == 1)
}

/// Lets a device wait longer each time from now on.
pub fn slow_down(tx: &mut Tx, digest: &Digest, now: Timestamp, seconds: u32) -> Result<()> {
    let longer = i64::from(seconds) * 1_000_000;
    let slower = (
        device_codes::pause_micros.eq(device_codes::pause_micros + longer),
        device_codes::next_poll_at.eq(device_codes::pause_micros + (longer + now.as_micros())),
    );
    run!(
        tx,
        update,
        diesel::update(device_codes::table.find(digest.as_bytes().as_slice())).set(slower)
    )?;
    Ok(())
}

/// Redeems a device code, once; `false` when it was redeemed before.
pub fn consume(tx: &mut Tx, digest: &Digest, now: Timestamp) -> Result<bool> {
    let open = device_codes::table
        .find(digest.as_bytes().as_slice())
        .filter(device_codes::consumed_at.is_null());
    Ok(run!(
        tx,
        update,
        diesel::update(open).set(device_codes::consumed_at.eq(now.as_micros()))
    )? == 1)
}
