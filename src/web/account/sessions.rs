//! Where somebody is signed in, and the browsers that are known to be theirs.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, enter, failed, frame, look, page, posted};
use crate::authn::device;
use crate::error::Refusal;
use crate::manage::account::{devices, sessions};
use crate::model::id::{DeviceId, SessionId};
use crate::pages::contexts::account::{DeviceLine, SessionLine, SessionsPage};
use crate::pages::{Moment, browser};
use crate::server::Server;
use crate::web::body::Posted;

const PATH: &str = "/account/sessions";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let entered = enter(&request, &server, look(PATH), |view, visitor| {
        let here = device::find(view, visitor.user.id)?.map(|device| device.id);
        let sessions = sessions::list(view, visitor.user.id)?;
        Ok((sessions, devices::list(view, visitor.user.id)?, here))
    });
    let (visitor, (sessions, devices, here)) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let session = |(session, acr): (crate::model::session::Session, crate::model::evidence::Acr)| SessionLine {
        id: session.id.to_string(),
        browser: browser(&session.user_agent),
        began: Moment::dated(session.created_at),
        seen: Moment::dated(session.last_seen_at),
        have: acr.into(),
        is_here: session.id == visitor.session.id,
        ip: session.ip,
    };
    let device = |device: crate::model::device::Device| DeviceLine {
        id: device.id.to_string(),
        browser: browser(&device.user_agent),
        used: Moment::dated(device.last_used_at),
        is_here: Some(device.id) == here,
        ip: device.ip,
    };
    let shown = SessionsPage {
        frame: frame::<SessionsPage>(&request, &server, "sessions", &visitor),
        sessions: sessions.into_iter().map(session).collect(),
        devices: devices.into_iter().map(device).collect(),
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn end(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    let named = params.get("session").unwrap_or_default().to_owned();
    let all = named == "others";
    let made = act(&request, &server, look(PATH), move |work, visitor| {
        if named == "others" {
            return sessions::end_others(work, &visitor.actor);
        }
        let id: SessionId = named
            .parse()
            .map_err(|_| Refusal::Missing("there is no such session"))?;
        sessions::end(work, &visitor.actor, id)
    });
    match made.await {
        Ok(Ok(())) => back(&server, PATH, if all { "others" } else { "session" }),
        Ok(Err(error)) => failed(&request, &server, error),
        Err(response) => response,
    }
}

pub(super) async fn forget(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    let named = params.get("device").unwrap_or_default().to_owned();
    let made = act(&request, &server, look(PATH), move |work, visitor| {
        let id: DeviceId = named.parse().map_err(|_| Refusal::Missing("there is no such device"))?;
        devices::forget(work, &visitor.actor, id)
    });
    match made.await {
        Ok(Ok(())) => back(&server, PATH, "device"),
        Ok(Err(error)) => failed(&request, &server, error),
        Err(response) => response,
    }
}
