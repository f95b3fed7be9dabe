//! Another password: fresh proof first, the hash outside the transaction, then the change.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, change, enter, failed, frame, page, posted};
use crate::manage::passwords;
use crate::manage::users::stored_password;
use crate::pages::Text;
use crate::pages::contexts::account::PasswordPage;
use crate::server::Server;
use crate::store;
use crate::web::body::Posted;
use crate::web::new_password;

const PATH: &str = "/account/security/password";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    show(&request, &server.into_inner(), None).await
}

async fn show(request: &HttpRequest, server: &Arc<Server>, error: Option<Text>) -> HttpResponse {
    let visitor = match enter(request, server, change(PATH), |_, _| Ok(())).await {
        Ok((visitor, ())) => visitor,
        Err(response) => return response,
    };
    let frame = frame::<PasswordPage>(request, server, "security", &visitor).refusing(error);
    let shown = PasswordPage {
        username: visitor.user.username.clone(),
        shortest: server.shared().settings.passwords.min_length,
        frame,
    };
    page(server, &shown, &shown.frame)
}

pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    // Who is not let in is led on before a hash is computed for them.
    let entered = enter(&request, &server, change(PATH), |view, visitor| {
        let credentials = store::credentials::of_user(view.tx, visitor.user.id)?;
        Ok(stored_password(&credentials).map(str::to_owned))
    });
    let (visitor, stored) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let twice = ["password", "confirm"].map(|name| params.get(name).unwrap_or_default());
    let password = match new_password::typed(&server, &passwords::own_names(&visitor.user), twice) {
        Ok(password) => password,
        Err(told) => return show(&request, &server, Some(told)).await,
    };
    let phc = match new_password::hashed(&server, password, stored).await {
        Ok(Ok(phc)) => phc,
        Ok(Err(told)) => return show(&request, &server, Some(told)).await,
        Err(error) => return failed(&request, &server, error),
    };
    let made = act(&request, &server, change(PATH), move |work, visitor| {
        passwords::change_own(work, &visitor.actor, phc)
    });
    match made.await {
        Ok(Ok(())) => back(&server, "/account/security", "password"),
        Ok(Err(_)) => show(&request, &server, Some(Text::new("refused-change"))).await,
        Err(response) => response,
    }
}
