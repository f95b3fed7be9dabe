//! Writing: one thread with group commit for SQLite, pooled connections for PostgreSQL. Each unit of work is kept or
//! undone alone, its audit entries are linked just before COMMIT, and nobody is answered before COMMIT returned.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types};

use super::db::{Target, Tx};
use super::fixed::{Plain, on, run};
use super::{Chaining, audit};
use crate::error::Fault;
use crate::model::audit::ChainedEntry;
use crate::model::id::{AuditId, ChainId, UserId};
use crate::model::time::Timestamp;

/// HMAC of the previous link and an entry's body, under a key derived from the master key.
pub type Link = Arc<dyn Fn(&[u8; 32], &ChainedEntry) -> [u8; 32] + Send + Sync>;

/// One unit of work as the writer sees it.
pub trait Unit: Send {
    /// Runs inside the transaction: the audit entries to keep with what it did, or `Discard` to undo it alone.
    fn run(&mut self, tx: &mut Tx) -> Kept;
    /// Told once whether what was kept is on the disk.
    fn settled(self: Box<Self>, committed: Result<(), Fault>);
}

/// What becomes of a unit of work.
pub enum Kept {
    /// It is committed, with these entries.
    Keep(Vec<PendingEntry>),
    /// It is rolled back.
    Discard,
}

/// An audit entry that has no place in a chain yet.
pub struct PendingEntry {
    /// Its identifier.
    pub id: AuditId,
    /// When it was recorded.
    pub at: Timestamp,
    /// The event's name, by which entries are found.
    pub event: &'static str,
    /// Whom it is about.
    pub user: Option<UserId>,
    /// The client it is about.
    pub client_id: Option<String>,
    /// The entry as JSON.
    pub body: String,
}

const BATCH_UNITS: usize = 64;
/// Tests gather whatever has queued up, however slow the machine is.
const BATCH_TIME: Duration = Duration::from_millis(if cfg!(test) { 60_000 } else { 5 });

enum Order {
    Run(Box<dyn Unit>),
    Pragmas(mpsc::Sender<Vec<(String, String)>>),
}

/// The one thread that writes to SQLite.
pub(super) struct WriterThread {
    orders: Mutex<mpsc::Sender<Order>>,
}

impl WriterThread {
    pub(super) fn start(target: Target, chaining: Chaining) -> Result<Self, Fault> {
        let (orders, queue) = mpsc::channel();
        let mut writer = Writer::connect(target, chaining)?;
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || writer.serve(&queue))
            .map_err(|error| Fault::from_error("start the writer thread", error))?;
        Ok(Self {
            orders: Mutex::new(orders),
        })
    }

    fn send(&self, order: Order) -> Result<(), Order> {
        let Ok(orders) = self.orders.lock() else {
            return Err(order);
        };
        orders.send(order).map_err(|mpsc::SendError(order)| order)
    }

    pub(super) fn submit(&self, unit: Box<dyn Unit>) {
        if let Err(Order::Run(unit)) = self.send(Order::Run(unit)) {
            unit.settled(Err(Fault::new("the writer has stopped")));
        }
    }

    pub(super) fn pragmas(&self) -> Result<Vec<(String, String)>, Fault> {
        let (answer, answered) = mpsc::channel();
        let stopped = || Fault::new("the writer has stopped");
        self.send(Order::Pragmas(answer)).map_err(|_| stopped())?;
        answered.recv().map_err(|_| stopped())
    }
}

/// A writing connection with the head of its own audit chain.
pub(super) struct Writer {
    target: Target,
    chaining: Chaining,
    tx: Tx,
    chain: ChainId,
    sequence: i64,
    head: [u8; 32],
    /// Whether no unit of the running transaction was kept yet.
    holds_nothing: bool,
}

impl Writer {
    fn connect(target: Target, chaining: Chaining) -> Result<Self, Fault> {
        let tx = target.connect_writer()?;
        let chain = (chaining.new_chain)();
        Ok(Self {
            target,
            chaining,
            tx,
            chain,
            sequence: 0,
            head: [0; 32],
            holds_nothing: true,
        })
    }

    fn serve(&mut self, queue: &mpsc::Receiver<Order>) {
        while let Ok(order) = queue.recv() {
            match order {
                Order::Run(unit) => self.batch(unit, queue),
                Order::Pragmas(answer) => drop(answer.send(self.pragmas())),
            }
        }
    }

