//! What must hold, told without the server's words: who gave which proof when, in which session, and what that allows.

use std::collections::{BTreeMap, BTreeSet};

use super::setup::{Client, Profile, clients, profiles};
use crate::support::totp;

/// Seconds that proof holds, and that a session may lie idle, by ASSURANCE.md §1.
const PASSWORD: (i64, i64) = (86_400, 7_200);
const TOTP: (i64, i64) = (43_200, 3_600);

/// A person's account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) sub: String,
    pub(super) profile: usize,
    pub(super) active: bool,
    pub(super) password: &'static str,
    /// The authenticator's secret, once enrolled, and the last step whose code was used.
    pub(super) secret: Option<String>,
    pub(super) last_step: i64,
}

impl Account {
    /// The step that `code` is good for at `now`, if this secret makes it and it was not used.
    pub(super) fn step(secret: &str, code: &str, now: i64, after: i64) -> Option<i64> {
        let near = [0, -1, 1].map(|away| now / 30 + away);
        near.into_iter()
            .find(|step| *step > after && code_of(secret, *step) == code)
    }
}

/// The code of a step.
pub(super) fn code_of(secret: &str, step: i64) -> String {
    totp::code(secret, u64::try_from(step * 30).expect("it is after 1970"))
}

/// What was really proven in a session, and when.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) user: usize,
    pub(super) password: Option<i64>,
    pub(super) totp: Option<i64>,
    pub(super) last_use: i64,
    /// The grant it was bridged from.
    pub(super) from: Option<usize>,
}

impl Session {
    /// What it lost by lying idle.
    fn age(&mut self, now: i64) {
        let idle = now - self.last_use;
        self.password = self.password.filter(|_| idle <= PASSWORD.1);
        self.totp = self.totp.filter(|_| idle <= TOTP.1);
        self.last_use = now;
    }

    pub(super) fn has_password(&self, now: i64) -> bool {
        self.password.is_some_and(|at| now - at <= PASSWORD.0)
    }

    pub(super) fn is_high(&self, now: i64) -> bool {
        self.has_password(now) && self.totp.is_some_and(|at| now - at <= TOTP.0)
    }
}

/// A proof that was posted and is right, whether or not the server takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    None,
    Password(usize),
    Totp(i64),
    Enrolment(String, i64),
    Bridge(usize),
}

/// An authorization request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) client: usize,
    pub(super) at: i64,
    pub(super) max_age: Option<i64>,
    /// Whether only proof since the request counts.
    pub(super) anew: bool,
}

/// What came of a request that was approved.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client: usize,
    pub(super) request: Request,
    /// The session as it was then, and when that was.
    pub(super) session: Session,
    pub(super) at: i64,
    pub(super) needed_high: bool,
    pub(super) code: String,
    pub(super) tried: bool,
    pub(super) ended: bool,
    /// The level and time that its first tokens told.
    pub(super) pair: Option<(String, i64)>,
    pub(super) refresh: Vec<String>,
    /// The last access token and when it ends.
    pub(super) access: Option<(String, i64)>,
}

/// A link that carries a grant's proof into a browser.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    pub(super) grant: usize,
    pub(super) at: i64,
    pub(super) used: bool,
}

/// Everything that a walk knows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) accounts: Vec<Account>,
    pub(super) clients: Vec<Client>,
    pub(super) profiles: Vec<Profile>,
    /// By cookie: a stolen cookie is the session, an outdated one is nothing.
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) requests: Vec<Request>,
    pub(super) grants: Vec<Grant>,
    pub(super) handles: Vec<Handle>,
    /// Who agreed to which client.
    pub(super) agreed: BTreeSet<(usize, usize)>,
}

impl Model {
    pub(super) fn new(accounts: Vec<Account>) -> Self {
        Self {
            accounts,
            clients: clients(),
            profiles: profiles(),
            sessions: BTreeMap::new(),
            requests: Vec::new(),
            grants: Vec::new(),
            handles: Vec::new(),
            agreed: BTreeSet::new(),
        }
    }

