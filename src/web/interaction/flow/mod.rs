//! Login flows over HTTP: the step that is due as a page, the service that it asks, and the answer that comes back.

mod password;
mod step;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::oidc::session_state;
use super::code::Sent;
use super::shown::Shown;
use super::{failed, led, opening, path, posted, turn};
use crate::authn::login_flow::{self, Answer};
use crate::authn::session::Renewed;
use crate::error::{Denial, Result};
use crate::model::id::InteractionId;
use crate::model::one_time_code::CodePurpose;
use crate::oauth::params::Params;
use crate::pages::contexts::FlowPage;
use crate::pages::{Text, text};
use crate::policy::login_flow::Rejected;
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::{self, Browser};
use crate::web::respond;

use step::{Standing, denied, page, standing_of, wait};

/// The most services that are asked one after the other before a page is shown.
const MAX_CALLS: usize = 5;

pub(in crate::web) async fn get(
    request: HttpRequest,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    show_told(&request, &server, &id, None).await
}

/// Takes the flow on and shows the step that is due, with what was not taken of an answer to it.
async fn show(
    request: &HttpRequest,
    server: &Arc<Server>,
    path: &str,
    rejected: Option<(String, Text)>,
) -> Result<HttpResponse> {
    let browser = opening(request, server)?;
    let id = super::id_of(path)?;
    for _ in 0..MAX_CALLS {
        match go_on(request, server, (id, &browser)).await? {
            // What is known of the session from here on is under its new cookie.
            (standing, Some(renewed)) => return Ok(gone_on(server, id, (standing, Some(renewed)))),
            (Standing::Call(call), None) => {
                if let Some(renewed) = call_service(request, server, (id, &browser), call).await? {
                    return Ok(gone_on(server, id, (Standing::Asking, Some(renewed))));
                }
            }
            (standing, None) => return shown(request, server, (path, standing), rejected).await,
        }
    }
    shown(request, server, (path, Standing::Asking), None).await
}

/// Takes the flow on as far as it goes by itself.
async fn go_on(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
) -> Result<(Standing, Option<Renewed>)> {
    super::step::answer(request, server, at, |work, mut step| {
        let may_ask = step.aim.request().is_none_or(|valid| !valid.request.prompt.none);
        let is_due = matches!(step.due, NextStep::Interact(Page::Flow { .. }));
        if !is_due || !may_ask {
            return Ok((Standing::Elsewhere, None));
        }
        if let Some(denied) = denied(&step.errand) {
            return Ok((denied, None));
        }
        let ran = login_flow::go_on(work, &mut step.errand, &step.gathered)?;
        let (standing, renewed) = standing_of(work, &step.errand, ran)?;
        if !matches!(standing, Standing::Asking) {
            return Ok((standing, renewed));
        }
        let call = login_flow::charge_call(work, &mut step.errand, &step.gathered)?;
        Ok((call.map_or(Standing::Asking, Standing::Call), renewed))
    })
    .await
}

/// Asks a service, outside any unit of work, and settles what it answered.
async fn call_service(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    call: login_flow::Call,
) -> Result<Option<Renewed>> {
    let now = server.clock().now();
    let answered = server.webhooks.call(&call.url, call.body, now).await;
    let answered = answered.map_err(|error| {
        tracing::warn!(%error, "a service that a login flow asks did not answer as it should");
        error.to_string()
    });
    super::step::answer(request, server, at, move |work, mut step| {
        if !matches!(step.due, NextStep::Interact(Page::Flow { .. })) {
            return Err(Denial::StepNotDue.into());
        }
        let ran = login_flow::settle_call(work, &mut step.errand, &step.gathered, (call.turn, answered))?;
        Ok(ran.renewed)
    })
    .await
}

