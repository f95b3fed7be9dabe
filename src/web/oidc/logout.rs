//! Signing out of this server: a page that asks, a form that does, a page that says so. Clients send people here too.
//! OpenID Connect RP-Initiated Logout 1.0, Front-Channel Logout 1.0.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};

use super::session_state;
use crate::authn::session;
use crate::error::Result;
use crate::model::client::Client;
use crate::model::id::SessionId;
use crate::model::lang::Lang;
use crate::model::secret::Secret;
use crate::model::session::Session;
use crate::model::user::User;
use crate::oauth::end_session::{self, EndSession, PARAMETERS, Problem};
use crate::oauth::params::Params;
use crate::oauth::redirect_uri::form_action_source;
use crate::oidc::front_channel;
use crate::pages::Text;
use crate::pages::contexts::{ErrorPage, Field, Link, LogoutPage, SignedOutPage};
use crate::pages::text::ErrorClass;
use crate::server::Server;
use crate::store;
use crate::web::body::Posted;
use crate::web::cookies::{self, Browser};
use crate::web::{branding, form, look, respond, visitor};
use crate::work::View;

const SUBJECT: &str = "logout";
const PATH: &str = "/oauth2/logout";
/// Seconds that clients' frames have before the signed-out page goes on.
const FRAMES_TIME: u32 = 3;

/// A request with who is signed in here.
struct Found {
    asked: std::result::Result<EndSession, Problem>,
    signed_in: Option<(Session, User)>,
}

/// A session that ended, with the clients that were told of it.
type Ended = Option<(SessionId, Vec<Arc<Client>>)>;

/// What comes of a request.
enum Outcome {
    /// The request is not to be followed.
    Wrong(Problem),
    /// The person must be asked.
    Ask(EndSession, User),
    /// The session is over.
    Over(EndSession, Ended),
}

pub(in crate::web) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    match Params::parse(request.query_string().as_bytes()) {
        Ok(params) => asked(&request, &server.into_inner(), params).await,
        Err(error) => wrong(&server, &Problem::Invalid(error.description.into_owned())),
    }
}

pub(in crate::web) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match form::parameters(&request, &body) {
        Ok(params) => params,
        Err(error) => return wrong(&server, &Problem::Invalid(error.description.into_owned())),
    };
    if cookies::any(&request, &server) {
        return asked(&request, &server, params).await;
    }
    // A post from another site may come without cookies that a navigation of our own brings along.
    let query = Params::from_pairs(kept(&params)).to_query();
    respond::see_other(&format!("{}?{query}", address(&server)))
}

fn address(server: &Server) -> String {
    format!("{}{PATH}", server.shared().settings.issuer_path())
}

/// The parameters of a request that mean something here.
fn kept(params: &Params) -> Vec<(String, String)> {
    let is_known = |(name, _): &&(String, String)| PARAMETERS.contains(&name.as_str());
    params.pairs().iter().filter(is_known).cloned().collect()
}

/// What a client, or a person, asks by a request.
async fn asked(request: &HttpRequest, server: &Arc<Server>, params: Params) -> HttpResponse {
    let fields = kept(&params);
    look_of(request, &params);
    let cookie = cookies::session(request, server);
    let outcome = server.perform(visitor::origin(request, server), move |work| {
        let Found { asked, signed_in } = find(&mut work.view(), cookie.as_ref(), &params)?;
        Ok(match (asked, signed_in) {
            (Err(problem), _) => Outcome::Wrong(problem),
            (Ok(asked), None) => Outcome::Over(asked, None),
            // §2: the person is asked, but where the client was told of this very session.
            (Ok(asked), Some((session, user))) if asked.is_about(work.shared, &session, &user) => {
                let clients = session::end(work, &session)?;
                Outcome::Over(asked, Some((session.id, clients)))
            }
            (Ok(asked), Some((_, user))) => Outcome::Ask(asked, user),
        })
    });
    match outcome.await {
        Ok(Outcome::Wrong(problem)) => wrong(server, &problem),
        Ok(Outcome::Ask(asked, user)) => ask(request, server, (&asked, &user), fields),
        Ok(Outcome::Over(asked, ended)) => {
            let on = ended.is_some() || asked.is_proven();
            over(request, server, &asked, (ended, on))
        }
        Err(error) => respond::page_error(server, error, &visitor::visitor(request, server).request_id),
    }
}

fn find(view: &mut View<'_>, cookie: Option<&Secret>, params: &Params) -> Result<Found> {
    let asked = end_session::read(view, params)?;
    let signed_in = match session::find(view, cookie)? {
        None => None,
        Some(session) => store::users::find(view.tx, session.user)?.map(|user| (session, user)),
    };
    Ok(Found { asked, signed_in })
}

