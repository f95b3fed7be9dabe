//! A forgotten password: the page that orders a mail, and the one that its link leads to. CLAUSES.md S45, S51.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::body::Posted;
use super::cookies::Browser;
use super::{form, new_password, respond, visitor};
use crate::error::{Denial, Error, Refusal, Result};
use crate::manage::passwords::{self, LINK_GONE};
use crate::manage::recovery;
use crate::model::evidence::FactorKind;
use crate::model::id::InteractionId;
use crate::model::secret::Secret;
use crate::oauth::params::Params;
use crate::pages::Text;
use crate::pages::contexts::{ForgottenPage, Link, NoticePage, ResetPage};
use crate::pages::text::{self, ErrorClass};
use crate::server::Server;

const FORGOTTEN: &str = "forgotten password";
const RESET: &str = "new password";
/// The longest name or address that is looked at, in bytes.
const MAX_LOGIN: usize = 320;

/// The page that asks for a name or an address.
pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    if !server.shared().settings.resets_passwords() {
        return gone(&server);
    }
    let browser = Browser::known_or_new(&request, &server);
    let page = ForgottenPage {
        chrome: server.pages.chrome::<ForgottenPage>(),
        action: format!("{}/forgotten", server.shared().settings.issuer_path()),
        csrf: form::token(&server, &browser, FORGOTTEN),
        errand: errand(request.query_string()),
    };
    respond::with_cookies(respond::page(&server, StatusCode::OK, &page, None), [browser.new])
}

/// The sign-in that somebody came from, if the address names one.
fn errand(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, id) = pairs.find(|(name, _)| name == "errand")?;
    id.parse::<InteractionId>().ok().map(|id| id.to_string())
}

/// Orders the mail. The answer is the same whether or not anybody has that name.
pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    if !server.shared().settings.resets_passwords() {
        return gone(&server);
    }
    let reference = visitor::visitor(&request, &server).request_id;
    let params = match form::read(&request, &body, &server, FORGOTTEN) {
        Ok((_, params)) => params,
        Err(error) => return respond::page_error(&server, error, &reference),
    };
    let login = params.get("username").unwrap_or_default().trim().to_owned();
    if !login.is_empty() && login.len() <= MAX_LOGIN {
        let origin = visitor::origin(&request, &server);
        let ordered = server.perform(origin, move |work| recovery::order_mail(work, &login));
        if let Err(error) = ordered.await {
            return respond::page_error(&server, error, &reference);
        }
    }
    let base = server.shared().settings.issuer_path();
    let back = params.get("errand").and_then(|id| id.parse::<InteractionId>().ok());
    let sent = NoticePage {
        chrome: server.pages.chrome::<NoticePage>(),
        heading: Text::new("forgotten.sent"),
        sentence: Text::new("forgotten.sent-sentence"),
        link: back.map(|id| Link::new(Text::new("forgotten.back"), format!("{base}/interaction/{id}"))),
    };
    respond::page(&server, StatusCode::OK, &sent, None)
}

fn gone(server: &Server) -> HttpResponse {
    respond::error_page(server, StatusCode::NOT_FOUND, ErrorClass::LinkGone, None)
}

/// The page that asks for a new password.
pub(super) async fn reset(request: HttpRequest, server: web::Data<Server>, token: web::Path<String>) -> HttpResponse {
    show(&request, &server.into_inner(), &token, None).await
}

async fn show(request: &HttpRequest, server: &Arc<Server>, token: &str, error: Option<Text>) -> HttpResponse {
    let presented = Secret::new(token);
    let open = match server.read(move |view| recovery::find(view, &presented)).await {
        Ok(Some(open)) => open,
        Ok(None) => return gone(server),
        Err(error) => return respond::page_error(server, error, &visitor::visitor(request, server).request_id),
    };
    let browser = Browser::known_or_new(request, server);
    let status = if error.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let page = ResetPage {
        chrome: server.pages.chrome::<ResetPage>(),
        action: format!("{}/reset/{token}", server.shared().settings.issuer_path()),
        csrf: form::token(server, &browser, RESET),
        username: open.user.username.clone(),
        is_rescue: open.is_rescue(),
        shortest: server.shared().settings.passwords.min_length,
        needs_code: open.needs_code,
        hint: text::code_hint(FactorKind::Totp),
        error,
    };
    respond::with_cookies(respond::page(server, status, &page, None), [browser.new])
}

/// Sets the new password. It signs nobody in.
pub(super) async fn set(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    token: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    let reference = visitor::visitor(&request, &server).request_id;
    let params = match form::read(&request, &body, &server, RESET) {
        Ok((_, params)) => params,
        Err(error) => return respond::page_error(&server, error, &reference),
    };
    match redeem(&request, &server, Secret::new(token.as_str()), &params).await {
        Ok(None) => {
            let done = NoticePage {
                chrome: server.pages.chrome::<NoticePage>(),
                heading: Text::new("reset.done"),
                sentence: Text::new("reset.done-sentence"),
                link: None,
            };
            respond::page(&server, StatusCode::OK, &done, None)
        }
        Ok(again) => show(&request, &server, &token, again).await,
        Err(Error::Refused(Refusal::Missing(LINK_GONE))) => gone(&server),
        Err(Error::Refused(Refusal::Denied(
            denial @ (Denial::BadCredentials | Denial::LockedOut | Denial::CodeUsed(_)),
        ))) => {
            let error = text::code_denied(denial, FactorKind::Totp);
            show(&request, &server, &token, Some(error)).await
        }
        Err(error) => respond::page_error(&server, error, &reference),
    }
}

/// Look, compare and hash on a thread that may take its time, then all of it in one unit of work. What must be corrected, if
/// anything.
async fn redeem(request: &HttpRequest, server: &Arc<Server>, token: Secret, params: &Params) -> Result<Option<Text>> {
    let presented = token.clone();
    let open = server.read(move |view| recovery::find(view, &presented)).await?;
    let open = open.ok_or(Refusal::Missing(LINK_GONE))?;
    let twice = ["password", "confirm"].map(|name| params.get(name).unwrap_or_default());
    let password = match new_password::typed(server, &passwords::own_names(&open.user), twice) {
        Ok(password) => password,
        Err(told) => return Ok(Some(told)),
    };
    let phc = match new_password::hashed(server, password, open.phc).await? {
        Ok(phc) => phc,
        Err(told) => return Ok(Some(told)),
    };
    let code = params.get("code").unwrap_or_default().to_owned();
    let origin = visitor::origin(request, server);
    let redeemed = server.perform(origin, move |work| recovery::redeem(work, &token, phc, &code));
    redeemed.await.map(|_| None)
}
