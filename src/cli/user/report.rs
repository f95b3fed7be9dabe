//! `user report`: how strong the strongest second factor of each user is.

use serde_json::{Value, json};

use crate::cli::context::{Context, OPERATOR};
use crate::cli::output;
use crate::error::Result;
use crate::manage::users::{self, Strength};
use crate::model::user::User;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only users who have neither a passkey nor one-time passwords of an app or a device
    #[arg(long)]
    without_strong_factor: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context) -> Result<()> {
    let mut rows = context.read(|view| users::report(view, &OPERATOR))?;
    if args.without_strong_factor {
        rows.retain(|(_, strength)| *strength < Strength::Otp);
    }
    if args.json {
        return output::json(&as_json(&rows));
    }
    let table: Vec<[String; 4]> = rows.iter().map(row).collect();
    output::table(["username", "strongest factor", "profile", "id"], &table)?;
    let counts = Strength::ALL.map(|strength| format!("{} {}", of(&rows, strength).count(), strength.as_str()));
    output::line(&counts.join(", "))
}

fn row((user, strength): &(User, Strength)) -> [String; 4] {
    [
        user.username.clone(),
        strength.as_str().to_owned(),
        user.profile.clone(),
        user.id.to_string(),
    ]
}

fn of(rows: &[(User, Strength)], strength: Strength) -> impl Iterator<Item = &User> {
    let rows = rows.iter().filter(move |(_, own)| *own == strength);
    rows.map(|(user, _)| user)
}

/// The users by strength, and how many of each.
fn as_json(rows: &[(User, Strength)]) -> Value {
    let mut all = serde_json::Map::new();
    for strength in Strength::ALL {
        let users: Vec<Value> = of(rows, strength)
            .map(|user| json!({ "id": user.id, "username": user.username, "profile": user.profile }))
            .collect();
        all.insert(
            strength.as_str().to_owned(),
            json!({ "count": users.len(), "users": users }),
        );
    }
    Value::Object(all)
}
