//! Signing in at another provider, in an errand: a browser leaves from the login page and comes back with an answer.

use std::sync::Arc;

use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};

use super::step::{Step, answer};
use super::turn::Turn;
use super::{Risen, failed, path, posted, proven, query, turn};
use crate::authn::interaction;
use crate::authn::login::Settling;
use crate::authn::upstream::{self, Aim, Metadata, Problem, SignedIn, Want};
use crate::error::{Denial, Error, Refusal, Result};
use crate::manage::users;
use crate::model::evidence::Acr;
use crate::model::id::InteractionId;
use crate::model::interaction::Interaction;
use crate::model::issuer::Issuer;
use crate::model::session::Session;
use crate::pages::Text;
use crate::policy::facts::UserFacts;
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::store;
use crate::web::body::Posted;
use crate::web::cookies::Browser;
use crate::web::{respond, visitor};
use crate::work::Work;

/// The name of the parameter by which the login page says what came of it.
const SAID: &str = "upstream";

/// Leaves for the provider whose button was pressed.
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
    let name = params.get("issuer").unwrap_or_default().to_owned();
    match begin(&request, &server, (id, &browser), name).await {
        Ok(Ok((issuer, address))) => crate::web::upstream::leave(&server, &issuer, &address),
        Ok(Err(problem)) => back(&server, id, problem),
        Err(error) => failed(&request, &server, error).await,
    }
}

async fn begin(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser): (InteractionId, &Browser),
    name: String,
) -> Result<std::result::Result<(Issuer, String), Problem>> {
    let listed = server
        .read(move |view| Ok(upstream::provider(&view.directory.issuers, &name).cloned()))
        .await?;
    let issuer = listed.ok_or(Denial::StepNotDue)?;
    let metadata = match crate::web::upstream::metadata(server, &issuer).await {
        Ok(metadata) => metadata,
        Err(problem) => return Ok(Err(problem)),
    };
    let address = answer(request, server, (id, browser), {
        let issuer = issuer.clone();
        move |work, step| {
            check_due(&step)?;
            let aim = Aim::SignIn { interaction: id };
            upstream::begin(work, (&issuer, &metadata), (&step.errand.browser, aim), &want(&step))
        }
    });
    Ok(Ok((issuer, address.await?)))
}

fn check_due(step: &Step) -> Result<()> {
    match step.due {
        NextStep::Interact(Page::Login) => Ok(()),
        _ => Err(Denial::StepNotDue.into()),
    }
}

/// What the errand asks of whoever signs in, as far as that is known before anybody has.
fn want(step: &Step) -> Want {
    let facts = &step.gathered.facts;
    let joined = facts.required.joined();
    let demanded = facts.user.as_ref().is_some_and(UserFacts::demands_high);
    let asked = facts.asked.acr_values.iter().filter_map(|asked| asked.acr).max();
    let ages = [facts.asked.max_age, joined.max_age];
    Want {
        needed: joined
            .acr
            .max(asked.unwrap_or_default())
            .max(if demanded { Acr::High } else { Acr::None }),
        max_age: ages.into_iter().flatten().min(),
        anew: facts.asked.anew,
        login_hint: step.aim.request().and_then(|valid| valid.request.login_hint.clone()),
    }
}

/// Settles an answer: whoever it is about is signed in, and the errand takes its next turn. Where that asks for more than
/// was asked for there, and the provider can show it, it is asked there first, once.
pub(in crate::web) async fn settle(
    request: &HttpRequest,
    server: &Arc<Server>,
    (id, browser): (InteractionId, &Browser),
    (issuer, asked, who): (Issuer, Acr, std::result::Result<SignedIn, Problem>),
) -> HttpResponse {
    let (who, metadata) = match (who, crate::web::upstream::metadata(server, &issuer).await) {
        (Ok(who), Ok(metadata)) => (who, metadata),
        (Err(problem), _) | (_, Err(problem)) => return back(server, id, problem),
    };
    let user_agent = visitor::visitor(request, server).user_agent;
    let settled = answer(request, server, (id, browser), move |work, step| {
        check_arrival(work, &step, (&issuer, &who))?;
        create(work, &issuer, &who)?;
        let settling = Settling {
            interaction: id,
            browser: &step.errand.browser,
            current: step.session,
            user_agent: &user_agent,
        };
        match upstream::settle(work, settling, &issuer, &who)? {
            Ok(renewed) => {
                let errand = interaction::load(work, id, &step.errand.browser)?;
                let session = Some(renewed.session.clone());
                if let Some((page, address)) = more(work, &errand, session.clone(), (&issuer, &metadata, asked))? {
                    return Ok(Ok((Risen::to(Turn::Due(page), renewed), Some(address))));
                }
                let turn = turn::resume(work, &errand, session)?;
                Ok(Ok((Risen::to(turn, renewed), None)))
            }
            Err(problem) => {
                upstream::note(work, &issuer, problem)?;
                Ok(Err(problem))
            }
        }
    });
    match settled.await {
        Ok(Ok((risen, to))) => arrived(request, server, id, (risen, to)).await,
        Ok(Err(problem)) => back(server, id, problem),
        // Another tab was quicker: whatever is due now is shown.
        Err(Error::Refused(Refusal::Denied(Denial::StepNotDue))) => respond::see_other(&path(server, id, None)),
        Err(Error::Refused(Refusal::Invalid(error))) => {
            tracing::warn!(%error, "an account cannot be made for somebody of a provider");
            back(server, id, Problem::Refused("no account can be made"))
        }
        Err(error) => failed(request, server, error).await,
    }
}

