//! Accounts at other providers: connected with users here, and users made of them.

use serde_json::json;

use super::{NewUser, end_grants_on, insert, load, needed, record_user};
use crate::authn::sign_out;
use crate::authn::upstream::{self, SignedIn};
use crate::crypto::digest::sha256;
use crate::error::{Fault, FieldError, Result};
use crate::manage::authority::check_may_change;
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::credential::Material;
use crate::model::evidence::FactorKind;
use crate::model::id::UserId;
use crate::model::issuer::Issuer;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

/// The longest name of an account, here and there.
const MAX_NAME: usize = 255;
/// The member whose permission it takes to say where somebody signs in.
const GOVERNED: &str = "sso_only";

/// Adds the account of somebody who signed in at a provider whose people get one, and connects the two. Its name is of issuer
/// and subject: nobody takes a name here by choosing it there.
///
/// # Errors
/// A refusal when something is not as it must be, or a fault of the database.
pub fn add_from(work: &mut Work<'_>, issuer: &Issuer, who: &SignedIn) -> Result<User> {
    let place = issuer
        .issuer
        .split_once("://")
        .map_or(issuer.issuer.as_str(), |(_, place)| place);
    let whole = format!("{}/{}", place.trim_end_matches('/'), who.subject);
    let username = if whole.trim() == whole && whole.chars().count() <= MAX_NAME {
        whole
    } else {
        String::from(sha256(whole.as_bytes()))
    };
    let new = NewUser {
        profile: issuer.profile.clone(),
        claims: upstream::claims_of(who),
        ..NewUser::named(username)
    };
    let user = User {
        sso_only: true,
        ..new.user(work)
    };
    let user = insert(work, &Actor::Server, user, None)?;
    match upstream::connect(work, user.id, &issuer.issuer, &who.subject)? {
        Ok(_) => Ok(user),
        // A fault, so that the account is not kept either.
        Err(problem) => Err(Fault::from_error("connect a new account", problem).into()),
    }
}

/// Connects a user with an account at a provider.
///
/// # Errors
/// A refusal when there is no such user or provider, or the account is somebody's; a fault of the database.
pub fn connect(work: &mut Work<'_>, actor: &Actor, user: UserId, (issuer, subject): (&str, &str)) -> Result<()> {
    let user = load(work, actor, user)?;
    check_may_change(
        &mut work.view(),
        actor,
        &needed(Some(&user), Some(&user), &[GOVERNED.to_owned()])?,
    )?;
    if upstream::provider(&work.directory.issuers, issuer).is_none() {
        let problem = format!("{issuer} is no issuer with a client_id; add it to the directory first");
        return Err(FieldError::new("issuer", problem).into());
    }
    if subject.is_empty() || subject.len() > MAX_NAME || subject.contains(char::is_control) {
        return Err(FieldError::new("subject", "has 1 to 255 characters").into());
    }
    match upstream::connect(work, user.id, issuer, subject)? {
        Ok(_) => record_user(work, actor, Some(&user), Some(&user), vec!["credentials".to_owned()]),
        Err(problem) => Err(FieldError::new("subject", problem.to_string()).into()),
    }
}

/// Takes back what connects a user with accounts at a provider, and ends what rests on it; returns how many there were.
///
/// # Errors
/// A refusal when there is no such user, or a fault of the database.
pub fn disconnect(work: &mut Work<'_>, actor: &Actor, user: UserId, issuer: &str) -> Result<usize> {
    let user = load(work, actor, user)?;
    check_may_change(
        &mut work.view(),
        actor,
        &needed(Some(&user), Some(&user), &[GOVERNED.to_owned()])?,
    )?;
    let removed = remove(work, actor, user.id, |known| known == issuer)?;
    if removed > 0 {
        record_user(work, actor, Some(&user), Some(&user), vec!["credentials".to_owned()])?;
    }
    Ok(removed)
}

/// Takes back whatever connects a user with other providers, for an actor who was found fit to.
pub(in crate::manage) fn disconnect_all(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<usize> {
    remove(work, actor, user, |_| true)
}

fn remove(work: &mut Work<'_>, actor: &Actor, user: UserId, is_meant: impl Fn(&str) -> bool) -> Result<usize> {
    let mut removed = 0;
    for credential in store::credentials::of_user(work.tx, user)? {
        let Material::Upstream { issuer, .. } = &credential.material else {
            continue;
        };
        if !is_meant(issuer) {
            continue;
        }
        for session in store::upstream::sessions_of(work.tx, credential.id)? {
            sign_out::end(work, session)?;
        }
        store::credentials::delete(work.tx, credential.id)?;
        end_grants_on(work, user, credential.id)?;
        let detail = json!({ "kind": FactorKind::Upstream.as_str(), "credential": credential.id });
        work.audit(Entry::new(Event::FactorRemoved).actor(actor).user(user).detail(detail))?;
        removed += 1;
    }
    Ok(removed)
}
