//! The applications that somebody lets use the account, and taking it back.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, enter, failed, frame, look, page, posted};
use crate::manage::account::applications;
use crate::pages::Moment;
use crate::pages::contexts::account::{ApplicationLine, ApplicationsPage};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::interaction::consent::line;
use crate::web::interaction::shown::{known_host, stranger};

const PATH: &str = "/account/applications";

pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let entered = enter(&request, &server, look(PATH), |view, visitor| {
        let applications = applications::list(view, visitor.user.id)?;
        Ok((applications, view.directory.scopes.clone()))
    });
    let (visitor, (applications, listed)) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let shown = ApplicationsPage {
        frame: frame::<ApplicationsPage>(&request, &server, "applications", &visitor),
        applications: applications
            .into_iter()
            .map(|application| ApplicationLine {
                host: application.client.as_deref().map(known_host).unwrap_or_default(),
                stranger: application.client.as_deref().and_then(|client| stranger(client, None)),
                scopes: application.scope.iter().map(|name| line(name, &listed)).collect(),
                since: Moment::dated(application.since),
                is_active: application.is_active,
                client_id: application.client_id,
                name: application.name,
            })
            .collect(),
    };
    page(&server, &shown, &shown.frame)
}

pub(super) async fn withdraw(request: HttpRequest, body: Posted, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let params = match posted(&request, &body, &server) {
        Ok(params) => params,
        Err(error) => return failed(&request, &server, error),
    };
    let client = params.get("client").unwrap_or_default().to_owned();
    let made = act(&request, &server, look(PATH), move |work, visitor| {
        applications::withdraw(work, &visitor.actor, &client)
    });
    match made.await {
        Ok(Ok(())) => back(&server, PATH, "withdrawn"),
        Ok(Err(error)) => failed(&request, &server, error),
        Err(response) => response,
    }
}
