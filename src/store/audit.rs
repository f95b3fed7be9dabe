//! The audit log: entries in chains, and the seals over the chains' heads.

use diesel::prelude::*;

use super::columns::bytes;
use super::db::Tx;
use super::fixed::{on, run};
use super::schema::{audit_chains, audit_entries, audit_seals};
use super::writer::PendingEntry;
use crate::error::Result;
use crate::model::audit::{ChainedEntry, Entry};
use crate::model::id::{AuditId, ChainId};
use crate::model::time::Timestamp;

/// Notes that a writer began a chain.
pub(super) fn begin_chain(tx: &mut Tx, chain: ChainId) -> QueryResult<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(audit_chains::table).values((
            audit_chains::id.eq(chain.as_bytes().as_slice()),
            audit_chains::sealed_sequence.eq(0),
        ))
    )?;
    Ok(())
}

/// Adds an entry at its place in its chain.
pub(super) fn append(tx: &mut Tx, pending: &PendingEntry, entry: &ChainedEntry) -> QueryResult<()> {
    run!(
        tx,
        execute,
        diesel::insert_into(audit_entries::table).values((
            audit_entries::chain.eq(entry.chain.as_bytes().as_slice()),
            audit_entries::sequence.eq(entry.sequence),
            audit_entries::at.eq(entry.at.as_micros()),
            audit_entries::event.eq(pending.event),
            audit_entries::user_id.eq(pending.user.map(|user| user.as_bytes().to_vec())),
            audit_entries::client_id.eq(pending.client_id.as_deref()),
            audit_entries::body.eq(&entry.body),
            audit_entries::link.eq(entry.link.as_slice()),
        ))
    )?;
    Ok(())
}

/// An entry's stored JSON: the entry and its identifier.
#[derive(serde::Serialize)]
pub struct Stored {
    /// The entry's identifier.
    pub id: AuditId,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

#[derive(serde::Deserialize)]
struct Identified {
    id: AuditId,
}

impl Stored {
    /// Reads an entry's stored JSON. Facts stay as they were written, which a flattened reading could not do.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn read(body: &str) -> serde_json::Result<Self> {
        let Identified { id } = serde_json::from_str(body)?;
        let entry = serde_json::from_str(body)?;
        Ok(Self { id, entry })
    }
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this event.
    pub event: Option<String>,
    /// About this user.
    pub user: Option<crate::model::id::UserId>,
    /// About this client.
    pub client_id: Option<String>,
    /// Recorded at or after this instant.
    pub since: Option<Timestamp>,
}

type EntryRow = (Vec<u8>, i64, i64, String, Vec<u8>);
/// The columns of an entry's row.
const ENTRY: (
    audit_entries::chain,
    audit_entries::sequence,
    audit_entries::at,
    audit_entries::body,
    audit_entries::link,
) = (
    audit_entries::chain,
    audit_entries::sequence,
    audit_entries::at,
    audit_entries::body,
    audit_entries::link,
);

