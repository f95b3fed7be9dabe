//! Passwords that people change themselves; operators set them by [`super::users::set_password`]. CLAUSES.md C10, S50 to S52.

use super::users::{record_user, replace_password};
use crate::authn::factor::password::MAX_LENGTH;
use crate::authn::sign_out;
use crate::config::{ChangeRevokes, PasswordSettings};
use crate::error::{Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::client::GrantType;
use crate::model::id::UserId;
use crate::model::job::{Job, Notice};
use crate::model::secret::Secret;
use crate::model::user::{User, UserStatus};
use crate::store;
use crate::work::Work;

/// What is said of a one-time link that can be used no more.
pub const LINK_GONE: &str = "this link was used or has expired";

/// Why a password that a person chooses may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer characters than this.
    Short(usize),
    /// Nobody looks at one so long.
    Long,
    /// It is on the list, or the person's own name or address.
    Guessable,
}

/// The names that a person's password is not.
#[must_use]
pub fn own_names(user: &User) -> [&str; 3] {
    [
        user.username.as_str(),
        user.display_name(),
        user.email().unwrap_or_default(),
    ]
}

/// Checks a password that a person of these names chooses: long enough, on no list, and none of the names.
///
/// # Errors
/// Why it may not be set.
pub fn check_new(settings: &PasswordSettings, own: &[&str], password: &Secret) -> std::result::Result<(), Weakness> {
    if password.expose().chars().count() < settings.min_length {
        return Err(Weakness::Short(settings.min_length));
    }
    if password.expose().len() > MAX_LENGTH {
        return Err(Weakness::Long);
    }
    let chosen = password.expose().to_lowercase();
    let is = |text: &str| !text.is_empty() && chosen == text.to_lowercase();
    if own.iter().any(|name| is(name)) || settings.block_list.iter().any(|blocked| is(blocked)) {
        return Err(Weakness::Guessable);
    }
    Ok(())
}

/// Replaces the actor's own password by the one of this hash (PHC string). Whoever asks has checked the old one.
///
/// The other sessions end. Grants that rest on the old password in a program's hands end with it; those that the person gave
/// in a browser go on, unless `passwords.change_revokes` is `all`.
///
/// # Errors
/// A refusal for an actor who is no active user, or a fault of the database.
pub fn change_own(work: &mut Work<'_>, actor: &Actor, phc: String) -> Result<()> {
    let Actor::User { user, session, .. } = actor else {
        return Err(Refusal::Missing("a signed-in user").into());
    };
    let user = store::users::find(work.tx, *user)?.filter(|user| user.status == UserStatus::Active);
    let user = user.ok_or(Refusal::Missing("there is no such user"))?;
    replace_password(work, user.id, phc)?;
    for other in store::sessions::of_user(work.tx, user.id, work.now)? {
        if other.id != *session {
            sign_out::end_keeping_grants(work, other.id)?;
        }
    }
    end_grants(work, user.id)?;
    work.audit(Entry::new(Event::PasswordChanged).actor(actor).user(user.id))?;
    let ip = work.ip().map_or_else(String::new, |ip| ip.to_string());
    let notice = Notice::PasswordChanged { at: work.now, ip };
    work.enqueue(&Job::Notify { user: user.id, notice })?;
    record_user(work, actor, Some(&user), Some(&user), vec!["password".to_owned()])
}

fn end_grants(work: &mut Work<'_>, user: UserId) -> Result<()> {
    if work.shared.settings.passwords.change_revokes == ChangeRevokes::All {
        store::grants::revoke_of_user(work.tx, user, work.now)?;
        return Ok(());
    }
    for grant in store::grants::live_of_user(work.tx, user)? {
        if grant.grant_type == GrantType::Password {
            store::grants::revoke(work.tx, grant.id, work.now)?;
        }
    }
    Ok(())
}
