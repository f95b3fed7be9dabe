//! `client registration-token`: tokens that let their holders register clients (RFC 7591 §1.2).

use clap::Subcommand;

use crate::cli::context::{Context, OPERATOR};
use crate::cli::output;
use crate::error::Result;
use crate::manage::registration;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token; prints it, this once
    Add {
        /// What to call it
        name: String,
        /// How many clients it may register
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many seconds it is good
        #[arg(long, value_name = "SECONDS", default_value_t = 604_800)]
        lifetime: u32,
    },
    /// List the tokens
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Void a token; clients that it registered stay
    Revoke {
        /// What it is called
        name: String,
    },
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    match args.command {
        Command::Add { name, uses, lifetime } => {
            let token =
                context.perform(move |work| registration::add_token(work, &OPERATOR, &name, (uses, lifetime)))?;
            output::line(token.expose())
        }
        Command::List { json } => list(json, context),
        Command::Revoke { name } => {
            let line = format!("{name} is revoked");
            context.perform(move |work| registration::revoke_token(work, &OPERATOR, &name))?;
            output::line(&line)
        }
    }
}

fn list(json: bool, context: &Context) -> Result<()> {
    let tokens = context.read(|view| registration::list_tokens(view, &OPERATOR))?;
    if json {
        return output::json(&tokens);
    }
    let rows: Vec<[String; 3]> = tokens
        .into_iter()
        .map(|token| [token.name, token.uses_left.to_string(), token.expires_at.to_string()])
        .collect();
    output::table(["name", "uses_left", "expires"], &rows)
}
