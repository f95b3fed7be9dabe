//! `apply`: makes the directory match files.

mod replay;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::{Context, OPERATOR};
use super::{arguments, output};
use crate::crypto::random::Random;
use crate::error::{FieldError, Result};
use crate::manage::directory::{self, Action, Change, Document, Options, Rehearsal, Replay, Replayed, Settled};
use crate::server::Server;
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
    /// With --dry-run: decide again what was decided in this time, as in 7d or 12h, under the directory as the files would
    /// make it, and tell who would be asked for more, who refused, and which clients would stop
    #[arg(long, value_name = "TIME", value_parser = arguments::span)]
    replay: Option<i64>,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<()> {
    if args.replay.is_some() && !args.dry_run {
        let problem = "decides again what was decided, under a directory that is not there yet; add --dry-run, and apply \
                       without both when you like what it tells";
        return Err(FieldError::new("--replay", problem).into());
    }
    let mut document = Document::default();
    for file in &args.files {
        document.add(&file.display().to_string(), &read(file)?)?;
    }
    let server = context.server()?;
    // Hashing takes its time, so it comes before the unit of work.
    let stored = server.read_blocking(|view| directory::stored_passwords(view, &OPERATOR, &document))?;
    let settled = document.settle(&stored, server.shared(), &mut Random::from_os())?;
    match args.replay {
        Some(span) => rehearse(args, &server, settled, span),
        None => apply(args, &server, settled),
    }
}

fn apply(args: &Args, server: &Arc<Server>, settled: Settled) -> Result<()> {
    let Args { dry_run, prune, .. } = *args;
    let options = Options { dry_run, prune };
    let report = server.perform_blocking(Origin::default(), move |work| {
        directory::apply(work, &OPERATOR, &settled, options)
    })?;
    if args.json {
        return output::json(&serde_json::json!({ "dry_run": dry_run, "changes": report.changes }));
    }
    tell(&report.changes, dry_run)
}

/// What would change, and what would have come of the decisions of the last `span` seconds.
fn rehearse(args: &Args, server: &Arc<Server>, settled: Settled, span: i64) -> Result<()> {
    let prune = args.prune;
    let (report, rehearsal) = server.perform_blocking(Origin::default(), move |work| {
        directory::rehearse(work, &OPERATOR, &settled, prune)
    })?;
    let found = replayed(server, rehearsal, span)?;
    if args.json {
        let told = serde_json::json!({ "dry_run": true, "changes": report.changes, "replay": found });
        return output::json(&told);
    }
    tell(&report.changes, true)?;
    replay::tell(&found)
}

/// Page by page, each a reading of its own: nobody waits for a replay.
fn replayed(server: &Server, rehearsal: Rehearsal, span: i64) -> Result<Replayed> {
    let since = server.clock().now().plus_seconds(-span);
    let mut replay = Replay::new(rehearsal, since);
    while server.read_blocking(|view| replay.go_on(view))? {}
    Ok(replay.conclude())
}

fn tell(changes: &[Change], dry_run: bool) -> Result<()> {
    for change in changes {
        output::line(&described(change))?;
    }
    output::line(&summary(changes, dry_run))
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
