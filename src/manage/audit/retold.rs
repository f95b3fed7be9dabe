//! The decision behind an entry, made again from the facts that the entry keeps, never read from its outcome.

use serde_json::Value;

use crate::manage::explain::Explanation;
use crate::model::audit::ChainedEntry;
use crate::policy::Facts;
use crate::store::audit::Stored;

/// A decision made again.
#[derive(Debug, Clone)]
pub struct Retold {
    /// The decision with every check.
    pub explanation: Explanation,
    /// What was decided then, where these checks decide otherwise: they are of another version.
    pub recorded_otherwise: Option<String>,
}

/// The decision of an entry; none where it keeps no facts that can be read.
#[must_use]
pub fn retold(entry: &ChainedEntry) -> Option<Retold> {
    let entry = Stored::read(&entry.body).ok()?.entry;
    let facts: Facts = serde_json::from_str(entry.facts.as_deref()?.get()).ok()?;
    let explanation = Explanation::of(&facts);
    let recorded = entry.detail.get("step").and_then(Value::as_str);
    Some(Retold {
        recorded_otherwise: recorded.filter(|step| *step != explanation.step).map(str::to_owned),
        explanation,
    })
}
