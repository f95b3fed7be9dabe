//! The consent page: scopes in words, a box for each that may be left out, and where they may be used.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::shown::{Shown, redirect_host, stranger};
use super::step::answer;
use super::turn::{self, Turn};
use super::{failed, led, path, posted};
use crate::authn::interaction;
use crate::error::{Denial, Result};
use crate::model::id::InteractionId;
use crate::model::interaction::ConsentAnswer;
use crate::model::scope::{Scope, ScopeSet};
use crate::oauth::params::Params;
use crate::pages::contexts::{ConsentPage, ResourceLine, ScopeLine};
use crate::pages::{Text, text};
use crate::policy::{NextStep, Page};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::Browser;
use crate::web::respond;
use crate::work::Directory;

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
    let (Some(page @ Page::Consent { missing }), Some(asker), Some(client)) =
        (&shown.due, shown.aim.client(), shown.client_card(&server))
    else {
        return respond::see_other(&path(&server, shown.id, None));
    };
    let wanted = missing.resources.clone();
    let listed = server.read(move |view| {
        let described = wanted.into_iter().map(|identifier| place(identifier, view.directory));
        Ok((view.directory.scopes.clone(), described.collect()))
    });
    let (listed, resources) = match listed.await {
        Ok(listed) => listed,
        Err(error) => return failed(&request, &server, error).await,
    };
    let consent = ConsentPage {
        chrome: server.pages.chrome::<ConsentPage>(),
        action: path(&server, shown.id, Some(page)),
        csrf: shown.csrf(&server, &browser),
        client,
        user_name: shown
            .gathered
            .user()
            .map(|user| user.display_name().to_owned())
            .unwrap_or_default(),
        scopes: missing.scope.iter().map(|name| line(name, &listed)).collect(),
        resources,
        have: shown.have().into(),
        redirect_host: shown
            .aim
            .request()
            .map(|valid| redirect_host(&valid.request.redirect_uri)),
        stranger: stranger(
            asker,
            shown.aim.request().map(|valid| valid.request.redirect_uri.as_str()),
        ),
    };
    shown.page(&server, &consent, false)
}

/// An API in words.
pub(in crate::web) fn place(identifier: String, directory: &Directory) -> ResourceLine {
    let listed = directory.resource(&identifier);
    ResourceLine {
        description: listed.map(|resource| resource.description.clone()).unwrap_or_default(),
        identifier,
    }
}

/// A scope in words.
pub(in crate::web) fn line(name: &str, listed: &[Scope]) -> ScopeLine {
    let own = listed.iter().find(|scope| scope.name == name);
    let described = own
        .map(|scope| scope.description.clone())
        .filter(|text| !text.is_empty())
        .map(Text::verbatim);
    ScopeLine {
        name: name.to_owned(),
        description: described
            .or_else(|| text::scope_effect(name))
            .unwrap_or_else(|| Text::verbatim(name)),
        required: !is_optional(name, listed),
        checked: true,
    }
}

fn is_optional(name: &str, listed: &[Scope]) -> bool {
    listed.iter().any(|scope| scope.name == name && scope.optional)
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
    match record(&request, &server, (id, &browser), params).await {
        Ok(turn) => led(&request, &server, id, turn).await,
        Err(error) => failed(&request, &server, error).await,
    }
}

async fn record(
    request: &HttpRequest,
    server: &Arc<Server>,
    at: (InteractionId, &Browser),
    params: Params,
) -> Result<Turn> {
    answer(request, server, at, move |work, mut step| {
        let (NextStep::Interact(Page::Consent { missing }), Some(user)) = (&step.due, step.gathered.user()) else {
            return Err(Denial::StepNotDue.into());
        };
        let asked = step.gathered.facts.asked.to_agree();
        let answer = match params.get("decision") {
            Some("allow") => ConsentAnswer::Allowed,
            Some("deny") => ConsentAnswer::Denied,
            _ => return Err(Denial::StepNotDue.into()),
        };
        let ticked: Vec<&str> = params.all("scope").collect();
        let listed = &work.directory.scopes;
        // Only what had a box can be left out.
        let has_box = |name: &str| missing.scope.contains(name) && is_optional(name, listed);
        let chosen: ScopeSet = asked
            .iter()
            .filter(|name| !has_box(name) || ticked.contains(name))
            .collect();
        interaction::answer_consent(work, &mut step.errand, user.id, (answer, chosen))?;
        turn::resume(work, &step.errand, step.session)
    })
    .await
}
