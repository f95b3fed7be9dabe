//! `user assign`: profiles and permission sets of several users at once.

use crate::cli::context::{Context, OPERATOR};
use crate::cli::output;
use crate::error::Result;
use crate::manage::users::{self, Assignment};

#[derive(Debug, clap::Args)]
#[group(id = "given", required = true, multiple = true, args = ["profile", "add_sets", "remove_sets", "api_only"])]
pub(super) struct Args {
    /// The users' names
    #[arg(required = true, value_name = "USERNAME")]
    usernames: Vec<String>,
    /// The profile to belong to
    #[arg(long)]
    profile: Option<String>,
    /// A permission set to add; may be repeated
    #[arg(long = "add-set", value_name = "SET")]
    add_sets: Vec<String>,
    /// A permission set to take away; may be repeated
    #[arg(long = "remove-set", value_name = "SET")]
    remove_sets: Vec<String>,
    /// Whether our own pages do nothing for them but enrol a factor
    #[arg(long, value_name = "true|false")]
    api_only: Option<bool>,
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    let (usernames, assignment) = (
        args.usernames,
        Assignment {
            profile: args.profile,
            add_sets: args.add_sets,
            remove_sets: args.remove_sets,
            api_only: args.api_only,
        },
    );
    let changed = context.perform(move |work| users::assign(work, &OPERATOR, &usernames, &assignment))?;
    if changed.is_empty() {
        return output::line("nothing to change");
    }
    for user in changed {
        let (profile, sets) = (&user.profile, user.permission_sets.join(", "));
        let told = if sets.is_empty() { "none" } else { sets.as_str() };
        output::line(&format!("{}: profile {profile}, permission sets {told}", user.username))?;
    }
    Ok(())
}
