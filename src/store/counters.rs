//! Counters in windows of time, charged before what they count is checked.

use diesel::prelude::*;
use diesel::{sql_query, sql_types};

use super::db::Tx;
use super::fixed::run;
use super::schema::counters;
use crate::error::Result;
use crate::model::time::Timestamp;

/// Keeps every other transaction that asks for the same name waiting until this one ends. SQLite has one writer, which needs
/// no more.
pub fn hold(tx: &mut Tx, name: &str) -> Result<()> {
    if matches!(tx, Tx::Postgres(_)) {
        let lock = sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind::<sql_types::Text, _>(name);
        run!(tx, execute, lock)?;
    }
    Ok(())
}

/// Adds one and returns the count in the running window; a window that is over begins anew.
pub fn charge(tx: &mut Tx, name: &str, now: Timestamp, window_seconds: u32) -> Result<i64> {
    let running = counters::table
        .find(name)
        .filter(counters::window_ends_at.gt(now.as_micros()));
    let counted = diesel::update(running)
        .set(counters::hits.eq(counters::hits + 1))
        .returning(counters::hits);
    if let Some(hits) = run!(tx, get_result::<i64>, counted).optional()? {
        return Ok(hits);
    }
    let ends = now.plus_seconds(i64::from(window_seconds)).as_micros();
    let over = counters::table
        .find(name)
        .filter(counters::window_ends_at.le(now.as_micros()));
    let anew = (counters::hits.eq(1), counters::window_ends_at.eq(ends));
    if run!(tx, update, diesel::update(over).set(anew))? == 1 {
        return Ok(1);
    }
    let first = (
        counters::name.eq(name),
        counters::hits.eq(1),
        counters::window_ends_at.eq(ends),
    );
    let first = diesel::insert_into(counters::table).values(first);
    if run!(tx, execute, first.on_conflict_do_nothing())? > 0 {
        return Ok(1);
    }
    // Another connection began the window between our look and our insert.
    let counted = diesel::update(counters::table.find(name))
        .set(counters::hits.eq(counters::hits + 1))
        .returning(counters::hits);
    Ok(run!(tx, get_result, counted)?)
}

/// Lets a running window end later.
pub fn extend(tx: &mut Tx, name: &str, ends_at: Timestamp) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(counters::table.find(name)).set(counters::window_ends_at.eq(ends_at.as_micros()))
    )?;
    Ok(())
}

/// The count in the running window, and when that ends; none when none runs.
pub fn running(tx: &mut Tx, name: &str, now: Timestamp) -> Result<Option<(i64, Timestamp)>> {
    let running = counters::table
        .find(name)
        .filter(counters::window_ends_at.gt(now.as_micros()))
        .select((counters::hits, counters::window_ends_at));
    let found: Option<(i64, i64)> = run!(tx, get_result, running).optional()?;
    Ok(found.map(|(hits, ends_at)| (hits, Timestamp::from_micros(ends_at))))
}

/// The count in the running window; 0 when none runs.
pub fn count(tx: &mut Tx, name: &str, now: Timestamp) -> Result<i64> {
    Ok(running(tx, name, now)?.map_or(0, |(hits, _)| hits))
}

/// Forgets a count.
pub fn reset(tx: &mut Tx, name: &str) -> Result<()> {
    run!(tx, execute, diesel::delete(counters::table.find(name)))?;
    Ok(())
}

/// Takes some off a running count, and waits for whoever is changing it.
pub fn refund(tx: &mut Tx, name: &str, hits: i64) -> Result<()> {
    let enough = counters::table.find(name).filter(counters::hits.ge(hits));
    run!(
        tx,
        update,
        diesel::update(enough).set(counters::hits.eq(counters::hits - hits))
    )?;
    Ok(())
}
