//! The commands. Exit code 0: done; 1: refused or failed, one line on stderr says what and what to do; 2: wrong usage.

mod apply;
mod arguments;
mod audit;
mod check;
mod client;
mod context;
mod demo;
mod explain;
mod export;
mod key;
mod log;
mod migrate;
mod output;
mod serve;
mod session;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use context::Context;

use crate::error::Result;

#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, propagate_version = true)]
struct Cli {
    /// The configuration file; without one, defaults and the environment
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give the two-minute tour: a server, an example app and an example API, for this machine alone
    Demo(demo::Args),
    /// Serve until TERM or INT; HUP takes the log level from the configuration again
    Serve(serve::Args),
    /// Look for what an operator can get wrong
    Check(check::Args),
    /// Run schema migrations
    Migrate(migrate::Args),
    /// Make the directory match files: all of it or nothing
    Apply(apply::Args),
    /// Write the directory as a file that `apply` takes back
    Export(export::Args),
    /// Add, list and change users: the way back in when the console is shut
    User(user::Args),
    /// Add, list and change clients
    Client(client::Args),
    /// List and end sessions
    Session(session::Args),
    /// List and rotate signing keys
    Key(key::Args),
    /// Tell what would be decided, and why
    Explain(explain::Args),
    /// List, export and verify the audit log
    Audit(audit::Args),
}

impl Command {
    fn run(self, context: &Context) -> Result<()> {
        match self {
            Self::Demo(args) => demo::run(&args),
            Self::Apply(args) => apply::run(&args, context),
            Self::Export(args) => export::run(args, context),
            Self::User(args) => user::run(args, context),
            Self::Client(args) => client::run(args, context),
            Self::Session(args) => session::run(args, context),
            Self::Serve(args) => serve::run(&args, context),
            Self::Check(args) => check::run(&args, context.config()),
            Self::Migrate(args) => migrate::run(&args, &context.settings()?),
            Self::Key(args) => key::run(&args, &context.server()?),
            Self::Explain(args) => explain::run(args, &context.server()?),
            Self::Audit(args) => audit::run(args, &context.server()?),
        }
    }
}

/// Runs the command that the process's arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to the parser, but not to whoever asked for them.
            let code = if error.use_stderr() { 2 } else { 0 };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let context = Context::new(cli.config);
    match cli.command.run(&context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_configuration_may_be_named_anywhere() {
        let cli = Cli::try_parse_from(["countersign", "user", "list", "--json", "--config", "a.toml"]).unwrap();
        assert_eq!(cli.config, Some(PathBuf::from("a.toml")));
    }
}
