//! How a page looks to its reader, who is known only once the page is made: pages are worded last, around every request.
//! The language is what the reader chose here, else what the client asked for, else what the account says, else what the
//! browser accepts, else English. The branding is the client's over the profile's over the organisation's.

use std::sync::Arc;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, HeaderValue, REFERER, VARY};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};

use super::{branding, cookies, respond};
use crate::model::lang::Lang;
use crate::model::request::AuthorizationRequest;
use crate::model::user::User;
use crate::pages::{Draft, Look};
use crate::server::Server;

/// What was learnt of a page's reader on the way.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    /// The language that the client's request asks for (`ui_locales`, OpenID Connect Core §3.1.2.1).
    pub(super) asked: Option<Lang>,
    /// The language of the account.
    pub(super) account: Option<Lang>,
    /// The profile of the account.
    pub(super) profile: Option<String>,
    /// The client that the page leads to.
    pub(super) client: Option<String>,
}

impl Noted {
    /// Whose account it is.
    pub(super) fn account(&mut self, user: Option<&User>) {
        self.account = user.and_then(User::lang);
        self.profile = user.map(|user| user.profile.clone());
    }

    /// What a client asks for.
    pub(super) fn request(&mut self, request: &AuthorizationRequest) {
        self.asked = Lang::first_of(request.ui_locales.iter().map(String::as_str));
        self.client = Some(request.client_id.clone());
    }
}

/// Notes something of the reader.
pub(super) fn note(request: &HttpRequest, change: impl FnOnce(&mut Noted)) {
    let mut extensions = request.extensions_mut();
    let mut noted = extensions.get::<Noted>().cloned().unwrap_or_default();
    change(&mut noted);
    extensions.insert(noted);
}

/// How the answer to a request looks.
async fn of(request: &HttpRequest, server: &Arc<Server>) -> Look {
    let noted = request.extensions().get::<Noted>().cloned().unwrap_or_default();
    let lang = cookies::language(request, server)
        .or(noted.asked)
        .or_else(|| Lang::first_of(in_query(request, "ui_locales")?.split(' ')))
        .or(noted.account)
        .or_else(|| accepted(request))
        .unwrap_or_default();
    let look = Look::with_choice(lang);
    let client = noted.client.or_else(|| in_query(request, "client_id"));
    let profile = noted.profile;
    let read = server.read(move |view| {
        let (profile, client) = (profile.as_deref(), client.as_deref());
        view.directory.branding(view.tx, profile, client)
    });
    match read.await {
        Ok(branding) => look.branded(branding::shown(branding)),
        // An error of the database is told by the page itself: it can do without.
        Err(_) => look,
    }
}

/// A parameter of a request whose client was not proven, or of one to end a session.
fn in_query(request: &HttpRequest, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn accepted(request: &HttpRequest) -> Option<Lang> {
    Lang::accepted(request.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// Words the page that an answer holds, if it holds one.
pub(super) async fn worded<B: MessageBody>(
    mut response: ServiceResponse<B>,
    server: &Arc<Server>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let draft = response.response_mut().extensions_mut().remove::<Draft>();
    let Some(draft) = draft else {
        return response.map_into_left_body();
    };
    let look = of(response.request(), server).await;
    let html = match server.pages.finish(&draft, &look) {
        Ok(html) => html,
        Err(fault) => {
            tracing::error!(%fault, "a page cannot be rendered");
            *response.response_mut().status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            "Something failed on our side. Try again in a minute.".to_owned()
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(look.lang.as_str()));
    headers.append(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    response.map_body(|_, _| EitherBody::right(BoxBody::new(html)))
}

/// `GET /language/{tag}`: remembers the language that a reader chose, and goes back to the page with the link. It changes
/// nothing but words, so a link may do it.
pub(super) async fn choose(request: HttpRequest, server: web::Data<Server>, tag: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    let chosen = Lang::of_tag(&tag).map(|lang| cookies::set_language(&server, lang));
    respond::with_cookies(respond::see_other(&back(&request, &server)), [chosen])
}

/// The page of ours that the reader came from; the first one where that is not told, or is another's.
fn back(request: &HttpRequest, server: &Server) -> String {
    let settings = &server.shared().settings;
    let referer = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let path = referer.and_then(|referer| referer.strip_prefix(settings.origin()));
    let base = settings.issuer_path();
    let is_ours = |path: &&str| {
        let below = path.strip_prefix(base);
        below
            .is_some_and(|below| below.starts_with('/') && !below.starts_with("/language/") && !below.starts_with("//"))
    };
    // With its origin, so that no browser reads another one out of it.
    path.filter(is_ours)
        .map_or_else(|| format!("{base}/"), |path| format!("{}{path}", settings.origin()))
}
