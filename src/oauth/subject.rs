//! What clients call people. OpenID Connect Core §8: the same for all, or for each sector its own.

use crate::error::{Fault, Result};
use crate::model::client::{Client, SubjectType};
use crate::model::id::UserId;
use crate::store;
use crate::work::{View, Work};

/// What a client calls a user where that is not the user's own identifier. A sector's name for somebody is random and stays.
///
/// # Errors
/// A fault of the database, or a client whose sector nobody can tell.
pub fn of(work: &mut Work<'_>, client: &Client, user: UserId) -> Result<Option<String>> {
    if client.subject_type == SubjectType::Public {
        return Ok(None);
    }
    let sector = client.sector().ok_or_else(|| Fault::new("the client has no sector"))?;
    if let Some(known) = store::pairwise_subjects::find(work.tx, user, &sector)? {
        return Ok(Some(known));
    }
    let made = work.random.token("");
    store::pairwise_subjects::insert(work.tx, user, &sector, made.expose())?;
    // Of two at once one was stored.
    store::pairwise_subjects::find(work.tx, user, &sector)
}

/// The identifier of the user whom a client calls this; what names nobody here is left as it is.
///
/// # Errors
/// A fault of the database.
pub fn user_named(view: &mut View<'_>, client: &Client, subject: String) -> Result<String> {
    let Some(sector) = client.sector() else {
        return Ok(subject);
    };
    let user = store::pairwise_subjects::user_of(view.tx, &sector, &subject)?;
    Ok(user.map_or_else(|| format!("nobody {subject}"), |user| user.to_string()))
}
