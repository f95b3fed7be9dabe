//! What operators and account owners change: one function an operation. The command line, the console and the
//! directory file all call these.
//!
//! Every change leaves an audit entry with its actor and what was there before and after, and raises the directory's
//! version, so that no node goes on with what it cached.

pub mod account;
mod administrators;
pub mod api_login_tokens;
pub mod audit;
mod authority;
pub mod clients;
pub mod code_delivery;
mod contacts;
pub mod devices;
pub mod directory;
pub mod explain;
pub mod hardware_tokens;
pub mod keys;
pub mod passwords;
pub mod recovery;
pub mod registration;
pub mod sessions;
pub mod setup;
pub mod users;
mod validate;

use serde_json::{Value, json};

use crate::error::Result;
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::store;
use crate::work::Work;

/// What changed about one object of the directory; holds no secrets.
struct Changed {
    /// Its kind and name: `clients.web-app`.
    object: String,
    /// As it was; null when it is new.
    before: Value,
    /// As it is; null when it was removed.
    after: Value,
    /// The names of the members that differ, secrets among them.
    members: Vec<String>,
}

/// Records a change and raises the directory's version.
fn record(work: &mut Work<'_>, entry: Entry, changed: &Changed) -> Result<()> {
    let detail = json!({
        "object": changed.object,
        "before": changed.before,
        "after": changed.after,
        "changed": changed.members,
    });
    work.audit(entry.detail(detail))?;
    store::directory::raise_version(work.tx)
}

/// The entry of a change to the directory by this actor.
fn entry(actor: &Actor) -> Entry {
    Entry::new(Event::DirectoryChanged).actor(actor)
}

/// The names of the members that differ between two objects.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)))
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect();
    names.sort_unstable();
    names
}

/// A record as JSON.
fn json_of(record: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(record).map_err(|error| crate::error::Fault::from_error("write a record", error).into())
}

#[cfg(test)]
mod testing;
