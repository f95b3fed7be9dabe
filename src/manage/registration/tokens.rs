//! Tokens that let their holders register clients (RFC 7591 §1.2), made by operators.

use serde_json::Value;

use crate::crypto::digest::digest_of;
use crate::error::{FieldError, Refusal, Result};
use crate::manage::authority::{check_may_change, check_may_look};
use crate::manage::{Changed, entry, json_of, record};
use crate::model::actor::Actor;
use crate::model::registration::RegistrationToken;
use crate::model::secret::Secret;
use crate::model::unseen::is_unseen;
use crate::model::user::Permission;
use crate::store;
use crate::work::{View, Work};

/// The prefix of these tokens.
const PREFIX: &str = "cs_ri_";

/// Makes a token that registers so many clients within so many seconds, and returns it this once.
///
/// # Errors
/// A refusal for a name that is taken, for numbers out of bounds and for whoever may not manage the directory; a fault of
/// the database.
pub fn add_token(work: &mut Work<'_>, actor: &Actor, name: &str, (uses, lifetime): (u32, u32)) -> Result<Secret> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    let wrong = |problem: &str| Err(FieldError::new(format!("registration_tokens.{name}"), problem).into());
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(is_unseen) {
        return wrong("must have a name of 1 to 255 characters and no control or invisible characters");
    }
    if uses == 0 || lifetime == 0 {
        return wrong("must be good for one client and one second at least");
    }
    let token = work.random.token(PREFIX);
    let stored = RegistrationToken {
        name: name.to_owned(),
        created_at: work.now,
        expires_at: work.now.plus_seconds(i64::from(lifetime)),
        uses_left: i64::from(uses),
    };
    if !store::registration_tokens::insert_new(work.tx, &stored, &digest_of(token.expose()))? {
        return wrong("is taken; choose another name");
    }
    let changed = Changed {
        object: format!("registration_tokens.{name}"),
        before: Value::Null,
        after: json_of(&stored)?,
        members: Vec::new(),
    };
    record(work, entry(actor), &changed)?;
    Ok(token)
}

/// Every token, by name.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn list_tokens(view: &mut View<'_>, actor: &Actor) -> Result<Vec<RegistrationToken>> {
    check_may_look(view, actor)?;
    store::registration_tokens::list(view.tx)
}

/// Voids a token.
///
/// # Errors
/// A refusal when there is none of this name, or for whoever may not manage the directory; a fault of the database.
pub fn revoke_token(work: &mut Work<'_>, actor: &Actor, name: &str) -> Result<()> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    let known = store::registration_tokens::list(work.tx)?;
    let known = known.into_iter().find(|token| token.name == name);
    let known = known.ok_or(Refusal::Missing("there is no such registration token"))?;
    store::registration_tokens::delete(work.tx, name)?;
    let changed = Changed {
        object: format!("registration_tokens.{name}"),
        before: json_of(&known)?,
        after: Value::Null,
        members: Vec::new(),
    };
    record(work, entry(actor), &changed)
}