/// What the pages of a request look like: as the client, and in the language that it asks for.
fn look_of(request: &HttpRequest, params: &Params) {
    look::note(request, |noted| {
        noted.asked = Lang::first_of(params.get("ui_locales").unwrap_or_default().split(' '));
        noted.client = params.get("client_id").map(str::to_owned);
    });
}

/// Asks the person.
fn ask(
    request: &HttpRequest,
    server: &Arc<Server>,
    (asked, user): (&EndSession, &User),
    fields: Vec<(String, String)>,
) -> HttpResponse {
    look::note(request, |noted| {
        noted.account(Some(user));
        noted.client = asked.client.as_ref().map(|client| client.client_id.clone());
    });
    let browser = Browser::known_or_new(request, server);
    let page = LogoutPage {
        chrome: server.pages.chrome::<LogoutPage>(),
        action: format!("{}/decision", address(server)),
        csrf: form::token(server, &browser, SUBJECT),
        client: asked.client.as_deref().map(|client| {
            let host = asked.next.as_deref().and_then(host).unwrap_or_default();
            branding::card(server, client, host)
        }),
        user_name: Some(user.display_name().to_owned()),
        fields: fields
            .into_iter()
            .map(|(name, value)| Field::new(name, value))
            .collect(),
    };
    let target = asked.next.as_deref().and_then(form_action_source);
    let response = respond::page(server, StatusCode::OK, &page, target.as_deref());
    respond::with_cookies(response, [browser.new])
}

fn host(uri: &str) -> Option<String> {
    url::Url::parse(uri).ok()?.host_str().map(str::to_owned)
}

/// What the person decided on our page.
pub(in crate::web) async fn decide(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let (request, server) = (&request, &server.into_inner());
    let reference = visitor::visitor(request, server).request_id;
    let params = match form::read(request, &body, server, SUBJECT) {
        Ok((_, params)) => params,
        Err(error) => return respond::page_error(server, error, &reference),
    };
    if params.get("decision") != Some("confirm") {
        return respond::see_other(&format!("{}/", server.shared().settings.issuer_path()));
    }
    look_of(request, &params);
    let cookie = cookies::session(request, server);
    let outcome = server.perform(visitor::origin(request, server), move |work| {
        let Found { asked, signed_in } = find(&mut work.view(), cookie.as_ref(), &params)?;
        let asked = match asked {
            Ok(asked) => asked,
            Err(problem) => return Ok(Err(problem)),
        };
        let ended = match signed_in {
            Some((session, _)) => Some((session.id, session::end(work, &session)?)),
            None => None,
        };
        Ok(Ok((asked, ended)))
    });
    match outcome.await {
        Ok(Ok((asked, ended))) => over(request, server, &asked, (ended, true)),
        Ok(Err(problem)) => wrong(server, &problem),
        Err(error) => respond::page_error(server, error, &reference),
    }
}

/// The session is over: clients' frames are loaded, and the person goes on where `on` says so, or may.
fn over(request: &HttpRequest, server: &Arc<Server>, asked: &EndSession, (ended, on): (Ended, bool)) -> HttpResponse {
    let frames = ended.as_ref().map_or_else(Vec::new, |(session, clients)| {
        front_channel::addresses(server.shared(), clients, *session)
    });
    let response = match &asked.next {
        Some(next) if on && frames.is_empty() => respond::see_other(next),
        next => {
            let page = SignedOutPage {
                chrome: server.pages.chrome::<SignedOutPage>(),
                back: next.as_ref().map(|next| Link::new(Text::new("signed-out.next"), next)),
                frames,
            };
            let mut response = respond::signed_out(server, &page);
            let on_its_way = next.as_ref().filter(|_| on);
            let refresh = on_its_way.and_then(|next| format!("{FRAMES_TIME}; url={next}").parse().ok());
            if let Some(refresh) = refresh {
                response
                    .headers_mut()
                    .insert(HeaderName::from_static("refresh"), refresh);
            }
            response
        }
    };
    let state = session_state::changed(request, server, None);
    respond::with_cookies(response, [Some(cookies::unset_session(server)), state])
}

/// Says what is wrong with a request; the person can still sign out.
fn wrong(server: &Server, problem: &Problem) -> HttpResponse {
    let (class, detail) = match problem {
        Problem::UnknownClient => (ErrorClass::UnknownClient, None),
        Problem::UnregisteredUri => (ErrorClass::InvalidRedirectUri, None),
        Problem::Invalid(detail) => (ErrorClass::InvalidRequest, Some(detail.clone())),
    };
    let error = ErrorPage {
        detail,
        back: Some(Link::new(Text::new("logout.confirm"), address(server))),
        ..ErrorPage::of(class, server.pages.chrome::<ErrorPage>())
    };
    respond::page(server, StatusCode::BAD_REQUEST, &error, None)
}
