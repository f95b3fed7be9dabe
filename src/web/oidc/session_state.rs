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

/// The cookie that our frame reads, for a browser with this session; none while session management is off.
pub(in crate::web) fn cookie(server: &Server, browser: &Secret, session: Option<SessionId>) -> Option<Cookie<'static>> {
    let is_on = server.shared().settings.logout.session_management;
    is_on.then(|| cookies::set_state(server, &state(server, browser, session)))
}

/// The same for the browser of a request.
pub(in crate::web) fn changed(
    request: &HttpRequest,
    server: &Server,
    session: Option<SessionId>,
) -> Option<Cookie<'static>> {
    let browser = Browser::known(request, server)?;
    cookie(server, &browser.secret, session)
}

/// The `session_state` of a response (§2): "a cryptographic hash of Client ID, origin URL, and OP User Agent state" with its
/// salt.
pub(in crate::web) fn of_response(server: &Server, browser: &Secret, completed: &Completed) -> Option<String> {
    let seen = completed.seen.as_ref()?;
    if !server.shared().settings.logout.session_management {
        return None;
    }
    let uri = url::Url::parse(&completed.target.redirect_uri).ok()?;
    // An application of another scheme has no origin, and no frames.
    let origin = uri.origin().is_tuple().then(|| uri.origin().ascii_serialization())?;
    let salt = base64url(&Random::from_os().bytes::<16>());
    let state = state(server, browser, seen.session);
    let hashed = sha256(format!("{} {origin} {state} {salt}", seen.client_id).as_bytes());
    Some(format!("{}.{salt}", base64url(hashed.as_bytes())))
}
