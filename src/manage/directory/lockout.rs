//! A directory file may not shut the last administrator out, nor whoever applies it.

use std::collections::BTreeMap;

use super::document::Document;
use super::state::{KnownUser, State};
use super::surroundings;
use crate::authn::{credentials, facts};
use crate::error::{FieldError, Result};
use crate::manage::administrators::{self, hindrance, holds};
use crate::manage::validate::Surroundings;
use crate::model::actor::Actor;
use crate::model::credential::Material;
use crate::model::evidence::FactorKind;
use crate::model::user::{Permission, User};
use crate::store;
use crate::work::Work;

/// The users who can manage the directory, by key, with their names.
pub(super) type Managers = BTreeMap<String, String>;

/// Who can manage the directory as it is.
pub(super) fn managers(work: &mut Work<'_>, state: &State) -> Result<Managers> {
    let around = surroundings(state, &work.shared.settings);
    let mut managers = Managers::new();
    for (key, user) in &state.users {
        if holds(&user.members, &around, Permission::ManageDirectory)
            && hindrance(&user.members, &enrolled(work, None, (user, &around))?, &around).is_none()
        {
            managers.insert(key.clone(), user.members.username.clone());
        }
    }
    Ok(managers)
}

/// Refuses a document after which nobody of those who could can manage the directory, nor anybody else; or the actor, who
/// still may, cannot.
pub(super) fn check(
    work: &mut Work<'_>,
    actor: &Actor,
    before: &Managers,
    (document, after): (&Document, &State),
) -> Result<()> {
    let around = surroundings(after, &work.shared.settings);
    let mut reason = None;
    let mut left = before.is_empty();
    for (key, user) in &after.users {
        let place = format!("users.{}", user.members.username);
        let is_actor = matches!(actor, Actor::User { user: acting, .. } if user.id == Some(*acting));
        if !is_actor && (left || !holds(&user.members, &around, Permission::ManageDirectory)) {
            continue;
        }
        let enrolled = enrolled(work, Some(document), (user, &around))?;
        if is_actor {
            administrators::check_own(&place, &user.members, &enrolled, &around)?;
        }
        match hindrance(&user.members, &enrolled, &around) {
            None => left |= holds(&user.members, &around, Permission::ManageDirectory),
            Some(hindrance) if before.contains_key(key) => reason = Some((place, hindrance)),
            Some(_) => {}
        }
    }
    if left {
        return Ok(());
    }
    let (place, told) = match reason {
        Some((place, (key, why))) => (format!("{place}.{key}"), format!("and {why}")),
        None => gone(before, after),
    };
    let problem = format!(
        "is the last user with the permission manage_directory {told}; leave the user able to, or give the permission to \
         another"
    );
    Err(FieldError::new(place, problem).into())
}

/// What becomes of a user who could manage the directory and holds the permission no more.
fn gone(before: &Managers, after: &State) -> (String, String) {
    let Some((key, name)) = before.first_key_value() else {
        return ("users".to_owned(), String::new());
    };
    if after.users.contains_key(key) {
        (format!("users.{name}.permissions"), "and would lose it".to_owned())
    } else {
        (format!("users.{name}"), "and would be removed".to_owned())
    }
}

/// The kinds of second factor that a user has, or will have when a document is applied, of those that count.
fn enrolled(
    work: &mut Work<'_>,
    document: Option<&Document>,
    (user, around): (&KnownUser, &Surroundings),
) -> Result<Vec<FactorKind>> {
    let profile = around.profiles.get(&user.members.profile);
    let accepted = profile.map(credentials::accepted).transpose()?.flatten();
    let counts = |material: &Material| accepted.as_ref().is_none_or(|accepted| accepted.counts(material));
    let key = User::key_of(&user.members.username);
    let mut entries = document
        .into_iter()
        .flat_map(|document| document.users.iter().flatten());
    let entry = entries.find(|entry| User::key_of(&entry.members.username) == key);
    if let Some(given) = entry.and_then(|entry| entry.credentials.as_ref()) {
        let materials = given.iter().map(|entry| &entry.material);
        return Ok(materials.filter(|one| counts(one)).map(Material::kind).collect());
    }
    let mut stored = match user.id {
        Some(id) => store::credentials::of_user(work.tx, id)?,
        None => Vec::new(),
    };
    stored.retain(|credential| counts(&credential.material));
    let columns = work.shared.settings.assurance.columns;
    Ok(facts::enrolled_in_full(&stored, columns, work.now))
}
