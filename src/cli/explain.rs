//! `countersign explain`: what would be decided, and every check in order with its facts.

use std::sync::Arc;

use clap::Args as Arguments;

use super::{arguments, output};
use crate::error::Result;
use crate::manage::explain::{self, Explanation, Question};
use crate::model::evidence::FactorKind;
use crate::model::id::GrantId;
use crate::model::time::Timestamp;
use crate::policy::trace::{Check, Outcome};
use crate::server::Server;

/// What would be decided, and why.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// The user's name
    #[arg(long, required_unless_present = "grant")]
    user: Option<String>,
    /// The client that asks
    #[arg(long, conflicts_with = "grant")]
    client: Option<String>,
    /// A grant: what refreshing it would decide now
    #[arg(long)]
    grant: Option<GrantId>,
    /// The instant of the decision; proof is of now and ages until then
    #[arg(long, value_parser = arguments::instant, conflicts_with = "grant")]
    at: Option<Timestamp>,
    /// A level that the request asks for; several in order of preference
    #[arg(long, value_delimiter = ' ', conflicts_with = "grant")]
    acr: Vec<String>,
    /// What the person has just proven, as in pwd,otp; without it nobody is signed in
    #[arg(long, value_delimiter = ',', conflicts_with = "grant")]
    session_methods: Vec<FactorKind>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args, server: &Arc<Server>) -> Result<()> {
    let json = args.json;
    let explanation = server.read_blocking(|view| {
        if let Some(grant) = args.grant {
            return explain::refresh(view, grant, args.user.as_deref());
        }
        let question = Question {
            username: args.user.unwrap_or_default(),
            client_id: args.client,
            acr_values: args.acr,
            methods: args.session_methods,
            at: args.at,
        };
        explain::authorization(view, &question)
    })?;
    if json {
        output::json(&explanation)
    } else {
        tell(&explanation)
    }
}

fn tell(explanation: &Explanation) -> Result<()> {
    let rows: Vec<[String; 4]> = explanation.checks.0.iter().map(row).collect();
    output::table(["check", "name", "outcome", "facts"], &rows)?;
    output::line("")?;
    let Explanation { at, decision, told, .. } = explanation;
    output::line(&format!("at {at}: {decision}: {told}"))
}

fn row(check: &Check) -> [String; 4] {
    let outcome = match check.outcome {
        Outcome::Pass => "pass",
        Outcome::Ask => "ask",
        Outcome::Deny => "deny",
    };
    [
        check.number.to_string(),
        check.name.to_string(),
        outcome.to_owned(),
        check.facts.to_string(),
    ]
}
