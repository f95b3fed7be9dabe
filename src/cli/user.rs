//! `user`: the way back in when the console is shut.

mod assign;
mod connect;
mod recover;
mod report;
mod token;

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::{Context, OPERATOR, hash_of_given_password};
use super::output;
use crate::error::Result;
use crate::manage::api_login_tokens;
use crate::manage::devices::{self, DeviceOverview};
use crate::manage::users::{self, NewUser, Overview};
use crate::model::id::{DeviceId, UserId};
use crate::model::profile::DEFAULT_PROFILE;
use crate::model::time::Timestamp;
use crate::model::user::{Permission, User, UserStatus};
use crate::work::{Origin, Work};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a user
    Add(Add),
    /// List all users
    List(Format),
    /// Show a user with credentials and sessions
    Show {
        /// The user's name
        username: String,
        #[command(flatten)]
        format: Format,
    },
    /// Let nobody sign in as this user; ends sessions and tokens
    Disable(Named),
    /// Let a disabled user sign in again
    Enable(Named),
    /// Forget failed attempts on an account, on known devices and elsewhere, and let disabled factors count again
    Unlock(Named),
    /// Let a browser of the user be unknown again, or all of them
    ForgetDevice {
        /// The user's name
        username: String,
        /// The identifier that `user show` prints; without one, all
        device: Option<DeviceId>,
    },
    /// Set a password; ends sessions and tokens
    SetPassword {
        /// The user's name
        username: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Remove second factors; ends sessions
    ResetFactors(Named),
    /// Give a hardware token (HOTP) whose secret is known; it counts at once
    AddToken(token::Args),
    /// Print a code of eight digits that lets a user who lost a factor set up another one
    TemporaryCode(recover::TemporaryCode),
    /// Print a one-time link into the account of a user who lost everything; removes all factors when it is used
    Rescue(Named),
    /// Connect a user with an account at another provider, to sign in there
    Connect(connect::Connect),
    /// Take back what connects a user with accounts at another provider; ends the sessions that came from there
    Disconnect(connect::Disconnect),
    /// Void the security token of API logins and mail another one
    ResetToken(Named),
    /// Give the permissions to manage the directory, profiles and permission sets
    MakeAdmin(Named),
    /// Change profile and permission sets of users: of all of them, or of none
    Assign(assign::Args),
    /// Show how strong the strongest second factor of each active user is
    Report(report::Args),
}

#[derive(Debug, clap::Args)]
struct Named {
    /// The user's name
    username: String,
}

#[derive(Debug, Clone, Copy, clap::Args)]
struct Format {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Add {
    /// The name to sign in with
    username: String,
    /// The profile
    #[arg(long, default_value = DEFAULT_PROFILE)]
    profile: String,
    /// A permission set; may be repeated
    #[arg(long = "permission-set", value_name = "SET")]
    permission_sets: Vec<String>,
    /// For APIs alone: our own pages do nothing but enrol a factor
    #[arg(long)]
    api_only: bool,
    /// The claim `name`
    #[arg(long)]
    name: Option<String>,
    /// The claim `email`
    #[arg(long)]
    email: Option<String>,
    /// With the permissions to manage the directory, profiles and permission sets
    #[arg(long)]
    admin: bool,
    /// Read the password from standard input; without one, nobody can sign in as this user yet
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    match args.command {
        Command::Add(add) => run_add(add, context),
        Command::List(format) => list(format, context),
        Command::Show { username, format } => show(&username, format, context),
        Command::Disable(Named { username }) => change(context, &username, "disabled", |work, user| {
            users::disable(work, &OPERATOR, user)
        }),
        Command::Enable(Named { username }) => change(context, &username, "enabled", |work, user| {
            users::enable(work, &OPERATOR, user)
        }),
        Command::Unlock(Named { username }) => change(context, &username, "unlocked", |work, user| {
            users::unlock(work, &OPERATOR, user)
        }),
        Command::ForgetDevice { username, device } => {
            change(context, &username, "not known there any more", move |work, user| {
                devices::forget(work, &OPERATOR, user, device).map(drop)
            })
        }
        Command::SetPassword { username, .. } => set_password(&username, context),
        Command::ResetFactors(Named { username }) => {
            change(context, &username, "without second factors now", |work, user| {
                users::reset_factors(work, &OPERATOR, user).map(drop)
            })
        }
        Command::AddToken(args) => token::run(args, context),
        Command::TemporaryCode(args) => recover::temporary_code(args, context),
        Command::Rescue(Named { username }) => recover::rescue(username, context),
        Command::Connect(args) => connect::connect(args, context),
        Command::Disconnect(args) => connect::disconnect(args, context),
        Command::ResetToken(Named { username }) => {
            change(context, &username, "being mailed a new security token", |work, user| {
                api_login_tokens::reset(work, &OPERATOR, user)
            })
        }
        Command::MakeAdmin(Named { username }) => {
            change(context, &username, "allowed to manage the directory", |work, user| {
                users::make_admin(work, &OPERATOR, user)
            })
        }
        Command::Assign(args) => assign::run(args, context),
        Command::Report(args) => report::run(&args, context),
    }
}

/// Changes the user of a name, and says so.
fn change<F>(context: &Context, username: &str, outcome: &str, change: F) -> Result<()>
where
    F: FnOnce(&mut Work<'_>, UserId) -> Result<()> + Send + 'static,
{
    let name = username.to_owned();
    let user = context.perform(move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &name)?;
        change(work, user.id)?;
        Ok(user)
    })?;
    output::line(&format!("{} is {outcome}", user.username))
}

