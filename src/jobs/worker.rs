//! The worker: leases a job, runs it, removes it or puts it back with growing pauses; drains on shutdown.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{name, run_job, schedule, seal_audit};
use crate::error::Result;
use crate::manage::code_delivery;
use crate::model::job::Job;
use crate::server::{Server, metrics};
use crate::store;
use crate::store::jobs::Leased;
use crate::work::{Origin, Work};

/// How long a job belongs to the node that leased it, in seconds.
const LEASE: i64 = 60;
/// How long a job may run: it is given up before its lease ends, so that no other node runs it at the same time.
const LONGEST_RUN: Duration = Duration::from_secs(50);
/// How often jobs of other nodes, and jobs whose time comes, are looked for.
const POLL: Duration = Duration::from_secs(5);
/// How often a job is tried before it is given up.
const ATTEMPTS: i32 = 12;
/// How many one-time codes, and how many logout tokens, are delivered at the same time.
const DELIVERIES_AT_ONCE: usize = 16;
const FIRST_PAUSE: i64 = 10;
const LONGEST_PAUSE: i64 = 3_600;

/// Runs jobs until `stop` says so or its sender is gone; then runs what is still due, seals the audit log and returns.
pub async fn run(server: Arc<Server>, mut stop: watch::Receiver<bool>) {
    let mut scheduled = false;
    let mut stopping = false;
    loop {
        if !scheduled {
            scheduled = match schedule::ensure(&server).await {
                Ok(()) => true,
                Err(error) => {
                    tracing::error!(%error, "recurring jobs cannot be enqueued");
                    false
                }
            };
        }
        run_due(&server).await;
        if stopping || *stop.borrow_and_update() {
            break;
        }
        tokio::select! {
            () = server.job_enqueued() => {}
            () = tokio::time::sleep(POLL) => {}
            changed = stop.changed() => stopping = changed.is_err(),
        }
    }
    if let Err(error) = seal_audit::run(&server).await {
        tracing::error!(%error, "the audit log cannot be sealed on shutdown");
    }
}

/// Runs everything that is due now, and returns how many jobs that were. People wait for their codes, and clients are many:
/// a slow vendor or client keeps neither others nor other jobs waiting.
pub async fn run_due(server: &Arc<Server>) -> usize {
    let mut count = 0;
    let (mut codes, mut logouts) = (JoinSet::new(), JoinSet::new());
    loop {
        match next(server).await {
            Ok(Some(leased)) => match leased.job {
                Ok(Job::SendCode { .. }) => deliver(server, &mut codes, leased).await,
                Ok(Job::NotifyLogout { .. }) => deliver(server, &mut logouts, leased).await,
                _ => run_leased(server, leased).await,
            },
            // What was sent may have left another job behind.
            Ok(None) if codes.join_next().await.is_some() || logouts.join_next().await.is_some() => continue,
            Ok(None) => return count,
            Err(error) => {
                tracing::error!(%error, "no job can be leased");
                codes.join_all().await;
                logouts.join_all().await;
                return count;
            }
        }
        count += 1;
    }
}

/// Runs a job beside others of its kind.
async fn deliver(server: &Arc<Server>, others: &mut JoinSet<()>, leased: Leased) {
    if others.len() >= DELIVERIES_AT_ONCE {
        others.join_next().await;
    }
    let server = Arc::clone(server);
    others.spawn(async move { run_leased(&server, leased).await });
}

/// Leases the job that has been due longest. Looking costs a read; only a job that is there costs a write.
async fn next(server: &Arc<Server>) -> Result<Option<Leased>> {
    while server.read(|view| store::jobs::any_due(view.tx, view.now)).await? {
        let lease = |work: &mut Work<'_>| store::jobs::lease(work.tx, work.now, work.now.plus_seconds(LEASE));
        let leased = server.perform(Origin::default(), lease).await?;
        if leased.is_some() {
            return Ok(leased);
        }
        // Another node took it; there may be more.
    }
    Ok(None)
}

async fn run_leased(server: &Arc<Server>, leased: Leased) {
    let outcome = match &leased.job {
        Ok(job) => {
            let outcome = attempt(server, job.clone()).await;
            metrics::count_job(name(job), outcome.is_ok());
            outcome
        }
        Err(unreadable) => Err(unreadable.clone()),
    };
    let id = leased.id;
    if let Err(error) = settle(server, leased, outcome).await {
        // Its lease will end, and it will run again.
        tracing::error!(job = %id, %error, "a job that ran cannot be settled");
    }
}

/// Runs a job in a task of its own, so that a panic ends only that.
async fn attempt(server: &Arc<Server>, job: Job) -> std::result::Result<(), String> {
    let server = Arc::clone(server);
    let mut task = tokio::spawn(async move { run_job(&server, &job).await });
    match tokio::time::timeout(LONGEST_RUN, &mut task).await {
        Ok(Ok(outcome)) => outcome.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            task.abort();
            Err(format!("took longer than {} s", LONGEST_RUN.as_secs()))
        }
    }
}

async fn settle(server: &Arc<Server>, leased: Leased, outcome: std::result::Result<(), String>) -> Result<()> {
    let Leased { id, job, attempts } = leased;
    let job = job.ok();
    let kind = job.as_ref().map_or("unreadable", name);
    let Err(reason) = outcome else {
        let finish = move |work: &mut Work<'_>| schedule::finish(work, id, job.as_ref());
        return server.perform(Origin::default(), finish).await;
    };
    if let Some(Job::SendCode { code }) = job {
        tracing::error!(job = %id, kind, reason, "a one-time code was given up");
        let give_up = move |work: &mut Work<'_>| {
            code_delivery::give_up(work, code)?;
            store::jobs::done(work.tx, id)
        };
        return server.perform(Origin::default(), give_up).await;
    }
    if attempts + 1 >= ATTEMPTS {
        tracing::error!(job = %id, kind, reason, "a job failed for the last time and is given up");
        let finish = move |work: &mut Work<'_>| schedule::finish(work, id, job.as_ref());
        return server.perform(Origin::default(), finish).await;
    }
    // A recurring job need not wait longer than it would wait anyway.
    let settings = &server.shared().settings;
    let interval = job.as_ref().and_then(|job| schedule::interval(job, settings));
    let pause = pause(attempts).min(interval.unwrap_or(LONGEST_PAUSE));
    tracing::warn!(job = %id, kind, reason, pause, "a job failed and will be tried again");
    let retry = move |work: &mut Work<'_>| store::jobs::retry(work.tx, id, work.now.plus_seconds(pause), &reason);
    server.perform(Origin::default(), retry).await
}

/// Seconds until a job is tried again that was tried `attempts` times before the present failure.
fn pause(attempts: i32) -> i64 {
    let doublings = u32::try_from(attempts).unwrap_or(0).min(20);
    (FIRST_PAUSE << doublings).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses: Vec<i64> = (0..ATTEMPTS).map(pause).collect();
        assert_eq!(
            pauses,
            [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]
        );
        assert_eq!(pause(i32::MAX), 3_600);
    }
}
