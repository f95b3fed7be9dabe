//! The enrolment page: the ceremony that confirms the new factor is the proof.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::Shown;
use super::step::answer;
use super::{Risen, failed, passkey, path, posted, proven, turn, typed};
use crate::authn::enrolment;
use crate::authn::factor::Setup;
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::pages::contexts::{EnrolPage, EnrolPasskeyPage, PasskeyUse};
use crate::pages::{qr_svg, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::cookies::Browser;
use crate::web::respond;

pub(in crate::web) async fn get(
    request: HttpRequest,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    let denied = passkey::denial(&request);
    show(&request, &server.into_inner(), &id, (None, denied)).await
}

/// The page, if it is due: the passkey first where one would do, and the kind that is set up by typing a code.
async fn show(
    request: &HttpRequest,
    server: &Arc<Server>,
    id: &str,
    (error, passkey_error): (Option<String>, Option<String>),
) -> HttpResponse {
    let (shown, browser) = match Shown::load(request, server, id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(request, server, error).await,
    };
    let Some(page @ Page::Enrol { needed, allowed, .. }) = &shown.due else {
        return respond::see_other(&path(server, shown.id, None));
    };
    let is_denied = error.is_some() || passkey_error.is_some();
    let client = shown.client_card();
    let needed = client.is_some().then(|| (*needed).into());
    let passkey = allowed
        .contains(&FactorKind::Passkey)
        .then(|| shown.passkey(server, &browser, PasskeyUse::Register));
    let (kind, passkey) = match (typed(allowed), passkey) {
        (Some(kind), passkey) => (kind, passkey),
        (None, Some(passkey)) => {
            let enrol = EnrolPasskeyPage {
                chrome: server.pages.chrome::<EnrolPasskeyPage>(),
                client,
                error: passkey_error,
                needed,
                passkey,
            };
            return shown.page(server, &enrol, is_denied);
        }
        (None, None) => return failed(request, server, Denial::StepNotDue.into()).await,
    };
    let setup = match set_up(request, server, (shown.id, &browser), kind).await {
        Ok(setup) => setup,
        Err(error) => return failed(request, server, error).await,
    };
    let qr_svg = match qr_svg(&setup.uri) {
        Ok(svg) => svg,
        Err(fault) => return failed(request, server, fault.into()).await,
    };
    let enrol = EnrolPage {
        chrome: server.pages.chrome::<EnrolPage>(),
        action: path(server, shown.id, Some(page)),
        csrf: shown.csrf(server, &browser),
        sentence: shown.enrolment_sentence(),
        client,
        secret_text: EnrolPage::group_secret(&setup.secret),
        qr_svg,
        otpauth_uri: setup.uri,
        error,
        needed,
        passkey_error,
        passkey,
    };
    shown.page(server, &enrol, is_denied)
}

/// The secret that this user is about to enrol, the same however often the page is shown.
async fn set_up(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    kind: FactorKind,
) -> Result<Setup> {
    answer(request, server, at, move |work, mut step| {
        match (step.due, step.gathered.user()) {
            (NextStep::Interact(Page::Enrol { .. }), Some(user)) => {
                enrolment::begin_enrolment(work, &mut step.errand, user, kind)
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
        Err(error) => return failed(&request, &server, error).await,
    };
    let code = params.get("code").unwrap_or_default().to_owned();
    let proof = confirm(&request, &server, (id, &browser), code).await;
    match proven(&request, &server, id, proof).await {
        Ok(response) => response,
        Err(denial) => {
            let error = Some(text::code_denied(denial));
            show(&request, &server, &path, (error, None)).await
        }
    }
}

async fn confirm(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    code: String,
) -> Result<Risen> {
    answer(request, server, at, move |work, step| {
        let NextStep::Interact(Page::Enrol { allowed, .. }) = &step.due else {
            return Err(Denial::StepNotDue.into());
        };
        let kind = typed(allowed).ok_or(Denial::StepNotDue)?;
        let renewed = enrolment::confirm_enrolment(work, &step.errand, &step.gathered, kind, &code)?;
        let turn = turn::resume(work, &step.errand, Some(renewed.session.clone()))?;
        Ok(Risen::to(turn, renewed))
    })
    .await
}