/// Where a flow stands, as an answer.
async fn shown(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, standing): (&str, Standing),
    rejected: Option<(String, Text)>,
) -> Result<HttpResponse> {
    let errand = path(server, super::id_of(id)?, None);
    if let Standing::Finished(Some(location)) = &standing {
        return Ok(respond::see_other(location));
    }
    let (shown, browser) = match standing {
        Standing::Elsewhere | Standing::Finished(_) => return Ok(respond::see_other(&errand)),
        _ => Shown::load(request, server, id).await?,
    };
    let frame = step::Frame {
        server,
        action: format!("{errand}/flow"),
        csrf: shown.csrf(server, &browser),
        client: shown.client_card(server),
    };
    let is_wrong = rejected.is_some();
    let mut unset = None;
    let mut sent = None;
    let flow = match standing {
        Standing::Page(progress) => {
            let page = page(frame, &progress, rejected);
            if page.asks_for_code() {
                let known = Sent::load(server, &shown, CodePurpose::LoginFlow).await?;
                let code = known.beside_flow(server, (&shown, &browser));
                sent = Some(known);
                FlowPage { code, ..page }
            } else {
                page
            }
        }
        Standing::Denied(told) => {
            unset = Some(cookies::unset_session(server));
            step::denial(frame, &told)
        }
        _ => wait(frame),
    };
    let mut response = shown.page(server, &flow, is_wrong);
    if let Some(sent) = sent.filter(|_| !is_wrong) {
        response = sent.refresh(response, server.clock().now(), &format!("{errand}/flow"));
    }
    Ok(respond::with_cookies(response, [unset]))
}

/// Shows the step that is due, with something to be told first.
pub(super) async fn show_told(
    request: &HttpRequest,
    server: &Arc<Server>,
    path: &str,
    told: Option<Text>,
) -> HttpResponse {
    match show(request, server, path, told.map(|told| (String::new(), told))).await {
        Ok(response) => response,
        Err(error) => failed(request, server, error).await,
    }
}

pub(in crate::web) async fn post(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let answered = match posted(&request, &body, &server, &path) {
        Ok((id, browser, params)) => answered(&request, &server, (id, &browser, &path), params).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(response) => response,
        Err(error) => failed(&request, &server, error).await,
    }
}

/// What came of an answer.
enum Answered {
    /// The flow went on.
    On(Box<(Standing, Option<Renewed>)>),
    /// Something in it is not taken.
    Rejected(Rejected),
    /// The person has seen that the login was denied.
    Dismissed(turn::Turn),
}

async fn answered(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser, place): (InteractionId, &Browser, &str),
    params: Params,
) -> Result<HttpResponse> {
    let turn: u32 = params
        .get("turn")
        .and_then(|turn| turn.parse().ok())
        .ok_or(Denial::StepNotDue)?;
    if let Some(chosen) = params.get(password::FIELD) {
        let twice = [chosen, params.get("confirm").unwrap_or_default()];
        return password::post(request, server, (id, browser, place), turn, twice).await;
    }
    let pairs = params.pairs().iter().cloned();
    let fields: BTreeMap<String, String> = pairs.collect();
    let outcome = super::step::answer(request, server, (id, browser), move |work, mut step| {
        if !matches!(step.due, NextStep::Interact(Page::Flow { .. })) {
            return Err(Denial::StepNotDue.into());
        }
        if denied(&step.errand).is_some() {
            login_flow::dismiss(work, &mut step.errand)?;
            return Ok(Answered::Dismissed(turn::resume(work, &step.errand, step.session)?));
        }
        let answer = Answer { turn, fields };
        let gathered = &step.gathered;
        Ok(match login_flow::answer(work, &mut step.errand, gathered, &answer)? {
            Ok(ran) => Answered::On(Box::new(standing_of(work, &step.errand, ran)?)),
            Err(rejected) => Answered::Rejected(rejected),
        })
    })
    .await?;
    match outcome {
        Answered::On(gone) => Ok(gone_on(server, id, *gone)),
        Answered::Rejected(Rejected { field, label, kind }) => {
            let sentence = text::flow_rejected(kind, &label);
            show(request, server, place, Some((field, sentence))).await
        }
        Answered::Dismissed(turn) => {
            let response = led(request, server, id, turn).await;
            let state = session_state::changed(request, server, None);
            Ok(respond::with_cookies(
                response,
                [Some(cookies::unset_session(server)), state],
            ))
        }
    }
}

/// Where an answer leads: to the page that shows what is due now, or where the flow says; with the new cookie of a session that
/// rose.
fn gone_on(server: &Server, id: InteractionId, (standing, renewed): (Standing, Option<Renewed>)) -> HttpResponse {
    let errand = path(server, id, None);
    let response = match standing {
        Standing::Finished(Some(location)) => respond::see_other(&location),
        Standing::Finished(None) | Standing::Elsewhere => respond::see_other(&errand),
        _ => respond::see_other(&format!("{errand}/flow")),
    };
    let rose = renewed.map(|renewed| {
        let device = renewed
            .device
            .as_ref()
            .map(|device| cookies::set_device(server, device));
        [Some(cookies::set_session(server, &renewed.cookie)), device]
    });
    respond::with_cookies(response, rose.into_iter().flatten())
}
