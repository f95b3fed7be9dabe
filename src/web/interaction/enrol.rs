//! The enrolment page: the ceremony that confirms the new factor is the proof.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::challenge::{Problem, told};
use super::code::{Sent, send_form};
use super::shown::Shown;
use super::step::answer;
use super::{Risen, failed, named_typed, passkey, path, posted, proven, query, turn, typed, yubikey};
use crate::authn::challenge::channel_of;
use crate::authn::enrolment;
use crate::authn::factor::Setup;
use crate::error::{Denial, Result};
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::model::message::Channel;
use crate::model::one_time_code::CodePurpose;
use crate::pages::contexts::{EnrolCodePage, EnrolPage, EnrolPasskeyPage, EnrolSecret, OtherFactor, PasskeyUse};
use crate::pages::{Text, text};
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
    let (denied, named) = (passkey::denial(&request), query(&request, "factor"));
    let named = named.as_deref().filter(|_| denied.is_none());
    show(&request, &server.into_inner(), &id, (named, None, denied)).await
}

/// The page, if it is due: of the kind that is named; or else the passkey first where one would do, and the strongest kind
/// that is set up by typing a code. Whatever else would do is a link.
async fn show(
    request: &HttpRequest,
    server: &Arc<Server>,
    id: &str,
    (named, error, passkey_error): (Option<&str>, Option<Text>, Option<Text>),
) -> HttpResponse {
    let (shown, browser) = match Shown::load(request, server, id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(request, server, error).await,
    };
    let Some(page @ Page::Enrol { needed, allowed, .. }) = &shown.due else {
        return respond::see_other(&path(server, shown.id, None));
    };
    let named = named_typed(named, allowed);
    let first = named.or_else(|| allowed.first().copied());
    if let Some(channel) = first.and_then(channel_of) {
        return show_code(request, server, id, (channel, "", None)).await;
    }
    let (is_denied, client) = (error.is_some() || passkey_error.is_some(), shown.client_card(server));
    let needed = client.is_some().then(|| (*needed).into());
    let passkey = (named.is_none() && allowed.contains(&FactorKind::Passkey))
        .then(|| shown.passkey(server, &browser, PasskeyUse::Register));
    let action = path(server, shown.id, Some(page));
    let by_app = typed(allowed).filter(|kind| channel_of(*kind).is_none());
    let (kind, passkey) = match (named.or(by_app), passkey) {
        (Some(kind), passkey) => (kind, passkey),
        (None, Some(passkey)) => {
            let enrol = EnrolPasskeyPage {
                chrome: server.pages.chrome::<EnrolPasskeyPage>(),
                client,
                error: passkey_error,
                needed,
                others: others(allowed, (FactorKind::Passkey, true), &action),
                passkey,
            };
            return shown.page(server, &enrol, is_denied);
        }
        (None, None) => return failed(request, server, Denial::StepNotDue.into()).await,
    };
    let secret = match set_up(request, server, (shown.id, &browser), kind).await {
        Ok(secret) => secret,
        Err(error) => return failed(request, server, error).await,
    };
    let enrol = EnrolPage {
        chrome: server.pages.chrome::<EnrolPage>(),
        others: others(allowed, (kind, passkey.is_some()), &action),
        action,
        csrf: shown.csrf(server, &browser),
        sentence: shown.enrolment_sentence(),
        client,
        heading: text::set_up_heading(kind),
        factor: kind.as_str(),
        hint: text::code_hint(kind),
        numeric: text::is_numeric(kind),
        secret,
        error,
        needed,
        passkey_error,
        passkey,
    };
    shown.page(server, &enrol, is_denied)
}

/// Links to what else could be set up; a passkey is set up on the page that names no kind.
fn others(allowed: &[FactorKind], (shown, with_passkey): (FactorKind, bool), action: &str) -> Vec<OtherFactor> {
    let is_shown = |kind: FactorKind| kind == shown || with_passkey && kind == FactorKind::Passkey;
    let link = |kind: &FactorKind| match kind {
        FactorKind::Passkey => OtherFactor::to_set_up(*kind, action),
        kind => OtherFactor::to_set_up(*kind, format!("{action}?factor={}", kind.as_str())),
    };
    allowed.iter().filter(|kind| !is_shown(**kind)).map(link).collect()
}

