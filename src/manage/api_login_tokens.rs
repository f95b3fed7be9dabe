//! API-login tokens: reset by their owners and by operators, voided, made and mailed. ASSURANCE.md §8, CLAUSES.md S49 to S52.
//!
//! Nobody is shown a token and nobody chooses one. A reset voids the old token at once; the job that it leaves behind makes
//! the new one and mails it to the address on record. A change of password does the same for whoever had a token, and makes
//! none for those who never asked for one.

use serde_json::json;

use super::authority::check_may_change;
use crate::authn::{api_login_token, facts};
use crate::error::{FieldError, Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::id::UserId;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::model::user::{Permission, User, UserStatus};
use crate::policy::api_login::NoToken;
use crate::store;
use crate::work::{Directory, Work};

/// Voids a user's token and mails another: by the user's own wish, or an operator's.
///
/// # Errors
/// A refusal for anybody else, and where the user is given no token (S49) or has no mail address; a fault of the database.
pub fn reset(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<()> {
    let own = matches!(actor, Actor::User { user: own, .. } if *own == user);
    if !own {
        check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    }
    let user = store::users::find(work.tx, user)?.filter(|user| !own || user.status == UserStatus::Active);
    let user = user.ok_or(Refusal::Missing("there is no such user"))?;
    if let Some(problem) = obstacle(&work.directory, &user)? {
        return Err(FieldError::new(format!("users.{}", user.username), problem).into());
    }
    api_login_token::order(work, user.id)?;
    work.audit(Entry::new(Event::ApiTokenReset).actor(actor).user(user.id))
}

/// Whether a user can have a token.
///
/// # Errors
/// A fault when the user names a profile or permission set that is not there.
pub fn may_have(directory: &Directory, user: &User) -> Result<bool> {
    Ok(obstacle(directory, user)?.is_none())
}

/// Why a user cannot have a token, in words.
fn obstacle(directory: &Directory, user: &User) -> Result<Option<&'static str>> {
    let facts = facts::user((directory, Timestamp::default()), user, &Client::default(), &[])?;
    Ok(match facts.no_token() {
        Some(NoToken::MfaApi) => Some("signs in to APIs with a one-time code; a security token would not be accepted"),
        Some(NoToken::ApiOnly) => Some("is for APIs alone, and such users have no security token"),
        Some(NoToken::LoginRanges) => {
            Some("signs in from the login ranges of the profile alone, without a security token")
        }
        None if user.email().is_none() => {
            Some("has no mail address to send a security token to; add the claim `email`")
        }
        None => None,
    })
}

/// Voids a user's token as the password changes, and orders another for whoever had one (S50, S51).
pub(super) fn renew(work: &mut Work<'_>, user: UserId) -> Result<()> {
    if !api_login_token::void(work, user)? {
        return Ok(());
    }
    api_login_token::order(work, user)?;
    let because = json!({ "because": "the password changed" });
    work.audit(Entry::new(Event::ApiTokenReset).user(user).detail(because))
}

/// Makes the token that was ordered at this instant, for the one job that mails it. None when that order is void, or the
/// user may not have one any more.
///
/// # Errors
/// A fault of the database.
pub fn make(work: &mut Work<'_>, user: UserId, ordered_at: Timestamp) -> Result<Option<(User, Secret)>> {
    let Some(user) = store::users::find(work.tx, user)? else {
        return Ok(None);
    };
    if user.status != UserStatus::Active || obstacle(&work.directory, &user)?.is_some() {
        if api_login_token::void(work, user.id)? {
            work.audit(Entry::new(Event::ApiTokenVoided).user(user.id))?;
        }
        return Ok(None);
    }
    let token = api_login_token::make(work, user.id, ordered_at)?;
    Ok(token.map(|token| (user, token)))
}

/// Records that a token was mailed; of the address, its end.
///
/// # Errors
/// A fault when the entry cannot be written.
pub fn record_mailed(work: &mut Work<'_>, user: UserId, address: &str) -> Result<()> {
    let skipped = address.chars().count().saturating_sub(4);
    let end: String = address.chars().skip(skipped).collect();
    let entry = Entry::new(Event::ApiTokenMailed).user(user);
    work.audit(entry.detail(json!({ "to": format!("…{end}") })))
}
