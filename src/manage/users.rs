//! Users: added, found, disabled, unlocked, given passwords and permissions.

use serde_json::Value;

use crate::authn::{attempts, sign_out};
use crate::config::PasswordSettings;
use crate::error::{FieldError, Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::credential::{Credential, Material, Standing};
use crate::model::evidence::FactorKind;
use crate::model::id::{CredentialId, UserId};
use crate::model::secret::Secret;
use crate::model::user::{Permission, User, UserStatus};
use crate::policy::lockout::{self, Side};
use crate::store;
use crate::work::{View, Work};

use super::administrators::{check_change, check_own};
use super::authority::{self, check_may_change, check_may_look, holds};
use super::contacts;
use super::devices;
use super::directory::UserMembers;
use super::validate::{self, Surroundings};
use super::{Changed, differing, entry, json_of, record};

mod assign;
mod new_user;
mod overview;
mod report;
mod upstream;

pub use assign::{Assignment, assign};
pub use new_user::{NewUser, add};
pub use overview::{CredentialOverview, Overview, show};
pub use report::{Strength, report};
pub use upstream::{add_from, connect, disconnect};

pub(super) use new_user::insert;
pub(super) use upstream::disconnect_all;

/// Checks that a password may be set; `field` is named in the error.
///
/// # Errors
/// What is wrong with it.
pub fn check_password(
    field: &str,
    settings: &PasswordSettings,
    password: &Secret,
) -> std::result::Result<(), FieldError> {
    validate::password(field, settings, password)
}

/// Every user, by name.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn list(view: &mut View<'_>, actor: &Actor) -> Result<Vec<User>> {
    check_may_look(view, actor)?;
    store::users::list(view.tx)
}

/// The user of this name, without regard to case.
///
/// # Errors
/// A refusal when there is none, or a fault of the database.
pub fn find(view: &mut View<'_>, actor: &Actor, username: &str) -> Result<User> {
    check_may_look(view, actor)?;
    store::users::find_by_username(view.tx, username)?.ok_or_else(|| missing(username))
}

fn missing(username: &str) -> crate::error::Error {
    let problem = "there is no such user; `countersign user list` names those there are";
    FieldError::new(format!("users.{username}"), problem).into()
}

