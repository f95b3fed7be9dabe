//! Who somebody is here, and what they may say of themselves.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, enter, failed, frame, look, page, posted};
use crate::manage::account::profile;
use crate::model::user::User;
use crate::pages::Text;
use crate::pages::contexts::account::ProfilePage;
use crate::server::Server;
use crate::web::body::Posted;

const PATH: &str = "/account";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    show(&request, &server, None).await
}

async fn show(request: &HttpRequest, server: &web::Data<Server>, error: Option<Text>) -> HttpResponse {
    let server = server.clone().into_inner();
    let visitor = match enter(request, &server, look(PATH), |_, _| Ok(())).await {
        Ok((visitor, ())) => visitor,
        Err(response) => return response,
    };
    let frame = frame::<ProfilePage>(request, &server, "profile", &visitor).refusing(error);
    let claim = |user: &User, name: &str| {
        user.claims
            .get(name)
            .and_then(|value| value.as_str())
            .map(str::to_owned)
    };
    let user = &visitor.user;
    let shown = ProfilePage {
        username: user.username.clone(),
        email: user.email().map(str::to_owned),
        phone: claim(user, "phone_number"),
        name: claim(user, "name").unwrap_or_default(),
        locale: claim(user, "locale").unwrap_or_default(),
        have: visitor.have.into(),
        frame,
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn post(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let shared = server.clone().into_inner();
    let params = match posted(&request, &body, &shared) {
        Ok(params) => params,
        Err(error) => return failed(&request, &shared, error),
    };
    let changes: Vec<(String, String)> = ["name", "locale"]
        .into_iter()
        .filter_map(|claim| Some((claim.to_owned(), params.get(claim)?.to_owned())))
        .collect();
    let made = act(&request, &shared, look(PATH), move |work, visitor| {
        profile::change(work, &visitor.actor, &changes)
    });
    match made.await {
        Ok(Ok(())) => back(&shared, PATH, "profile"),
        Ok(Err(_)) => show(&request, &server, Some(Text::new("refused-change"))).await,
        Err(response) => response,
    }
}
