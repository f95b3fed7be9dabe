//! Group commit: one COMMIT for a batch, each unit kept or undone alone, nobody answered before the disk has it.

use std::sync::mpsc;

use diesel::prelude::*;

use super::super::schema::counters;
use super::super::{Store, Tx, audit, execute};
use super::*;
use crate::model::audit::{Entry, Event};

struct Database {
    store: Store,
    _folder: tempfile::TempDir,
}

fn database() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let chaining = Chaining {
        link: Arc::new(|head, entry| {
            let mut link = *head;
            link[0] = link[0].wrapping_add(u8::try_from(entry.sequence).unwrap());
            link
        }),
        new_chain: {
            let made = std::sync::atomic::AtomicU8::new(0);
            Arc::new(move || ChainId::from_bytes([1 + made.fetch_add(1, std::sync::atomic::Ordering::SeqCst); 16]))
        },
    };
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let store = Store::open(&url, 1, chaining).unwrap();
    store.migrate().unwrap();
    Database { store, _folder: folder }
}

type Answered = mpsc::Receiver<Result<(), Fault>>;

struct Scripted<F> {
    run: Option<F>,
    answer: mpsc::Sender<Result<(), Fault>>,
}

impl<F: FnOnce(&mut Tx) -> Kept + Send> Unit for Scripted<F> {
    fn run(&mut self, tx: &mut Tx) -> Kept {
        (self.run.take().unwrap())(tx)
    }

    fn settled(self: Box<Self>, committed: Result<(), Fault>) {
        self.answer.send(committed).unwrap();
    }
}

impl Database {
    fn submit(&self, run: impl FnOnce(&mut Tx) -> Kept + Send + 'static) -> Answered {
        let (answer, answered) = mpsc::channel();
        self.store.submit(Box::new(Scripted { run: Some(run), answer }));
        answered
    }

    /// Holds the writer in a unit, so that what `submit` hands over meanwhile is one batch.
    fn batch(&self, submit: impl FnOnce(&Self) -> Vec<Answered>) -> Vec<Result<(), Fault>> {
        self.batch_after(|_| Kept::Keep(Vec::new()), submit)
    }

    /// The same, `first` being the unit that holds the writer.
    fn batch_after(
        &self,
        first: impl FnOnce(&mut Tx) -> Kept + Send + 'static,
        submit: impl FnOnce(&Self) -> Vec<Answered>,
    ) -> Vec<Result<(), Fault>> {
        let (entered, wait_entered) = mpsc::channel();
        let (release, wait_release) = mpsc::channel::<()>();
        let holding = self.submit(move |tx| {
            entered.send(()).unwrap();
            wait_release.recv().unwrap();
            first(tx)
        });
        wait_entered.recv().unwrap();
        let waiting = submit(self);
        assert!(waiting.iter().all(|answered| answered.try_recv().is_err()));
        release.send(()).unwrap();
        std::iter::once(holding)
            .chain(waiting)
            .map(|answered| answered.recv().unwrap())
            .collect()
    }

    fn names(&self) -> Vec<String> {
        self.store
            .read(|tx| {
                Ok(run!(
                    tx,
                    load,
                    counters::table.order(counters::name).select(counters::name)
                )?)
            })
            .unwrap()
    }
}

fn insert(tx: &mut Tx, name: &str) {
    let row = (
        counters::name.eq(name),
        counters::hits.eq(0),
        counters::window_ends_at.eq(0),
    );
    run!(tx, execute, diesel::insert_into(counters::table).values(row)).unwrap();
}

fn entry() -> PendingEntry {
    let id = AuditId::from_bytes([7; 16]);
    let entry = Entry::new(Event::ServerStarted);
    PendingEntry {
        id,
        at: Timestamp::from_seconds(1),
        event: entry.event.as_str(),
        user: None,
        client_id: None,
        body: serde_json::to_string(&audit::Stored { id, entry }).unwrap(),
    }
}

fn keeping(name: &'static str) -> impl FnOnce(&mut Tx) -> Kept + Send {
    move |tx| {
        insert(tx, name);
        Kept::Keep(vec![entry()])
    }
}

/// A row whose foreign key is looked at by COMMIT only, and found wanting.
fn breaking_commit(tx: &mut Tx) -> Kept {
    execute(tx, "PRAGMA defer_foreign_keys=ON").unwrap();
    let orphan =
        "INSERT INTO credentials (id, user_id, kind, last_step, doc) VALUES (x'01', x'02', 'password', 0, '{}')";
    execute(tx, orphan).unwrap();
    Kept::Keep(vec![entry()])
}

