//! Commands.

mod arguments;
mod audit;
mod check;
mod explain;
mod key;
mod migrate;
mod print;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::config::{self, Settings};
use crate::error::{Error, Result};
use crate::server::{Clock, Server};

/// An OAuth 2.0 and OpenID Connect authorization server.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The settings; without it, the defaults and the environment
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, export and verify the audit log
    Audit(audit::Args),
    /// Look for what an operator can get wrong
    Check(check::Args),
    /// Tell what would be decided, and why
    Explain(explain::Args),
    /// List and rotate signing keys
    Key(key::Args),
    /// Run schema migrations
    Migrate(migrate::Args),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments.command, arguments.config.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command, file: Option<&Path>) -> Result<()> {
    match command {
        Command::Audit(args) => audit::run(args, &open(file)?),
        Command::Check(args) => check::run(&args, file),
        Command::Explain(args) => explain::run(args, &open(file)?),
        Command::Key(args) => key::run(&args, &open(file)?),
        Command::Migrate(args) => migrate::run(&args, &settings(file)?),
    }
}

fn settings(file: Option<&Path>) -> Result<Settings> {
    Ok(config::load(file)?.settings)
}

fn open(file: Option<&Path>) -> Result<Arc<Server>> {
    Server::open(settings(file)?, Clock::System, false)
}

#[expect(clippy::print_stderr, reason = "the one line that says what went wrong")]
fn complain(error: &Error) {
    match error {
        Error::Refused(refusal) => eprintln!("countersign: {refusal}"),
        Error::Fault(fault) => eprintln!("countersign: {fault}"),
    }
}
