//! The state of a browser's session, as clients may see it change. OpenID Connect Session Management 1.0 §2, §3.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;

use crate::crypto::digest::{base64url, sha256};
use crate::crypto::random::Random;
use crate::model::id::SessionId;
use crate::model::secret::Secret;
use crate::oauth::authorize::Completed;
use crate::server::Server;
use crate::web::cookies::{self, Browser};

/// The browser's state: the same for one session of one browser, and for none; it tells nothing of either.
fn state(server: &Server, browser: &Secret, session: Option<SessionId>) -> String {
    let session = session.map(|session| session.to_string()).unwrap_or_default();
    let parts = [
        b"browser state".as_slice(),
        browser.expose().as_bytes(),
        session.as_bytes(),
    ];
    base64url(&server.shared().form_key.sign(&parts))
}

/// Whether clients may see sessions change.
fn is_on(server: &Server) -> bool {
    server.shared().settings.logout.session_management
}

/// The cookie that our frame reads, for the browser of a request that has this session now.
pub(in crate::web) fn changed(
    request: &HttpRequest,
    server: &Server,
    session: Option<SessionId>,
) -> Option<Cookie<'static>> {
    let browser = Browser::known(request, server).filter(|_| is_on(server))?;
    Some(cookies::set_state(server, &state(server, &browser.secret, session)))
}

/// What a response tells of the browser's session.
#[derive(Default)]
pub(in crate::web) struct Told {
    /// The `session_state` (§2); an application without an origin has none.
    pub(in crate::web) parameter: Option<String>,
    /// The cookie that our frame reads.
    pub(in crate::web) cookie: Option<Cookie<'static>>,
}

/// What a response tells a client of OpenID Connect of the browser's session; nothing while session management is off.
pub(in crate::web) fn of_response(server: &Server, browser: &Secret, completed: &Completed) -> Told {
    let Some(seen) = completed.seen.as_ref().filter(|_| is_on(server)) else {
        return Told::default();
    };
    let state = state(server, browser, seen.session);
    Told {
        parameter: parameter(&seen.client_id, &completed.target.redirect_uri, &state),
        cookie: Some(cookies::set_state(server, &state)),
    }
}

/// "A cryptographic hash of Client ID, origin URL, and OP User Agent state" with its salt (§2).
fn parameter(client_id: &str, redirect_uri: &str, state: &str) -> Option<String> {
    let origin = url::Url::parse(redirect_uri).ok()?.origin();
    // An application of another scheme has no origin, and no frames.
    let origin = origin.is_tuple().then(|| origin.ascii_serialization())?;
    let salt = base64url(&Random::from_os().bytes::<16>());
    let hashed = sha256(format!("{client_id} {origin} {state} {salt}").as_bytes());
    Some(format!("{}.{salt}", base64url(hashed.as_bytes())))
}