/// An answer is due where a login is, and where more proof is of whoever it is about.
fn check_arrival(work: &mut Work<'_>, step: &Step, (issuer, who): (&Issuer, &SignedIn)) -> Result<()> {
    if !matches!(
        step.due,
        NextStep::Interact(Page::Challenge { .. } | Page::Enrol { .. })
    ) {
        return check_due(step);
    }
    let found = store::upstream::find(work.tx, &issuer.issuer, &who.subject)?;
    match (found, step.errand.user) {
        (Some((user, _)), Some(bound)) if user == bound => Ok(()),
        _ => Err(Denial::StepNotDue.into()),
    }
}

/// The request for the proof that is due next, where this provider can show it and was not asked for it yet; with the page
/// that is due otherwise.
fn more(
    work: &mut Work<'_>,
    errand: &Interaction,
    session: Option<Session>,
    (issuer, metadata, asked): (&Issuer, &Metadata, Acr),
) -> Result<Option<(Page, String)>> {
    let (_, _, decision) = turn::peek(&mut work.view(), errand, session)?;
    let NextStep::Interact(page) = decision.step else {
        return Ok(None);
    };
    let (Page::Challenge { needed, .. } | Page::Enrol { needed, .. }) = page else {
        return Ok(None);
    };
    if needed <= asked || issuer.acr_values_for(needed).is_empty() {
        return Ok(None);
    }
    let aim = Aim::SignIn { interaction: errand.id };
    let want = Want {
        needed,
        ..Want::default()
    };
    let address = upstream::begin(work, (issuer, metadata), (&errand.browser, aim), &want)?;
    Ok(Some((page, address)))
}

/// Makes an account for somebody whom nobody here is connected with, where the issuer's people get one.
fn create(work: &mut Work<'_>, issuer: &Issuer, who: &SignedIn) -> Result<()> {
    if issuer.create_users && store::upstream::find(work.tx, &issuer.issuer, &who.subject)?.is_none() {
        users::add_from(work, issuer, who)?;
    }
    Ok(())
}

async fn arrived(
    request: &HttpRequest,
    server: &Arc<Server>,
    id: InteractionId,
    (risen, to): (Risen, Option<String>),
) -> HttpResponse {
    // What was proved there was not proved lately enough.
    let is_stale = matches!(risen.turn, Turn::Due(Page::Login));
    let to = to.or_else(|| is_stale.then(|| address(server, id, Problem::Stale(""))));
    match proven(request, server, id, Ok(risen)).await {
        Ok(mut response) => {
            if let Some(to) = to.and_then(|to| HeaderValue::try_from(to).ok()) {
                response.headers_mut().insert(LOCATION, to);
            }
            response
        }
        Err(_) => back(server, id, Problem::Refused("")),
    }
}

fn address(server: &Server, id: InteractionId, problem: Problem) -> String {
    format!("{}?{SAID}={}", path(server, id, Some(&Page::Login)), problem.as_str())
}

/// Back to the login page, which says what came of it and has the other ways.
fn back(server: &Server, id: InteractionId, problem: Problem) -> HttpResponse {
    respond::see_other(&address(server, id, problem))
}

/// What the login page says of a sign-in elsewhere that came to nothing.
pub(super) fn problem(request: &HttpRequest) -> Option<Text> {
    const KNOWN: [&str; 5] = ["declined", "unavailable", "refused", "stale", "unknown"];
    let said = query(request, SAID)?;
    let known = KNOWN.into_iter().find(|known| *known == said)?;
    Some(Text::of("upstream", known))
}