#[test]
fn nobody_is_answered_before_the_batch_is_committed() {
    let database = database();
    let outcomes = database.batch(|database| vec![database.submit(keeping("a")), database.submit(keeping("b"))]);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(database.names(), ["a", "b"]);
}

#[test]
fn a_failed_commit_fails_everyone_and_leaves_nothing() {
    let database = database();
    let outcomes = database.batch(|database| {
        vec![
            database.submit(keeping("a")),
            database.submit(breaking_commit),
            database.submit(keeping("b")),
        ]
    });
    assert_eq!(outcomes.len(), 4);
    for outcome in outcomes {
        assert!(outcome.unwrap_err().to_string().starts_with("commit"));
    }
    assert_eq!(database.names(), [""; 0]);
    let chains = database.store.read(audit::chains).unwrap();
    assert_eq!(chains, []);

    let outcomes = database.batch(|database| vec![database.submit(keeping("c")), database.submit(keeping("d"))]);
    assert!(outcomes.iter().all(Result::is_ok), "the writer goes on");
    assert_eq!(database.names(), ["c", "d"]);
    let chains = database.store.read(audit::chains).unwrap();
    let met = database.store.read(|tx| audit::chain(tx, chains[0], 0, 10)).unwrap();
    let sequences: Vec<i64> = met.iter().map(|met| met.entry.sequence).collect();
    assert_eq!((chains.len(), sequences), (1, vec![1, 2]));
}

#[test]
fn a_discarded_unit_is_rolled_back_alone() {
    let database = database();
    let outcomes = database.batch(|database| {
        vec![
            database.submit(keeping("a")),
            database.submit(|tx| {
                insert(tx, "discarded");
                Kept::Discard
            }),
            database.submit(keeping("b")),
        ]
    });
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(database.names(), ["a", "b"]);
}

#[test]
fn the_first_of_a_batch_is_undone_alone_as_others_are() {
    let database = database();
    let discarding = |tx: &mut Tx| {
        insert(tx, "discarded");
        Kept::Discard
    };
    for name in ["a", "b"] {
        let outcome = database.submit(discarding).recv().unwrap();
        assert!(outcome.is_ok());
        let outcomes = database.batch_after(discarding, |database| {
            vec![
                database.submit(discarding),
                database.submit(keeping(name)),
                database.submit(discarding),
            ]
        });
        assert!(outcomes.iter().all(Result::is_ok));
    }
    assert_eq!(database.names(), ["a", "b"]);
}

#[test]
fn a_panic_is_rolled_back_alone_however_deep_it_was() {
    let database = database();
    let outcomes = database.batch(|database| {
        vec![
            database.submit(keeping("a")),
            database.submit(|tx| {
                insert(tx, "shallow");
                panic!("on purpose");
            }),
            database.submit(|tx| {
                insert(tx, "outer");
                for name in ["inner", "innermost"] {
                    let Tx::Sqlite(connection) = &mut *tx else {
                        unreachable!()
                    };
                    AnsiTransactionManager::begin_transaction(connection).unwrap();
                    insert(tx, name);
                }
                panic!("on purpose")
            }),
            database.submit(keeping("b")),
        ]
    });
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(
        database.names(),
        ["a", "b"],
        "another connection sees what was committed"
    );
    let outcomes = database.batch(|database| vec![database.submit(keeping("c"))]);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(database.names(), ["a", "b", "c"]);
}

#[test]
fn entries_of_a_batch_are_linked_in_order() {
    let database = database();
    database.batch(|database| vec![database.submit(keeping("a")), database.submit(keeping("b"))]);
    database.batch(|database| vec![database.submit(keeping("c"))]);
    let chains = database.store.read(audit::chains).unwrap();
    let met = database.store.read(|tx| audit::chain(tx, chains[0], 0, 10)).unwrap();
    let links: Vec<(i64, u8)> = met.iter().map(|met| (met.entry.sequence, met.entry.link[0])).collect();
    assert_eq!(
        links,
        [(1, 1), (2, 3), (3, 6)],
        "each link holds the sum of those before it"
    );
    assert!(met.iter().all(|met| met.findable));
}
