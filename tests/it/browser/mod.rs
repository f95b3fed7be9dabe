//! The way from an application through our pages and back, in Chromium: on a telephone's window and a desktop's, with
//! scripts and without.

mod accessible;
mod answers;
mod application;
mod passkeys;
mod redirects;
mod reflow;
mod single_page;

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::elements::Element;

use self::application::Application;
use super::support::directory::{DIRECTORY, PASSWORD, SECRET};
use super::support::relying_party::RelyingParty;
use super::support::server::{TestServer, with_directory};
use super::support::totp;
use super::support::webdriver::{Chromium, Window};

const PATIENCE: Duration = Duration::from_secs(20);

const PHONE: Window = Window {
    width: 390,
    height: 844,
    javascript: true,
    dark: false,
};
const DESKTOP: Window = Window {
    width: 1280,
    height: 900,
    ..PHONE
};

/// The same window, where scripts do not run.
const fn without_scripts(window: Window) -> Window {
    Window {
        javascript: false,
        ..window
    }
}

/// A server with a confidential client that comes back to `redirect_uri`, wants two factors, and asks for consent.
async fn server(redirect_uri: &str) -> TestServer {
    let client = format!(
        "[[clients]]\nclient_id = \"shop\"\nclient_name = \"Corner Shop\"\nclient_secret = \"{SECRET}\"\n\
         redirect_uris = [\"{redirect_uri}\"]\nscope = \"openid profile\"\nrequired_acr = \"high\"\n\
         application_type = \"native\"\nid_token_signed_response_alg = \"ES256\"\naccess_token_signing_alg = \"ES256\"\n"
    );
    with_directory(&format!("{DIRECTORY}\n{client}")).start().await
}

/// That client.
fn shop<'a>(server: &'a TestServer, redirect_uri: &str) -> RelyingParty<'a> {
    let mut rp = RelyingParty::new(server, "shop");
    redirect_uri.clone_into(&mut rp.redirect_uri);
    rp
}

/// The authorization address of a client, with one more parameter.
fn address(rp: &RelyingParty<'_>, further: Option<(&str, &str)>) -> String {
    let mut parameters = rp.request("openid profile");
    parameters.extend(further.map(|(name, value)| (name.to_owned(), value.to_owned())));
    rp.address(&parameters)
}

async fn find(chromium: &Chromium, selector: &str) -> Element {
    let wait = chromium.client.wait().at_most(PATIENCE);
    match wait.for_element(Locator::Css(selector)).await {
        Ok(element) => element,
        Err(error) => {
            let (url, page) = (chromium.client.current_url().await, chromium.client.source().await);
            panic!(
                "no {selector} at {url:?}: {error}\n{page:?}\n{:?}",
                chromium.complaints().await
            );
        }
    }
}

/// Presses a button that must be within the window's width.
async fn press(chromium: &Chromium, selector: &str) {
    let button = find(chromium, selector).await;
    let (x, _, width, _) = button.rectangle().await.expect("a rectangle");
    let (_, _, window, _) = rectangle_of_page(chromium).await;
    assert!(
        x >= 0.0 && x + width <= window,
        "{selector} is from {x} to {} of {window}",
        x + width
    );
    button.click().await.expect("a button is pressed");
}

async fn rectangle_of_page(chromium: &Chromium) -> (f64, f64, f64, f64) {
    find(chromium, "html").await.rectangle().await.expect("a rectangle")
}

/// Fills in the login page at this address with alice's name.
async fn log_in(chromium: &Chromium, address: &str, password: &str) {
    chromium.client.goto(address).await.expect("the login page");
    find(chromium, "[data-page=login] #username")
        .await
        .send_keys("alice")
        .await
        .expect("a name");
    find(chromium, "#password")
        .await
        .send_keys(password)
        .await
        .expect("a password");
    press(chromium, "#submit").await;
}

/// Enrols the authenticator app that the page shows.
async fn enrol(chromium: &Chromium, server: &TestServer) {
    let shown = find(chromium, "[data-page=enrol] #totp-secret").await;
    let secret = shown.text().await.expect("a secret").replace(char::is_whitespace, "");
    let code = totp::code(&secret, u64::try_from(server.now()).expect("it is after 1970"));
    find(chromium, "#code").await.send_keys(&code).await.expect("a code");
    press(chromium, "#submit").await;
}

/// Signs alice in with a password and a newly enrolled authenticator app, up to the consent page.
async fn sign_in(chromium: &Chromium, server: &TestServer, address: &str) {
    log_in(chromium, address, PASSWORD).await;
    enrol(chromium, server).await;
    find(chromium, "[data-page=consent]").await;
}

/// Starts a browser and the application that it comes back to.
async fn start(window: Window) -> Option<(Chromium, Application)> {
    let chromium = Chromium::start(window).await?;
    Some((chromium, Application::start()))
}
