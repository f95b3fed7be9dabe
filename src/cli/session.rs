//! `session`: sessions listed and ended.

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::{Context, OPERATOR};
use super::output;
use crate::error::Result;
use crate::manage::sessions::{self, Overview};
use crate::manage::users;
use crate::model::id::SessionId;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List live sessions, oldest first
    List {
        /// Of this user alone
        #[arg(long, value_name = "USERNAME")]
        user: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// End one session, or every session of a user
    #[command(group = clap::ArgGroup::new("which").required(true))]
    End {
        /// The session's identifier
        #[arg(group = "which")]
        session: Option<SessionId>,
        /// Every session of this user
        #[arg(long, group = "which", value_name = "USERNAME")]
        user: Option<String>,
    },
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    match args.command {
        Command::List { user, limit, json } => list(user.as_deref(), limit, json, context),
        Command::End { session, user } => {
            if let Some(session) = session {
                end(session, context)?;
            }
            user.map_or(Ok(()), |user| end_all_of(user, context))
        }
    }
}

fn end(session: SessionId, context: &Context) -> Result<()> {
    context.perform(move |work| sessions::end(work, &OPERATOR, session))?;
    output::line(&format!("ended {session}"))
}

fn end_all_of(username: String, context: &Context) -> Result<()> {
    let (user, ended) = context.perform(move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &username)?;
        let ended = sessions::end_all_of(work, &OPERATOR, user.id)?;
        Ok((user, ended))
    })?;
    output::line(&format!("ended {ended} sessions of {}", user.username))
}

fn list(username: Option<&str>, limit: i64, json: bool, context: &Context) -> Result<()> {
    let sessions = context.read(|view| {
        let user = username.map(|name| users::find(view, &OPERATOR, name)).transpose()?;
        sessions::list(view, &OPERATOR, user.map(|user| user.id), limit)
    })?;
    if json {
        let sessions: Vec<Value> = sessions.iter().map(as_json).collect();
        return output::json(&sessions);
    }
    let rows: Vec<[String; 6]> = sessions.into_iter().map(row).collect();
    output::table(["session", "username", "level", "began", "last seen", "address"], &rows)
}

fn row(overview: Overview) -> [String; 6] {
    let session = overview.session;
    [
        session.id.to_string(),
        overview.username,
        overview.acr.to_string(),
        session.created_at.to_string(),
        session.last_seen_at.to_string(),
        session.ip,
    ]
}

fn as_json(overview: &Overview) -> Value {
    let session = &overview.session;
    let methods: Vec<&str> = session
        .evidence
        .iter()
        .flat_map(|evidence| evidence.kind().amr())
        .copied()
        .collect();
    json!({
        "id": session.id,
        "user": session.user,
        "username": overview.username,
        "acr": overview.acr,
        "amr": methods,
        "created_at": session.created_at.to_string(),
        "last_seen_at": session.last_seen_at.to_string(),
        "ip": session.ip,
        "user_agent": session.user_agent,
    })
}
