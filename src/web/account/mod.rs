//! The pages on which people look after their own account. Each is a visit that the decision lets in, or an errand first;
//! each change asks again, in the unit of work that makes it.

mod activity;
mod applications;
pub(super) mod connections;
mod credentials;
mod email;
mod password;
mod profile;
mod recovery;
mod sessions;
mod token;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::cookies::{self, Browser};
use super::{form, interaction, respond, visitor};
use crate::authn::interaction::Gathered;
use crate::authn::{session, visit};
use crate::error::{Error, Fault, Refusal, Result};
use crate::model::actor::Actor;
use crate::model::evidence::{Acr, FactorKind};
use crate::model::interaction::{Stake, Visit};
use crate::model::session::Session;
use crate::model::user::User;
use crate::oauth::params::Params;
use crate::pages::contexts::account::Frame;
use crate::pages::{Page, Text};
use crate::policy::{NextStep, Reason};
use crate::server::Server;
use crate::work::{View, Work};

/// What the form tokens of these pages are about.
const SUBJECT: &str = "account";

/// Adds the routes below the issuer's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/account", web::get().to(profile::get))
        .route("/account", web::post().to(profile::post))
        .route("/account/email", web::get().to(email::get))
        .route("/account/email", web::post().to(email::post))
        .route("/account/email/{token}", web::get().to(email::ask))
        .route("/account/email/{token}", web::post().to(email::confirm))
        .route("/account/security", web::get().to(credentials::list))
        .route("/account/security/password", web::get().to(password::get))
        .route("/account/security/password", web::post().to(password::post))
        .route("/account/security/token", web::get().to(token::get))
        .route("/account/security/token", web::post().to(token::post))
        .route("/account/security/recovery", web::get().to(recovery::get))
        .route("/account/security/recovery", web::post().to(recovery::post))
        .route("/account/security/add/{kind}", web::get().to(credentials::add))
        .route("/account/security/connect", web::get().to(connections::ask))
        .route("/account/security/connect", web::post().to(connections::post))
        .route("/account/security/{id}", web::get().to(credentials::get))
        .route("/account/security/{id}", web::post().to(credentials::rename))
        .route("/account/security/{id}/remove", web::get().to(credentials::ask))
        .route("/account/security/{id}/remove", web::post().to(credentials::remove))
        .route("/account/sessions", web::get().to(sessions::get))
        .route("/account/sessions", web::post().to(sessions::end))
        .route("/account/devices", web::post().to(sessions::forget))
        .route("/account/applications", web::get().to(applications::get))
        .route("/account/applications", web::post().to(applications::withdraw))
        .route("/account/activity", web::get().to(activity::get));
}

/// A visit to look.
fn look(path: impl Into<String>) -> Visit {
    Visit {
        path: path.into(),
        stake: Stake::Look,
        enrol: None,
    }
}

/// A visit to change something.
fn change(path: impl Into<String>) -> Visit {
    Visit {
        stake: Stake::Change,
        ..look(path)
    }
}

/// A visit to enrol a factor on the way.
fn enrol(path: impl Into<String>, kind: FactorKind) -> Visit {
    Visit {
        enrol: Some(kind),
        ..change(path)
    }
}

/// Whoever was let in.
#[derive(Debug, Clone)]
struct Visitor {
    user: User,
    session: Session,
    have: Acr,
    /// What was let in, as changes note it.
    actor: Actor,
}

/// What became of a visit.
enum Entry<T> {
    In(Box<Visitor>, T),
    /// More is due first.
    Due,
    Shut(Reason),
}

fn visitor_of(gathered: &Gathered, step: &NextStep) -> Result<Visitor> {
    let (NextStep::Proceed(approval), Some((user, session))) = (step, gathered.signed_in()) else {
        return Err(Fault::new("nobody is there").into());
    };
    let assurance = &approval.snapshot().assurance;
    Ok(Visitor {
        user: user.clone(),
        session: session.clone(),
        have: gathered.level(),
        actor: Actor::User {
            user: user.id,
            session: session.id,
            acr: assurance.acr,
            auth_time: assurance.auth_time,
        },
    })
}

