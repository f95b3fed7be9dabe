//! What people change about their own accounts. Whoever calls these has asked the decision whether that person may, now;
//! here an actor changes what is their own, and nothing else.

pub mod activity;
pub mod applications;
pub mod connections;
pub mod credentials;
pub mod devices;
pub mod email;
pub mod profile;
pub mod sessions;

use crate::error::{Refusal, Result};
use crate::model::actor::Actor;
use crate::model::id::{SessionId, UserId};
use crate::model::user::{User, UserStatus};
use crate::store;
use crate::work::Work;

/// The user and the session of an actor.
fn own(actor: &Actor) -> Result<(UserId, SessionId)> {
    match actor {
        Actor::User { user, session, .. } => Ok((*user, *session)),
        Actor::Operator | Actor::FirstVisitor | Actor::LinkHolder { .. } | Actor::Client { .. } | Actor::Server => {
            Err(Refusal::Missing("a signed-in user").into())
        }
    }
}

/// The actor's account.
fn load(work: &mut Work<'_>, actor: &Actor) -> Result<User> {
    let user = store::users::find(work.tx, own(actor)?.0)?;
    let active = user.filter(|user| user.status == UserStatus::Active);
    active.ok_or_else(|| Refusal::Missing("there is no such user").into())
}
