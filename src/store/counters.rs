//! Counters in windows of time, charged before what they count is checked.

use diesel::prelude::*;

use super::db::Tx;
use super::schema::counters;
use crate::error::Result;
use crate::model::time::Timestamp;

/// Adds one and returns the count in the running window; a window that is over begins anew.
pub fn charge(tx: &mut Tx, name: &str, now: Timestamp, window_seconds: u32) -> Result<i64> {
    let running = counters::table
        .find(name)
        .filter(counters::window_ends_at.gt(now.as_micros()));
    if diesel::update(running)
        .set(counters::hits.eq(counters::hits + 1))
        .execute(tx)?
        == 1
    {
        return Ok(counters::table.find(name).select(counters::hits).get_result(tx)?);
    }
    let ends = now.plus_seconds(i64::from(window_seconds)).as_micros();
    let over = counters::table
        .find(name)
        .filter(counters::window_ends_at.le(now.as_micros()));
    if diesel::update(over)
        .set((counters::hits.eq(1), counters::window_ends_at.eq(ends)))
        .execute(tx)?
        == 1
    {
        return Ok(1);
    }
    let inserted = super::insert_new(tx, |tx| {
        diesel::insert_into(counters::table)
            .values((
                counters::name.eq(name),
                counters::hits.eq(1),
                counters::window_ends_at.eq(ends),
            ))
            .execute(tx)
    })?;
    if inserted {
        return Ok(1);
    }
    // Another connection began the window between our look and our insert.
    diesel::update(counters::table.find(name))
        .set(counters::hits.eq(counters::hits + 1))
        .execute(tx)?;
    Ok(counters::table.find(name).select(counters::hits).get_result(tx)?)
}

/// Takes one charge back.
pub fn refund(tx: &mut Tx, name: &str) -> Result<()> {
    let charged = counters::table.find(name).filter(counters::hits.gt(0));
    diesel::update(charged)
        .set(counters::hits.eq(counters::hits - 1))
        .execute(tx)?;
    Ok(())
}

/// Lets a running window end later.
pub fn extend(tx: &mut Tx, name: &str, ends_at: Timestamp) -> Result<()> {
    diesel::update(counters::table.find(name))
        .set(counters::window_ends_at.eq(ends_at.as_micros()))
        .execute(tx)?;
    Ok(())
}

/// The count in the running window; 0 when none runs.
pub fn count(tx: &mut Tx, name: &str, now: Timestamp) -> Result<i64> {
    let hits: Option<i64> = counters::table
        .find(name)
        .filter(counters::window_ends_at.gt(now.as_micros()))
        .select(counters::hits)
        .get_result(tx)
        .optional()?;
    Ok(hits.unwrap_or(0))
}

/// Forgets a count.
pub fn reset(tx: &mut Tx, name: &str) -> Result<()> {
    diesel::delete(counters::table.find(name)).execute(tx)?;
    Ok(())
}
