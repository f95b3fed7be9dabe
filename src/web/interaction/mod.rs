//! Errands over HTTP: every page below `/interaction/{id}`.

pub(super) mod challenge;
pub(super) mod code;
pub(super) mod consent;
pub(super) mod device;
pub(super) mod enrol;
pub(super) mod flow;
pub(super) mod login;
pub(super) mod passkey;
mod reader;
mod restart;
pub(super) mod shown;
mod step;
mod turn;
pub(super) mod upstream;
mod yubikey;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::cookies::{self, Browser};
use super::oidc::session_state::{self, Told};
use super::{form, gather, respond, visitor};
use crate::authn::session::Renewed;
use crate::authn::{interaction, session};
use crate::error::{Denial, Error, Refusal, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::{InteractionId, SessionId};
use crate::model::secret::Secret;
use crate::oauth::authorize::Completed;
use crate::oauth::params::Params;
use crate::pages::text::ErrorClass;
use crate::policy::{Page, Reason};
use crate::server::Server;

use turn::Turn;

/// The address of an errand, or of one of its pages.
pub(super) fn path(server: &Server, id: InteractionId, page: Option<&Page>) -> String {
    let base = server.shared().settings.issuer_path();
    match page {
        None => format!("{base}/interaction/{id}"),
        Some(page) => format!("{base}/interaction/{id}/{}", step_name(page)),
    }
}

const fn step_name(page: &Page) -> &'static str {
    match page {
        Page::Login => "login",
        Page::Challenge { .. } => "challenge",
        Page::Enrol { .. } => "enrol",
        Page::Consent { .. } => "consent",
        Page::Flow { .. } => "flow",
        Page::Device => "device",
    }
}

/// An errand that came to its end, signed, encrypted where it must be, and sent to the client.
pub(super) async fn completed(
    request: &HttpRequest,
    server: &Arc<Server>,
    browser: Option<&Browser>,
    mut completed: Completed,
) -> HttpResponse {
    let failed = |error| respond::page_error(server, error, &visitor::visitor(request, server).request_id);
    let recipients = match gather::recipients(server, &mut completed).await {
        Ok(recipients) => recipients,
        Err(error) => return failed(error.into()),
    };
    let browser = browser.map(|browser| &browser.secret);
    let told = browser.map(|browser| session_state::of_response(server, browser, &completed));
    let Told { parameter, cookie } = told.unwrap_or_default();
    match completed.deliver(&server.shared().settings.server.issuer, parameter, &recipients) {
        Ok(delivery) => respond::with_cookies(respond::deliver(server, delivery), [cookie]),
        Err(fault) => failed(fault.into()),
    }
}

/// The errand that a path names.
fn id_of(path: &str) -> Result<InteractionId> {
    path.parse().map_err(|_| Denial::ExpiredInteraction.into())
}

/// The browser that opens a page of an errand. One that brings nothing of ours is told so, whether or not the errand
/// is there.
fn opening(request: &HttpRequest, server: &Server) -> Result<Browser> {
    let denial = if cookies::any(request, server) {
        Denial::ExpiredInteraction
    } else {
        Denial::NoCookie
    };
    Browser::known(request, server).ok_or_else(|| denial.into())
}

