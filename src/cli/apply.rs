//! `apply`: makes the directory match files.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::context::{Context, OPERATOR};
use super::output;
use crate::crypto::random::Random;
use crate::error::{FieldError, Result};
use crate::manage::directory::{self, Action, Change, Document, Options};
use crate::work::Origin;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Directory files, TOML or JSON; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Remove what the files do not name, of the kinds that they do
    #[arg(long)]
    prune: bool,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    let Args {
        files,
        dry_run,
        prune,
        json,
    } = args;
    let mut document = Document::default();
    for file in &files {
        document.add(&file.display().to_string(), &read(file)?)?;
    }
    let server = context.server()?;
    // Hashing takes its time, so it comes before the unit of work.
    let stored = server.read_blocking(|view| directory::stored_passwords(view, &OPERATOR, &document))?;
    let settled = document.settle(&stored, server.shared(), &mut Random::from_os())?;
    let options = Options { dry_run, prune };
    let report = server.perform_blocking(Origin::default(), move |work| {
        directory::apply(work, &OPERATOR, &settled, options)
    })?;
    if json {
        return output::json(&serde_json::json!({ "dry_run": dry_run, "changes": report.changes }));
    }
    for change in &report.changes {
        output::line(&described(change))?;
    }
    output::line(&summary(&report.changes, dry_run))
}

fn read(file: &Path) -> Result<String> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| FieldError::new(file.display().to_string(), format!("cannot be read: {error}")).into())
}

fn described(change: &Change) -> String {
    let Change { kind, name, detail, .. } = change;
    let object = if name == kind {
        name.clone()
    } else {
        format!("{kind}.{name}")
    };
    match change.action {
        Action::Added => format!("+ {object}"),
        Action::Changed => format!("~ {object}: {}", detail.join(", ")),
        Action::Removed => format!("- {object}"),
    }
}

fn summary(changes: &[Change], dry_run: bool) -> String {
    if changes.is_empty() {
        return "nothing to change".to_owned();
    }
    let counted = [
        (Action::Added, "added"),
        (Action::Changed, "changed"),
        (Action::Removed, "removed"),
    ]
    .map(|(action, word)| {
        let count = changes.iter().filter(|change| change.action == action).count();
        format!("{count} {word}")
    })
    .join(", ");
    let note = if dry_run {
        "; nothing was written (--dry-run)"
    } else {
        ""
    };
    format!("{counted}{note}")
}
