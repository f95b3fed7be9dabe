//! The page that shows which device waits, and asks whether it is at hand. RFC 8628 §3.3, §5.4.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::{Shown, stranger};
use super::step::answer;
use super::turn::{self, Aim};
use super::{failed, led, path, posted};
use crate::authn::interaction;
use crate::error::Denial;
use crate::pages::contexts::{CompareDevicePage, NoticePage};
use crate::pages::{Moment, Text};
use crate::policy::{NextStep, Page, lockout};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::respond;

pub(in crate::web) async fn get(
    request: HttpRequest,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (shown, browser) = match Shown::load(&request, &server, &id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(&request, &server, error).await,
    };
    let (Some(page @ Page::Device), Aim::Device(standing), Some(client)) =
        (&shown.due, &shown.aim, shown.client_card(&server))
    else {
        return respond::see_other(&path(&server, shown.id, None));
    };
    let approving = &standing.approving;
    let device = &approving.request;
    let compare = CompareDevicePage {
        chrome: server.pages.chrome::<CompareDevicePage>(),
        action: path(&server, shown.id, Some(page)),
        csrf: shown.csrf(&server, &browser),
        client,
        stranger: stranger(&standing.client, None),
        user_name: shown
            .gathered
            .user()
            .map(|user| user.display_name().to_owned())
            .unwrap_or_default(),
        user_code: approving.user_code.clone(),
        asked: Text::new("device-asked").with("at", Moment::near(device.asked_at, shown.now)),
        ip: device.ip.map(|ip| ip.to_string()),
        is_elsewhere: !lockout::is_same_network(device.ip, shown.gathered.facts.place.ip),
    };
    shown.page(&server, &compare, false)
}

pub(in crate::web) async fn post(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (id, browser, params) = match posted(&request, &body, &server, &path) {
        Ok(posted) => posted,
        Err(error) => return failed(&request, &server, error).await,
    };
    let turn = answer(&request, &server, (id, &browser), move |work, mut step| {
        let (NextStep::Interact(Page::Device), Some(user)) = (&step.due, step.gathered.user()) else {
            return Err(Denial::StepNotDue.into());
        };
        let is_same = match params.get("decision") {
            Some("allow") => true,
            Some("deny") => false,
            _ => return Err(Denial::StepNotDue.into()),
        };
        interaction::answer_comparison(work, &mut step.errand, user.id, is_same)?;
        turn::resume(work, &step.errand, step.session)
    });
    match turn.await {
        Ok(turn) => led(&request, &server, id, turn).await,
        Err(error) => failed(&request, &server, error).await,
    }
}

/// The end of an approval: the person goes on at the device.
pub(super) fn ended(server: &Server, allowed: bool) -> HttpResponse {
    let (heading, sentence) = if allowed {
        (Text::new("device-allowed"), Text::new("device-allowed.sentence"))
    } else {
        (Text::new("device-denied"), Text::new("device-denied.sentence"))
    };
    let notice = NoticePage {
        chrome: server.pages.chrome::<NoticePage>(),
        heading,
        sentence,
        link: None,
    };
    respond::page(server, StatusCode::OK, &notice, None)
}
