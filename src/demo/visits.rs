//! What the app knows of each browser, under a random name that the browser's cookie holds. All of it stays here.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

use super::sign_in::{Pending, SignedIn};
use crate::crypto::random::Random;
use crate::pages::contexts::TransferResult;

const COOKIE: &str = "demo_app";
/// Browsers that are known at a time; whoever was not seen for longest is forgotten first.
const MOST_VISITS: usize = 500;
/// Sign-ins of one browser that are under way at a time: one a tab.
const MOST_ERRANDS: usize = 8;

/// What happens when a sign-in succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The account is shown.
    Look,
    /// The transfer that was held up is made.
    Transfer,
}

/// A sign-in that was begun.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) state: String,
    pub(super) pending: Pending,
    pub(super) then: Then,
}

/// What is known of one browser.
#[derive(Default)]
pub(super) struct Visit {
    errands: VecDeque<Errand>,
    /// The person, once signed in.
    pub(super) signed_in: Option<Arc<SignedIn>>,
    /// What the app's own forms carry.
    pub(super) csrf: String,
    /// What became of the last transfer, until it was shown.
    pub(super) result: Option<TransferResult>,
    last_seen: u64,
}

impl Visit {
    fn begin(&mut self, errand: Errand) {
        self.errands.truncate(MOST_ERRANDS - 1);
        self.errands.push_front(errand);
    }
}

/// All visits.
#[derive(Default)]
pub(super) struct Visits(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_name: HashMap<String, Visit>,
    turn: u64,
}

impl Visits {
    /// Looks at the visit that a request belongs to, if it is known.
    pub(super) fn with<T>(&self, request: &HttpRequest, look: impl FnOnce(&mut Visit) -> T) -> Option<T> {
        let cookie = request.cookie(COOKIE)?;
        let mut known = self.lock();
        known.turn += 1;
        let turn = known.turn;
        let visit = known.by_name.get_mut(cookie.value())?;
        visit.last_seen = turn;
        Some(look(visit))
    }

    /// The person behind a request.
    pub(super) fn person(&self, request: &HttpRequest) -> Option<Arc<SignedIn>> {
        self.with(request, |visit| visit.signed_in.clone())?
    }

    /// Notes a sign-in that was begun; a browser that is not known yet is given the cookie.
    pub(super) fn begin(&self, request: &HttpRequest, errand: Errand) -> Option<Cookie<'static>> {
        let mut errand = Some(errand);
        self.with(request, |visit| errand.take().map(|errand| visit.begin(errand)));
        errand.map(|errand| {
            let mut visit = Visit::default();
            visit.begin(errand);
            self.insert(visit)
        })
    }

    /// Takes out the sign-in of this `state`, which counts once and in the browser that began it.
    pub(super) fn end(&self, request: &HttpRequest, state: &str) -> Option<Errand> {
        self.with(request, |visit| {
            let at = visit.errands.iter().position(|errand| errand.state == state)?;
            visit.errands.remove(at)
        })?
    }

    /// Puts a person into the visit, under a new name: one that was planted beforehand is worth nothing.
    pub(super) fn sign_in(
        &self,
        request: &HttpRequest,
        person: Arc<SignedIn>,
        result: Option<TransferResult>,
    ) -> Cookie<'static> {
        let before = request
            .cookie(COOKIE)
            .and_then(|cookie| self.lock().by_name.remove(cookie.value()));
        self.insert(Visit {
            signed_in: Some(person),
            csrf: Random::from_os().token("").expose().to_owned(),
            result,
            ..before.unwrap_or_default()
        })
    }

    /// Forgets a visit.
    pub(super) fn remove(&self, request: &HttpRequest) -> Cookie<'static> {
        if let Some(cookie) = request.cookie(COOKIE) {
            self.lock().by_name.remove(cookie.value());
        }
        let mut cookie = cookie(String::new());
        cookie.make_removal();
        cookie
    }

    fn insert(&self, visit: Visit) -> Cookie<'static> {
        let name = Random::from_os().token("").expose().to_owned();
        let mut known = self.lock();
        if known.by_name.len() >= MOST_VISITS
            && let Some(oldest) = known.by_name.iter().min_by_key(|(_, visit)| visit.last_seen)
        {
            let oldest = oldest.0.clone();
            known.by_name.remove(&oldest);
        }
        known.turn += 1;
        let last_seen = known.turn;
        known.by_name.insert(name.clone(), Visit { last_seen, ..visit });
        cookie(name)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `Lax`: it comes along when the server sends the browser back, and stays away from foreign forms.
fn cookie(name: String) -> Cookie<'static> {
    Cookie::build(COOKIE, name)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::issuer::Issuer;
    use crate::demo::sign_in::{RelyingParty, Wanted};
    use crate::model::secret::Secret;
    use actix_web::test::TestRequest;

    fn errand(state: &str) -> Errand {
        let party = RelyingParty {
            issuer: Arc::new(Issuer::new("http://localhost:1".into()).unwrap()),
            secret: Secret::default(),
            redirect_uri: "http://127.0.0.1:2/callback".into(),
        };
        let (_, _, pending) = party.begin(Wanted::default()).unwrap();
        Errand {
            state: state.into(),
            pending,
            then: Then::Look,
        }
    }

    fn request(cookie: Option<&Cookie<'static>>) -> HttpRequest {
        let request = TestRequest::default();
        match cookie {
            Some(cookie) => request.cookie(cookie.clone()).to_http_request(),
            None => request.to_http_request(),
        }
    }

    #[test]
    fn a_state_counts_once_and_in_its_own_browser() {
        let visits = Visits::default();
        let mine = visits.begin(&request(None), errand("one")).unwrap();
        let other = visits.begin(&request(None), errand("two")).unwrap();
        assert!(visits.begin(&request(Some(&mine)), errand("three")).is_none());
        assert!(visits.end(&request(Some(&other)), "one").is_none());
        assert!(visits.end(&request(None), "one").is_none());
        assert!(visits.end(&request(Some(&mine)), "one").is_some());
        assert!(visits.end(&request(Some(&mine)), "one").is_none());
        assert!(visits.end(&request(Some(&mine)), "three").is_some());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let visits = Visits::default();
        let first = visits.begin(&request(None), errand("first")).unwrap();
        let second = visits.begin(&request(None), errand("second")).unwrap();
        for _ in 2..MOST_VISITS {
            visits.insert(Visit::default());
        }
        for number in 0..MOST_ERRANDS {
            visits.begin(&request(Some(&first)), errand(&number.to_string()));
        }
        visits.insert(Visit::default());
        assert_eq!(visits.lock().by_name.len(), MOST_VISITS);
        assert!(
            visits.end(&request(Some(&first)), "first").is_none(),
            "the oldest sign-in went"
        );
        assert!(visits.end(&request(Some(&first)), "0").is_some());
        assert!(
            visits.end(&request(Some(&second)), "second").is_none(),
            "the oldest visit went"
        );
    }
}
