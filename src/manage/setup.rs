//! First start: a one-time link creates the first user who may manage the directory.

use crate::crypto::digest::digest_of;
use crate::error::{FieldError, Refusal, Result};
use crate::model::actor::Actor;
use crate::model::secret::Secret;
use crate::model::user::{Permission, User};
use crate::store;
use crate::work::{View, Work};

use super::authority::holds;
use super::users::{self, NewUser};

/// The purpose of the ticket in the link.
const PURPOSE: &str = "setup";
/// How long the link can be used, in seconds.
const LIFETIME: i64 = 86_400;
/// The prefix of the token in the link.
const PREFIX: &str = "cs_su_";

/// The token of a new link, if nobody may manage the directory yet; links made before are void.
///
/// # Errors
/// A fault of the database.
pub fn issue_setup_link(work: &mut Work<'_>) -> Result<Option<Secret>> {
    if anyone_manages(&mut work.view())? {
        return Ok(None);
    }
    store::tickets::void(work.tx, PURPOSE)?;
    let token = work.random.token(PREFIX);
    let expires_at = work.now.plus_seconds(LIFETIME);
    store::tickets::insert(work.tx, &digest_of(token.expose()), PURPOSE, "{}", expires_at)?;
    Ok(Some(token))
}

/// Whether a link can be used.
///
/// # Errors
/// A fault of the database.
pub fn is_open(view: &mut View<'_>, token: &Secret) -> Result<bool> {
    let digest = digest_of(token.expose());
    let ticket = store::tickets::find(view.tx, &digest, PURPOSE, view.now)?;
    Ok(ticket.is_some() && !anyone_manages(view)?)
}

/// Uses the link, once: creates the first user who may manage the directory, with the password of this hash.
///
/// # Errors
/// A refusal when the link cannot be used or the name is not as it must be, or a fault of the database.
pub fn create_first_user(work: &mut Work<'_>, token: &Secret, username: &str, phc: String) -> Result<User> {
    let shut = || Refusal::Missing("this link was used or has expired; restart the server for a new one");
    if !is_open(&mut work.view(), token)? {
        return Err(shut().into());
    }
    // A refusal is committed: whatever can be refused is, before the link is used up.
    let place = format!("users.{username}");
    super::validate::username(&place, username)?;
    if store::users::find_by_username(work.tx, username)?.is_some() {
        return Err(FieldError::new(format!("{place}.username"), "is taken; choose another").into());
    }
    if !store::tickets::consume(work.tx, &digest_of(token.expose()), work.now)? {
        return Err(shut().into());
    }
    let first = NewUser {
        password_phc: Some(phc),
        permissions: vec![Permission::ManageDirectory, Permission::ManageProfiles],
        ..NewUser::named(username)
    };
    let user = first.user(work);
    users::insert(work, &Actor::FirstVisitor, user, first.password_phc)
}

fn anyone_manages(view: &mut View<'_>) -> Result<bool> {
    let users = store::users::list(view.tx)?;
    let manages = |user: &User| holds(view.directory, user, Permission::ManageDirectory);
    Ok(users.iter().any(manages))
}

#[cfg(test)]
mod tests;