/// The page that adds a number or an address, if it is due.
pub(super) async fn show_code(
    request: &HttpRequest,
    server: &Arc<Server>,
    id: &str,
    (channel, typed, problem): (Channel, &str, Option<Problem>),
) -> HttpResponse {
    let (shown, browser) = match Shown::load(request, server, id).await {
        Ok(loaded) => loaded,
        Err(error) => return failed(request, server, error).await,
    };
    let Some(page @ Page::Enrol { needed, allowed, .. }) = &shown.due else {
        return respond::see_other(&path(server, shown.id, None));
    };
    let sent = match Sent::load(server, &shown, CodePurpose::Enrolment).await {
        Ok(sent) => sent,
        Err(error) => return failed(request, server, error).await,
    };
    let kind = channel.factor();
    let channel = sent
        .kind(Some(kind), &[FactorKind::Voice])
        .and_then(channel_of)
        .unwrap_or(channel);
    let error = told(problem, Some((&sent, shown.now)));
    let (client, is_denied) = (shown.client_card(server), error.is_some());
    let action = path(server, shown.id, Some(page));
    let mut form = send_form(server, (&shown, &browser), (channel, &sent));
    form.factor = kind.as_str();
    let enrol = EnrolCodePage {
        chrome: server.pages.chrome::<EnrolCodePage>(),
        csrf: shown.csrf(server, &browser),
        sentence: shown.enrolment_sentence(),
        needed: client.is_some().then(|| (*needed).into()),
        on_record: client.is_some().then(|| shown.number_on_record()).flatten(),
        client,
        error,
        factor: kind.as_str(),
        is_number: channel != Channel::Email,
        typed: typed.to_owned(),
        code: sent.view(channel, form),
        others: others(allowed, (kind, false), &action),
        action,
    };
    let response = shown.page(server, &enrol, is_denied);
    if is_denied {
        return response;
    }
    sent.refresh(
        response,
        shown.now,
        &format!("{}?factor={}", enrol.action, kind.as_str()),
    )
}

/// The secret that this user is about to enrol, the same however often the page is shown; none for a key that has its own.
async fn set_up(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    kind: FactorKind,
) -> Result<Option<EnrolSecret>> {
    if kind == FactorKind::YubikeyOtp {
        return Ok(None);
    }
    let Setup { secret, uri } = answer(request, server, at, move |work, mut step| {
        match (step.due, step.gathered.user()) {
            (NextStep::Interact(Page::Enrol { .. }), Some(user)) => {
                enrolment::begin_enrolment(work, &mut step.errand, user, kind)
            }
            _ => Err(Denial::StepNotDue.into()),
        }
    })
    .await?;
    Ok(Some(EnrolSecret::new(&secret, uri)?))
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
        confirm(&request, &server, (id, &browser), (named.clone(), code)).await
    };
    match proven(&request, &server, id, proof).await {
        Ok(response) => response,
        Err(denial) => {
            let kind = named.as_deref().and_then(|name| name.parse().ok());
            let kind = kind.unwrap_or(FactorKind::Totp);
            if let Some(channel) = channel_of(kind) {
                let problem = Some(Problem::Denied(denial, kind));
                return show_code(&request, &server, &path, (channel, "", problem)).await;
            }
            let error = Some(text::code_denied(denial, kind));
            show(&request, &server, &path, (named.as_deref(), error, None)).await
        }
    }
}

async fn confirm(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    (named, code): (Option<String>, String),
) -> Result<Risen> {
    answer(request, server, at, move |work, step| {
        let NextStep::Interact(Page::Enrol { allowed, .. }) = &step.due else {
            return Err(Denial::StepNotDue.into());
        };
        let kind = named_typed(named.as_deref(), allowed).or_else(|| typed(allowed));
        let kind = kind.ok_or(Denial::StepNotDue)?;
        let renewed = match channel_of(kind) {
            Some(_) => enrolment::confirm_code(work, &step.errand, &step.gathered, &code)?,
            None => enrolment::confirm_enrolment(work, &step.errand, &step.gathered, kind, &code)?,
        };
        let turn = turn::resume(work, &step.errand, Some(renewed.session.clone()))?;
        Ok(Risen::to(turn, renewed))
    })
    .await
}
