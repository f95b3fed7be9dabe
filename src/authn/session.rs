//! Sessions: begun by a first factor, raised by others, each rise under a new cookie.

use std::sync::Arc;

use super::facts::{self, ages};
use super::login_flow;
use super::sign_out;
use crate::crypto::digest::digest_of;
use crate::error::Result;
use crate::model::audit::{Entry, Event};
use crate::model::client::{Client, GrantType};
use crate::model::evidence::Evidence;
use crate::model::grant::Grant;
use crate::model::id::{GrantId, UserId};
use crate::model::login_flow::Duty;
use crate::model::profile::Profile;
use crate::model::secret::Secret;
use crate::model::session::Session;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::policy::assurance::{Shown, is_first, outlives, pairs};
use crate::store;
use crate::work::{View, Work};

/// The greatest number of pieces of evidence a session keeps: only the newest of each credential ever counts.
const MAX_EVIDENCE: usize = 20;

/// A session with its new cookie.
#[derive(Debug)]
pub struct Renewed {
    /// The session.
    pub session: Session,
    /// The value of its cookie.
    pub cookie: Secret,
    /// The new value of the device's cookie, where the browser gets one.
    pub device: Option<Secret>,
}

/// The live session of a cookie.
///
/// # Errors
/// A fault of the database.
pub fn find(view: &mut View<'_>, cookie: Option<&Secret>) -> Result<Option<Session>> {
    let Some(cookie) = cookie else {
        return Ok(None);
    };
    match store::sessions::find(view.tx, &digest_of(cookie.expose()), view.now)? {
        Some(session) if !is_over(view, &session)? => Ok(Some(session)),
        _ => Ok(None),
    }
}

/// The live sessions of a user.
///
/// # Errors
/// A fault of the database.
pub fn live_of_user(view: &mut View<'_>, user: UserId) -> Result<Vec<Session>> {
    let mut live = Vec::new();
    for session in store::sessions::of_user(view.tx, user, view.now)? {
        if !is_over(view, &session)? {
            live.push(session);
        }
    }
    Ok(live)
}

/// Whether a session ended before its time: with its origin, or by the limits of its user's profile, so long after the login
/// or after so long a pause.
fn is_over(view: &mut View<'_>, session: &Session) -> Result<bool> {
    // A session that came over a bridge ends with the grant that it came from.
    if let Some(origin) = session.bridged_from
        && store::grants::find_live(view.tx, origin)?.is_none()
    {
        return Ok(true);
    }
    let profiles = &view.directory.profiles;
    let limits = |profile: &Profile| (profile.session_lifetime, profile.session_idle);
    if profiles.values().all(|profile| limits(profile) == (None, None)) {
        return Ok(false);
    }
    let Some(user) = store::users::find(view.tx, session.user)? else {
        return Ok(true);
    };
    let (lifetime, idle) = profiles.get(&user.profile).map(limits).unwrap_or_default();
    let logins = session.evidence.iter().filter(|evidence| is_first(evidence.kind()));
    let login = logins.map(Evidence::at).max().unwrap_or(session.created_at);
    let is_past = |since: Timestamp, limit: Option<u32>| {
        limit.is_some_and(|limit| view.now.seconds_since(since) >= i64::from(limit))
    };
    Ok(is_past(login, lifetime) || is_past(session.last_seen_at, idle))
}

/// Opens the session of a bridge: it holds `evidence`, which a decision let through of the grant's, and nothing else. None
/// where the browser has a session of the same user that shows as much, or nothing is left to show.
///
/// # Errors
/// A fault of the database.
pub fn open_bridged(
    work: &mut Work<'_>,
    current: Option<Session>,
    (grant, user, evidence): (&Grant, UserId, Vec<Evidence>),
    user_agent: &str,
) -> Result<Option<Renewed>> {
    if evidence.is_empty() {
        return Ok(None);
    }
    let settings = &work.shared.settings.assurance;
    let (ages, columns) = (ages(settings), facts::columns(settings));
    let level = |evidence: &[Evidence], last_seen| {
        let shown = Shown {
            evidence,
            last_seen,
            since: None,
        };
        let best = pairs(shown, work.now, &facts::scale(&ages, &columns))
            .into_iter()
            .next();
        best.map(|pair| (pair.assurance.acr, pair.assurance.auth_time))
    };
    if let Some(current) = current {
        let shows_more = level(&current.evidence, current.last_seen_at) >= level(&evidence, work.now);
        if current.user == user && shows_more {
            return Ok(None);
        }
        end(work, &current)?;
    }
    let expires_at = work.now.plus_seconds(i64::from(settings.standard_age));
    let cookie = work.random.token("");
    let beginning = Beginning {
        user,
        evidence,
        bridged_from: Some(grant.id),
        duty: duty_of_bridge(grant, work.now),
        user_agent,
        cookie,
        expires_at,
    };
    begin(work, beginning).map(Some)
}

/// What the session of a bridge owes: a person went through all that was due when a grant was given in a browser. Of any other
/// grant it owes what its user owes.
fn duty_of_bridge(grant: &Grant, now: Timestamp) -> Option<Duty> {
    let in_browser = matches!(grant.grant_type, GrantType::AuthorizationCode | GrantType::Implicit);
    in_browser.then_some(Duty {
        flow: None,
        since: now,
        finished: None,
    })
}

