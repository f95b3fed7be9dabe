//! Recurring jobs, each under a name of its own, so that any node may insert them and one of each waits.

use std::sync::Arc;

use crate::config::Settings;
use crate::error::Result;
use crate::model::id::JobId;
use crate::model::job::Job;
use crate::model::time::Timestamp;
use crate::server::Server;
use crate::store;
use crate::work::{Origin, Work};

const HOUR: i64 = 3_600;

/// Seconds from one run of a recurring job to the next; none for a job that runs once.
pub(super) fn interval(job: &Job, settings: &Settings) -> Option<i64> {
    match job {
        Job::RotateKeys | Job::Sweep => Some(HOUR),
        // Without a pause the worker would never be done.
        Job::SealAudit => Some(i64::try_from(settings.audit.seal_interval).unwrap_or(HOUR).max(1)),
        Job::Notify { .. }
        | Job::MailApiLoginToken { .. }
        | Job::MailAddressLink { .. }
        | Job::MailPasswordLink { .. }
        | Job::NotifyLogout { .. }
        | Job::SendCode { .. } => None,
    }
}

/// Makes sure that every recurring job waits for its time; those that do not wait yet are due now.
///
/// # Errors
/// A fault of the database.
pub async fn ensure(server: &Arc<Server>) -> Result<()> {
    let enqueue = |work: &mut Work<'_>| {
        let now = work.now;
        for job in [Job::RotateKeys, Job::SealAudit, Job::Sweep] {
            enqueue_at(work, &job, now)?;
        }
        Ok(())
    };
    server.perform(Origin::default(), enqueue).await
}

/// Removes a job that is over, and enqueues its next run if it is a recurring one.
pub(super) fn finish(work: &mut Work<'_>, id: JobId, job: Option<&Job>) -> Result<()> {
    store::jobs::done(work.tx, id)?;
    if let Some(job) = job
        && let Some(interval) = interval(job, &work.shared.settings)
    {
        let next = work.now.plus_seconds(interval);
        enqueue_at(work, job, next)?;
    }
    Ok(())
}

fn enqueue_at(work: &mut Work<'_>, job: &Job, at: Timestamp) -> Result<()> {
    let id: JobId = work.new_id();
    store::jobs::enqueue_unique(work.tx, id, super::name(job), job, at).map(drop)
}
