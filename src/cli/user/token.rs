//! `user add-token`: gives a user a hardware token whose secret is in its maker's list.

use crate::authn::factor::hotp;
use crate::cli::context::{Context, OPERATOR, given_line};
use crate::cli::output;
use crate::error::{FieldError, Result};
use crate::manage::hardware_tokens::{self, HardwareToken};
use crate::manage::users;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The user's name
    username: String,
    /// What is printed on the token
    #[arg(long)]
    serial: String,
    /// Read the secret (hexadecimal, unless --base32) from standard input
    #[arg(long, required = true)]
    secret_stdin: bool,
    /// The secret is in base32
    #[arg(long)]
    base32: bool,
    /// Digits of a code: 6 or 8
    #[arg(long, default_value_t = 6)]
    digits: u8,
    /// The counter of the token's next code
    #[arg(long, default_value_t = 0)]
    counter: i64,
}

pub(super) fn run(args: Args, context: &Context) -> Result<()> {
    let secret = given_line("--secret-stdin")?;
    let secret = hotp::decode(secret.expose(), args.base32).ok_or_else(|| {
        let problem = "is no hexadecimal number of whole bytes; give --base32 where it is in base32";
        FieldError::new("the secret", problem)
    })?;
    let token = HardwareToken {
        serial: args.serial,
        secret,
        digits: args.digits,
        counter: args.counter,
    };
    let (name, serial) = (args.username, token.serial.clone());
    let user = context.perform(move |work| {
        let user = users::find(&mut work.view(), &OPERATOR, &name)?;
        hardware_tokens::add(work, &OPERATOR, user.id, &token)?;
        Ok(user)
    })?;
    output::line(&format!("{} has the token {serial} now", user.username))
}
