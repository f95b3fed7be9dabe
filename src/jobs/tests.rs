use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::*;
use crate::manage::audit::{self, Filter};
use crate::model::audit::{Entry, Event};
use crate::model::evidence::FactorKind;
use crate::model::id::{JobId, UserId};
use crate::model::job::Notice;
use crate::model::user::{User, UserStatus};
use crate::outbound::CapturedMessage;
use crate::server::fixture::{Fixture, NOW};
use crate::store;
use crate::store::execute;
use crate::work::{Origin, Work};

const ALICE: UserId = UserId::from_bytes([9; 16]);

fn alice(email: Option<&str>) -> User {
    let mut claims = serde_json::Map::new();
    claims.insert("name".into(), "Alice Moreau".into());
    claims.extend(email.map(|email| ("email".to_owned(), email.into())));
    User {
        id: ALICE,
        username: "alice".into(),
        profile: "default".into(),
        permission_sets: Vec::new(),
        api_only: false,
        sso_only: false,
        status: UserStatus::Active,
        permissions: Vec::new(),
        claims,
        created_at: NOW,
        updated_at: None,
    }
}

fn notify() -> Job {
    Job::Notify {
        user: ALICE,
        notice: Notice::FactorAdded {
            factor: FactorKind::Totp,
            at: NOW,
            ip: "203.0.113.7".into(),
        },
    }
}

fn perform<T: Send + 'static>(
    server: &Arc<Server>,
    work: impl FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
) -> T {
    server.perform_blocking(Origin::default(), work).unwrap()
}

fn enqueue(server: &Arc<Server>, job: Job) {
    perform(server, move |work| work.enqueue(&job));
}

fn mails(server: &Server) -> Vec<CapturedMessage> {
    server.messenger.captured()
}

/// How often the waiting jobs were tried, in the order of their time.
fn waiting(server: &Arc<Server>, at: crate::model::time::Timestamp) -> Vec<i32> {
    let mut tried = Vec::new();
    let leased = server.perform_blocking(Origin::default(), move |work| {
        while let Some(leased) = store::jobs::lease(work.tx, at, at.plus_seconds(1))? {
            tried.push((leased.id, leased.attempts));
        }
        // What was only looked at is put back.
        for (id, attempts) in &tried {
            let hex = id.to_string().replace('-', "");
            let statement = format!("UPDATE jobs SET leased_until = NULL, attempts = {attempts} WHERE id = x'{hex}'");
            execute(work.tx, &statement)?;
        }
        Ok(tried.into_iter().map(|(_, attempts)| attempts).collect())
    });
    leased.unwrap()
}

#[tokio::test]
async fn a_user_is_told_of_a_new_factor() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    perform(server, |work| {
        store::users::insert_new(work.tx, &alice(Some("alice@example.com")))
    });
    enqueue(server, notify());
    assert_eq!(run_due(server).await, 1);
    let sent = mails(server);
    assert_eq!(sent.len(), 1);
    let message = &sent[0].message;
    assert_eq!(message.to, "alice@example.com");
    for part in [
        "Alice Moreau",
        "Authenticator app",
        "21 November 2023, 10:00 UTC",
        "203.0.113.7",
    ] {
        assert!(message.text.contains(part), "{}", message.text);
    }
    assert_eq!(run_due(server).await, 0, "once");
}

#[tokio::test]
async fn who_has_no_mail_address_or_no_account_is_not_told() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    enqueue(server, notify());
    perform(server, |work| store::users::insert_new(work.tx, &alice(None)));
    enqueue(server, notify());
    assert_eq!(run_due(server).await, 2);
    assert_eq!(mails(server), []);
    assert_eq!(waiting(server, NOW), [0; 0]);
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_is_not_tried_again() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    perform(server, |work| {
        store::users::insert_new(work.tx, &alice(Some("a@example.com\r\nBcc: b@example.com")))
    });
    enqueue(server, notify());
    assert_eq!(run_due(server).await, 1);
    assert_eq!(waiting(server, NOW.plus_seconds(86_400)), [0; 0]);
}

/// Makes every notification fail: the user's record cannot be read.
fn break_users(server: &Arc<Server>) {
    perform(server, |work| {
        store::users::insert_new(work.tx, &alice(Some("alice@example.com")))?;
        execute(work.tx, "UPDATE users SET doc = '[]'")
    });
}

#[tokio::test]
async fn a_failed_job_is_tried_again_after_growing_pauses_and_given_up() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    break_users(server);
    enqueue(server, notify());
    assert_eq!(run_due(server).await, 1);
    let mut tried = 1;
    for pause in [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600] {
        server.clock().advance(pause - 1);
        assert_eq!(run_due(server).await, 0, "before the pause of {pause} s is over");
        server.clock().advance(1);
        assert_eq!(run_due(server).await, 1);
        tried += 1;
    }
    assert_eq!(tried, 12);
    server.clock().advance(7 * 86_400);
    assert_eq!(run_due(server).await, 0, "given up");
}

