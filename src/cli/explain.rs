//! `countersign explain`: what would be decided, and every check in order with its facts.

use std::net::IpAddr;
use std::sync::Arc;

use clap::Args as Arguments;

use super::{arguments, output};
use crate::error::Result;
use crate::manage::explain::{self, Explanation, Question};
use crate::model::client::GrantType;
use crate::model::evidence::FactorKind;
use crate::model::id::GrantId;
use crate::model::time::Timestamp;
use crate::policy::trace::{Check, Outcome};
use crate::server::Server;

/// What would be decided, and why.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// The user's name
    #[arg(long, required_unless_present_any = ["grant", "grant_type"])]
    user: Option<String>,
    /// The client that asks
    #[arg(long, conflicts_with = "grant")]
    client: Option<String>,
    /// A grant: what refreshing it would decide
    #[arg(long)]
    grant: Option<GrantId>,
    /// How access is asked for: `authorization_code` (default), `client_credentials`, `password` or `jwt_bearer`
    #[arg(long, value_parser = grant_type, conflicts_with = "grant")]
    grant_type: Option<GrantType>,
    /// The address that the person comes from
    #[arg(long)]
    ip: Option<IpAddr>,
    /// The browser is known to be this user's
    #[arg(long, conflicts_with = "grant")]
    known_device: bool,
    /// The instant of the decision
    #[arg(long, value_parser = arguments::instant)]
    at: Option<Timestamp>,
    /// A level that the request asks for; several in order of preference
    #[arg(long, value_delimiter = ' ', conflicts_with = "grant")]
    acr: Vec<String>,
    /// What the person has proven, as in pwd,otp; without it nobody is signed in
    #[arg(long, value_delimiter = ',', conflicts_with = "grant")]
    session_methods: Vec<FactorKind>,
    /// When that was proven; now unless said, and aged until the instant of the decision
    #[arg(long, value_parser = arguments::instant, requires = "session_methods")]
    proven_at: Option<Timestamp>,
    /// Write JSON, with the facts
    #[arg(long)]
    json: bool,
}

/// A grant type by its name, or the last part of it.
fn grant_type(name: &str) -> std::result::Result<GrantType, String> {
    let ending = format!(":{}", name.replace('_', "-"));
    let mut known = GrantType::ALL.into_iter();
    known
        .find(|kind| kind.as_str() == name || kind.as_str().ends_with(&ending))
        .ok_or_else(|| "authorization_code, client_credentials, password or jwt_bearer".to_owned())
}

pub(super) fn run(args: Args, server: &Arc<Server>) -> Result<()> {
    let json = args.json;
    let explanation = server.read_blocking(|view| {
        let question = Question {
            username: args.user,
            client_id: args.client,
            grant_type: args.grant_type,
            acr_values: args.acr,
            methods: args.session_methods,
            proven_at: args.proven_at,
            at: args.at,
            ip: args.ip,
            known_device: args.known_device,
        };
        match args.grant {
            Some(grant) => explain::refresh(view, grant, &question),
            None => explain::request(view, &question),
        }
    })?;
    if json {
        output::json(&explanation)
    } else {
        tell(&explanation)
    }
}

/// Prints every check and what came of them.
pub(super) fn tell(explanation: &Explanation) -> Result<()> {
    let rows: Vec<[String; 4]> = explanation.checks.0.iter().map(row).collect();
    output::table(["check", "name", "outcome", "facts"], &rows)?;
    output::line("")?;
    let Explanation { at, decision, told, .. } = explanation;
    output::line(&format!("at {at}: {decision}: {told}"))?;
    for next in explanation.way.iter().skip(1) {
        output::line(&format!("then {next}"))?;
    }
    for step in &explanation.flow {
        output::line(&format!("in the login flow: {step}"))?;
    }
    if explanation.exempted {
        output::line("a requirement was waived: an administrator approved this client for this user beforehand")?;
    }
    if let Some(reported) = &explanation.reported {
        output::line(&format!("reported, not enforced: {reported}"))?;
    }
    Ok(())
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