/// Ends what a user has open and lets no one sign in as this user any more.
///
/// # Errors
/// A refusal when there is no such user or nobody else manages the directory, or a fault of the database.
pub fn disable(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<()> {
    let user = load(work, actor, user)?;
    let disabled = User {
        status: UserStatus::Disabled,
        ..user.clone()
    };
    check_change(work, actor, (&user, Some(&disabled)), &[])?;
    end_access(work, user.id)?;
    update(work, actor, &user, &disabled)
}

/// Lets a user sign in again.
///
/// # Errors
/// A refusal when there is no such user, or a fault of the database.
pub fn enable(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<()> {
    let user = load(work, actor, user)?;
    let enabled = User {
        status: UserStatus::Active,
        ..user.clone()
    };
    update(work, actor, &user, &enabled)
}

/// Forgets the failed attempts on an account, in known browsers and elsewhere; factors that they disabled count again.
///
/// # Errors
/// A refusal when there is no such user, or a fault of the database.
pub fn unlock(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<()> {
    let user = load(work, actor, user)?;
    attempts::hold(work, &lockout::subject(Some(user.id), &user.username))?;
    attempts::clear(work, &account(&user))?;
    for device in store::devices::of_user(work.tx, user.id, work.now)? {
        attempts::clear(work, &Side::Device(device.id))?;
    }
    for credential in store::credentials::of_user(work.tx, user.id)? {
        attempts::enable(work, credential.id)?;
    }
    work.audit(Entry::new(Event::LockoutCleared).actor(actor).user(user.id))
}

fn account(user: &User) -> Side {
    Side::Account(lockout::subject(Some(user.id), &user.username))
}

/// Replaces a user's password by the one of this hash (PHC string), and ends what was opened with the old one.
///
/// # Errors
/// A refusal when there is no such user, or a fault of the database.
pub fn set_password(work: &mut Work<'_>, actor: &Actor, user: UserId, phc: String) -> Result<()> {
    let user = load(work, actor, user)?;
    put_password(work, user.id, phc)?;
    end_access(work, user.id)?;
    record_user(work, actor, Some(&user), Some(&user), vec!["password".to_owned()])
}

/// Removes a user's second factors, finished or not, and ends the sessions and what rests on such a factor. Returns how
/// many there were.
///
/// # Errors
/// A refusal when there is no such user, or a fault of the database.
pub fn reset_factors(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<usize> {
    let user = load(work, actor, user)?;
    check_reset(work, actor, &user)?;
    let removed = remove_factors(work, actor, user.id)?;
    sign_out::end_all_of(work, user.id)?;
    // What made a browser known was one of these factors.
    devices::forget_all(work, user.id, "factors")?;
    record_user(work, actor, Some(&user), Some(&user), vec!["credentials".to_owned()])?;
    Ok(removed)
}

/// Removes every second factor of a user, and ends what rests on it; returns how many there were. Accounts at other providers
/// are no second factors, and stay.
pub(super) fn remove_factors(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<usize> {
    let mut removed = 0;
    for credential in store::credentials::of_user(work.tx, user)? {
        let kind = credential.kind();
        // What an administrator vouches for goes when the claims say so no more.
        let is_first = matches!(kind, FactorKind::Password | FactorKind::Upstream);
        if is_first || credential.material.standing() == Some(Standing::Vouched) {
            continue;
        }
        store::credentials::delete(work.tx, credential.id)?;
        end_grants_on(work, user, credential.id)?;
        let detail = serde_json::json!({ "kind": kind.as_str(), "credential": credential.id });
        let removal = Entry::new(Event::FactorRemoved).actor(actor).user(user);
        work.audit(removal.detail(detail))?;
        removed += 1;
    }
    Ok(removed)
}

/// An administrator without factors must be led to enrol one, or could administer no more.
fn check_reset(work: &mut Work<'_>, actor: &Actor, user: &User) -> Result<()> {
    if matches!(actor, Actor::User { user: acting, .. } if *acting == user.id) {
        let around = Surroundings::of(&work.view());
        let place = format!("users.{}", user.username);
        check_own(&place, &UserMembers::from(user), &[], &around)?;
    }
    Ok(())
}

/// Ends the grants that rest on a credential: what it proved counts no more (ASSURANCE.md §6).
pub(super) fn end_grants_on(work: &mut Work<'_>, user: UserId, credential: CredentialId) -> Result<()> {
    for grant in store::grants::live_of_user(work.tx, user)? {
        if grant.snapshot.rests_on(credential) {
            store::grants::revoke(work.tx, grant.id, work.now)?;
        }
    }
    Ok(())
}

/// Gives a user the permissions to manage the directory, with profiles and permission sets.
///
/// # Errors
/// A refusal when there is no such user, or a fault of the database.
pub fn make_admin(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<()> {
    let user = load(work, actor, user)?;
    let mut admin = user.clone();
    for permission in [Permission::ManageDirectory, Permission::ManageProfiles] {
        if !holds(&work.directory, &admin, permission) {
            admin.permissions.push(permission);
        }
    }
    update(work, actor, &user, &admin)
}

/// Removes a user and all that is theirs.
///
/// # Errors
/// A refusal when there is no such user or nobody else manages the directory, or a fault of the database.
pub fn delete(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<()> {
    let user = load(work, actor, user)?;
    check_change(work, actor, (&user, None), &[])?;
    end_access(work, user.id)?;
    store::users::delete(work.tx, user.id)?;
    record_user(work, actor, Some(&user), None, Vec::new())
}

/// The user, for an actor who may change them. Whoever could take over an account could do what its owner may: that takes
/// their permission too.
pub(super) fn load(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<User> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    let found = store::users::find(work.tx, user)?;
    let user: User = found.ok_or(Refusal::Missing("there is no such user"))?;
    if holds(&work.directory, &user, Permission::ManageProfiles) {
        check_may_change(&mut work.view(), actor, &[Permission::ManageProfiles])?;
    }
    Ok(user)
}

/// The permissions that a change of a user takes.
fn needed(before: Option<&User>, after: Option<&User>, secrets: &[String]) -> Result<Vec<Permission>> {
    let members = |user: Option<&User>| json_of(&user.map(UserMembers::from));
    let (before, after) = (members(before)?, members(after)?);
    let mut changed = differing(&before, &after);
    changed.extend_from_slice(secrets);
    Ok(authority::needed("users", &before, &after, &changed))
}

fn update(work: &mut Work<'_>, actor: &Actor, before: &User, after: &User) -> Result<()> {
    if before == after {
        return Ok(());
    }
    check_update(work, actor, before, after)?;
    store::users::update(work.tx, after)?;
    contacts::keep_in_step(work, after)?;
    record_user(work, actor, Some(before), Some(after), Vec::new())
}

fn check_update(work: &mut Work<'_>, actor: &Actor, before: &User, after: &User) -> Result<()> {
    check_may_change(&mut work.view(), actor, &needed(Some(before), Some(after), &[])?)
}

pub(super) fn record_user(
    work: &mut Work<'_>,
    actor: &Actor,
    before: Option<&User>,
    after: Option<&User>,
    secrets: Vec<String>,
) -> Result<()> {
    let Some(user) = after.or(before) else {
        return Ok(());
    };
    let (before, after) = (recorded(before)?, recorded(after)?);
    let mut members = differing(&before, &after);
    members.extend(secrets);
    let changed = Changed {
        object: format!("users.{}", user.username),
        before,
        after,
        members,
    };
    record(work, entry(actor).user(user.id), &changed)
}

/// What a record says of a user: all but when it last changed, which the record itself tells.
fn recorded(user: Option<&User>) -> Result<Value> {
    let user = user.map(|user| User {
        updated_at: None,
        ..user.clone()
    });
    json_of(&user)
}

/// Ends every session and every grant of a user.
pub(super) fn end_access(work: &mut Work<'_>, user: UserId) -> Result<()> {
    sign_out::end_all_of(work, user)?;
    store::grants::revoke_of_user(work.tx, user, work.now)?;
    Ok(())
}

/// Stores a password in place of the one there was; proof of that one is void with it, and so is the API-login token, and no
/// browser is known any more.
pub(super) fn put_password(work: &mut Work<'_>, user: UserId, phc: String) -> Result<()> {
    super::api_login_tokens::renew(work, user)?;
    devices::forget_all(work, user, "password")?;
    for credential in store::credentials::of_user(work.tx, user)? {
        if credential.kind() == FactorKind::Password {
            store::credentials::delete(work.tx, credential.id)?;
        }
    }
    let credential = Credential {
        id: work.new_id(),
        user,
        label: String::new(),
        confirmed_at: Some(work.now),
        created_at: work.now,
        last_used_at: None,
        last_step: 0,
        material: Material::Password { phc },
    };
    store::credentials::insert(work.tx, &credential)
}

/// Stores a password that its owner chose in place of the one there was. What was proved in this session with the old one
/// still counts: its owner was there.
pub(super) fn replace_password(work: &mut Work<'_>, user: UserId, phc: String) -> Result<()> {
    let credentials = store::credentials::of_user(work.tx, user)?;
    let Some(old) = credentials.into_iter().find(|one| one.kind() == FactorKind::Password) else {
        return put_password(work, user, phc);
    };
    super::api_login_tokens::renew(work, user)?;
    devices::forget_all(work, user, "password")?;
    let material = Material::Password { phc };
    store::credentials::update_material(work.tx, &Credential { material, ..old })
}

/// The password hash among a user's credentials.
#[must_use]
pub fn stored_password(credentials: &[Credential]) -> Option<&str> {
    credentials.iter().find_map(|credential| match &credential.material {
        Material::Password { phc } => Some(phc.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