/// Adds evidence to the browser's session, or begins one when there is none or it is another user's. The cookie is new
/// either way, so that one known before the rise is worth nothing after it.
///
/// # Errors
/// A fault of the database.
pub fn add_evidence(
    work: &mut Work<'_>,
    current: Option<Session>,
    user: UserId,
    evidence: Evidence,
    user_agent: &str,
) -> Result<Renewed> {
    let own = current.as_ref().filter(|session| session.user == user);
    let duty = own.and_then(|session| session.duty.clone());
    add(work, current, (user, duty), evidence, user_agent)
}

/// The same for a first factor: what the login owes begins anew.
///
/// # Errors
/// A fault of the database.
pub fn sign_in(
    work: &mut Work<'_>,
    current: Option<Session>,
    user: &User,
    evidence: Evidence,
    user_agent: &str,
) -> Result<Renewed> {
    let duty = login_flow::duty(&work.directory, user, work.now);
    add(work, current, (user.id, Some(duty)), evidence, user_agent)
}

fn add(
    work: &mut Work<'_>,
    current: Option<Session>,
    (user, duty): (UserId, Option<Duty>),
    evidence: Evidence,
    user_agent: &str,
) -> Result<Renewed> {
    let now = work.now;
    let cookie = work.random.token("");
    let digest = digest_of(cookie.expose());
    let expires_at = now.plus_seconds(i64::from(work.shared.settings.assurance.standard_age));
    let ip = told_ip(work);
    if let Some(mut session) = current {
        if session.user == user {
            use_again(work, &mut session);
            session
                .evidence
                .retain(|earlier| earlier.credential() != evidence.credential());
            session.evidence.push(evidence.clone());
            let surplus = session.evidence.len().saturating_sub(MAX_EVIDENCE);
            session.evidence.drain(..surplus);
            session.ip = ip;
            session.duty.clone_from(&duty);
            if store::sessions::rotate(work.tx, &session, &digest, expires_at)? {
                return Ok(Renewed {
                    session,
                    cookie,
                    device: None,
                });
            }
            // It was ended meanwhile: what it had shown ended with it.
        } else {
            // Another person signs in here: the earlier session of this browser ends.
            end(work, &session)?;
        }
    }
    begin(
        work,
        Beginning {
            user,
            bridged_from: None,
            duty,
            evidence: vec![evidence],
            user_agent,
            cookie,
            expires_at,
        },
    )
}

struct Beginning<'a> {
    user: UserId,
    bridged_from: Option<GrantId>,
    duty: Option<Duty>,
    evidence: Vec<Evidence>,
    user_agent: &'a str,
    cookie: Secret,
    expires_at: Timestamp,
}

fn begin(work: &mut Work<'_>, beginning: Beginning<'_>) -> Result<Renewed> {
    let Beginning {
        user,
        bridged_from,
        duty,
        evidence,
        user_agent,
        cookie,
        expires_at,
    } = beginning;
    let session = Session {
        id: work.new_id(),
        user,
        bridged_from,
        evidence,
        duty,
        created_at: work.now,
        last_seen_at: work.now,
        ip: told_ip(work),
        user_agent: user_agent.to_owned(),
    };
    store::sessions::insert(work.tx, &session, &digest_of(cookie.expose()), expires_at)?;
    Ok(Renewed {
        session,
        cookie,
        device: None,
    })
}

/// Notes that a session was used, once a minute at most.
///
/// # Errors
/// A fault of the database.
pub fn touch(work: &mut Work<'_>, session: &mut Session) -> Result<()> {
    if work.now.seconds_since(session.last_seen_at) >= 60 {
        use_again(work, session);
        store::sessions::touch(work.tx, session)?;
    }
    Ok(())
}

/// Marks a session as used now; what it lost while it was idle it has lost.
fn use_again(work: &Work<'_>, session: &mut Session) {
    let ages = ages(&work.shared.settings.assurance);
    let idle = work.now.seconds_since(session.last_seen_at);
    session.evidence.retain(|evidence| outlives(evidence, idle, &ages));
    session.last_seen_at = work.now;
}

fn told_ip(work: &Work<'_>) -> String {
    work.ip().map_or_else(String::new, |ip| ip.to_string())
}

/// Ends a session, and returns the clients that were told of it.
///
/// # Errors
/// A fault of the database.
pub fn end(work: &mut Work<'_>, session: &Session) -> Result<Vec<Arc<Client>>> {
    let Some(ended) = sign_out::end(work, session.id)? else {
        return Ok(Vec::new());
    };
    work.audit(Entry::new(Event::SessionEnded).user(session.user).session(session.id))?;
    Ok(ended.clients)
}

/// Lets go of a session that was only opened for one request: nobody needs to be told, and what was granted stays.
///
/// # Errors
/// A fault of the database.
pub fn leave(work: &mut Work<'_>, session: &Session) -> Result<()> {
    if store::sessions::delete(work.tx, session.id)? {
        work.audit(Entry::new(Event::SessionEnded).user(session.user).session(session.id))?;
    }
    Ok(())
}
