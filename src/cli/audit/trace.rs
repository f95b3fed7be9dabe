//! Entries with the decision behind each, made again from the facts that the entry keeps.

use crate::cli::{explain, output};
use crate::error::{Fault, Result};
use crate::manage::audit::{self, Retold};
use crate::model::audit::ChainedEntry;

/// Prints entries, each with every check of its decision.
pub(super) fn tell(entries: &[ChainedEntry]) -> Result<()> {
    for entry in entries {
        let row = super::row(entry);
        let told: Vec<&str> = row.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
        output::line(&told.join("  "))?;
        if let Some(retold) = audit::retold(entry) {
            explain::tell(&retold.explanation)?;
            if let Some(recorded) = &retold.recorded_otherwise {
                output::line(&format!("recorded then, by another version of the checks: {recorded}"))?;
            }
        }
        output::line("")?;
    }
    Ok(())
}

/// An entry as JSON, with its decision where it keeps the facts of one.
pub(super) fn json(entry: &ChainedEntry) -> Result<String> {
    let line = audit::json_line(entry);
    let Some(retold) = audit::retold(entry) else {
        return Ok(line);
    };
    let Retold {
        explanation,
        recorded_otherwise,
    } = retold;
    let mut told = serde_json::to_value(&explanation).map_err(|error| Fault::from_error("write a decision", error))?;
    if let (Some(members), Some(recorded)) = (told.as_object_mut(), recorded_otherwise) {
        members.insert("recorded".into(), recorded.into());
    }
    let open = line.strip_suffix('}').unwrap_or(&line);
    Ok(format!(r#"{open},"decision":{told}}}"#))
}
