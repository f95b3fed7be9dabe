//! `countersign audit`: the audit log, listed, exported and verified.

mod trace;

use std::sync::Arc;

use clap::{Args as Arguments, Subcommand};

use super::{arguments, output};
use crate::error::{Error, FieldError, Refusal, Result};
use crate::manage::audit::{self, Anchor, Filter, VerifyReport};
use crate::model::audit::ChainedEntry;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::server::Server;
use crate::store;
use crate::work::View;

/// The audit log.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the youngest entries, youngest first
    List {
        #[command(flatten)]
        which: Which,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// With every check of each decision, made again from the facts that the entry keeps
        #[arg(long)]
        trace: bool,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Write all entries as lines of JSON, chain by chain, each exactly as it was linked
    Export {
        #[command(flatten)]
        which: Which,
    },
    /// Prove that nothing sealed was altered, removed or reordered, and name what is not sealed yet
    Verify {
        /// A seal as it was logged, which must still be there
        #[arg(long, value_name = "NUMBER:MAC", value_parser = anchor)]
        anchor: Option<Anchor>,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
}

/// Which entries.
#[derive(Debug, Arguments)]
struct Which {
    /// Of this event, as in login.deny
    #[arg(long)]
    event: Option<String>,
    /// About this user, by name or identifier
    #[arg(long)]
    user: Option<String>,
    /// About this client
    #[arg(long)]
    client: Option<String>,
    /// Recorded at or after this instant or day
    #[arg(long, value_parser = arguments::instant)]
    since: Option<Timestamp>,
}

impl Which {
    fn filter(self, view: &mut View<'_>) -> Result<Filter> {
        let user = self.user.map(|name| match name.parse::<UserId>() {
            // Entries about a user outlive the user, so that an identifier is taken as it is.
            Ok(id) => Ok(id),
            Err(_) => store::users::find_by_username(view.tx, &name)?
                .map(|user| user.id)
                .ok_or(Error::Refused(Refusal::Missing("no user has this name"))),
        });
        Ok(Filter {
            event: self.event,
            user: user.transpose()?,
            client_id: self.client,
            since: self.since,
        })
    }
}

fn anchor(text: &str) -> std::result::Result<Anchor, String> {
    let parsed = text
        .split_once(':')
        .and_then(|(number, mac)| Some((number.parse().ok()?, mac.to_lowercase())));
    let (number, mac) = parsed.ok_or("a seal is written NUMBER:MAC, as it was logged")?;
    Ok(Anchor { number, mac })
}

pub(super) fn run(args: Args, server: &Arc<Server>) -> Result<()> {
    match args.command {
        Command::List {
            which,
            limit,
            trace,
            json,
        } => list(&entries(server, which, limit)?, trace, json),
        Command::Export { which } => server.read_blocking(|view| {
            let filter = which.filter(view)?;
            audit::export(view, &filter, |entry| output::line(&audit::json_line(entry)))
        }),
        Command::Verify { anchor, json } => {
            let report = server.read_blocking(|view| audit::verify(view, anchor.as_ref()))?;
            if json {
                output::json(&report)?;
            } else {
                tell(&report)?;
            }
            judge(&report)
        }
    }
}

fn entries(server: &Arc<Server>, which: Which, limit: u32) -> Result<Vec<ChainedEntry>> {
    server.read_blocking(|view| {
        let filter = which.filter(view)?;
        audit::list(view, &filter, i64::from(limit))
    })
}

fn list(entries: &[ChainedEntry], trace: bool, json: bool) -> Result<()> {
    if json {
        let line = |entry| {
            if trace {
                trace::json(entry)
            } else {
                Ok(audit::json_line(entry))
            }
        };
        let lines: Vec<String> = entries.iter().map(line).collect::<Result<_>>()?;
        return output::line(&format!("[{}]", lines.join(",\n ")));
    }
    if trace {
        return trace::tell(entries);
    }
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    output::table(["at", "event", "user", "client", "detail"], &rows)
}

fn row(entry: &ChainedEntry) -> [String; 5] {
    let at = entry.at.to_string();
    let Ok(stored) = store::audit::Stored::read(&entry.body) else {
        return [
            at,
            "(unreadable)".into(),
            String::new(),
            String::new(),
            entry.body.clone(),
        ];
    };
    let body = stored.entry;
    let detail = if body.detail.is_null() {
        String::new()
    } else {
        body.detail.to_string()
    };
    [
        at,
        body.event.as_str().to_owned(),
        body.user.map(|user| user.to_string()).unwrap_or_default(),
        body.client_id.unwrap_or_default(),
        detail,
    ]
}

fn tell(report: &VerifyReport) -> Result<()> {
    let VerifyReport {
        entries, chains, seals, ..
    } = report;
    output::line(&format!("{entries} entries in {chains} chains, {seals} seals"))?;
    if let Some(last) = &report.last_seal {
        output::line(&format!("last seal: {}:{}", last.number, last.mac))?;
    }
    for end in &report.unsealed {
        let (chain, from, count) = (end.chain, end.from_sequence, end.count);
        output::line(&format!(
            "not sealed yet: {count} in chain {chain}, from entry {from} on"
        ))?;
    }
    for problem in &report.problems {
        output::line(&format!("problem: {problem}"))?;
    }
    Ok(())
}

/// Problems make the command fail.
fn judge(report: &VerifyReport) -> Result<()> {
    if report.problems.is_empty() {
        return Ok(());
    }
    let told = "does not verify; keep a copy of the database, and find out who wrote to it";
    Err(FieldError::new("audit log", told).into())
}
