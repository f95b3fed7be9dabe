//! The ends of sessions, all of them: the clients that were told of a session are told of its end, in the same unit of work.
//! OpenID Connect Back-Channel Logout §2.5, §2.7.

use std::sync::Arc;

use crate::error::{Denial, Result};
use crate::model::client::{Client, SubjectType};
use crate::model::id::{SessionId, UserId};
use crate::model::job::Job;
use crate::model::session::Session;
use crate::store;
use crate::work::Work;

/// A session that was ended.
#[derive(Debug)]
pub struct Ended {
    /// The session as it was.
    pub session: Session,
    /// The clients that were told of it.
    pub clients: Vec<Arc<Client>>,
}

/// Notes that a client learns of a session, so that it will learn of its end.
///
/// # Errors
/// [`Denial::ExpiredInteraction`] when the session ended meanwhile, or a fault of the database.
pub fn join(work: &mut Work<'_>, session: SessionId, client_id: &str) -> Result<()> {
    if !store::sessions::hold(work.tx, session)? {
        return Err(Denial::ExpiredInteraction.into());
    }
    store::sessions::join(work.tx, session, client_id)
}

/// Ends a session, and the grants of it that were not meant to outlast it; none when it had ended.
///
/// # Errors
/// A fault of the database.
pub fn end(work: &mut Work<'_>, id: SessionId) -> Result<Option<Ended>> {
    let ended = end_keeping_grants(work, id)?;
    if let Some(Ended { session, .. }) = &ended {
        end_grants(work, session)?;
    }
    Ok(ended)
}

/// The same, where another rule says which grants go on.
///
/// # Errors
/// A fault of the database.
pub fn end_keeping_grants(work: &mut Work<'_>, id: SessionId) -> Result<Option<Ended>> {
    let Some(session) = store::sessions::lock(work.tx, id)? else {
        return Ok(None);
    };
    let directory = Arc::clone(&work.directory);
    let mut clients = Vec::new();
    for client_id in store::sessions::clients(work.tx, id)? {
        let client = directory.client(work.tx, &client_id)?;
        clients.extend(client.filter(|client| !client.disabled));
    }
    store::sessions::delete(work.tx, id)?;
    let is_told = |client: &&Arc<Client>| client.backchannel_logout_uri.is_some();
    let told = work.shared.settings.logout.back_channel;
    for client in clients.iter().filter(|client| told && is_told(client)) {
        let subject = subject(work, client, session.user)?;
        work.enqueue(&Job::NotifyLogout {
            client_id: client.client_id.clone(),
            subject,
            session: id,
        })?;
    }
    Ok(Some(Ended { session, clients }))
}

/// What a client calls a user, if it was ever told (OpenID Connect Core §8).
fn subject(work: &mut Work<'_>, client: &Client, user: UserId) -> Result<Option<String>> {
    match (client.subject_type, client.sector()) {
        (SubjectType::Public, _) => Ok(Some(user.to_string())),
        (SubjectType::Pairwise, Some(sector)) => store::pairwise_subjects::find(work.tx, user, &sector),
        (SubjectType::Pairwise, None) => Ok(None),
    }
}

/// Ends every session of a user; returns how many there were.
///
/// # Errors
/// A fault of the database.
pub fn end_all_of(work: &mut Work<'_>, user: UserId) -> Result<usize> {
    let mut ended = 0;
    for session in store::sessions::of_user(work.tx, user, work.now)? {
        ended += usize::from(end(work, session.id)?.is_some());
    }
    // Of those that expired nobody is told.
    Ok(ended + store::sessions::delete_of_user(work.tx, user)?)
}

/// Back-Channel Logout §2.7: refresh tokens without `offline_access` SHOULD be revoked, those with it SHOULD NOT.
fn end_grants(work: &mut Work<'_>, session: &Session) -> Result<()> {
    for grant in store::grants::live_of_user(work.tx, session.user)? {
        if grant.snapshot.session == Some(session.id) && !grant.scope.contains("offline_access") {
            store::grants::revoke(work.tx, grant.id, work.now)?;
        }
    }
    Ok(())
}