/// Shows a page to whoever is let in, or leads to what is due first.
async fn enter<T, F>(
    request: &HttpRequest,
    server: &Arc<Server>,
    visit: Visit,
    load: F,
) -> std::result::Result<(Visitor, T), HttpResponse>
where
    T: Send + 'static,
    F: FnOnce(&mut View<'_>, &Visitor) -> Result<T> + Send + 'static,
{
    let (cookie, wanted) = (cookies::session(request, server), visit.clone());
    let looked = server
        .read_from(visitor::origin(request, server), move |view| {
            let session = session::find(view, cookie.as_ref())?;
            let (gathered, decision) = visit::peek(view, &wanted, session, None)?;
            match &decision.step {
                step @ NextStep::Proceed(_) => {
                    let visitor = visitor_of(&gathered, step)?;
                    let loaded = load(view, &visitor)?;
                    Ok(Entry::In(Box::new(visitor), loaded))
                }
                NextStep::Interact(_) => Ok(Entry::Due),
                NextStep::Refuse(reason) => Ok(Entry::Shut(*reason)),
            }
        })
        .await;
    match looked {
        Ok(Entry::In(visitor, loaded)) => {
            super::look::note(request, |noted| noted.account(Some(&visitor.user)));
            touch(request, server, &visitor).await?;
            Ok((*visitor, loaded))
        }
        Ok(Entry::Due) => Err(begin(request, server, visit).await),
        Ok(Entry::Shut(reason)) => Err(interaction::refused(server, reason)),
        Err(error) => Err(failed(request, server, error)),
    }
}

/// Notes that the session was used, where that is due.
async fn touch(
    request: &HttpRequest,
    server: &Arc<Server>,
    visitor: &Visitor,
) -> std::result::Result<(), HttpResponse> {
    let mut session = visitor.session.clone();
    if server.clock().now().seconds_since(session.last_seen_at) < 60 {
        return Ok(());
    }
    let touched = server.perform(visitor::origin(request, server), move |work| {
        session::touch(work, &mut session)
    });
    touched.await.map_err(|error| failed(request, server, error))
}

/// Begins the errand of a visit that is not let in yet.
async fn begin(request: &HttpRequest, server: &Arc<Server>, visit: Visit) -> HttpResponse {
    let browser = Browser::known_or_new(request, server);
    let (cookie, digest) = (cookies::session(request, server), browser.digest());
    let begun = server
        .perform(visitor::origin(request, server), move |work| {
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            visit::begin(work, visit, session, &digest)
        })
        .await;
    let base = server.shared().settings.issuer_path();
    let response = match begun {
        Ok((visit::Turn::Due(page), Some(errand))) => {
            respond::see_other(&interaction::path(server, errand.id, Some(&page)))
        }
        Ok((visit::Turn::Refused(reason), _)) => interaction::refused(server, reason),
        // It was let in meanwhile.
        Ok((visit::Turn::Open(path), _)) => respond::see_other(&format!("{base}{path}")),
        Ok((visit::Turn::Due(_), None)) => failed(request, server, Fault::new("an errand was not opened").into()),
        Err(error) => failed(request, server, error),
    };
    respond::with_cookies(response, [browser.new])
}

/// The fields of a form posted to one of these pages, if it came from there.
fn posted(request: &HttpRequest, body: &[u8], server: &Server) -> Result<Params> {
    form::read(request, body, server, SUBJECT).map(|(_, params)| params)
}

/// Makes a change for whoever is let in; who is not is led to what is due first, and comes back to `visit`.
async fn act<T, F>(
    request: &HttpRequest,
    server: &Arc<Server>,
    visit: Visit,
    with: F,
) -> std::result::Result<Result<T>, HttpResponse>
where
    T: Send + 'static,
    F: FnOnce(&mut Work<'_>, &Visitor) -> Result<T> + Send + 'static,
{
    let (cookie, wanted) = (cookies::session(request, server), visit.clone());
    let made = server
        .perform(visitor::origin(request, server), move |work| {
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            let (gathered, decision) = visit::peek(&mut work.view(), &wanted, session, None)?;
            match &decision.step {
                step @ NextStep::Proceed(_) => {
                    let visitor = visitor_of(&gathered, step)?;
                    let made = with(work, &visitor)?;
                    Ok(Entry::In(Box::new(visitor), made))
                }
                NextStep::Interact(_) => Ok(Entry::Due),
                NextStep::Refuse(reason) => Ok(Entry::Shut(*reason)),
            }
        })
        .await;
    match made {
        Ok(Entry::In(_, made)) => Ok(Ok(made)),
        Ok(Entry::Due) => Err(begin(request, server, visit).await),
        Ok(Entry::Shut(reason)) => Err(interaction::refused(server, reason)),
        // What is wrong with the change itself is told on its page.
        Err(error @ Error::Refused(Refusal::Invalid(_))) => Ok(Err(error)),
        Err(error) => Err(failed(request, server, error)),
    }
}

/// The frame of a page at a place.
fn frame<P: Page>(request: &HttpRequest, server: &Server, place: &str, visitor: &Visitor) -> Frame {
    // Whoever was let in brought the browser's cookie along, or the form would be refused anyway.
    let csrf = Browser::known(request, server).map(|browser| form::token(server, &browser, SUBJECT));
    let name = visitor.user.display_name().to_owned();
    let mut frame = Frame::new(server.pages.chrome::<P>(), place, csrf.unwrap_or_default(), name);
    frame.account.done = done(request);
    frame
}

/// What was done just now, as the redirect that followed it says.
fn done(request: &HttpRequest) -> Option<Text> {
    const KNOWN: [&str; 13] = [
        "connected",
        "ordered",
        "email",
        "profile",
        "named",
        "added",
        "removed",
        "password",
        "token",
        "session",
        "others",
        "device",
        "withdrawn",
    ];
    let said = interaction::query(request, "done")?;
    let known = KNOWN.into_iter().find(|known| *known == said)?;
    Some(Text::of("done", known))
}

/// Back to a place, which says what was done.
fn back(server: &Server, path: &str, done: &str) -> HttpResponse {
    let base = server.shared().settings.issuer_path();
    respond::see_other(&format!("{base}{path}?done={done}"))
}

/// A page of the account.
fn page<P: Page>(server: &Server, page: &P, frame: &Frame) -> HttpResponse {
    let status = if frame.account.error.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    respond::page(server, status, page, None)
}

fn failed(request: &HttpRequest, server: &Server, error: Error) -> HttpResponse {
    respond::page_error(server, error, &visitor::visitor(request, server).request_id)
}
