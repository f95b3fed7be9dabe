//! `user connect` and `user disconnect`: whose an account at another provider is.

use crate::cli::context::{Context, OPERATOR};
use crate::cli::output;
use crate::error::Result;
use crate::manage::users;

#[derive(Debug, clap::Args)]
pub(super) struct Connect {
    /// The user's name
    username: String,
    /// The provider's issuer, as the directory lists it
    #[arg(long)]
    issuer: String,
    /// What the provider calls the account: the `sub` of its ID tokens
    #[arg(long)]
    subject: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct Disconnect {
    /// The user's name
    username: String,
    /// The provider's issuer
    #[arg(long)]
    issuer: String,
}

pub(super) fn connect(args: Connect, context: &Context) -> Result<()> {
    let told = args.issuer.clone();
    let user = context.perform(move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &args.username)?;
        users::connect(work, &OPERATOR, user.id, (&args.issuer, &args.subject))?;
        Ok(user)
    })?;
    output::line(&format!("{} can sign in at {told} now", user.username))
}

pub(super) fn disconnect(args: Disconnect, context: &Context) -> Result<()> {
    let told = args.issuer.clone();
    let (user, removed) = context.perform(move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &args.username)?;
        let removed = users::disconnect(work, &OPERATOR, user.id, &args.issuer)?;
        Ok((user, removed))
    })?;
    output::line(&format!(
        "{} is connected with {removed} account(s) less at {told}",
        user.username
    ))
}