fn run_add(add: Add, context: &Context) -> Result<()> {
    let server = context.server()?;
    let mut new = NewUser {
        profile: add.profile,
        permission_sets: add.permission_sets,
        api_only: add.api_only,
        ..NewUser::named(add.username)
    };
    if add.password_stdin {
        new.password_phc = Some(hash_of_given_password(&server)?);
    }
    if add.admin {
        new.permissions = vec![Permission::ManageDirectory, Permission::ManageProfiles];
    }
    for (claim, value) in [("name", add.name), ("email", add.email)] {
        if let Some(value) = value {
            new.claims.insert(claim.to_owned(), value.into());
        }
    }
    let user = server.perform_blocking(Origin::default(), move |work| users::add(work, &OPERATOR, new))?;
    output::line(&format!("added {} with the identifier {}", user.username, user.id))
}

fn set_password(username: &str, context: &Context) -> Result<()> {
    let server = context.server()?;
    let user = server.read_blocking(|view| users::find(view, &OPERATOR, username))?;
    let phc = hash_of_given_password(&server)?;
    server.perform_blocking(Origin::default(), move |work| {
        users::set_password(work, &OPERATOR, user.id, phc)
    })?;
    output::line(&format!(
        "{} has a new password; sessions and tokens ended",
        user.username
    ))
}

fn list(format: Format, context: &Context) -> Result<()> {
    let users = context.read(|view| users::list(view, &OPERATOR))?;
    if format.json {
        let users: Vec<Value> = users.iter().map(as_json).collect();
        return output::json(&users);
    }
    let rows: Vec<[String; 6]> = users.iter().map(row).collect();
    let headings = ["username", "status", "profile", "permission sets", "permissions", "id"];
    output::table(headings, &rows)
}

fn row(user: &User) -> [String; 6] {
    [
        user.username.clone(),
        status(user).to_owned(),
        user.profile.clone(),
        user.permission_sets.join(" "),
        permissions(user).join(" "),
        user.id.to_string(),
    ]
}

const fn status(user: &User) -> &'static str {
    match user.status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
    }
}

fn permissions(user: &User) -> Vec<&'static str> {
    user.permissions.iter().map(|permission| permission.as_str()).collect()
}

fn as_json(user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.username,
        "profile": user.profile,
        "permission_sets": user.permission_sets,
        "api_only": user.api_only,
        "sso_only": user.sso_only,
        "status": status(user),
        "permissions": permissions(user),
        "claims": user.claims,
        "created_at": user.created_at.to_string(),
    })
}

fn show(username: &str, format: Format, context: &Context) -> Result<()> {
    let overview = context.read(|view| users::show(view, &OPERATOR, username))?;
    if format.json {
        return output::json(&overview_as_json(&overview));
    }
    let Overview {
        user,
        credentials,
        devices,
        sessions,
        locked,
    } = overview;
    let rows = [
        ("username", user.username.clone()),
        ("id", user.id.to_string()),
        ("status", status(&user).to_owned()),
        ("locked", if locked { "yes" } else { "no" }.to_owned()),
        ("profile", user.profile.clone()),
        ("permission sets", user.permission_sets.join(" ")),
        ("APIs alone", if user.api_only { "yes" } else { "no" }.to_owned()),
        ("permissions", permissions(&user).join(" ")),
        ("claims", Value::Object(user.claims).to_string()),
        ("created", user.created_at.to_string()),
        ("sessions", sessions.to_string()),
    ]
    .map(|(name, value)| [name.to_owned(), value]);
    output::table(["member", "value"], &rows)?;
    output::line("")?;
    let instant = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    let rows: Vec<[String; 4]> = credentials
        .into_iter()
        .map(|credential| {
            let kind = credential.kind.as_str().to_owned();
            let (confirmed, used) = (instant(credential.confirmed_at), instant(credential.last_used_at));
            let label = if credential.disabled {
                format!("{} (disabled)", credential.label)
            } else {
                credential.label
            };
            [kind, confirmed, used, label]
        })
        .collect();
    output::table(["credential", "confirmed", "last used", "label"], &rows)?;
    output::line("")?;
    let rows: Vec<[String; 4]> = devices.into_iter().map(device_row).collect();
    output::table(["device", "last used", "locked", "browser"], &rows)
}

fn device_row(overview: DeviceOverview) -> [String; 4] {
    let DeviceOverview { device, locked } = overview;
    [
        device.id.to_string(),
        device.last_used_at.to_string(),
        if locked { "yes" } else { "no" }.to_owned(),
        device.user_agent,
    ]
}

fn overview_as_json(overview: &Overview) -> Value {
    let credentials: Vec<Value> = overview
        .credentials
        .iter()
        .map(|credential| {
            json!({
                "kind": credential.kind.as_str(),
                "label": credential.label,
                "confirmed_at": credential.confirmed_at.map(|at| at.to_string()),
                "last_used_at": credential.last_used_at.map(|at| at.to_string()),
                "disabled": credential.disabled,
            })
        })
        .collect();
    let devices: Vec<Value> = overview
        .devices
        .iter()
        .map(|DeviceOverview { device, locked }| {
            json!({
                "id": device.id,
                "user_agent": device.user_agent,
                "ip": device.ip,
                "created_at": device.created_at.to_string(),
                "last_used_at": device.last_used_at.to_string(),
                "locked": locked,
            })
        })
        .collect();
    let mut user = as_json(&overview.user);
    if let Some(members) = user.as_object_mut() {
        members.insert("locked".to_owned(), overview.locked.into());
        members.insert("sessions".to_owned(), overview.sessions.into());
        members.insert("credentials".to_owned(), credentials.into());
        members.insert("devices".to_owned(), devices.into());
    }
    user
}
