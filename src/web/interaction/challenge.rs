//! The challenge page: a second proof with a factor that is enrolled.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::Shown;
use super::step::answer;
use super::{Risen, failed, path, posted, proven};
use crate::authn::second_factor;
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::oauth::authorize;
use crate::pages::contexts::ChallengePage;
use crate::pages::text;
use crate::policy::decision::DEVICE;
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::cookies::Browser;
use crate::web::respond;

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
        Err(error) => return failed(request, server, error).await,
    };
    let Some(page @ Page::Challenge { needed, wanted_by, .. }) = &shown.due else {
        return respond::see_other(&path(server, shown.id, None));
    };
    let (name, have) = (shown.valid.client.display_name(), shown.have());
    let challenge = ChallengePage {
        chrome: server.pages.chrome::<ChallengePage>(),
        action: path(server, shown.id, Some(page)),
        csrf: shown.csrf(server, &browser),
        sentence: if wanted_by == DEVICE {
            text::NEEDS_ACTIVATION.to_owned()
        } else if have >= *needed {
            text::needs_fresh_proof(name)
        } else {
            text::needs_proof(name, shown.proof_until(server), shown.now)
        },
        client: Some(shown.client_card()),
        needed: (*needed).into(),
        have: have.into(),
        error: denial.map(text::code_denied),
        others: Vec::new(),
    };
    shown.page(server, &challenge, denial.is_some())
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
    let proof = prove(&request, &server, (id, &browser), code).await;
    match proven(&request, &server, id, proof).await {
        Ok(response) => response,
        Err(denial) => show(&request, &server, &path, Some(denial)).await,
    }
}

async fn prove(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    code: String,
) -> Result<Risen> {
    answer(request, server, at, move |work, step| {
        let NextStep::Interact(Page::Challenge { allowed, .. }) = step.due else {
            return Err(Denial::StepNotDue.into());
        };
        let kind = allowed.first().copied().unwrap_or(FactorKind::Totp);
        let renewed = second_factor::answer_challenge(work, &step.gathered, kind, &code)?;
        let turn = authorize::resume(work, &step.errand, Some(renewed.session.clone()))?;
        Ok(Risen::to(turn, renewed))
    })
    .await
}
