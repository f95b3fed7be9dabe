//! The unit of work: one transaction, one instant, one random source.

mod brand;
mod directory;
mod shared;

pub use brand::logo_name;
pub use directory::{Directory, DirectoryCache, Rendered};
pub use shared::{Purposes, Shared};

use std::net::IpAddr;
use std::sync::Arc;

use crate::crypto::random::Random;
use crate::error::{Fault, Result};
use crate::model::audit::Entry;
use crate::model::confirmation::Confirmation;
use crate::model::id::{AuditId, Identifier, JobId};
use crate::model::job::Job;
use crate::model::secret::Digest;
use crate::model::time::Timestamp;
use crate::store::{self, PendingEntry, Tx};

/// Where a unit of work comes from: kept in every audit entry.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The visitor's address, if a visitor caused it.
    pub ip: Option<IpAddr>,
    /// Whether the peer claimed another address without being a trusted proxy.
    pub claims_other_address: bool,
    /// The digest of the device cookie that came along.
    pub device: Option<Digest>,
    /// The identifier of the request, if one caused it.
    pub request_id: Option<String>,
    /// The keys that whoever asks has shown to hold, at endpoints that ask for them.
    pub shown: Confirmation,
}

/// What may be looked at: records as of one instant, and the directory.
pub struct View<'a> {
    /// The connection.
    pub tx: &'a mut Tx,
    /// The instant.
    pub now: Timestamp,
    /// Settings and keys.
    pub shared: &'a Shared,
    /// The directory as of this connection's look at its version.
    pub directory: &'a Arc<Directory>,
    /// Who looks, from where.
    pub origin: &'a Origin,
}

/// One unit of work. Everything a function may do to the world is a method of this or a `store` function given `tx`.
pub struct Work<'a> {
    /// The transaction.
    pub tx: &'a mut Tx,
    /// The instant, frozen when the transaction began; whole microseconds.
    pub now: Timestamp,
    /// The random source.
    pub random: Random,
    /// Settings and keys.
    pub shared: &'a Shared,
    /// The directory as of this transaction.
    pub directory: Arc<Directory>,
    origin: Origin,
    entries: Vec<PendingEntry>,
    jobs_enqueued: bool,
}

impl<'a> Work<'a> {
    /// Begins a unit of work in an open transaction.
    ///
    /// # Errors
    /// A fault when the directory cannot be read.
    pub fn begin(tx: &'a mut Tx, now: Timestamp, shared: &'a Shared, origin: Origin) -> Result<Self> {
        let directory = shared.directory.current(tx, &shared.master)?;
        let random = Random::from_os();
        Ok(Self {
            tx,
            now,
            random,
            shared,
            directory,
            origin,
            entries: Vec::new(),
            jobs_enqueued: false,
        })
    }

    /// This unit of work as something to look at.
    pub fn view(&mut self) -> View<'_> {
        View {
            tx: &mut *self.tx,
            now: self.now,
            shared: self.shared,
            directory: &self.directory,
            origin: &self.origin,
        }
    }

    /// A new identifier.
    pub fn new_id<I: Identifier>(&mut self) -> I {
        I::make(self.now, self.random.bytes())
    }

    /// The visitor's address, if a visitor caused this.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        self.origin.ip
    }

    /// Where this comes from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Records an entry in the transaction of what it describes.
    ///
    /// # Errors
    /// A fault when the entry cannot be written as JSON.
    pub fn audit(&mut self, mut entry: Entry) -> Result<()> {
        entry.ip = entry.ip.or_else(|| self.origin.ip.map(|ip| ip.to_string()));
        entry.request_id = entry.request_id.or_else(|| self.origin.request_id.clone());
        let id: AuditId = self.new_id();
        let (event, user, client_id) = (entry.event.as_str(), entry.user, entry.client_id.clone());
        let body = serde_json::to_string(&store::audit::Stored { id, entry })
            .map_err(|error| Fault::from_error("write an audit entry", error))?;
        self.entries.push(PendingEntry {
            id,
            at: self.now,
            event,
            user,
            client_id,
            body,
        });
        Ok(())
    }

    /// Enqueues a job in the transaction of what it belongs to; it runs once that is committed.
    ///
    /// # Errors
    /// A fault of the database.
    pub fn enqueue(&mut self, job: &Job) -> Result<()> {
        let id: JobId = self.new_id();
        self.jobs_enqueued = true;
        store::jobs::enqueue(self.tx, id, job, self.now)
    }

    /// Ends the unit: its audit entries, and whether jobs wait now.
    #[must_use]
    pub fn end(self) -> (Vec<PendingEntry>, bool) {
        (self.entries, self.jobs_enqueued)
    }
}