    /// Runs `first` and what has queued up meanwhile, commits once, then answers them all.
    fn batch(&mut self, first: Box<dyn Unit>, queue: &mpsc::Receiver<Order>) {
        #[expect(
            clippy::disallowed_methods,
            reason = "bounds how long a batch gathers; decides nothing"
        )]
        let began = Instant::now();
        let mut units = Vec::with_capacity(8);
        let mut asked = None;
        let outcome = self.transact(|writer, entries| {
            let mut next = Some(first);
            while let Some(unit) = next.take() {
                let (unit, ran) = writer.run_one(unit, entries);
                units.push(unit);
                ran?;
                if units.len() < BATCH_UNITS && began.elapsed() < BATCH_TIME {
                    match queue.try_recv() {
                        Ok(Order::Run(unit)) => next = Some(unit),
                        Ok(Order::Pragmas(answer)) => asked = Some(answer),
                        Err(_) => {}
                    }
                }
            }
            Ok(())
        });
        for unit in units {
            unit.settled(outcome.clone());
        }
        if let Some(answer) = asked {
            drop(answer.send(self.pragmas()));
        }
    }

    /// Runs one unit alone. It is still to be told the outcome; one that was never begun is dropped, which tells it.
    fn run_single(&mut self, unit: Box<dyn Unit>) -> (Option<Box<dyn Unit>>, Result<(), Fault>) {
        let mut ended = None;
        let outcome = self.transact(|writer, entries| {
            let (unit, ran) = writer.run_one(unit, entries);
            ended = Some(unit);
            ran
        });
        (ended, outcome)
    }

    /// Begins, runs `body`, links the entries, commits. After a failure the connection is replaced.
    fn transact(
        &mut self,
        body: impl FnOnce(&mut Self, &mut Vec<PendingEntry>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut entries = Vec::new();
        let mut chained = Vec::new();
        self.holds_nothing = true;
        let outcome = begin(&mut self.tx)
            .and_then(|()| body(self, &mut entries))
            .and_then(|()| self.link(entries, &mut chained))
            .and_then(|()| commit(&mut self.tx));
        match &outcome {
            Ok(()) => {
                if let Some(last) = chained.last() {
                    (self.sequence, self.head) = (last.sequence, last.link);
                }
            }
            Err(fault) => {
                tracing::error!(%fault, "a transaction failed; its connection is replaced");
                match Self::connect(self.target.clone(), self.chaining.clone()) {
                    Ok(fresh) => *self = fresh,
                    Err(fault) => tracing::error!(%fault, "the database cannot be reopened"),
                }
            }
        }
        outcome
    }

    /// Runs a unit and keeps or undoes what it did. The error is of the keeping or undoing, not of the unit.
    fn run_one(
        &mut self,
        mut unit: Box<dyn Unit>,
        entries: &mut Vec<PendingEntry>,
    ) -> (Box<dyn Unit>, Result<(), Fault>) {
        let ran = self.mark().and_then(|()| {
            let tx = &mut self.tx;
            match catch_unwind(AssertUnwindSafe(|| unit.run(tx))) {
                Ok(Kept::Keep(kept)) => self.keep(kept, entries),
                Ok(Kept::Discard) | Err(_) => self.undo(),
            }
        });
        (unit, ran)
    }

    /// Marks where a unit began. The first needs no savepoint: to undo it is to begin again.
    fn mark(&mut self) -> Result<(), Fault> {
        if self.holds_nothing {
            return Ok(());
        }
        run!(&mut self.tx, execute, Plain("SAVEPOINT unit"))
            .map(drop)
            .map_err(|error| Fault::from_error("savepoint", error))
    }

    fn keep(&mut self, kept: Vec<PendingEntry>, entries: &mut Vec<PendingEntry>) -> Result<(), Fault> {
        let held = if !self.holds_nothing {
            run!(&mut self.tx, execute, Plain("RELEASE unit"))
        } else if let (Tx::Postgres(_), []) = (&self.tx, kept.as_slice()) {
            // PostgreSQL would answer the COMMIT of a transaction that failed with a rollback and no error.
            run!(&mut self.tx, execute, Plain("SELECT 1"))
        } else {
            Ok(0)
        };
        held.map_err(|error| Fault::from_error("keep a unit of work", error))?;
        self.holds_nothing = false;
        entries.extend(kept);
        Ok(())
    }

    fn undo(&mut self) -> Result<(), Fault> {
        unwind(&mut self.tx).map_err(|error| Fault::from_error("undo a unit of work", error))?;
        if self.holds_nothing {
            on!(&mut self.tx, connection => AnsiTransactionManager::rollback_transaction(connection))
                .map_err(|error| Fault::from_error("undo a unit of work", error))?;
            return begin(&mut self.tx);
        }
        run!(&mut self.tx, execute, Plain("ROLLBACK TO unit"))
            .and_then(|_| run!(&mut self.tx, execute, Plain("RELEASE unit")))
            .map(drop)
            .map_err(|error| Fault::from_error("undo a unit of work", error))
    }

    fn link(&mut self, entries: Vec<PendingEntry>, chained: &mut Vec<ChainedEntry>) -> Result<(), Fault> {
        let (mut sequence, mut head) = (self.sequence, self.head);
        let fault = |error| Fault::from_error("append to the audit log", error);
        if sequence == 0 && !entries.is_empty() {
            audit::begin_chain(&mut self.tx, self.chain).map_err(fault)?;
        }
        for mut pending in entries {
            sequence += 1;
            let body = std::mem::take(&mut pending.body);
            let mut entry = ChainedEntry {
                id: pending.id,
                chain: self.chain,
                sequence,
                at: pending.at,
                body,
                link: [0; 32],
            };
            entry.link = (self.chaining.link)(&head, &entry);
            head = entry.link;
            audit::append(&mut self.tx, &pending, &entry).map_err(fault)?;
            chained.push(entry);
        }
        Ok(())
    }

    fn pragmas(&mut self) -> Vec<(String, String)> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = sql_types::Text)]
            value: String,
        }
        ["journal_mode", "synchronous", "foreign_keys"]
            .into_iter()
            .filter_map(|name| {
                let query = format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}");
                let row = on!(&mut self.tx, connection => sql_query(query).get_result::<Row>(connection)).ok()?;
                Some((name.to_owned(), row.value))
            })
            .collect()
    }
}

