//! Codes for the day on which every other way is lost: made anew, and shown once.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, change, enter, failed, frame, page, posted};
use crate::authn::recovery_codes;
use crate::pages::contexts::account::RecoveryPage;
use crate::server::Server;
use crate::web::body::Posted;

const PATH: &str = "/account/security/recovery";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let entered = enter(&request, &server, change(PATH), |view, visitor| {
        recovery_codes::remaining(view, visitor.user.id)
    });
    let (visitor, left) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let shown = RecoveryPage {
        frame: frame::<RecoveryPage>(&request, &server, "security", &visitor),
        left,
        codes: Vec::new(),
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    if let Err(error) = posted(&request, &body, &server) {
        return failed(&request, &server, error);
    }
    let made = act(&request, &server, change(PATH), |work, visitor| {
        Ok((visitor.clone(), recovery_codes::generate(work, visitor.user.id)?))
    });
    let (visitor, codes) = match made.await {
        Ok(Ok(made)) => made,
        Ok(Err(error)) => return failed(&request, &server, error),
        Err(response) => return response,
    };
    let shown = RecoveryPage {
        frame: frame::<RecoveryPage>(&request, &server, "security", &visitor),
        left: Some(codes.len()),
        codes: codes.iter().map(|code| code.expose().to_owned()).collect(),
    };
    page(&server, &shown, &shown.frame)
}
