//! Users that are added.

use serde_json::{Map, Value};

use super::{needed, put_password, record_user};
use crate::error::{FieldError, Result};
use crate::manage::authority::check_may_change;
use crate::manage::contacts;
use crate::manage::validate::{self, Belonging, Surroundings};
use crate::model::actor::Actor;
use crate::model::profile::DEFAULT_PROFILE;
use crate::model::user::{Permission, User, UserStatus};
use crate::store;
use crate::work::Work;

/// A user to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What the person types to sign in.
    pub username: String,
    /// The password's Argon2id hash (PHC string); without one, nobody can sign in as this user yet.
    pub password_phc: Option<String>,
    /// The profile.
    pub profile: String,
    /// The permission sets.
    pub permission_sets: Vec<String>,
    /// Whether the user may use our own pages for nothing but enrolling a factor.
    pub api_only: bool,
    /// What the user may do in this server.
    pub permissions: Vec<Permission>,
    /// Standard claims (OpenID Connect Core §5.1).
    pub claims: Map<String, Value>,
}

impl NewUser {
    /// A user of the default profile without permissions and claims.
    #[must_use]
    pub fn named(username: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            password_phc: None,
            profile: DEFAULT_PROFILE.to_owned(),
            permission_sets: Vec::new(),
            api_only: false,
            permissions: Vec::new(),
            claims: Map::new(),
        }
    }

    /// The user to be added.
    pub(in crate::manage) fn user(&self, work: &mut Work<'_>) -> User {
        let new = self.clone();
        User {
            id: work.new_id(),
            username: new.username,
            profile: new.profile,
            permission_sets: new.permission_sets,
            api_only: new.api_only,
            sso_only: false,
            status: UserStatus::Active,
            permissions: new.permissions,
            claims: new.claims,
            created_at: work.now,
            updated_at: None,
        }
    }
}

/// Adds a user.
///
/// # Errors
/// A refusal when the name is taken or something is not as it must be, or a fault of the database.
pub fn add(work: &mut Work<'_>, actor: &Actor, new: NewUser) -> Result<User> {
    let user = new.user(work);
    let needed = needed(None, Some(&user), &[])?;
    check_may_change(&mut work.view(), actor, &needed)?;
    insert(work, actor, user, new.password_phc)
}

/// Adds a user for an actor who was found fit to.
pub(in crate::manage) fn insert(
    work: &mut Work<'_>,
    actor: &Actor,
    user: User,
    password_phc: Option<String>,
) -> Result<User> {
    let place = format!("users.{}", user.username);
    validate::username(&place, &user.username)?;
    validate::claims(&place, &user.claims)?;
    let around = Surroundings::of(&work.view());
    Belonging::find(&place, &user.profile, &user.permission_sets, &around)?.check(&place)?;
    let user = user.stamped(None, work.now);
    if !store::users::insert_new(work.tx, &user)? {
        return Err(FieldError::new(format!("{place}.username"), "is taken; choose another").into());
    }
    if let Some(phc) = password_phc {
        put_password(work, user.id, phc)?;
    }
    contacts::keep_in_step(work, &user)?;
    record_user(work, actor, None, Some(&user), Vec::new())?;
    Ok(user)
}
