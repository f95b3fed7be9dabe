//! Our cookies: which browser this is, its session, whose device it is known to be, and its owner's language. `__Host-` and `SameSite=None; Secure` on https, `Lax` on http.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::crypto::digest::digest_of;
use crate::crypto::random::Random;
use crate::model::device::DEVICE_LIFETIME;
use crate::model::lang::Lang;
use crate::model::secret::{Digest, Secret};
use crate::server::Server;

/// Longest cookie value that is looked at.
const MAX_LENGTH: usize = 128;

#[derive(Debug, Clone, Copy)]
enum Name {
    Browser,
    Session,
    Device,
    Language,
    State,
}

impl Name {
    const fn on(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Browser, true) => "__Host-cs_browser",
            (Self::Browser, false) => "cs_browser",
            (Self::Session, true) => "__Host-cs_session",
            (Self::Session, false) => "cs_session",
            (Self::Device, true) => "__Host-countersign_device",
            (Self::Device, false) => "countersign_device",
            (Self::Language, true) => "__Host-cs_lang",
            (Self::Language, false) => "cs_lang",
            (Self::State, true) => "__Host-cs_state",
            (Self::State, false) => "cs_state",
        }
    }
}

fn read(request: &HttpRequest, server: &Server, name: Name) -> Option<Secret> {
    let cookie = request.cookie(name.on(server.shared().settings.is_https()))?;
    let value = cookie.value();
    (!value.is_empty() && value.len() <= MAX_LENGTH).then(|| Secret::new(value))
}

fn cookie(server: &Server, name: Name, value: &str) -> Cookie<'static> {
    let https = server.shared().settings.is_https();
    Cookie::build(name.on(https), value.to_owned())
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(if https { SameSite::None } else { SameSite::Lax })
        .finish()
}

/// Whether the browser brought a cookie of ours.
pub(super) fn any(request: &HttpRequest, server: &Server) -> bool {
    [Name::Browser, Name::Session]
        .into_iter()
        .any(|name| read(request, server, name).is_some())
}

/// The value of the session cookie.
pub(super) fn session(request: &HttpRequest, server: &Server) -> Option<Secret> {
    read(request, server, Name::Session)
}

/// The cookie of a session that began or rose.
pub(super) fn set_session(server: &Server, value: &Secret) -> Cookie<'static> {
    cookie(server, Name::Session, value.expose())
}

/// The cookie that removes the session's.
pub(super) fn unset_session(server: &Server) -> Cookie<'static> {
    let mut cookie = cookie(server, Name::Session, "");
    cookie.make_removal();
    cookie
}

/// The value of the device cookie.
pub(super) fn device(request: &HttpRequest, server: &Server) -> Option<Secret> {
    read(request, server, Name::Device)
}

/// The cookie of a browser that was activated, or used to sign in again.
pub(super) fn set_device(server: &Server, value: &Secret) -> Cookie<'static> {
    let mut cookie = cookie(server, Name::Device, value.expose());
    cookie.set_max_age(Duration::seconds(DEVICE_LIFETIME));
    cookie
}

/// The language that this browser's owner chose here.
pub(super) fn language(request: &HttpRequest, server: &Server) -> Option<Lang> {
    Lang::of_tag(read(request, server, Name::Language)?.expose())
}

/// The cookie that remembers a chosen language for a year.
pub(super) fn set_language(server: &Server, lang: Lang) -> Cookie<'static> {
    let mut cookie = cookie(server, Name::Language, lang.as_str());
    cookie.set_max_age(Duration::days(365));
    cookie
}

/// The name of the cookie that our frame reads.
pub(super) fn state_name(server: &Server) -> &'static str {
    Name::State.on(server.shared().settings.is_https())
}

/// The cookie that our frame reads: it says nothing but that something changed (Session Management §3.2).
pub(super) fn set_state(server: &Server, value: &str) -> Cookie<'static> {
    let mut cookie = cookie(server, Name::State, value);
    cookie.set_http_only(false);
    cookie
}

/// Which browser a request comes from.
pub(super) struct Browser {
    /// The secret in its cookie.
    pub(super) secret: Secret,
    /// The cookie to set, where the browser had none.
    pub(super) new: Option<Cookie<'static>>,
}

impl Browser {
    /// The browser of a request that brought its cookie.
    pub(super) fn known(request: &HttpRequest, server: &Server) -> Option<Self> {
        read(request, server, Name::Browser).map(|secret| Self { secret, new: None })
    }

    /// The browser of a request; one that brought no cookie is given one.
    pub(super) fn known_or_new(request: &HttpRequest, server: &Server) -> Self {
        Self::known(request, server).unwrap_or_else(|| {
            let secret = Random::from_os().token("");
            let new = Some(cookie(server, Name::Browser, secret.expose()));
            Self { secret, new }
        })
    }

    /// What an errand of this browser is bound to.
    pub(super) fn digest(&self) -> Digest {
        digest_of(self.secret.expose())
    }
}
