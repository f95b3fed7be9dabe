//! `countersign key`: signing keys, listed and rotated.

use std::sync::Arc;

use clap::{Args as Arguments, Subcommand};
use serde_json::json;

use super::output;
use crate::error::Result;
use crate::jobs;
use crate::manage::keys;
use crate::model::actor::Actor;
use crate::policy::key_rotation::{Action, Call};
use crate::server::Server;

/// Signing keys.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every key: when it signs, when it retires, when it is forgotten
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a new key of each algorithm, published now and signing after `tokens.key_publish_lead`
    Rotate {
        /// Let the new keys sign at once; keys that wait for their time are forgotten
        #[arg(long)]
        now: bool,
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: &Args, server: &Arc<Server>) -> Result<()> {
    match args.command {
        Command::List { json } => list(server, json),
        Command::Rotate { now, json } => rotate(server, now, json),
    }
}

fn list(server: &Arc<Server>, json: bool) -> Result<()> {
    let keys = server.read_blocking(keys::list)?;
    if json {
        return output::json(&keys);
    }
    let rows: Vec<[String; 5]> = keys
        .into_iter()
        .map(|key| {
            [
                key.kid,
                key.algorithm.to_string(),
                key.state.as_str().to_owned(),
                key.signs_from,
                key.retires_at.unwrap_or_default(),
            ]
        })
        .collect();
    output::table(["key", "algorithm", "state", "signs from", "retires at"], &rows)
}

fn rotate(server: &Arc<Server>, now: bool, json: bool) -> Result<()> {
    let call = if now { Call::RotateNow } else { Call::Rotate };
    let done = jobs::rotate(server, Actor::Operator, call)?;
    if json {
        let actions: Vec<_> = done
            .iter()
            .map(|action| match action {
                Action::Make { algorithm, signs_from } => {
                    json!({ "made": algorithm, "signs_from": signs_from.to_string() })
                }
                Action::Forget { kid } => json!({ "forgotten": kid }),
            })
            .collect();
        return output::json(&actions);
    }
    if done.is_empty() {
        return output::line("a new key of each algorithm waits already; --now makes others that sign at once");
    }
    for action in done {
        let told = match action {
            Action::Make { algorithm, signs_from } => format!("made {algorithm}, signs from {signs_from}"),
            Action::Forget { kid } => format!("forgot {kid}"),
        };
        output::line(&told)?;
    }
    Ok(())
}
