//! `countersign migrate`: the database's schema, brought up to date.

use clap::Args as Arguments;

use super::output;
use crate::config::Settings;
use crate::error::{FieldError, Result};
use crate::store;

/// Schema migrations.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// Only say what was run and what is due
    #[arg(long)]
    status: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    let url = settings.database.url.expose();
    if args.status {
        return status(url, args.json);
    }
    let run = store::migrate(url)?;
    if args.json {
        return output::json(&run);
    }
    if run.is_empty() {
        return output::line("nothing is due");
    }
    for version in run {
        output::line(&format!("ran {version}"))?;
    }
    Ok(())
}

fn status(url: &str, json: bool) -> Result<()> {
    if store::is_missing(url) {
        let problem = "there is no database yet; `countersign serve` or `countersign migrate` makes it";
        return Err(FieldError::new("database.url", problem).into());
    }
    let status = store::migration_status(url)?;
    if json {
        return output::json(&status);
    }
    for version in &status.applied {
        output::line(&format!("ran {version}"))?;
    }
    for name in &status.pending {
        output::line(&format!("due {name}"))?;
    }
    if status.pending.is_empty() {
        output::line("nothing is due")?;
    }
    Ok(())
}
