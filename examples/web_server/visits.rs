//! What is known of each browser, under a random name that its cookie holds. A real application uses the session store
//! of its framework; what matters is that all of this stays on the server.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use openidconnect::CsrfToken;

use crate::provider::{Pending, SignedIn};
use crate::transfer::Transfer;

const COOKIE: &str = "web_server_visit";

/// What is known of one browser.
#[derive(Default)]
pub(crate) struct Visit {
    /// Sign-ins begun and not ended, by `state`: each tab has its own.
    pub(crate) pending: HashMap<String, (Pending, Option<Transfer>)>,
    /// The person, once signed in.
    pub(crate) signed_in: Option<SignedIn>,
    /// What the API answered last.
    pub(crate) done: Option<serde_json::Value>,
}

/// All visits.
pub(crate) struct Visits {
    by_name: Mutex<HashMap<String, Visit>>,
    https: bool,
}

impl Visits {
    pub(crate) fn new(https: bool) -> Self {
        Self {
            by_name: Mutex::default(),
            https,
        }
    }

    /// The visit that a request belongs to, if it is known.
    pub(crate) fn with<T>(&self, request: &HttpRequest, action: impl FnOnce(&mut Visit) -> T) -> Option<T> {
        self.lock().get_mut(request.cookie(COOKIE)?.value()).map(action)
    }

    /// Keeps a sign-in that was begun; the cookie names the visit, which may be a new one.
    pub(crate) fn begin(
        &self,
        request: &HttpRequest,
        state: String,
        pending: (Pending, Option<Transfer>),
    ) -> Option<Cookie<'static>> {
        let mut kept = Some((state, pending));
        self.with(request, |visit| visit.pending.extend(kept.take()));
        let visit = Visit {
            pending: kept.into_iter().collect(),
            ..Visit::default()
        };
        (!visit.pending.is_empty()).then(|| self.insert(visit))
    }

    /// Puts a visit in place of the one before, under a new name: a name planted beforehand is worth nothing.
    pub(crate) fn replace(&self, request: &HttpRequest, visit: Visit) -> Cookie<'static> {
        self.remove(request);
        self.insert(visit)
    }

    /// Forgets a visit.
    pub(crate) fn remove(&self, request: &HttpRequest) -> Cookie<'static> {
        if let Some(cookie) = request.cookie(COOKIE) {
            self.lock().remove(cookie.value());
        }
        let mut cookie = self.cookie(String::new());
        cookie.make_removal();
        cookie
    }

    fn insert(&self, visit: Visit) -> Cookie<'static> {
        let name = CsrfToken::new_random().secret().clone();
        self.lock().insert(name.clone(), visit);
        self.cookie(name)
    }

    fn cookie(&self, name: String) -> Cookie<'static> {
        // Lax: the cookie comes along when the provider sends the browser back, and stays away from foreign POSTs,
        // which is what guards the forms.
        Cookie::build(COOKIE, name)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.https)
            .finish()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Visit>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
