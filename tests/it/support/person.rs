//! A person with an authenticator app, at an installation that goes by the machine's clock.

use super::browser::Browser;
use super::directory::PASSWORD;
use super::installation::now;
use super::page::Page;
use super::totp;

/// A person, and what their authenticator app knows.
#[derive(Debug)]
pub(crate) struct Person {
    username: String,
    secret: Option<String>,
    last_step: u64,
}

impl Person {
    /// A person who has no second factor yet.
    pub(crate) fn new(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            secret: None,
            last_step: 0,
        }
    }

    /// Does what each page asks for until there is none that asks; the names of the pages, and where it ended.
    pub(crate) async fn walk(&mut self, browser: &mut Browser, mut page: Page) -> (Vec<String>, Page) {
        let mut seen = Vec::new();
        while page.location.is_none() {
            let name = page.page().unwrap_or_default();
            assert!(!seen.contains(&name), "{name} is shown again: {}", page.body);
            page = match name.as_str() {
                "login" => {
                    let form = page.form().set("username", &self.username).set("password", PASSWORD);
                    browser.submit(form).await
                }
                "enrol" => {
                    let secret = page.texts("#totp-secret").concat().replace(char::is_whitespace, "");
                    self.secret = Some(secret);
                    browser.submit(page.form().set("code", &self.code())).await
                }
                "challenge" => browser.submit(page.form().set("code", &self.code())).await,
                "consent" => browser.submit_with(page.form(), "decision", "allow").await,
                _ => break,
            };
            seen.push(name);
        }
        (seen, page)
    }

    /// A code that was not used before: this moment's, or the next one, which clocks that differ make good as well.
    fn code(&mut self) -> String {
        let secret = self.secret.as_deref().expect("an authenticator app was set up");
        self.last_step = (now() / 30).max(self.last_step + 1);
        totp::code(secret, self.last_step * 30)
    }
}
