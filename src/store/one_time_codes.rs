//! One-time codes that are sent: one open in each transaction and for each purpose.

use diesel::prelude::*;

use super::columns::{bytes, from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::one_time_codes;
use crate::error::{Fault, Result};
use crate::model::id::{CodeId, InteractionId, UserId};
use crate::model::one_time_code::{CodePurpose, DeliveryState, Letter, OneTimeCode};
use crate::model::time::Timestamp;

type Columns = (
    one_time_codes::id,
    one_time_codes::user_id,
    one_time_codes::transaction_id,
    one_time_codes::purpose,
    one_time_codes::state,
    one_time_codes::created_at,
    one_time_codes::expires_at,
    one_time_codes::closed_at,
    one_time_codes::doc,
);
type Row = (Vec<u8>, Vec<u8>, Vec<u8>, String, String, i64, i64, Option<i64>, String);

const COLUMNS: Columns = (
    one_time_codes::id,
    one_time_codes::user_id,
    one_time_codes::transaction_id,
    one_time_codes::purpose,
    one_time_codes::state,
    one_time_codes::created_at,
    one_time_codes::expires_at,
    one_time_codes::closed_at,
    one_time_codes::doc,
);

fn read((id, user, transaction, purpose, state, created, expires, closed, doc): Row) -> Result<OneTimeCode> {
    let unknown = || Fault::new("a one-time code has an unknown purpose or state");
    let purposes = [CodePurpose::Challenge, CodePurpose::Enrolment, CodePurpose::LoginFlow];
    let purpose = purposes.into_iter().find(|one| one.as_str() == purpose);
    let state = DeliveryState::ALL.into_iter().find(|one| one.as_str() == state);
    Ok(OneTimeCode {
        id: CodeId::from_bytes(bytes(id)?),
        user: UserId::from_bytes(bytes(user)?),
        transaction: InteractionId::from_bytes(bytes(transaction)?),
        purpose: purpose.ok_or_else(unknown)?,
        state: state.ok_or_else(unknown)?,
        created_at: Timestamp::from_micros(created),
        expires_at: Timestamp::from_micros(expires),
        closed_at: closed.map(Timestamp::from_micros),
        letter: from_doc(&doc)?,
    })
}

/// Adds a code. There must be no open one in its transaction for its purpose.
pub fn insert(tx: &mut Tx, code: &OneTimeCode) -> Result<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(one_time_codes::table).values((
            one_time_codes::id.eq(code.id.as_bytes().as_slice()),
            one_time_codes::user_id.eq(code.user.as_bytes().as_slice()),
            one_time_codes::transaction_id.eq(code.transaction.as_bytes().as_slice()),
            one_time_codes::purpose.eq(code.purpose.as_str()),
            one_time_codes::state.eq(code.state.as_str()),
            one_time_codes::created_at.eq(code.created_at.as_micros()),
            one_time_codes::expires_at.eq(code.expires_at.as_micros()),
            one_time_codes::doc.eq(to_doc(&code.letter)?),
        ))
    )?;
    Ok(())
}

/// A code by its identifier.
pub fn find(tx: &mut Tx, id: CodeId) -> Result<Option<OneTimeCode>> {
    let row: Option<Row> = run!(
        tx,
        get_result,
        one_time_codes::table.find(id.as_bytes().as_slice()).select(COLUMNS)
    )
    .optional()?;
    row.map(read).transpose()
}

/// The code of a transaction and purpose that can still be used.
pub fn find_open(
    tx: &mut Tx,
    transaction: InteractionId,
    purpose: CodePurpose,
    now: Timestamp,
) -> Result<Option<OneTimeCode>> {
    let row: Option<Row> = run!(
        tx,
        get_result,
        one_time_codes::table
            .filter(one_time_codes::transaction_id.eq(transaction.as_bytes().as_slice()))
            .filter(one_time_codes::purpose.eq(purpose.as_str()))
            .filter(one_time_codes::closed_at.is_null())
            .filter(one_time_codes::expires_at.gt(now.as_micros()))
            .select(COLUMNS)
    )
    .optional()?;
    row.map(read).transpose()
}

/// The code that was made last in a transaction for a purpose, whatever became of it.
pub fn find_latest(tx: &mut Tx, transaction: InteractionId, purpose: CodePurpose) -> Result<Option<OneTimeCode>> {
    let row: Option<Row> = run!(
        tx,
        get_result,
        one_time_codes::table
            .filter(one_time_codes::transaction_id.eq(transaction.as_bytes().as_slice()))
            .filter(one_time_codes::purpose.eq(purpose.as_str()))
            .order(one_time_codes::created_at.desc())
            .select(COLUMNS)
            .limit(1)
    )
    .optional()?;
    row.map(read).transpose()
}

/// Closes a code, once: it is used, or void. `false` when it was closed before.
pub fn close(tx: &mut Tx, id: CodeId, now: Timestamp) -> Result<bool> {
    let open = one_time_codes::table
        .find(id.as_bytes().as_slice())
        .filter(one_time_codes::closed_at.is_null());
    let closed = diesel::update(open).set(one_time_codes::closed_at.eq(now.as_micros()));
    Ok(run!(tx, update, closed)? == 1)
}

/// Voids the open codes of a transaction: those for one purpose, or all. Returns how many could still have been used.
pub fn void(tx: &mut Tx, transaction: InteractionId, purpose: Option<CodePurpose>, now: Timestamp) -> Result<usize> {
    let mut usable = 0;
    for one in [CodePurpose::Challenge, CodePurpose::Enrolment, CodePurpose::LoginFlow] {
        if purpose.is_some_and(|purpose| purpose != one) {
            continue;
        }
        if find_open(tx, transaction, one, now)?.is_some() {
            usable += 1;
        }
        let open = one_time_codes::table
            .filter(one_time_codes::transaction_id.eq(transaction.as_bytes().as_slice()))
            .filter(one_time_codes::purpose.eq(one.as_str()))
            .filter(one_time_codes::closed_at.is_null());
        run!(
            tx,
            update,
            diesel::update(open).set(one_time_codes::closed_at.eq(now.as_micros()))
        )?;
    }
    Ok(usable)
}

/// Moves a code on its way from one state to the next, once, with what is noted of that; `false` when it was not in that
/// state any more.
pub fn advance(tx: &mut Tx, id: CodeId, (from, to): (DeliveryState, DeliveryState), letter: &Letter) -> Result<bool> {
    let here = one_time_codes::table
        .find(id.as_bytes().as_slice())
        .filter(one_time_codes::state.eq(from.as_str()));
    let moved = (
        one_time_codes::state.eq(to.as_str()),
        one_time_codes::doc.eq(to_doc(letter)?),
    );
    Ok(run!(tx, update, diesel::update(here).set(moved))? == 1)
}