/// The youngest entries that match, youngest first.
pub fn list(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<ChainedEntry>> {
    let rows: Vec<EntryRow> = on!(tx, connection => {
    let mut query = audit_entries::table
        .select(ENTRY)
        .order((audit_entries::at.desc(), audit_entries::sequence.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(event) = &filter.event {
        query = query.filter(audit_entries::event.eq(event));
    }
    if let Some(user) = &filter.user {
        query = query.filter(audit_entries::user_id.eq(user.as_bytes().to_vec()));
    }
    if let Some(client_id) = &filter.client_id {
        query = query.filter(audit_entries::client_id.eq(client_id));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_entries::at.ge(since.as_micros()));
    }
        query.load(connection)?
    });
    rows.into_iter().map(chained).collect()
}

/// Entries recorded at or after an instant, youngest first, at most `limit`; those older than `before`, where it is given,
/// so that a long reading is many short ones.
pub fn page(tx: &mut Tx, since: Timestamp, before: Option<&ChainedEntry>, limit: i64) -> Result<Vec<ChainedEntry>> {
    let rows: Vec<EntryRow> = on!(tx, connection => {
        let mut query = audit_entries::table
            .select(ENTRY)
            .filter(audit_entries::at.ge(since.as_micros()))
            .order((
                audit_entries::at.desc(),
                audit_entries::sequence.desc(),
                audit_entries::chain.desc(),
            ))
            .limit(limit)
            .into_boxed();
        if let Some(before) = before {
            let (at, sequence, chain) = (before.at.as_micros(), before.sequence, before.chain.as_bytes().to_vec());
            // The first condition is for the index; the second tells entries of one instant apart.
            query = query.filter(audit_entries::at.le(at)).filter(
                audit_entries::at.lt(at).or(audit_entries::sequence
                    .lt(sequence)
                    .or(audit_entries::sequence.eq(sequence).and(audit_entries::chain.lt(chain)))),
            );
        }
        query.load(connection)?
    });
    rows.into_iter().map(chained).collect()
}

/// Every chain that has entries, found by skipping along the entries' own index.
pub fn chains(tx: &mut Tx) -> Result<Vec<ChainId>> {
    let mut found = Vec::new();
    let mut after: Vec<u8> = Vec::new();
    loop {
        let next: Option<Vec<u8>> = run!(
            tx,
            get_result,
            audit_entries::table
                .filter(audit_entries::chain.gt(&after))
                .order(audit_entries::chain)
                .select(audit_entries::chain)
                .limit(1)
        )
        .optional()?;
        let Some(id) = next else { return Ok(found) };
        found.push(ChainId::from_bytes(bytes(id.clone())?));
        after = id;
    }
}

/// Every chain that a writer began, and how far it is marked as sealed.
pub fn registered(tx: &mut Tx) -> Result<Vec<(ChainId, i64)>> {
    let rows: Vec<(Vec<u8>, i64)> = run!(tx, load, audit_chains::table.order(audit_chains::id))?;
    rows.into_iter()
        .map(|(id, sealed)| Ok((ChainId::from_bytes(bytes(id)?), sealed)))
        .collect()
}

/// An entry met on the way along its chain.
#[derive(Debug, Clone)]
pub struct Met {
    /// The entry.
    pub entry: ChainedEntry,
    /// Whether the columns by which it is found say what the entry says.
    pub findable: bool,
}

/// Entries of a chain after `sequence`, in order, at most `limit`.
pub fn chain(tx: &mut Tx, chain: ChainId, sequence: i64, limit: i64) -> Result<Vec<Met>> {
    type Found = (String, Option<Vec<u8>>, Option<String>);
    let rows: Vec<(EntryRow, Found)> = run!(
        tx,
        load,
        audit_entries::table
            .filter(audit_entries::chain.eq(chain.as_bytes().as_slice()))
            .filter(audit_entries::sequence.gt(sequence))
            .order(audit_entries::sequence)
            .limit(limit)
            .select((
                ENTRY,
                (audit_entries::event, audit_entries::user_id, audit_entries::client_id),
            ))
    )?;
    rows.into_iter()
        .map(|(row, (event, user, client_id))| {
            let entry = chained(row)?;
            let findable = Stored::read(&entry.body).is_ok_and(|Stored { entry, .. }| {
                entry.event.as_str() == event
                    && entry.user.map(|user| user.as_bytes().to_vec()) == user
                    && entry.client_id == client_id
            });
            Ok(Met { entry, findable })
        })
        .collect()
}

fn chained((chain, sequence, at, body, link): EntryRow) -> Result<ChainedEntry> {
    let id = Stored::read(&body).map_or_else(|_| AuditId::from_bytes([0; 16]), |stored| stored.id);
    Ok(ChainedEntry {
        id,
        chain: ChainId::from_bytes(bytes(chain)?),
        sequence,
        at: Timestamp::from_micros(at),
        body,
        link: bytes(link)?,
    })
}

/// The last entry of each chain that grew since it was last sealed.
pub fn unsealed_heads(tx: &mut Tx) -> Result<Vec<ChainedEntry>> {
    let known: Vec<(Vec<u8>, i64)> = run!(tx, load, audit_chains::table.order(audit_chains::id))?;
    let mut heads = Vec::new();
    for (id, sealed) in known {
        let row: Option<EntryRow> = run!(
            tx,
            get_result,
            audit_entries::table
                .filter(audit_entries::chain.eq(&id))
                .filter(audit_entries::sequence.gt(sealed))
                .order(audit_entries::sequence.desc())
                .select(ENTRY)
                .limit(1)
        )
        .optional()?;
        heads.extend(row.map(chained).transpose()?);
    }
    Ok(heads)
}

/// Notes how far a chain is sealed.
pub fn mark_sealed(tx: &mut Tx, chain: ChainId, sequence: i64) -> Result<()> {
    run!(
        tx,
        update,
        diesel::update(audit_chains::table.find(chain.as_bytes().as_slice()))
            .set(audit_chains::sealed_sequence.eq(sequence))
    )?;
    Ok(())
}

/// A seal over the heads of all chains, chained to the seal before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Its number, from 1.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// The heads as JSON: chain, sequence, link.
    pub heads: String,
    /// HMAC over number, time, heads and the seal before.
    pub mac: [u8; 32],
}

/// Every seal, in order.
pub fn seals(tx: &mut Tx) -> Result<Vec<Seal>> {
    let rows: Vec<SealRow> = run!(tx, load, audit_seals::table.order(audit_seals::number))?;
    rows.into_iter().map(seal).collect()
}

type SealRow = (i64, i64, String, Vec<u8>);

fn seal((number, at, heads, mac): SealRow) -> Result<Seal> {
    Ok(Seal {
        number,
        at: Timestamp::from_micros(at),
        heads,
        mac: bytes(mac)?,
    })
}

/// The youngest seal.
pub fn last_seal(tx: &mut Tx) -> Result<Option<Seal>> {
    let row: Option<SealRow> = run!(
        tx,
        get_result,
        audit_seals::table.order(audit_seals::number.desc()).limit(1)
    )
    .optional()?;
    row.map(seal).transpose()
}

/// Adds a seal; `false` when another node sealed at the same time.
pub fn insert_seal(tx: &mut Tx, seal: &Seal) -> Result<bool> {
    let added = run!(
        tx,
        execute,
        diesel::insert_into(audit_seals::table)
            .values((
                audit_seals::number.eq(seal.number),
                audit_seals::at.eq(seal.at.as_micros()),
                audit_seals::heads.eq(&seal.heads),
                audit_seals::mac.eq(seal.mac.as_slice()),
            ))
            .on_conflict_do_nothing()
    )?;
    Ok(added > 0)
}
