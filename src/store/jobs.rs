//! Jobs: leased, run, removed; any node may run any job.

use diesel::prelude::*;

use super::columns::{bytes, from_doc, to_doc};
use super::db::Tx;
use super::fixed::run;
use super::schema::jobs;
use crate::error::Result;
use crate::model::id::JobId;
use crate::model::job::Job;
use crate::model::time::Timestamp;

/// Adds a job to run at `run_at`.
pub fn enqueue(tx: &mut Tx, id: JobId, job: &Job, run_at: Timestamp) -> Result<()> {
    let doc = to_doc(job)?;
    run!(
        tx,
        execute,
        diesel::insert_into(jobs::table).values((
            jobs::id.eq(id.as_bytes().as_slice()),
            jobs::doc.eq(&doc),
            jobs::run_at.eq(run_at.as_micros()),
            jobs::attempts.eq(0),
        ))
    )?;
    Ok(())
}

/// Adds a recurring job unless one of this name waits already.
pub fn enqueue_unique(tx: &mut Tx, id: JobId, name: &str, job: &Job, run_at: Timestamp) -> Result<bool> {
    let waiting: Option<Vec<u8>> = run!(
        tx,
        get_result,
        jobs::table.filter(jobs::unique_name.eq(name)).select(jobs::id).limit(1)
    )
    .optional()?;
    if waiting.is_some() {
        return Ok(false);
    }
    let doc = to_doc(job)?;
    let added = run!(
        tx,
        execute,
        diesel::insert_into(jobs::table)
            .values((
                jobs::id.eq(id.as_bytes().as_slice()),
                jobs::unique_name.eq(name),
                jobs::doc.eq(&doc),
                jobs::run_at.eq(run_at.as_micros()),
                jobs::attempts.eq(0),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(added > 0)
}

/// A job that is due, as leased.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The job's identifier.
    pub id: JobId,
    /// The job, or why it cannot be read: a newer node may have written it.
    pub job: std::result::Result<Job, String>,
    /// How often it was tried before.
    pub attempts: i32,
}

/// Whether any job is due and not leased.
pub fn any_due(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let due: Option<Vec<u8>> = run!(
        tx,
        get_result,
        jobs::table
            .filter(jobs::run_at.le(now.as_micros()))
            .filter(jobs::leased_until.is_null().or(jobs::leased_until.le(now.as_micros())))
            .select(jobs::id)
            .limit(1)
    )
    .optional()?;
    Ok(due.is_some())
}

/// Leases the job that has been due longest until `until`.
pub fn lease(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Option<Leased>> {
    let free = jobs::leased_until.is_null().or(jobs::leased_until.le(now.as_micros()));
    let due: Option<(Vec<u8>, String, i32)> = run!(
        tx,
        get_result,
        jobs::table
            .filter(jobs::run_at.le(now.as_micros()))
            .filter(free)
            .order(jobs::run_at)
            .select((jobs::id, jobs::doc, jobs::attempts))
            .limit(1)
    )
    .optional()?;
    let Some((id, doc, attempts)) = due else {
        return Ok(None);
    };
    let taken = run!(
        tx,
        update,
        diesel::update(jobs::table.find(&id).filter(free)).set((
            jobs::leased_until.eq(until.as_micros()),
            jobs::attempts.eq(attempts + 1),
        ))
    )?;
    if taken == 0 {
        return Ok(None);
    }
    Ok(Some(Leased {
        id: JobId::from_bytes(bytes(id)?),
        job: from_doc(&doc).map_err(|error| error.to_string()),
        attempts,
    }))
}

/// Removes a job that is done.
pub fn done(tx: &mut Tx, id: JobId) -> Result<()> {
    run!(tx, execute, diesel::delete(jobs::table.find(id.as_bytes().as_slice())))?;
    Ok(())
}

/// Puts a job back, to be tried again at `run_at`.
pub fn retry(tx: &mut Tx, id: JobId, run_at: Timestamp, error: &str) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(jobs::table.find(id.as_bytes().as_slice())).set((
            jobs::run_at.eq(run_at.as_micros()),
            jobs::leased_until.eq(None::<i64>),
            jobs::last_error.eq(error),
        ))
    )?;
    Ok(())
}
