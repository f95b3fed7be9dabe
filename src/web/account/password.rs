//! Another password: fresh proof first, the hash outside the transaction, then the change.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, change, enter, failed, frame, page, posted};
use crate::authn::factor::password::MAX_LENGTH;
use crate::crypto::random::Random;
use crate::manage::passwords;
use crate::model::secret::Secret;
use crate::oauth::params::Params;
use crate::pages::Text;
use crate::pages::contexts::account::PasswordPage;
use crate::server::Server;

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

/// What is wrong with the passwords that were typed.
fn problem(server: &Server, params: &Params) -> Option<Text> {
    let password = params.get("password").unwrap_or_default();
    let shortest = server.shared().settings.passwords.min_length;
    if params.get("confirm").unwrap_or_default() != password {
        return Some(Text::new("account-password.differ"));
    }
    let told = i64::try_from(shortest).unwrap_or(i64::MAX);
    let is_good = (shortest..=MAX_LENGTH).contains(&password.len());
    (!is_good).then(|| Text::new("account-password.short").with("shortest", told))
}

pub(super) async fn post(request: HttpRequest, body: web::Bytes, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    if let Some(problem) = problem(&server, &params) {
        return show(&request, &server, Some(problem)).await;
    }
    // Who is not let in is led on before a hash is computed for them.
    if let Err(response) = enter(&request, &server, change(PATH), |_, _| Ok(())).await {
        return response;
    }
    let password = Secret::new(params.get("password").unwrap_or_default());
    let hashing = Arc::clone(&server);
    let hashed = server.compute(move || hashing.shared().hasher.hash(&password, &mut Random::from_os()));
    let phc = match hashed.await {
        Ok(Ok(phc)) => phc,
        Ok(Err(fault)) => return failed(&request, &server, fault.into()),
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