    /// The session behind a cookie.
    pub(super) fn session(&self, cookie: Option<&str>) -> Option<&Session> {
        let session = self.sessions.get(cookie?)?;
        let lives = session.from.is_none_or(|grant| !self.is_over(grant));
        lives.then_some(session)
    }

    /// A request comes with this cookie.
    pub(super) fn used(&mut self, cookie: Option<&str>, now: i64) {
        if let Some(session) = cookie.and_then(|cookie| self.sessions.get_mut(cookie)) {
            session.age(now);
        }
    }

    /// Whether a grant has ended, or the one that its session came from has.
    pub(super) fn is_over(&self, grant: usize) -> bool {
        let grant = &self.grants[grant];
        grant.ended || grant.session.from.is_some_and(|origin| self.is_over(origin))
    }

    /// Whether this person at this client must have shown two factors.
    pub(super) fn needs_high(&self, user: usize, client: usize) -> bool {
        let profile = &self.profiles[self.accounts[user].profile];
        self.clients[client].high || profile.high || profile.mfa_ui
    }

    /// The browser that came with cookie `before` goes with `after`: only a right proof does that.
    pub(super) fn rose(&mut self, (before, after): (Option<&str>, &str), proof: &Proof, now: i64) {
        let current = self.session(before).cloned();
        let risen = match (proof, current.clone()) {
            (Proof::None, _) => panic!("a session opened or rose without a proof"),
            (Proof::Password(user), Some(session)) if session.user == *user => Session {
                password: Some(now),
                ..session
            },
            (Proof::Password(user), _) => Session {
                user: *user,
                password: Some(now),
                totp: None,
                last_use: now,
                from: None,
            },
            (Proof::Bridge(handle), _) => self.crossed(*handle, now),
            (Proof::Totp(_) | Proof::Enrolment(..), None) => panic!("a code raised a session that is none"),
            (Proof::Totp(step), Some(session)) => {
                self.accounts[session.user].last_step = *step;
                Session {
                    totp: Some(now),
                    ..session
                }
            }
            (Proof::Enrolment(secret, step), Some(session)) => {
                let account = &mut self.accounts[session.user];
                assert_eq!(
                    account.secret, None,
                    "a factor was enrolled beside another that was not proven"
                );
                (account.secret, account.last_step) = (Some(secret.clone()), *step);
                Session {
                    totp: Some(now),
                    ..session
                }
            }
        };
        assert!(self.accounts[risen.user].active, "a disabled user's session rose");
        if let Some(before) = before {
            self.sessions.remove(before);
        }
        self.sessions.insert(after.to_owned(), risen);
    }

    fn crossed(&mut self, handle: usize, now: i64) -> Session {
        let Handle { grant, at, used } = self.handles[handle];
        assert!(!used && now - at < 60, "a bridge was crossed twice or late");
        self.handles[handle].used = true;
        assert!(!self.is_over(grant), "a bridge was crossed from what has ended");
        let origin = &self.grants[grant];
        assert!(
            !self.clients[origin.client].disabled,
            "a disabled client's bridge was crossed"
        );
        assert_eq!(origin.session.from, None, "a bridged session was bridged again");
        let high = origin.pair.as_ref().is_some_and(|(acr, _)| acr == "high");
        Session {
            totp: origin.session.totp.filter(|_| high),
            last_use: now,
            from: Some(grant),
            ..origin.session.clone()
        }
    }

    /// Everything of a user ends.
    pub(super) fn end_user(&mut self, user: usize) {
        self.sessions.retain(|_, session| session.user != user);
        for grant in &mut self.grants {
            grant.ended |= grant.session.user == user;
        }
    }

    /// An administrator removes a user's factor: sessions end, and what rests on the factor.
    pub(super) fn remove_factor(&mut self, user: usize) {
        self.sessions.retain(|_, session| session.user != user);
        self.accounts[user].secret = None;
        self.accounts[user].last_step = 0;
        for grant in &mut self.grants {
            let high = grant.pair.as_ref().is_some_and(|(acr, _)| acr == "high");
            grant.ended |= grant.session.user == user && (high || grant.needed_high);
        }
    }
}
