//! Signing out of this server: a page that asks, a form that does, a page that says so.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::authn::session;
use crate::pages::contexts::{LogoutPage, SignedOutPage};
use crate::server::Server;
use crate::store;
use crate::web::cookies::{self, Browser};
use crate::web::{form, look, respond, visitor};

const SUBJECT: &str = "logout";

pub(in crate::web) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let cookie = cookies::session(&request, &server);
    let found = server
        .read(move |view| {
            let session = session::find(view, cookie.as_ref())?;
            session
                .map(|session| store::users::find(view.tx, session.user))
                .transpose()
        })
        .await;
    let user = match found {
        Ok(Some(user)) => user,
        Ok(None) => return signed_out(&server),
        Err(error) => return respond::page_error(&server, error, &visitor::visitor(&request, &server).request_id),
    };
    look::note(&request, |noted| noted.account(user.as_ref()));
    let browser = Browser::known_or_new(&request, &server);
    let page = LogoutPage {
        chrome: server.pages.chrome::<LogoutPage>(),
        action: format!("{}/oauth2/logout", server.shared().settings.issuer_path()),
        csrf: form::token(&server, &browser, SUBJECT),
        client: None,
        user_name: user.map(|user| user.display_name().to_owned()),
        fields: Vec::new(),
    };
    respond::with_cookies(respond::page(&server, StatusCode::OK, &page, None), [browser.new])
}

pub(in crate::web) async fn post(request: HttpRequest, body: web::Bytes, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let reference = visitor::visitor(&request, &server).request_id;
    let params = match form::read(&request, &body, &server, SUBJECT) {
        Ok((_, params)) => params,
        Err(error) => return respond::page_error(&server, error, &reference),
    };
    if params.get("decision") != Some("confirm") {
        return respond::see_other(&format!("{}/", server.shared().settings.issuer_path()));
    }
    let cookie = cookies::session(&request, &server);
    let ended = server
        .perform(visitor::origin(&request, &server), move |work| {
            match session::find(&mut work.view(), cookie.as_ref())? {
                Some(session) => session::end(work, &session),
                None => Ok(()),
            }
        })
        .await;
    match ended {
        Ok(()) => respond::with_cookies(signed_out(&server), [Some(cookies::unset_session(&server))]),
        Err(error) => respond::page_error(&server, error, &reference),
    }
}

fn signed_out(server: &Server) -> HttpResponse {
    let page = SignedOutPage {
        chrome: server.pages.chrome::<SignedOutPage>(),
        back: None,
    };
    respond::page(server, StatusCode::OK, &page, None)
}
