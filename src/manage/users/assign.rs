//! Profiles and permission sets given to several users at once: to all of them or to none. CLAUSES.md S8.

use super::update;
use crate::error::{FieldError, Result};
use crate::manage::administrators::check_change;
use crate::manage::authority::check_may_look;
use crate::manage::validate::{Belonging, Surroundings};
use crate::model::actor::Actor;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

/// What users are given. What is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Assignment {
    /// The profile.
    pub profile: Option<String>,
    /// Permission sets to add; those a user has already stay.
    pub add_sets: Vec<String>,
    /// Permission sets to take away; those a user has not are no error.
    pub remove_sets: Vec<String>,
    /// Whether the users may use our own pages for nothing but enrolling a factor.
    pub api_only: Option<bool>,
}

/// Gives users what an assignment says; returns those who changed.
///
/// # Errors
/// A refusal that names the user who cannot have it, or is not there; nobody was given anything then. A fault of the
/// database.
pub fn assign(work: &mut Work<'_>, actor: &Actor, usernames: &[String], assignment: &Assignment) -> Result<Vec<User>> {
    check_may_look(&mut work.view(), actor)?;
    let around = Surroundings::of(&work.view());
    let known = |name: &&String| !around.permission_sets.contains_key(*name);
    if let Some(missing) = assignment.remove_sets.iter().find(known) {
        let problem = format!("there is no permission set {missing}; `countersign export` names those there are");
        return Err(FieldError::new("permission_sets", problem).into());
    }
    // A refusal is committed, so all of it is found out before the first write.
    let mut changes: Vec<(User, User)> = Vec::with_capacity(usernames.len());
    for username in usernames {
        let found = store::users::find_by_username(work.tx, username)?;
        let before = found.ok_or_else(|| super::missing(username))?;
        let after = assigned(&before, assignment);
        let place = format!("users.{}", before.username);
        Belonging::find(&place, &after.profile, &after.permission_sets, &around)?.check(&place)?;
        check_change(work, actor, (&before, Some(&after)), &changes)?;
        super::check_update(work, actor, &before, &after)?;
        if before != after && !changes.iter().any(|(known, _)| known.id == before.id) {
            changes.push((before, after));
        }
    }
    for (before, after) in &changes {
        update(work, actor, before, after)?;
    }
    Ok(changes.into_iter().map(|(_, after)| after).collect())
}

fn assigned(user: &User, assignment: &Assignment) -> User {
    let mut sets = user.permission_sets.clone();
    sets.retain(|name| !assignment.remove_sets.contains(name));
    for name in &assignment.add_sets {
        if !sets.contains(name) {
            sets.push(name.clone());
        }
    }
    User {
        profile: assignment.profile.clone().unwrap_or_else(|| user.profile.clone()),
        permission_sets: sets,
        api_only: assignment.api_only.unwrap_or(user.api_only),
        ..user.clone()
    }
}