fn begin(tx: &mut Tx) -> Result<(), Fault> {
    match tx {
        // A transaction that begins deferred fails under contention when it turns to writing.
        Tx::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"),
        Tx::Postgres(connection) => AnsiTransactionManager::begin_transaction(connection),
    }
    .map_err(|error| Fault::from_error("begin", error))
}

/// The transaction of a batch lies at this depth.
const BATCH_DEPTH: u32 = 1;

/// Rolls back the savepoints that a panic left open inside a unit: with one of them left, the end of the batch would
/// release a savepoint where it means to commit.
fn unwind(tx: &mut Tx) -> diesel::QueryResult<()> {
    while depth(tx)? > BATCH_DEPTH {
        on!(tx, connection => AnsiTransactionManager::rollback_transaction(connection))?;
    }
    Ok(())
}

fn depth(tx: &mut Tx) -> diesel::QueryResult<u32> {
    let status = on!(tx, connection => AnsiTransactionManager::transaction_manager_status_mut(connection));
    Ok(status.transaction_depth()?.map_or(0, std::num::NonZeroU32::get))
}

fn commit(tx: &mut Tx) -> Result<(), Fault> {
    on!(tx, connection => AnsiTransactionManager::commit_transaction(connection))
        .map_err(|error| Fault::from_error("commit", error))
}

/// Writing connections to PostgreSQL, each with an audit chain of its own.
#[derive(Clone)]
pub(super) struct PooledWriters(diesel::r2d2::Pool<WriterManager>);

struct WriterManager {
    target: Target,
    chaining: Chaining,
}

impl diesel::r2d2::ManageConnection for WriterManager {
    type Connection = Writer;
    type Error = Fault;

    fn connect(&self) -> Result<Writer, Fault> {
        Writer::connect(self.target.clone(), self.chaining.clone())
    }

    fn is_valid(&self, writer: &mut Writer) -> Result<(), Fault> {
        if self.has_broken(writer) {
            Err(Fault::new("the connection is broken"))
        } else {
            Ok(())
        }
    }

    fn has_broken(&self, writer: &mut Writer) -> bool {
        super::db::is_broken(&mut writer.tx)
    }
}

impl PooledWriters {
    pub(super) fn open(target: Target, size: u32, chaining: Chaining) -> Result<Self, Fault> {
        diesel::r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .build(WriterManager { target, chaining })
            .map(Self)
            .map_err(|error| Fault::from_error("open the database for writing", error))
    }

    pub(super) fn run(&self, unit: Box<dyn Unit>) {
        match self.0.get() {
            Ok(mut writer) => {
                let (ended, outcome) = writer.run_single(unit);
                // Whoever is told asks again at once, and finds this connection free.
                drop(writer);
                if let Some(unit) = ended {
                    unit.settled(outcome);
                }
            }
            Err(error) => unit.settled(Err(Fault::from_error("get a writing connection", error))),
        }
    }
}

#[cfg(test)]
mod tests;
