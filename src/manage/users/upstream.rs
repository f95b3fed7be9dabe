//! Accounts at other providers: connected with users here, and users made of them.

use serde_json::{Map, Value, json};

use super::{NewUser, end_grants_on, insert, load, needed, record_user};
use crate::authn::sign_out;
use crate::authn::upstream::{self, SignedIn};
use crate::crypto::digest::sha256;
use crate::error::{Fault, FieldError, Result};
use crate::manage::authority::check_may_change;
use crate::manage::validate;
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::credential::Material;
use crate::model::evidence::FactorKind;
use crate::model::id::UserId;
use crate::model::issuer::Issuer;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

/// The longest name of an account there.
const MAX_NAME: usize = 255;
/// The member whose permission it takes to say where somebody signs in.
const GOVERNED: &str = "sso_only";

/// The name of the account of somebody at a provider: of issuer and subject, so that nobody takes a name here by choosing it
/// there. No issuer has a `#` (OpenID Connect Discovery §2), so no other issuer and subject give the same.
fn name_of(issuer: &str, subject: &str) -> String {
    let place = issuer.strip_prefix("https://").unwrap_or(issuer);
    let whole = format!("{place}#{subject}");
    if validate::username("users", &whole).is_ok() {
        whole
    } else {
        String::from(sha256(whole.as_bytes()))
    }
}

/// What is known of somebody who signed in at a provider. An address that another account has already stays that one's alone:
/// applications may take it for whose account it is.
fn claims_of(work: &mut Work<'_>, who: &SignedIn) -> Result<Map<String, Value>> {
    let mut claims = upstream::claims_of(who);
    if let Some(email) = claims.get("email").and_then(Value::as_str)
        && !store::users::find_by_email(work.tx, email)?.is_empty()
    {
        claims.retain(|claim, _| !matches!(claim.as_str(), "email" | "email_verified"));
    }
    Ok(claims)
}

/// Adds the account of somebody who signed in at a provider whose people get one, and connects the two.
///
/// # Errors
/// A refusal when something is not as it must be, or a fault of the database.
pub fn add_from(work: &mut Work<'_>, issuer: &Issuer, who: &SignedIn) -> Result<User> {
    let new = NewUser {
        profile: issuer.profile.clone(),
        claims: claims_of(work, who)?,
        ..NewUser::named(name_of(&issuer.issuer, &who.subject))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_issuer_and_subject_have_a_name_of_their_own() {
        let names = [
            ("https://a.example", "b/c"),
            ("https://a.example/", "b/c"),
            ("https://a.example/b", "c"),
            ("https://a.example/b/", "c"),
            ("http://a.example/b", "c"),
            ("https://a.example/b", "#c"),
            ("https://a.example/b", " c "),
            ("https://a.example/b", "c\u{200b}"),
            ("https://a.example/b", &"c".repeat(300)),
        ]
        .map(|(issuer, subject)| name_of(issuer, subject));
        for (index, name) in names.iter().enumerate() {
            assert!(validate::username("users", name).is_ok(), "{name}");
            assert!(!names[..index].contains(name), "{name}");
        }
        assert_eq!(names[2], "a.example/b#c");
    }
}
