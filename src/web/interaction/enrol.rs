//! The enrolment page: the ceremony that confirms the new factor is the proof.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::Shown;
use super::{Denied, Risen, denied, failed, path, posted, risen};
use crate::authn::factor::Setup;
use crate::authn::{interaction, second_factor, session};
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::oauth::authorize::{self, peek};
use crate::pages::contexts::EnrolPage;
use crate::pages::{qr_svg, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::cookies::{self, Browser};
use crate::web::{respond, visitor};

pub(in crate::web) async fn get(
    request: HttpRequest,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    show(&request, &server.into_inner(), &id, None).await
}

async fn show(request: &HttpRequest, server: &Arc<Server>, id: &str, denial: Option<Denial>) -> HttpResponse {
    let (shown, browser) = match Shown::load(request, server, id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(request, server, error),
    };
    let Some(page @ Page::Enrol { needed, allowed, .. }) = &shown.due else {
        return respond::see_other(&path(server, shown.id, None));
    };
    let kind = allowed.first().copied().unwrap_or(FactorKind::Totp);
    let setup = match set_up(request, server, (shown.id, &browser), kind).await {
        Ok(setup) => setup,
        Err(error) => return failed(request, server, error),
    };
    let qr_svg = match qr_svg(&setup.uri) {
        Ok(svg) => svg,
        Err(fault) => return failed(request, server, fault.into()),
    };
    let enrol = EnrolPage {
        chrome: server.pages.chrome::<EnrolPage>(),
        action: path(server, shown.id, Some(page)),
        csrf: shown.csrf(server, &browser),
        sentence: text::needs_enrolment(shown.valid.client.display_name()),
        client: Some(shown.client_card()),
        secret_text: EnrolPage::group_secret(&setup.secret),
        qr_svg,
        otpauth_uri: setup.uri,
        error: denial.map(text::code_denied),
        needed: Some((*needed).into()),
    };
    let status = if denial.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    respond::page(server, status, &enrol, shown.form_target().as_deref())
}

/// The secret that this user is about to enrol, the same however often the page is shown.
async fn set_up(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser): (InteractionId, &Browser),
    kind: FactorKind,
) -> Result<Setup> {
    let (digest, cookie) = (browser.digest(), cookies::session(request, server));
    server
        .perform(visitor::origin(request, server), move |work| {
            let mut errand = interaction::load(work, id, &digest)?;
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            let (_, gathered, decision) = peek(&mut work.view(), &errand, session)?;
            match (decision.step, gathered.user()) {
                (NextStep::Interact(Page::Enrol { .. }), Some(user)) => {
                    second_factor::begin_enrolment(work, &mut errand, user, kind)
                }
                _ => Err(Denial::StepNotDue.into()),
            }
        })
        .await
}

pub(in crate::web) async fn post(
    request: HttpRequest,
    body: web::Bytes,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (id, browser, params) = match posted(&request, &body, &server, &path) {
        Ok(posted) => posted,
        Err(error) => return failed(&request, &server, error),
    };
    let code = params.get("code").unwrap_or_default().to_owned();
    match confirm(&request, &server, (id, &browser), code).await {
        Ok(turn) => risen(&request, &server, id, turn),
        Err(error) => match denied(error) {
            Denied::Field(denial) => show(&request, &server, &path, Some(denial)).await,
            Denied::Elsewhere(error) => failed(&request, &server, error),
        },
    }
}

async fn confirm(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser): (InteractionId, &Browser),
    code: String,
) -> Result<Risen> {
    let (digest, cookie) = (browser.digest(), cookies::session(request, server));
    server
        .perform(visitor::origin(request, server), move |work| {
            let errand = interaction::load(work, id, &digest)?;
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            let (_, gathered, decision) = peek(&mut work.view(), &errand, session)?;
            let NextStep::Interact(Page::Enrol { allowed, .. }) = decision.step else {
                return Err(Denial::StepNotDue.into());
            };
            let kind = allowed.first().copied().unwrap_or(FactorKind::Totp);
            let renewed = second_factor::confirm_enrolment(work, &errand, &gathered, kind, &code)?;
            let turn = authorize::resume(work, &errand, Some(renewed.session.clone()))?;
            Ok(Risen::to(turn, renewed))
        })
        .await
}
