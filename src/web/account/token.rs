//! Another security token for programs, by mail (CLAUSES.md S49, S50).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, change, credentials, enter, failed, frame, page, posted};
use crate::manage::api_login_tokens;
use crate::pages::Text;
use crate::pages::contexts::account::TokenPage;
use crate::server::Server;
use crate::web::body::Posted;

const PATH: &str = "/account/security/token";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server: Arc<Server> = server.into_inner();
    let visitor = match enter(&request, &server, change(PATH), |_, _| Ok(())).await {
        Ok((visitor, ())) => visitor,
        Err(response) => return response,
    };
    let shown = TokenPage {
        frame: frame::<TokenPage>(&request, &server, "security", &visitor),
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    if let Err(error) = posted(&request, &body, &server) {
        return failed(&request, &server, error);
    }
    let made = act(&request, &server, change(PATH), |work, visitor| {
        api_login_tokens::reset(work, &visitor.actor, visitor.user.id)
    });
    match made.await {
        Ok(Ok(())) => back(&server, "/account/security", "token"),
        Ok(Err(_)) => credentials::show(&request, &server, Some(Text::new("refused-token"))).await,
        Err(response) => response,
    }
}
