//! `/device`: where a person types the code that a device shows. RFC 8628 §3.3.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::body::Posted;
use super::cookies::{self, Browser};
use super::{form, interaction, respond, visitor};
use crate::authn::session;
use crate::error::Result;
use crate::model::device_code::{read_user_code, shown_user_code};
use crate::oauth::device::{Entered, VERIFICATION_PATH, enter};
use crate::pages::Text;
use crate::pages::contexts::DevicePage;
use crate::pages::text::ErrorClass;
use crate::server::Server;

/// What the form's token is made for.
const FORM: &str = "device";
/// The longest text that is typed.
const MAX_TYPED: usize = 64;

/// The page with its field; a link may have brought the code along (§3.3.1), which is then only filled in.
pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    if !server.shared().settings.device.enabled {
        return closed(&server);
    }
    let browser = Browser::known_or_new(&request, &server);
    let brought = interaction::query(&request, "user_code").and_then(|typed| read_user_code(&typed));
    let brought = brought.map(|code| shown_user_code(&code));
    let page = page(&server, &browser, brought.as_deref().unwrap_or_default());
    let page = DevicePage {
        brought: brought.is_some(),
        ..page
    };
    respond::with_cookies(respond::page(&server, StatusCode::OK, &page, None), [browser.new])
}

fn closed(server: &Server) -> HttpResponse {
    respond::error_page(server, StatusCode::NOT_FOUND, ErrorClass::NotFound, None)
}

fn page(server: &Server, browser: &Browser, user_code: &str) -> DevicePage {
    DevicePage {
        chrome: server.pages.chrome::<DevicePage>(),
        action: format!("{}{VERIFICATION_PATH}", server.shared().settings.issuer_path()),
        csrf: form::token(server, browser, FORM),
        user_code: user_code.to_owned(),
        brought: false,
        error: None,
    }
}

/// Somebody typed a code: its errand begins.
pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    if !server.shared().settings.device.enabled {
        return closed(&server);
    }
    match answer(&request, &body, &server).await {
        Ok(response) => response,
        Err(error) => respond::page_error(&server, error, &visitor::visitor(&request, &server).request_id),
    }
}

async fn answer(request: &HttpRequest, body: &[u8], server: &Arc<Server>) -> Result<HttpResponse> {
    let (browser, params) = form::read(request, body, server, FORM)?;
    let typed: String = params
        .get("user_code")
        .unwrap_or_default()
        .chars()
        .take(MAX_TYPED)
        .collect();
    let (digest, cookie, code) = (browser.digest(), cookies::session(request, server), typed.clone());
    let entered = server
        .perform(visitor::origin(request, server), move |work| {
            let session = session::find(&mut work.view(), cookie.as_ref())?;
            enter(work, &code, (session.as_ref(), &digest))
        })
        .await?;
    Ok(match entered {
        Entered::Errand(errand) => respond::see_other(&interaction::path(server, errand.id, None)),
        Entered::Unknown => {
            let page = DevicePage {
                error: Some(Text::new("device-unknown")),
                ..page(server, &browser, &typed)
            };
            respond::page(server, StatusCode::BAD_REQUEST, &page, None)
        }
    })
}
