//! A person's own sessions: listed with their level, ended one by one or all but the one that asks.

use super::own;
use crate::authn::{session, sign_out};
use crate::error::{Refusal, Result};
use crate::manage::sessions::level;
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::evidence::Acr;
use crate::model::id::{SessionId, UserId};
use crate::model::session::Session;
use crate::store;
use crate::work::{View, Work};

/// The live sessions of a user with what each can show now, used last first.
///
/// # Errors
/// A fault of the database.
pub fn list(view: &mut View<'_>, user: UserId) -> Result<Vec<(Session, Acr)>> {
    let mut sessions = session::live_of_user(view, user)?;
    sessions.sort_by_key(|session| std::cmp::Reverse(session.last_seen_at));
    Ok(sessions
        .into_iter()
        .map(|session| {
            let acr = level(view, &session);
            (session, acr)
        })
        .collect())
}

/// Ends one of the actor's sessions.
///
/// # Errors
/// A refusal when there is no such session, or a fault of the database.
pub fn end(work: &mut Work<'_>, actor: &Actor, id: SessionId) -> Result<()> {
    let (user, _) = own(actor)?;
    let sessions = store::sessions::of_user(work.tx, user, work.now)?;
    if !sessions.iter().any(|session| session.id == id) {
        return Err(Refusal::Missing("there is no such session; it may have ended by itself").into());
    }
    end_one(work, actor, (user, id))
}

/// Ends every session of the actor's but the one that asks.
///
/// # Errors
/// A fault of the database.
pub fn end_others(work: &mut Work<'_>, actor: &Actor) -> Result<()> {
    let (user, current) = own(actor)?;
    for session in store::sessions::of_user(work.tx, user, work.now)? {
        if session.id != current {
            end_one(work, actor, (user, session.id))?;
        }
    }
    Ok(())
}

fn end_one(work: &mut Work<'_>, actor: &Actor, (user, id): (UserId, SessionId)) -> Result<()> {
    if sign_out::end(work, id)?.is_some() {
        work.audit(Entry::new(Event::SessionEnded).actor(actor).user(user).session(id))?;
    }
    Ok(())
}
