//! The pages on which people look after their own account.

mod applications;
mod attacks;
mod security;
mod sessions;

use crate::support::browser::Browser;
use crate::support::directory::DIRECTORY;
use crate::support::page::Page;
use crate::support::relying_party::{enrol, log_in};
use crate::support::server::{Builder, TestServer, with_directory};

fn builder() -> Builder {
    with_directory(DIRECTORY)
}

/// A browser in which somebody signed in on the way to a page of the account.
async fn at(server: &TestServer, username: &str, path: &str) -> (Browser, Page) {
    let mut browser = Browser::new();
    let page = browser.get(&server.at(path)).await;
    let page = log_in(&mut browser, page, username).await;
    (browser, page)
}

/// Adds an authenticator app; its secret and the page after.
async fn add_app(server: &TestServer, browser: &mut Browser) -> (String, Page) {
    let page = browser.get(&server.at("/account/security/add/totp")).await;
    enrol(server, browser, page).await
}

fn assert_at(page: &Page, name: &str) {
    assert_eq!(page.page().as_deref(), Some(name), "{} {}", page.status, page.body);
}
