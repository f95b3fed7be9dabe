//! `user temporary-code` and `user rescue`: ways back in that an operator hands out.

use crate::cli::context::{Context, OPERATOR};
use crate::cli::output;
use crate::error::Result;
use crate::manage::{recovery, users};

#[derive(Debug, clap::Args)]
pub(super) struct TemporaryCode {
    /// The user's name
    username: String,
    /// For how many hours it can be used
    #[arg(long, default_value_t = recovery::TEMPORARY_HOURS)]
    hours: u32,
}

pub(super) fn temporary_code(args: TemporaryCode, context: &Context) -> Result<()> {
    let TemporaryCode { username, hours } = args;
    let (user, code, expires_at) = context.perform(move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &username)?;
        let (code, expires_at) = recovery::temporary_code(work, &OPERATOR, user.id, hours)?;
        Ok((user, code, expires_at))
    })?;
    let (first, second) = code.expose().split_at(4);
    output::line(&format!(
        "{} sets up a new factor with the password and this code, once, until {expires_at}: {first} {second}",
        user.username
    ))
}

pub(super) fn rescue(username: String, context: &Context) -> Result<()> {
    let server = context.server()?;
    let (user, token) = server.perform_blocking(crate::work::Origin::default(), move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &username)?;
        let token = recovery::rescue(work, &OPERATOR, user.id)?;
        Ok((user, token))
    })?;
    let issuer = &server.shared().settings.server.issuer;
    output::line(&format!(
        "{} chooses a new password here, once, within an hour; all other factors of the account are removed then:",
        user.username
    ))?;
    output::line(&format!("{issuer}/reset/{}", token.expose()))
}
