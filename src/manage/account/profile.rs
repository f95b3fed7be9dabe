//! What people say about themselves: the name they go by and the language of pages and mails (OpenID Connect Core §5.1).

use serde_json::{Map, Value};

use super::load;
use crate::error::{FieldError, Result};
use crate::manage::users::record_user;
use crate::model::actor::Actor;
use crate::model::unseen::is_unseen;
use crate::model::user::User;
use crate::store;
use crate::work::Work;

/// The longest value, in characters.
pub const MAX_LENGTH: usize = 120;
/// The claims that people may change themselves; an administrator vouches for the rest.
pub const OWN: [&str; 3] = ["name", "nickname", "locale"];

/// Changes what the actor says of themself; an empty value takes a claim away.
///
/// # Errors
/// A refusal for a claim that is not theirs to change, or a value that is too long; a fault of the database.
pub fn change(work: &mut Work<'_>, actor: &Actor, changes: &[(String, String)]) -> Result<()> {
    let user = load(work, actor)?;
    let mut claims: Map<String, Value> = user.claims.clone();
    for (claim, value) in changes {
        if !OWN.contains(&claim.as_str()) {
            return Err(FieldError::new(claim.as_str(), "is for your administrator to change").into());
        }
        let value = value.trim();
        if value.chars().count() > MAX_LENGTH || value.contains(is_unseen) {
            let problem = format!("has at most {MAX_LENGTH} characters, no line breaks and no invisible characters");
            return Err(FieldError::new(claim.as_str(), problem).into());
        }
        if value.is_empty() {
            claims.remove(claim);
        } else {
            claims.insert(claim.clone(), value.into());
        }
    }
    let after = User { claims, ..user.clone() };
    if after == user {
        return Ok(());
    }
    let after = after.stamped(Some(&user), work.now);
    store::users::update(work.tx, &after)?;
    record_user(work, actor, Some(&user), Some(&after), Vec::new())
}
