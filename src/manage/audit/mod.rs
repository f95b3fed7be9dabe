//! The audit log: sealing, listing, exporting; and verifying, in [`verify`].

mod retold;
mod verify;

pub use retold::{Retold, retold};
pub use verify::{Anchor, Unsealed, VerifyReport, verify};

use serde::{Deserialize, Serialize};

use crate::error::{Fault, Result};
use crate::model::audit::ChainedEntry;
use crate::model::id::ChainId;
use crate::model::secret::Digest;
use crate::store;
use crate::work::{Shared, View, Work};

pub use crate::store::audit::{Filter, Seal};

/// Entries of a chain read at once.
const PAGE: i64 = 1_000;

/// The head of a chain as a seal holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    chain: ChainId,
    sequence: i64,
    link: Digest,
}

/// Seals the heads of all chains that grew since they were last sealed. Nothing to seal, or another node sealing at the
/// same time: no seal.
///
/// # Errors
/// A fault of the database.
pub fn seal(work: &mut Work<'_>) -> Result<Option<Seal>> {
    let heads: Vec<Head> = store::audit::unsealed_heads(work.tx)?
        .into_iter()
        .map(|entry| Head {
            chain: entry.chain,
            sequence: entry.sequence,
            link: Digest::new(entry.link),
        })
        .collect();
    if heads.is_empty() {
        return Ok(None);
    }
    let last = store::audit::last_seal(work.tx)?;
    let (number, before) = last.map_or((1, [0; 32]), |last| (last.number + 1, last.mac));
    let text = serde_json::to_string(&heads).map_err(|error| Fault::from_error("write a seal", error))?;
    let mut seal = Seal {
        number,
        at: work.now,
        heads: text,
        mac: [0; 32],
    };
    seal.mac = with_seal_parts(&seal, &before, |parts| work.shared.seal_key.sign(parts));
    if !store::audit::insert_seal(work.tx, &seal)? {
        return Ok(None);
    }
    for head in heads {
        store::audit::mark_sealed(work.tx, head.chain, head.sequence)?;
    }
    Ok(Some(seal))
}

/// What a seal's HMAC is over: its number, its time, its heads and the seal before.
fn with_seal_parts<T>(seal: &Seal, before: &[u8; 32], use_parts: impl FnOnce(&[&[u8]]) -> T) -> T {
    let (number, at) = (seal.number.to_be_bytes(), seal.at.as_micros().to_be_bytes());
    use_parts(&[&number, &at, seal.heads.as_bytes(), before])
}

/// Whether a seal is ours, and follows the one before it.
fn seal_holds(shared: &Shared, seal: &Seal, before: &[u8; 32]) -> bool {
    with_seal_parts(seal, before, |parts| shared.seal_key.verify(parts, &seal.mac))
}

/// The youngest entries that match, youngest first.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>, filter: &Filter, limit: i64) -> Result<Vec<ChainedEntry>> {
    store::audit::list(view.tx, filter, limit)
}

/// Gives every entry that matches to `take`, chain by chain in order.
///
/// # Errors
/// What `take` returns, or a fault of the database.
pub fn export(view: &mut View<'_>, filter: &Filter, mut take: impl FnMut(&ChainedEntry) -> Result<()>) -> Result<()> {
    for chain in store::audit::chains(view.tx)? {
        let mut last = 0;
        loop {
            let page = store::audit::chain(view.tx, chain, last, PAGE)?;
            let Some(end) = page.last() else { break };
            last = end.entry.sequence;
            for met in &page {
                if matches(filter, &met.entry) {
                    take(&met.entry)?;
                }
            }
        }
    }
    Ok(())
}

fn matches(filter: &Filter, entry: &ChainedEntry) -> bool {
    if filter.since.is_some_and(|since| entry.at < since) {
        return false;
    }
    if filter.event.is_none() && filter.user.is_none() && filter.client_id.is_none() {
        return true;
    }
    let Ok(stored) = store::audit::Stored::read(&entry.body) else {
        return false;
    };
    let body = stored.entry;
    filter.event.as_ref().is_none_or(|event| body.event.as_str() == event)
        && filter.user.is_none_or(|user| body.user == Some(user))
        && (filter.client_id.is_none() || filter.client_id == body.client_id)
}

/// An entry as one line of JSON: its place, and its text exactly as it was linked.
#[must_use]
pub fn json_line(entry: &ChainedEntry) -> String {
    let (chain, sequence, at) = (entry.chain, entry.sequence, entry.at);
    let (micros, link) = (at.as_micros(), String::from(Digest::new(entry.link)));
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&entry.body).is_ok();
    let body = if is_json {
        entry.body.clone()
    } else {
        serde_json::Value::from(entry.body.as_str()).to_string()
    };
    format!(
        r#"{{"at":"{at}","at_us":{micros},"chain":"{chain}","sequence":{sequence},"link":"{link}","entry":{body}}}"#
    )
}

#[cfg(test)]
mod tests;
