//! The challenge page: a second proof with a factor that is enrolled.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::code::{Sent, send_form};
use super::shown::Shown;
use super::step::answer;
use super::{Risen, failed, named_factor, named_typed, passkey, path, posted, proven, query, turn, typed, yubikey};
use crate::authn::challenge::channel_of;
use crate::authn::second_factor;
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::model::one_time_code::CodePurpose;
use crate::model::time::Timestamp;
use crate::pages::contexts::{ChallengePage, OtherFactor, PasskeyUse};
use crate::pages::{Text, text};
use crate::policy::decision::DEVICE;
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::Browser;
use crate::web::respond;

pub(in crate::web) async fn get(
    request: HttpRequest,
    server: web::Data<Server>,
    id: web::Path<String>,
) -> HttpResponse {
    let (named, denied) = (query(&request, "factor"), passkey::denial(&request));
    let problem = denied.map(Problem::Told);
    show(&request, &server.into_inner(), &id, (named.as_deref(), problem)).await
}

/// Why a page is shown again.
pub(super) enum Problem {
    /// For this reason.
    Told(Text),
    /// An answer was not right.
    Denied(Denial, FactorKind),
}

/// The page, if it is due: it asks for the factor that is named, or for the one that was used last, or for the strongest.
pub(super) async fn show(
    request: &HttpRequest,
    server: &Arc<Server>,
    id: &str,
    (named, problem): (Option<&str>, Option<Problem>),
) -> HttpResponse {
    let (shown, browser) = match Shown::load(request, server, id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(request, server, error).await,
    };
    let Some(
        page @ Page::Challenge {
            needed,
            wanted_by,
            allowed,
        },
    ) = &shown.due
    else {
        return respond::see_other(&path(server, shown.id, None));
    };
    let sent = match Sent::load(server, &shown, CodePurpose::Challenge).await {
        Ok(sent) => sent,
        Err(error) => return failed(request, server, error).await,
    };
    let named = named_factor(named, allowed);
    let kind = sent.kind(named, allowed).or(named).or(shown.first);
    let kind = kind.unwrap_or(FactorKind::Totp);
    let channel = channel_of(kind);
    let error = told(problem, channel.map(|_| (&sent, shown.now)));
    let action = path(server, shown.id, Some(page));
    let address = format!("{action}?factor={}", kind.as_str());
    let other = |other: &FactorKind| OtherFactor::new(*other, format!("{action}?factor={}", other.as_str()));
    let is_denied = error.is_some();
    let (asker, have) = (shown.asker(), shown.have());
    let challenge = ChallengePage {
        chrome: server.pages.chrome::<ChallengePage>(),
        others: allowed.iter().filter(|other| **other != kind).map(other).collect(),
        action,
        csrf: shown.csrf(server, &browser),
        sentence: if wanted_by == DEVICE {
            text::NEEDS_ACTIVATION
        } else if have >= *needed {
            text::needs_fresh_proof(asker)
        } else {
            text::needs_proof(asker, shown.proof_until(server), shown.now)
        },
        client: shown.client_card(server),
        needed: (*needed).into(),
        have: have.into(),
        error,
        factor: kind.as_str(),
        hint: text::code_hint(kind),
        numeric: text::is_numeric(kind),
        passkey: (kind == FactorKind::Passkey).then(|| shown.passkey(server, &browser, PasskeyUse::Prove)),
        code: channel.map(|channel| {
            let form = send_form(server, (&shown, &browser), (channel, &sent));
            sent.view(channel, form)
        }),
    };
    let response = shown.page(server, &challenge, is_denied);
    if is_denied || channel.is_none() {
        return response;
    }
    sent.refresh(response, shown.now, &address)
}

/// What went wrong, in a sentence; `sent` where the code is one that is sent.
pub(super) fn told(problem: Option<Problem>, sent: Option<(&Sent, Timestamp)>) -> Option<Text> {
    let blocked = sent.and_then(|(sent, now)| sent.blocked(now));
    match (problem, sent) {
        (Some(Problem::Told(told)), _) => Some(told),
        (Some(Problem::Denied(denial, kind)), None) => Some(text::code_denied(denial, kind)),
        (Some(Problem::Denied(..)), Some((sent, _))) => blocked.or_else(|| Some(sent.denied())),
        (None, _) => blocked,
    }
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
    let code = params.get("code").unwrap_or_default().to_owned();
    let named = params.get("factor").map(str::to_owned);
    let proof = if yubikey::is_named(named.as_deref()) {
        yubikey::prove(&request, &server, (id, &browser), code).await
    } else {
        prove(&request, &server, (id, &browser), (named.clone(), code)).await
    };
    match proven(&request, &server, id, proof).await {
        Ok(response) => response,
        Err(denial) => {
            let kind = named.as_deref().and_then(|name| name.parse().ok());
            let problem = Some(Problem::Denied(denial, kind.unwrap_or(FactorKind::Totp)));
            show(&request, &server, &path, (named.as_deref(), problem)).await
        }
    }
}

async fn prove(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    (named, code): (Option<String>, String),
) -> Result<Risen> {
    answer(request, server, at, move |work, step| {
        let NextStep::Interact(Page::Challenge { allowed, .. }) = &step.due else {
            return Err(Denial::StepNotDue.into());
        };
        let kind = named_typed(named.as_deref(), allowed)
            .or_else(|| typed(allowed))
            .ok_or(Denial::StepNotDue)?;
        let renewed = second_factor::answer_challenge(work, (&step.errand, &step.gathered), kind, &code)?;
        let turn = turn::resume(work, &step.errand, Some(renewed.session.clone()))?;
        Ok(Risen::to(turn, renewed))
    })
    .await
}
