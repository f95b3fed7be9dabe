//! Signing in through another provider.

mod account;
mod answers;
mod assurance;
mod logout;
mod sign_in;
mod tokens;

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::server::{Builder, TestServer, with_directory};
use countersign::manage::users;

/// A server that may reach providers of these tests.
fn reaching() -> Builder {
    with_directory(DIRECTORY).settings("[outbound]\nallowed_private_hosts = [\"127.0.0.1\"]\ntimeout = 1")
}

/// A provider that is listed so; alice is connected with an account there.
async fn listed(server: &TestServer, further: &str) -> Provider {
    let provider = Provider::start(server);
    server.apply(&provider.listed(further));
    connect(server, &provider, "alice", "alice-there").await;
    provider
}

async fn connect(server: &TestServer, provider: &Provider, username: &str, subject: &str) {
    let (user, issuer, subject) = (server.user(username), provider.issuer(), subject.to_owned());
    server
        .manage(move |work, actor| users::connect(work, actor, user, (&issuer, &subject)))
        .await;
}

/// Presses the button of a provider on the login page.
async fn go_on(browser: &mut Browser, page: &Page, provider: &Provider) -> Page {
    assert_eq!(page.page().as_deref(), Some("login"), "{}", page.body);
    browser
        .submit_with(page.form_at("#providers"), "issuer", &provider.issuer())
        .await
}

/// Asks for a client's authorization and signs in at the provider.
async fn sign_in(rp: &RelyingParty<'_>, browser: &mut Browser, provider: &Provider, further: &[(&str, &str)]) -> Page {
    let page = rp.authorize(browser, "openid", further).await;
    go_on(browser, &page, provider).await
}

/// Sees that a login page says that a sign-in elsewhere came to nothing, with this sentence, and has the other ways.
#[track_caller]
fn says(page: &Page, sentence: &str) {
    assert_eq!(
        (page.page().as_deref(), page.status),
        (Some("login"), 400),
        "{}",
        page.body
    );
    assert_eq!(page.texts("#error"), [sentence]);
    assert!(!page.texts("#submit").is_empty(), "no password form: {}", page.body);
}

const DECLINED: &str = "You were not signed in there. Try again, or sign in another way.";
const UNAVAILABLE: &str = "That sign-in does not work right now. Try again in a minute, or sign in another way.";
const REFUSED: &str = "That sign-in was not accepted. Try again, or sign in another way.";
const STALE: &str = "You signed in there too long ago for this. Sign out there and try again, or sign in another way.";
const UNKNOWN: &str =
    "Nobody here is connected with that account. Sign in another way, then connect it on the page of your account.";
