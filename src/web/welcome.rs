//! The one-time link of a first start: creates the first user who may manage the directory.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::body::Posted;
use super::cookies::Browser;
use super::{form, new_password, respond, visitor};
use crate::error::{Error, Refusal, Result};
use crate::manage::setup;
use crate::model::secret::Secret;
use crate::oauth::params::Params;
use crate::pages::Text;
use crate::pages::contexts::{WelcomeDonePage, WelcomePage};
use crate::server::Server;

const SUBJECT: &str = "welcome";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>, token: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    show(&request, &server, &token, (String::new(), None)).await
}

async fn show(
    request: &HttpRequest,
    server: &Arc<Server>,
    token: &str,
    (username, error): (String, Option<Text>),
) -> HttpResponse {
    let presented = Secret::new(token);
    let reference = visitor::visitor(request, server).request_id;
    match server.read(move |view| setup::is_open(view, &presented)).await {
        Ok(true) => {}
        Ok(false) => {
            let gone = Refusal::Missing("this link was used or has expired");
            return respond::page_error(server, gone.into(), &reference);
        }
        Err(error) => return respond::page_error(server, error, &reference),
    }
    let browser = Browser::known_or_new(request, server);
    let status = if error.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let page = WelcomePage {
        chrome: server.pages.chrome::<WelcomePage>(),
        action: format!("{}/welcome/{token}", server.shared().settings.issuer_path()),
        csrf: form::token(server, &browser, SUBJECT),
        username,
        shortest: server.shared().settings.passwords.min_length,
        error,
    };
    respond::with_cookies(respond::page(server, status, &page, None), [browser.new])
}

pub(super) async fn post(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    token: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let reference = visitor::visitor(&request, &server).request_id;
    let params = match form::read(&request, &body, &server, SUBJECT) {
        Ok((_, params)) => params,
        Err(error) => return respond::page_error(&server, error, &reference),
    };
    let username = params.get("username").unwrap_or_default().to_owned();
    match create(&request, &server, Secret::new(token.as_str()), &params).await {
        Ok(Created::Again(sentence)) => show(&request, &server, &token, (username, Some(sentence))).await,
        Ok(Created::User(username)) => {
            let done = WelcomeDonePage {
                chrome: server.pages.chrome::<WelcomeDonePage>(),
                username,
            };
            respond::page(&server, StatusCode::OK, &done, None)
        }
        Err(Error::Refused(Refusal::Invalid(_))) => {
            let sentence = Text::new("welcome.username");
            show(&request, &server, &token, (username, Some(sentence))).await
        }
        Err(error) => respond::page_error(&server, error, &reference),
    }
}

/// What became of the form.
enum Created {
    /// This user.
    User(String),
    /// Nothing yet: this must be corrected.
    Again(Text),
}

async fn create(request: &HttpRequest, server: &Arc<Server>, token: Secret, params: &Params) -> Result<Created> {
    let username = params.get("username").unwrap_or_default().trim().to_owned();
    let twice = ["password", "confirm"].map(|name| params.get(name).unwrap_or_default());
    let password = match new_password::typed(server, &[&username], twice) {
        Ok(password) => password,
        Err(told) => return Ok(Created::Again(told)),
    };
    let presented = token.clone();
    if !server.read(move |view| setup::is_open(view, &presented)).await? {
        return Err(Refusal::Missing("this link was used or has expired").into());
    }
    let phc = match new_password::hashed(server, password, None).await? {
        Ok(phc) => phc,
        Err(told) => return Ok(Created::Again(told)),
    };
    let origin = visitor::origin(request, server);
    let user = server
        .perform(origin, move |work| {
            setup::create_first_user(work, &token, &username, phc)
        })
        .await?;
    Ok(Created::User(user.username))
}
