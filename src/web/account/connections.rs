//! Accounts at other providers that sign in to this one: connected here, and listed with the credentials.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::credentials::show;
use super::{act, back, change, enter, failed, frame, posted};
use crate::authn::upstream::{self, Aim, Problem, SignedIn, Want};
use crate::error::{Refusal, Result};
use crate::manage::account::connections;
use crate::model::id::{SessionId, UserId};
use crate::model::interaction::Visit;
use crate::model::issuer::Issuer;
use crate::oauth::redirect_uri::form_action_source;
use crate::pages::Text;
use crate::pages::contexts::account::ConnectPage;
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::Browser;
use crate::web::{interaction, respond};
use crate::work::View;

const PATH: &str = "/account/security";

/// The address of the page that asks, below the issuer's.
pub(super) fn place(issuer: &str) -> String {
    let issuer = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("issuer", issuer)
        .finish();
    format!("{PATH}/connect?{issuer}")
}

fn visit(issuer: &Issuer) -> Visit {
    change(place(&issuer.issuer))
}

fn find(view: &View<'_>, name: &str) -> Option<Issuer> {
    upstream::provider(&view.directory.issuers, name)
        .filter(|issuer| issuer.connectable)
        .cloned()
}

async fn listed(server: &Arc<Server>, name: String) -> Result<Issuer> {
    let found = server.read(move |view| Ok(find(view, &name))).await?;
    found.ok_or_else(|| Refusal::Missing("there is no such provider").into())
}

/// Asks whether an account there is to be connected; to be asked takes fresh proof.
pub(super) async fn ask(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let name = interaction::query(&request, "issuer").unwrap_or_default();
    let issuer = match listed(&server, name).await {
        Ok(issuer) => issuer,
        Err(error) => return failed(&request, &server, error),
    };
    let (visitor, ()) = match enter(&request, &server, visit(&issuer), |_, _| Ok(())).await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let shown = ConnectPage {
        frame: frame::<ConnectPage>(&request, &server, "security", &visitor),
        provider: issuer.display_name().to_owned(),
        issuer: issuer.issuer.clone(),
    };
    let target = form_action_source(&issuer.issuer);
    respond::page(&server, StatusCode::OK, &shown, target.as_deref())
}

/// Leaves for the provider.
pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    let (issuer, browser) = match (
        listed(&server, params.get("issuer").unwrap_or_default().to_owned()).await,
        Browser::known(&request, &server),
    ) {
        (Ok(issuer), Some(browser)) => (issuer, browser.digest()),
        (Err(error), _) => return failed(&request, &server, error),
        (_, None) => return back(&server, PATH, ""),
    };
    let metadata = match crate::web::upstream::metadata(&server, &issuer).await {
        Ok(metadata) => metadata,
        Err(problem) => return refused(&request, &server, problem).await,
    };
    let asked = issuer.clone();
    let made = act(&request, &server, visit(&issuer), move |work, visitor| {
        let aim = Aim::Connect {
            user: visitor.user.id,
            session: visitor.session.id,
        };
        upstream::begin(work, (&asked, &metadata), (&browser, aim), &Want::default())
    });
    match made.await {
        Ok(Ok(address)) => crate::web::upstream::leave(&server, &issuer, &address),
        Ok(Err(error)) => failed(&request, &server, error),
        Err(response) => response,
    }
}

/// Settles an answer: the account there is connected with the one here, if whoever asked is still who is here.
pub(in crate::web) async fn settle(
    request: &HttpRequest,
    server: &Arc<Server>,
    (user, session): (UserId, SessionId),
    (issuer, who): (Issuer, std::result::Result<SignedIn, Problem>),
) -> HttpResponse {
    let who = match who {
        Ok(who) => who,
        Err(problem) => return refused(request, server, problem).await,
    };
    let made = act(request, server, visit(&issuer), move |work, visitor| {
        // A session that rises keeps its identifier.
        if visitor.user.id != user || visitor.session.id != session {
            return Ok(Err(Problem::Refused("another session asked")));
        }
        connections::add(work, &visitor.actor, &issuer, &who)
    });
    match made.await {
        Ok(Ok(Ok(()))) => back(server, PATH, "connected"),
        Ok(Ok(Err(problem))) => refused(request, server, problem).await,
        Ok(Err(error)) => failed(request, server, error),
        Err(response) => response,
    }
}

async fn refused(request: &HttpRequest, server: &Arc<Server>, problem: Problem) -> HttpResponse {
    show(request, server, Some(Text::of("upstream", problem.as_str()))).await
}