/// A parameter of a page's address.
pub(super) fn query(request: &HttpRequest, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The kind of factor that a page's address or its form names, if it would do.
fn named_factor(name: Option<&str>, allowed: &[FactorKind]) -> Option<FactorKind> {
    let kind = name?.parse().ok()?;
    allowed.contains(&kind).then_some(kind)
}

/// The strongest of these kinds whose answer is typed.
fn typed(allowed: &[FactorKind]) -> Option<FactorKind> {
    allowed.iter().copied().find(|kind| *kind != FactorKind::Passkey)
}

/// The kind of factor that a page's address or its form names, if its answer is typed.
fn named_typed(name: Option<&str>, allowed: &[FactorKind]) -> Option<FactorKind> {
    named_factor(name, allowed).filter(|kind| typed(&[*kind]).is_some())
}

/// The errand, the browser and the fields of a form posted to one of its pages, if it came from that page.
fn posted(request: &HttpRequest, body: &[u8], server: &Server, path: &str) -> Result<(InteractionId, Browser, Params)> {
    // What another site posts comes without cookies too, and is not about them.
    if !cookies::any(request, server) && !form::is_foreign(request, server) {
        return Err(Denial::NoCookie.into());
    }
    let (browser, params) = form::read(request, body, server, path)?;
    Ok((id_of(path)?, browser, params))
}

/// Takes the next turn of an errand and goes where it leads.
pub(super) async fn resume(request: HttpRequest, server: web::Data<Server>, path: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    match turn(&request, &server, &path).await {
        Ok((id, turn)) => led(&request, &server, id, turn).await,
        Err(error) => failed(&request, &server, error).await,
    }
}

async fn turn(request: &HttpRequest, server: &Arc<Server>, path: &str) -> Result<(InteractionId, Turn)> {
    let browser = opening(request, server)?.digest();
    let id = id_of(path)?;
    let cookie = cookies::session(request, server);
    let turn = server
        .perform(visitor::origin(request, server), move |work| {
            let errand = interaction::load(work, id, &browser)?;
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            turn::resume(work, &errand, session)
        })
        .await?;
    Ok((id, turn))
}

/// Where a turn leads: the page that is due, back to the client, or to a page of ours.
async fn led(request: &HttpRequest, server: &Arc<Server>, id: InteractionId, turn: Turn) -> HttpResponse {
    match turn {
        Turn::Due(page) => respond::see_other(&path(server, id, Some(&page))),
        Turn::Answered(ended) => completed(request, server, Browser::known(request, server).as_ref(), *ended).await,
        Turn::Opened(path) => respond::see_other(&format!("{}{path}", server.shared().settings.issuer_path())),
        Turn::Refused(reason) => refused(server, reason),
        Turn::Device { allowed } => device::ended(server, allowed),
        Turn::Barred(reason) => barred(server, reason),
    }
}

/// Says that a page of ours stays shut.
pub(super) fn refused(server: &Server, reason: Reason) -> HttpResponse {
    let class = match reason {
        Reason::RateLimited => ErrorClass::RateLimited,
        _ => ErrorClass::AccountClosed,
    };
    respond::error_page(server, StatusCode::FORBIDDEN, class, None)
}

/// Says that this person may not let a client in.
fn barred(server: &Server, reason: Reason) -> HttpResponse {
    let class = match reason {
        Reason::RateLimited => ErrorClass::RateLimited,
        _ => ErrorClass::AccessDenied,
    };
    respond::error_page(server, StatusCode::FORBIDDEN, class, None)
}

/// A turn that a proof led to, with the new cookies of its session and of its device.
struct Risen {
    turn: Turn,
    id: SessionId,
    session: Secret,
    device: Option<Secret>,
}

impl Risen {
    fn to(turn: Turn, renewed: Renewed) -> Self {
        Self {
            turn,
            id: renewed.session.id,
            session: renewed.cookie,
            device: renewed.device,
        }
    }
}

/// Where a proof leads, with the new cookie of the session that rose; or the denial to show beside its field.
async fn proven(
    request: &HttpRequest,
    server: &Arc<Server>,
    id: InteractionId,
    proof: Result<Risen>,
) -> std::result::Result<HttpResponse, Denial> {
    match proof {
        Ok(risen) => {
            // An answer to the client sets this by itself: it may have left no session.
            let state = match &risen.turn {
                Turn::Answered(_) => None,
                _ => session_state::changed(request, server, Some(risen.id)),
            };
            let response = led(request, server, id, risen.turn).await;
            let session = cookies::set_session(server, &risen.session);
            let device = risen.device.map(|device| cookies::set_device(server, &device));
            Ok(respond::with_cookies(response, [Some(session), device, state]))
        }
        Err(Error::Refused(Refusal::Denied(
            denial @ (Denial::BadCredentials
            | Denial::LockedOut
            | Denial::Disabled
            | Denial::CodeUsed(_)
            | Denial::Uncheckable
            | Denial::Passkey(_)),
        ))) => Err(denial),
        Err(error) => Ok(failed(request, server, error).await),
    }
}

/// An error that is not shown beside its field; a step that is not due leads to the one that is, and an errand that
/// took too long to a new one.
async fn failed(request: &HttpRequest, server: &Arc<Server>, error: Error) -> HttpResponse {
    reader::recognise(request, server).await;
    let error = match (error, request.match_info().get("id").map(id_of)) {
        (Error::Refused(Refusal::Denied(Denial::StepNotDue)), Some(Ok(id))) => {
            return respond::step_not_due(server, &path(server, id, None));
        }
        (Error::Refused(Refusal::Denied(Denial::ExpiredInteraction)), Some(Ok(id))) => {
            match restart::address(request, server, id).await {
                Ok(again) => return respond::expired(server, again),
                Err(error) => error,
            }
        }
        (error, _) => error,
    };
    respond::page_error(server, error, &visitor::visitor(request, server).request_id)
}
