//! One-time passwords of `YubiKey`s in an errand: charge the answer, ask a validation server, settle.

use std::sync::Arc;

use actix_web::HttpRequest;

use super::step::{Step, answer};
use super::{Risen, turn};
use crate::authn::interaction;
use crate::authn::yubikey::{self, Charged, Said};
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::outbound::Validation;
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::cookies::Browser;

/// Whether a form names this kind of factor.
pub(super) fn is_named(named: Option<&str>) -> bool {
    named == Some(FactorKind::YubikeyOtp.as_str())
}

/// What is due that a one-time password answers: the proof of a key, or else its enrolment.
fn is_proof(step: &Step) -> Result<bool> {
    match &step.due {
        NextStep::Interact(Page::Challenge { allowed, .. }) if allowed.contains(&FactorKind::YubikeyOtp) => Ok(true),
        NextStep::Interact(Page::Enrol { allowed, .. }) if allowed.contains(&FactorKind::YubikeyOtp) => Ok(false),
        _ => Err(Denial::StepNotDue.into()),
    }
}

/// Answers the page that is due.
pub(super) async fn prove(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    code: String,
) -> Result<Risen> {
    let (id, browser) = at;
    let (was_proof, charged) = answer(request, server, (id, browser), move |work, step| {
        let is_proof = is_proof(&step)?;
        let charged = if is_proof {
            yubikey::charge_proof(work, &step.gathered, &code)?
        } else {
            yubikey::charge_enrolment(work, &step.gathered, &code)?
        };
        Ok((is_proof, charged))
    })
    .await?;
    let said = said(server, &charged).await;
    answer(request, server, (id, browser), move |work, step| {
        // Meanwhile the errand may have gone on.
        if is_proof(&step)? != was_proof {
            return Err(Denial::StepNotDue.into());
        }
        let renewed = if was_proof {
            yubikey::settle_proof(work, &step.gathered, charged, said)?
        } else {
            yubikey::settle_enrolment(work, (&step.errand, &step.gathered), &charged, said)?
        };
        let errand = interaction::load(work, step.errand.id, &step.errand.browser)?;
        let turn = turn::resume(work, &errand, Some(renewed.session.clone()))?;
        Ok(Risen::to(turn, renewed))
    })
    .await
}

async fn said(server: &Server, charged: &Charged) -> Said {
    match server.yubikey.validate(charged.otp.text.expose()).await {
        Validation::Accepted { counter } => Said::Accepted { counter },
        Validation::Refused => Said::Refused,
        Validation::Unavailable => Said::Nothing,
    }
}
