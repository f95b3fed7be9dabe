//! Sessions: listed and ended.

use std::collections::HashMap;

use crate::authn::{facts, sign_out};
use crate::error::{Refusal, Result};
use crate::model::actor::Actor;
use crate::model::audit::{Entry, Event};
use crate::model::evidence::Acr;
use crate::model::id::{SessionId, UserId};
use crate::model::session::Session;
use crate::model::user::Permission;
use crate::policy::assurance::{Shown, pairs};
use crate::store;
use crate::work::{View, Work};

use super::authority::{check_may_change, check_may_look};

/// A live session with whose it is and what it can show now.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The session.
    pub session: Session,
    /// The user's name.
    pub username: String,
    /// The level of its evidence at this instant.
    pub acr: Acr,
}

/// Live sessions, oldest first, at most `limit`; of one user where one is named.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn list(view: &mut View<'_>, actor: &Actor, user: Option<UserId>, limit: i64) -> Result<Vec<Overview>> {
    check_may_look(view, actor)?;
    let sessions = match user {
        Some(user) => store::sessions::of_user(view.tx, user, view.now)?,
        None => store::sessions::list(view.tx, view.now, limit)?,
    };
    let mut names: HashMap<UserId, String> = HashMap::new();
    for session in &sessions {
        if !names.contains_key(&session.user)
            && let Some(user) = store::users::find(view.tx, session.user)?
        {
            names.insert(user.id, user.username);
        }
    }
    let limit = usize::try_from(limit).unwrap_or(0);
    let overviews = sessions.into_iter().take(limit).map(|session| Overview {
        username: names.get(&session.user).cloned().unwrap_or_default(),
        acr: level(view, &session),
        session,
    });
    Ok(overviews.collect())
}

pub(super) fn level(view: &View<'_>, session: &Session) -> Acr {
    let settings = &view.shared.settings.assurance;
    let (ages, columns) = (facts::ages(settings), facts::columns(settings));
    let shown = Shown {
        evidence: &session.evidence,
        last_seen: session.last_seen_at,
        since: None,
    };
    pairs(shown, view.now, &facts::scale(&ages, &columns))
        .first()
        .map_or(Acr::None, |pair| pair.assurance.acr)
}

/// Ends one session.
///
/// # Errors
/// A refusal when there is no such session, or a fault of the database.
pub fn end(work: &mut Work<'_>, actor: &Actor, session: SessionId) -> Result<()> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    if sign_out::end(work, session)?.is_none() {
        return Err(Refusal::Missing("there is no such session; it may have ended by itself").into());
    }
    work.audit(Entry::new(Event::SessionEnded).actor(actor).session(session))
}

/// Ends every session of a user; returns how many there were.
///
/// # Errors
/// A refusal for whoever may not manage the directory, or a fault of the database.
pub fn end_all_of(work: &mut Work<'_>, actor: &Actor, user: UserId) -> Result<usize> {
    check_may_change(&mut work.view(), actor, &[Permission::ManageDirectory])?;
    let ended = sign_out::end_all_of(work, user)?;
    let detail = serde_json::json!({ "sessions": ended });
    work.audit(Entry::new(Event::SessionEnded).actor(actor).user(user).detail(detail))?;
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manage::testing::{Installation, refusal};
    use crate::model::evidence::{Evidence, FactorKind};
    use crate::model::id::CredentialId;

    const OPERATOR: Actor = Actor::Operator;

    fn open(work: &mut Work<'_>, user: UserId, cookie: &str) -> Result<SessionId> {
        let session = Session {
            id: work.new_id(),
            user,
            bridged_from: None,
            evidence: vec![Evidence::proven(
                FactorKind::Password,
                CredentialId::from_bytes([1; 16]),
                work.now,
            )],
            duty: None,
            created_at: work.now,
            last_seen_at: work.now,
            ip: "192.0.2.1".to_owned(),
            user_agent: String::new(),
        };
        let digest = crate::crypto::digest::digest_of(cookie);
        store::sessions::insert(work.tx, &session, &digest, work.now.plus_seconds(60))?;
        Ok(session.id)
    }

    #[test]
    fn sessions_are_listed_with_their_level_and_ended() {
        let installation = Installation::of("[[users]]\nusername = \"alice\"\n[[users]]\nusername = \"bob\"");
        let (alice, bob) = (installation.user("alice").id, installation.user("bob").id);
        let first = installation.perform(move |work| {
            let first = open(work, alice, "1")?;
            open(work, alice, "2")?;
            open(work, bob, "3")?;
            Ok(first)
        });
        let first = first.unwrap();
        let listed = |user, limit| {
            let look = |view: &mut View<'_>| list(view, &OPERATOR, user, limit);
            installation.server.read_blocking(look).unwrap()
        };
        assert_eq!(
            (
                listed(None, 10).len(),
                listed(None, 2).len(),
                listed(Some(alice), 1).len()
            ),
            (3, 2, 1)
        );
        assert_eq!(
            (listed(Some(bob), 10)[0].username.as_str(), listed(Some(bob), 10)[0].acr),
            ("bob", Acr::Standard)
        );
        installation.perform(move |work| end(work, &OPERATOR, first)).unwrap();
        assert_eq!(installation.audited().pop().unwrap().session, Some(first));
        assert!(refusal(installation.perform(move |work| end(work, &OPERATOR, first))).contains("no such session"));
        let ended = installation.perform(move |work| end_all_of(work, &OPERATOR, alice));
        assert_eq!(ended.unwrap(), 1);
        assert_eq!(listed(None, 10).len(), 1);
    }
}
