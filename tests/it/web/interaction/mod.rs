//! The errand's pages: bound to their browser, locked down by order.

mod binding;
mod consent;
mod meanwhile;
mod order;
mod restart;

use url::Url;

use crate::support::page::Page;
use crate::support::server::TestServer;

/// The pages of an errand.
const STEPS: [&str; 4] = ["login", "challenge", "enrol", "consent"];

/// The address of a step of the errand that this page belongs to.
fn step(page: &Page, step: &str) -> Url {
    let id = page.url.path().split('/').nth(2).expect("a page of an errand");
    page.url.join(&format!("/interaction/{id}/{step}")).expect("an address")
}

/// The address of the errand itself.
fn errand(page: &Page) -> String {
    let path = page.url.path().rsplit_once('/').expect("a page of an errand").0;
    page.url.join(path).expect("an address").to_string()
}

/// The identifier of the user of this name.
fn user_id(server: &TestServer, username: &'static str) -> countersign::model::id::UserId {
    let find = |view: &mut countersign::work::View<'_>| {
        countersign::manage::users::find(view, &countersign::model::actor::Actor::Operator, username)
    };
    server.server.read_blocking(find).expect("a user").id
}

/// Disables a user, as an operator would.
fn disable_user(server: &TestServer, username: &'static str) {
    let user = user_id(server, username);
    let disable = move |work: &mut countersign::work::Work<'_>| {
        countersign::manage::users::disable(work, &countersign::model::actor::Actor::Operator, user)
    };
    let origin = countersign::work::Origin::default();
    server
        .server
        .perform_blocking(origin, disable)
        .expect("a user is disabled");
}

/// Disables a client, as an operator would.
fn disable_client(server: &TestServer, client_id: &'static str) {
    let disable = move |work: &mut countersign::work::Work<'_>| {
        countersign::manage::clients::set_disabled(work, &countersign::model::actor::Actor::Operator, client_id, true)
    };
    let origin = countersign::work::Origin::default();
    server
        .server
        .perform_blocking(origin, disable)
        .expect("a client is disabled");
}
