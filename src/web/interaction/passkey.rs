//! Passkeys in an errand, whichever of its pages asked: the options for the browser, and its answer. WebAuthn Level 3 §7.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::Shown;
use super::step::{Step, answer};
use super::{Risen, failed, path, posted, proven, query, turn};
use crate::authn::login::{self, Settling};
use crate::authn::{enrolment, interaction, second_factor};
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::pages::{Text, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::{respond, visitor};
use crate::work::Work;

/// What is due that a passkey answers.
enum Due {
    SignIn,
    Proof,
    Registration,
}

fn due(work: &Work<'_>, step: &Step) -> Result<Due> {
    let is_known = work.shared.settings.factor_kinds().contains(&FactorKind::Passkey);
    let counts = |allowed: &[FactorKind]| allowed.contains(&FactorKind::Passkey);
    match &step.due {
        NextStep::Interact(Page::Login) if is_known => Ok(Due::SignIn),
        NextStep::Interact(Page::Challenge { allowed, .. }) if counts(allowed) => Ok(Due::Proof),
        NextStep::Interact(Page::Enrol { allowed, .. }) if counts(allowed) => Ok(Due::Registration),
        _ => Err(Denial::StepNotDue.into()),
    }
}

/// The options for `navigator.credentials`, made for this errand and what is due in it.
pub(in crate::web) async fn options(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    path: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (id, browser, _) = match posted(&request, &body, &server, &path) {
        Ok(posted) => posted,
        Err(error) => return failed(&request, &server, error).await,
    };
    let begun = answer(&request, &server, (id, &browser), |work, step| {
        let due = due(work, &step)?;
        match (due, step.gathered.user()) {
            (Due::SignIn, _) => login::begin_with_passkey(work, &step.errand),
            (Due::Proof, Some(_)) => second_factor::begin_passkey_proof(work, &step.errand, &step.gathered),
            (Due::Registration, Some(user)) => enrolment::begin_passkey(work, &step.errand, user),
            (Due::Proof | Due::Registration, None) => Err(Denial::StepNotDue.into()),
        }
    });
    match begun.await {
        Ok(options) => respond::json(&options),
        Err(error) => failed(&request, &server, error).await,
    }
}

/// What the browser answered.
pub(in crate::web) async fn post(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    at: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let (id, browser, params) = match posted(&request, &body, &server, &at) {
        Ok(posted) => posted,
        Err(error) => return failed(&request, &server, error).await,
    };
    let credential = params.get("credential").unwrap_or_default().to_owned();
    let (digest, user_agent) = (browser.digest(), visitor::visitor(&request, &server).user_agent);
    let proof = answer(&request, &server, (id, &browser), move |work, step| {
        let renewed = match due(work, &step)? {
            Due::SignIn => {
                let settling = Settling {
                    interaction: id,
                    browser: &digest,
                    current: step.session,
                    user_agent: &user_agent,
                };
                login::settle_passkey(work, settling, &credential)?
            }
            Due::Proof => {
                let asked = (&step.errand, &step.gathered);
                second_factor::answer_challenge(work, asked, FactorKind::Passkey, &credential)?
            }
            Due::Registration => enrolment::confirm_passkey(work, &step.errand, &step.gathered, &credential)?,
        };
        let errand = interaction::load(work, id, &digest)?;
        let turn = turn::resume(work, &errand, Some(renewed.session.clone()))?;
        Ok(Risen::to(turn, renewed))
    });
    match proven(&request, &server, id, proof.await).await {
        Ok(response) => response,
        Err(_) => denied(&request, &server, &at).await,
    }
}

/// Back to the page that asked, which says that the passkey was not accepted.
async fn denied(request: &HttpRequest, server: &Arc<Server>, at: &str) -> HttpResponse {
    match Shown::load(request, server, at).await {
        Ok((
            Shown {
                id, due: Some(page), ..
            },
            _,
        )) => {
            let kind = FactorKind::Passkey.as_str();
            let query = format!("factor={kind}&denied={kind}");
            respond::see_other(&format!("{}?{query}", path(server, id, Some(&page))))
        }
        Ok((shown, _)) => respond::see_other(&path(server, shown.id, None)),
        Err(error) => failed(request, server, error).await,
    }
}

/// The sentence for a passkey that was not accepted, on the page that [`denied`] leads to.
pub(super) fn denial(request: &HttpRequest) -> Option<Text> {
    let is_denied = query(request, "denied").as_deref() == Some(FactorKind::Passkey.as_str());
    is_denied.then_some(text::PASSKEY_DENIED)
}
