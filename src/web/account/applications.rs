//! The applications that somebody lets use the account, and taking it back.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{act, back, enter, failed, frame, look, page, posted};
use crate::manage::account::applications::{self, Application, login_address};
use crate::oauth::params::Params;
use crate::pages::Moment;
use crate::pages::contexts::account::{ApplicationLine, ApplicationsPage, Offer};
use crate::server::Server;
use crate::web::body::Posted;
use crate::web::interaction::consent::{line, place};
use crate::web::interaction::shown::{known_host, stranger};
use crate::work::View;

const PATH: &str = "/account/applications";

/// The list; with `client_id` beside one that somebody was sent here to open.
pub(super) async fn get(request: HttpRequest, server: web::Data<Server>) -> HttpResponse {
    let server = server.into_inner();
    let wanted = in_query(&request);
    let path = wanted.as_deref().map_or_else(|| PATH.to_owned(), address_of);
    let entered = enter(&request, &server, look(path), move |view, visitor| {
        let applications = applications::list(view, visitor.user.id)?;
        let wanted = wanted.map(|client_id| view.directory.client(view.tx, &client_id));
        let lines = applications.into_iter().map(|application| worded(application, view));
        Ok((lines.collect(), wanted.transpose()?.flatten()))
    });
    let (visitor, (applications, wanted)) = match entered.await {
        Ok(entered) => entered,
        Err(response) => return response,
    };
    let issuer = &server.shared().settings.server.issuer;
    let shown = ApplicationsPage {
        frame: frame::<ApplicationsPage>(&request, &server, "applications", &visitor),
        offer: wanted.and_then(|client| {
            Some(Offer {
                opens: login_address(issuer, &client)?,
                name: client.display_name().to_owned(),
                host: known_host(&client),
                stranger: stranger(&client, None),
            })
        }),
        applications,
    };
    page(&server, &shown, &shown.frame)
}

/// An application in words.
fn worded(application: Application, view: &View<'_>) -> ApplicationLine {
    let client = application.client.as_deref();
    let issuer = &view.shared.settings.server.issuer;
    // What it may do here is said by the scopes.
    let elsewhere = application.resources.into_iter().filter(|resource| resource != issuer);
    ApplicationLine {
        host: client.map(known_host).unwrap_or_default(),
        stranger: client.and_then(|client| stranger(client, None)),
        scopes: application
            .scope
            .iter()
            .map(|name| line(name, &view.directory.scopes))
            .collect(),
        resources: elsewhere.map(|resource| place(resource, view.directory)).collect(),
        since: Moment::dated(application.since),
        is_active: application.is_active,
        opens: client.and_then(|client| login_address(issuer, client)),
        client_id: application.client_id,
        name: application.name,
    }
}

/// The client that the query names.
fn in_query(request: &HttpRequest) -> Option<String> {
    let params = Params::parse(request.query_string().as_bytes()).ok()?;
    params.get("client_id").map(str::to_owned)
}

/// The page with this client.
fn address_of(client_id: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client_id)
        .finish();
    format!("{PATH}?{query}")
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