#[tokio::test]
async fn one_failing_job_holds_nobody_up() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    break_users(server);
    enqueue(server, notify());
    perform(server, |work| {
        // A kind that a newer node knows.
        let statement = "INSERT INTO jobs (id, doc, run_at, attempts) VALUES (x'00000000000000000000000000000000', '{\"kind\":\"newer\"}', 0, 0)";
        execute(work.tx, statement)
    });
    enqueue(server, Job::Sweep);
    assert_eq!(run_due(server).await, 3);
    assert_eq!(waiting(server, NOW), [0; 0]);
    assert_eq!(
        waiting(server, NOW.plus_seconds(10)),
        [1, 1],
        "both wait to be tried again"
    );
}

#[tokio::test]
async fn a_leased_job_runs_elsewhere_only_when_the_lease_is_over() {
    let fixture = Fixture::new();
    let (server, other) = (&fixture.server, fixture.another());
    enqueue(server, Job::Sweep);
    let leased = perform(server, |work| {
        store::jobs::lease(work.tx, work.now, work.now.plus_seconds(60))
    });
    assert!(leased.is_some());
    server.clock().advance(59);
    assert_eq!(run_due(&other).await, 0);
    server.clock().advance(1);
    assert_eq!(run_due(&other).await, 1);
}

#[tokio::test]
async fn recurring_jobs_wait_once_each_and_come_again() {
    let fixture = Fixture::new();
    let (server, other) = (&fixture.server, fixture.another());
    ensure_keys(server).unwrap();
    ensure_schedule(server).await.unwrap();
    ensure_schedule(&other).await.unwrap();
    assert_eq!(run_due(server).await, 3);
    ensure_schedule(&other).await.unwrap();
    assert_eq!(run_due(&other).await, 0, "each waits for its time");
    server.clock().advance(60);
    assert_eq!(run_due(server).await, 1, "seal-audit");
    server.clock().advance(3_540);
    assert_eq!(run_due(server).await, 3);
}

#[tokio::test]
async fn a_recurring_job_outlives_its_failures() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    perform(server, |work| work.audit(Entry::new(Event::ServerStarted)));
    perform(server, |work| {
        execute(work.tx, "ALTER TABLE audit_seals RENAME TO broken")?;
        let id: JobId = work.new_id();
        store::jobs::enqueue_unique(work.tx, id, "seal-audit", &Job::SealAudit, work.now)
    });
    assert_eq!(run_due(server).await, 1);
    for _ in 1..15 {
        server.clock().advance(60);
        assert_eq!(run_due(server).await, 1, "never later than its interval");
    }
    perform(server, |work| {
        execute(work.tx, "ALTER TABLE broken RENAME TO audit_seals")
    });
    server.clock().advance(60);
    assert_eq!(run_due(server).await, 1);
    let report = server.read_blocking(|view| audit::verify(view, None)).unwrap();
    assert_eq!((report.seals, report.unsealed.len()), (1, 0));
}

#[tokio::test]
async fn the_first_start_makes_keys_once() {
    let fixture = Fixture::new();
    ensure_keys(&fixture.server).unwrap();
    ensure_keys(&fixture.server).unwrap();
    ensure_keys(&fixture.another()).unwrap();
    let keys = fixture.server.read_blocking(crate::manage::keys::list).unwrap();
    assert_eq!(keys.len(), 4);
}

#[tokio::test]
async fn a_sweep_leaves_what_expired_within_the_hour() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    for (name, age) in [("old", 3_601), ("recent", 3_599)] {
        let micros = NOW.plus_seconds(-age).as_micros();
        let statement = format!("INSERT INTO revoked_tokens (jti, expires_at) VALUES ('{name}', {micros})");
        perform(server, move |work| execute(work.tx, &statement));
    }
    enqueue(server, Job::Sweep);
    run_due(server).await;
    let left = |name: &str| {
        let statement = format!("DELETE FROM revoked_tokens WHERE jti = '{name}'");
        perform(server, move |work| execute(work.tx, &statement))
    };
    assert_eq!((left("old"), left("recent")), (0, 1));
}

async fn until(condition: impl Fn() -> bool) {
    let reached = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), reached).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_wakes_for_a_job_and_drains_when_it_stops() {
    let fixture = Fixture::new();
    let server = &fixture.server;
    ensure_keys(server).unwrap();
    perform(server, |work| {
        store::users::insert_new(work.tx, &alice(Some("alice@example.com")))
    });
    let (stop, stopping) = watch::channel(false);
    let worker = tokio::spawn(run(Arc::clone(server), stopping));
    enqueue(server, notify());
    until(|| mails(server).len() == 1).await;
    perform(server, |work| work.audit(Entry::new(Event::SessionEnded)));
    enqueue(server, notify());
    stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_mins(1), worker)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(mails(server).len(), 2, "what was due is done");
    let report = server.read_blocking(|view| audit::verify(view, None)).unwrap();
    assert_eq!(
        (report.problems.len(), report.unsealed.len()),
        (0, 0),
        "the log is sealed"
    );
    let entries = server
        .read_blocking(|view| audit::list(view, &Filter::default(), 100))
        .unwrap();
    assert!(entries.iter().any(|entry| entry.body.contains("session.ended")));
}

#[tokio::test]
async fn a_worker_whose_owner_is_gone_ends() {
    let fixture = Fixture::new();
    let (stop, stopping) = watch::channel(false);
    drop(stop);
    let worker = run(Arc::clone(&fixture.server), stopping);
    tokio::time::timeout(Duration::from_mins(1), worker).await.unwrap();
}
