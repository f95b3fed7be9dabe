//! The authorization endpoint over HTTP: GET and POST (OpenID Connect Core §3.1.2.1).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::authn::session;
use crate::error::{Error, Refusal, Result};
use crate::oauth::authorize::{Begun, PageError, begin, open_errand};
use crate::oauth::params::Params;
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::cookies::{self, Browser};
use crate::web::gather::Occasion;
use crate::web::{form, gather, interaction, respond, visitor};

pub(in crate::web) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match Params::parse(request.query_string().as_bytes()) {
        Ok(params) => params,
        Err(error) => return unreadable(&server, &error.description),
    };
    let named = (params.get("client_id"), Occasion::Beginning);
    if let Err(error) = gather::introduced(&request, &server, named).await {
        return unknown(&request, &server, error);
    }
    let browser = Browser::known_or_new(&request, &server);
    let received = match gather::request(&server, params).await {
        Ok(received) => received,
        Err(error) => return answer(&request, &server, browser, Err(error)).await,
    };
    let (cookie, digest) = (cookies::session(&request, &server), browser.digest());
    let origin = visitor::origin(&request, &server);
    let begun = server
        .perform(origin, move |work| {
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            begin(work, received, session, &digest)
        })
        .await;
    answer(&request, &server, browser, begun).await
}

/// Stores the request, binds it to this browser and goes on by a same-site navigation, which brings the cookies along.
pub(in crate::web) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match form::parameters(&request, &body) {
        Ok(params) => params,
        Err(error) => return unreadable(&server, &error.description),
    };
    let named = (params.get("client_id"), Occasion::Beginning);
    if let Err(error) = gather::introduced(&request, &server, named).await {
        return unknown(&request, &server, error);
    }
    let browser = Browser::known_or_new(&request, &server);
    let received = match gather::request(&server, params).await {
        Ok(received) => received,
        Err(error) => return answer(&request, &server, browser, Err(error)).await,
    };
    let digest = browser.digest();
    let origin = visitor::origin(&request, &server);
    let begun = server
        .perform(origin, move |work| open_errand(work, received, &digest))
        .await;
    answer(&request, &server, browser, begun).await
}

/// What is wrong with the document that describes a client is told on our page: it says where responses may go.
fn unknown(request: &HttpRequest, server: &Arc<Server>, error: Error) -> HttpResponse {
    match error {
        Error::Refused(Refusal::OAuth(error)) => {
            respond::authorization_page_error(server, PageError::Undescribed(error.description.into_owned()))
        }
        error => respond::page_error(server, error, &visitor::visitor(request, server).request_id),
    }
}

fn unreadable(server: &Server, problem: &str) -> HttpResponse {
    respond::authorization_page_error(server, PageError::InvalidRequest(problem.to_owned()))
}

async fn answer(request: &HttpRequest, server: &Arc<Server>, browser: Browser, begun: Result<Begun>) -> HttpResponse {
    let response = match begun {
        Ok(Begun::Page(error)) => respond::authorization_page_error(server, error),
        Ok(Begun::Completed(completed)) => interaction::completed(request, server, Some(&browser), *completed).await,
        Ok(Begun::Errand(errand, page)) => respond::see_other(&interaction::path(server, errand.id, page.as_ref())),
        Err(error) => respond::page_error(server, error, &visitor::visitor(request, server).request_id),
    };
    respond::with_cookies(response, [browser.new])
}
