//! Another mail address: fresh proof, a link to the new one, and the old one is told.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, change, enter, failed, frame, look, page, posted};
use crate::manage::account::email;
use crate::model::secret::Secret;
use crate::pages::Text;
use crate::pages::contexts::account::{EmailConfirmPage, EmailPage};
use crate::server::Server;
use crate::web::body::Posted;

const PATH: &str = "/account/email";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    show(&request, &server.into_inner(), None).await
}

async fn show(request: &HttpRequest, server: &Arc<Server>, error: Option<Text>) -> HttpResponse {
    let visitor = match enter(request, server, change(PATH), |_, _| Ok(())).await {
        Ok((visitor, ())) => visitor,
        Err(response) => return response,
    };
    let shown = EmailPage {
        frame: frame::<EmailPage>(request, server, "profile", &visitor).refusing(error),
        email: visitor.user.email().map(str::to_owned),
    };
    page(server, &shown, &shown.frame)
}

pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    let address = params.get("email").unwrap_or_default().to_owned();
    let made = act(&request, &server, change(PATH), move |work, visitor| {
        email::order(work, &visitor.actor, &address)
    });
    match made.await {
        Ok(Ok(())) => back(&server, "/account", "ordered"),
        Ok(Err(_)) => show(&request, &server, Some(Text::new("refused-email"))).await,
        Err(response) => response,
    }
}

/// The page that the link leads to: whoever is signed in is asked, so that a link alone changes nothing.
pub(super) async fn ask(request: HttpRequest, server: web::Data<Server>, token: web::Path<String>) -> HttpResponse {
    let server = server.into_inner();
    let (presented, path) = (Secret::new(token.as_str()), format!("{PATH}/{token}"));
    let entered = enter(&request, &server, look(path.clone()), move |view, visitor| {
        email::find(view, &visitor.user, &presented)
    });
    let (visitor, address) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let Some(email) = address else {
        return show(&request, &server, Some(Text::new("account-email.gone"))).await;
    };
    let shown = EmailConfirmPage {
        frame: frame::<EmailConfirmPage>(&request, &server, "profile", &visitor),
        email,
        action: format!("{}{path}", server.shared().settings.issuer_path()),
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn confirm(
    request: HttpRequest,
    body: Posted,
    server: web::Data<Server>,
    token: web::Path<String>,
) -> HttpResponse {
    let server = server.into_inner();
    if let Err(error) = posted(&request, &body, &server) {
        return failed(&request, &server, error);
    }
    let (presented, path) = (Secret::new(token.as_str()), format!("{PATH}/{token}"));
    let made = act(&request, &server, look(path), move |work, visitor| {
        email::confirm(work, &visitor.actor, &presented)
    });
    match made.await {
        Ok(Ok(())) => back(&server, "/account", "email"),
        Ok(Err(error)) => failed(&request, &server, error),
        Err(response) => response,
    }
}
