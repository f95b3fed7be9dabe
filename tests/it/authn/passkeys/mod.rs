//! Passkeys and security keys, with an authenticator that does as it is told.

mod attacks;
mod attestation;
mod security_keys;

use countersign::model::credential::Credential;
use countersign::model::evidence::FactorKind;
use countersign::store;
use serde_json::Value;

use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{RelyingParty, agree, claims, code_of, log_in};
use crate::support::server::{Builder, TestServer, with_directory};

const FORM: &str = "form[data-passkey]";

/// A server under a name, as passkeys need one.
fn named() -> Builder {
    with_directory(DIRECTORY).named()
}

/// What the script on a page asks for before it asks the authenticator.
async fn options(browser: &mut Browser, page: &Page) -> Value {
    let mut form = page.form_at(FORM).without("credential");
    let address = page.attribute(FORM, "data-options").expect("an address for options");
    form.action = page.url.join(&address).expect("an address");
    let answer = browser.submit(form).await;
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no options at {}: {}", answer.url, answer.body))
}

/// What the script posts.
async fn answer(browser: &mut Browser, page: &Page, credential: &str) -> Page {
    browser.submit(page.form_at(FORM).set("credential", credential)).await
}

/// Answers a page with a passkey.
async fn prove(browser: &mut Browser, page: &Page, authenticator: &mut Authenticator) -> Page {
    let options = options(browser, page).await;
    let credential = authenticator.get(&options);
    answer(browser, page, &credential).await
}

/// The login page of a client that wants nothing, in a browser of its own.
async fn at_login(rp: &RelyingParty<'_>) -> (Browser, Page) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[]).await;
    assert_eq!(page.page().as_deref(), Some("login"), "{}", page.body);
    (browser, page)
}

/// Where a client leads that wants the highest level, after the password of `username`.
async fn at_second_step(rp: &RelyingParty<'_>, username: &str) -> (Browser, Page) {
    let mut browser = rp.browser();
    let page = rp.authorize(&mut browser, "openid", &[("acr_values", "phr")]).await;
    let page = log_in(&mut browser, page, username).await;
    (browser, page)
}

/// Registers a passkey for `username`; what the ID token says then.
async fn register(rp: &RelyingParty<'_>, username: &str, authenticator: &mut Authenticator) -> Value {
    let (mut browser, page) = at_second_step(rp, username).await;
    assert_eq!(page.page().as_deref(), Some("enrol"), "{}", page.body);
    let options = options(&mut browser, &page).await;
    let credential = authenticator.create(&options);
    let page = answer(&mut browser, &page, &credential).await;
    said(rp, &mut browser, page).await
}

/// What the ID token says of whoever arrived.
async fn said(rp: &RelyingParty<'_>, browser: &mut Browser, page: Page) -> Value {
    let page = agree(browser, page).await;
    claims(&rp.redeem(&code_of(&page)).await.text("id_token"))
}

/// Why the youngest entry of an event says that an answer was refused. Later ones are of a later second.
fn reason(server: &TestServer, event: &str) -> String {
    let entries = server.audit(event);
    let youngest = entries.first().unwrap_or_else(|| panic!("no {event}"));
    let body: Value = serde_json::from_str(&youngest.body).expect("an entry");
    server.advance(1);
    body["detail"]["reason"].as_str().unwrap_or_default().to_owned()
}

/// Whether a page says that the passkey was not accepted.
#[track_caller]
fn assert_denied(page: &Page) {
    assert!(
        page.status == 400 && page.body.contains("That passkey was not accepted."),
        "{} {}: {}",
        page.status,
        page.url,
        page.body
    );
}

/// The passkeys of a user.
fn passkeys(server: &TestServer, username: &str) -> Vec<Credential> {
    let user = server.user(username);
    let credentials = server
        .server
        .read_blocking(move |view| store::credentials::of_user(view.tx, user));
    let mut credentials = credentials.expect("credentials");
    credentials.retain(|credential| credential.kind() == FactorKind::Passkey);
    credentials
}

/// Gives the passkeys of one user to another, so that this one has several; the authenticator takes it as told.
async fn hand_over(server: &TestServer, (from, to): (&str, &str), authenticator: &mut Authenticator) {
    let (given, heir) = (passkeys(server, from), server.user(to));
    server
        .manage(move |work, _| {
            for credential in given {
                store::credentials::delete(work.tx, credential.id)?;
                let credential = Credential {
                    id: work.new_id(),
                    user: heir,
                    ..credential
                };
                store::credentials::insert(work.tx, &credential)?;
            }
            Ok(())
        })
        .await;
    for key in &mut authenticator.keys {
        key.user = heir.as_bytes().to_vec();
    }
}
