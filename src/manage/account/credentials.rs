//! A person's own credentials: named and removed. Enrolment is [`crate::authn::enrolment`].

use serde_json::json;

use super::load;
use crate::authn::{facts, upstream};
use crate::error::{FieldError, Refusal, Result};
use crate::manage::administrators::check_own;
use crate::manage::directory::UserMembers;
use crate::manage::users::{end_grants_on, record_user};
use crate::manage::validate::Surroundings;
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::client::Client;
use crate::model::credential::{Credential, Standing};
use crate::model::evidence::{Acr, FactorKind};
use crate::model::id::{CredentialId, UserId};
use crate::model::job::{Job, Notice};
use crate::model::user::User;
use crate::policy::requirements::Source;
use crate::store;
use crate::work::{View, Work};

/// The longest name of a credential, in characters.
pub const MAX_LABEL: usize = 60;

/// The second factors that a user confirmed, oldest first.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>, user: UserId) -> Result<Vec<Credential>> {
    let mut credentials = store::credentials::of_user(view.tx, user)?;
    credentials.retain(is_factor);
    credentials.sort_by_key(|credential| credential.created_at);
    Ok(credentials)
}

fn is_factor(credential: &Credential) -> bool {
    credential.kind() != FactorKind::Password && credential.confirmed_at.is_some()
}

fn load_own(work: &mut Work<'_>, actor: &Actor, id: CredentialId) -> Result<(User, Vec<Credential>, Credential)> {
    let user = load(work, actor)?;
    let mut credentials = store::credentials::of_user(work.tx, user.id)?;
    credentials.retain(is_factor);
    let own = credentials.iter().find(|credential| credential.id == id).cloned();
    // Whose it is otherwise is nobody's business.
    let own = own.ok_or(Refusal::Missing("there is no such credential"))?;
    Ok((user, credentials, own))
}

/// Gives a credential another name; an empty one takes the name away.
///
/// # Errors
/// A refusal when there is no such credential of the actor's, or for a name that is too long; a fault of the database.
pub fn rename(work: &mut Work<'_>, actor: &Actor, id: CredentialId, label: &str) -> Result<()> {
    let label = label.trim();
    if label.chars().count() > MAX_LABEL || label.contains(char::is_control) {
        let problem = format!("has at most {MAX_LABEL} characters, and no line breaks");
        return Err(FieldError::new("label", problem).into());
    }
    let (user, _, credential) = load_own(work, actor, id)?;
    let renamed = Credential {
        label: label.to_owned(),
        ..credential
    };
    store::credentials::update_material(work.tx, &renamed)?;
    record_user(work, actor, Some(&user), Some(&user), vec!["credentials".to_owned()])
}

/// Removes a credential: what it proved counts no more, anywhere, and its owner is told.
///
/// The last factor of somebody whose logins need one stays: another would be enrolled with the password alone.
///
/// # Errors
/// A refusal when there is no such credential of the actor's, or it is needed; a fault of the database.
pub fn remove(work: &mut Work<'_>, actor: &Actor, id: CredentialId) -> Result<()> {
    let (user, mut rest, credential) = load_own(work, actor, id)?;
    if credential.material.standing() == Some(Standing::Vouched) {
        return Err(Refusal::Missing("it is on the record, and goes when the record changes").into());
    }
    rest.retain(|other| other.id != id);
    if credential.kind() == FactorKind::Upstream {
        let mut left = store::credentials::of_user(work.tx, user.id)?;
        left.retain(|other| other.id != id);
        if upstream::is_last_way_in(&user, &left) {
            return Err(FieldError::new("credential", "is your only way in; add another first").into());
        }
    }
    if is_needed(work, &user, &rest)? {
        return Err(FieldError::new("credential", "is your last; add another first").into());
    }
    let place = format!("users.{}", user.username);
    check_own(
        &place,
        &UserMembers::from(&user),
        &in_full(work, &rest),
        &Surroundings::of(&work.view()),
    )?;
    store::credentials::delete(work.tx, id)?;
    end_grants_on(work, user.id, id)?;
    let kind = credential.kind();
    let removal = Entry::new(Event::FactorRemoved).actor(actor).user(user.id);
    work.audit(removal.detail(json!({ "kind": kind.as_str(), "credential": id })))?;
    let ip = work.ip().map_or_else(String::new, |ip| ip.to_string());
    let notice = Notice::FactorRemoved {
        factor: kind,
        at: work.now,
        ip,
    };
    work.enqueue(&Job::Notify { user: user.id, notice })
}

fn in_full(work: &Work<'_>, credentials: &[Credential]) -> Vec<FactorKind> {
    facts::enrolled_in_full(credentials, work.shared.settings.assurance.columns, work.now)
}

/// Whether logins of this user need a second factor, and none of these would do.
fn is_needed(work: &mut Work<'_>, user: &User, rest: &[Credential]) -> Result<bool> {
    let facts = facts::user((&work.directory, work.now), user, &Client::default(), &[])?;
    let is_demanded = facts.demands_high() || work.directory.organisation.required_acr >= Acr::High;
    let columns = facts::columns(&work.shared.settings.assurance);
    Ok(is_demanded && Source::of_change(&in_full(work, rest), columns).requirement.acr < Acr::High)
}
