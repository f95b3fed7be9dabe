//! Protocol endpoints, asked without a client application in between.

use super::relying_party::{Answer, answer};
use super::server::TestServer;

/// An HTTP client that follows nothing, and keeps no connection that the server may close while it is used.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client is built")
}

impl TestServer {
    /// Posts a form without credentials other than those in it.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        answer(http().post(self.at(path)).form(form)).await
    }

    /// Posts a form with HTTP Basic.
    pub(crate) async fn post_as(&self, (id, secret): (&str, &str), path: &str, form: &[(&str, &str)]) -> Answer {
        answer(http().post(self.at(path)).basic_auth(id, Some(secret)).form(form)).await
    }

    /// Asks for a document.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(http().get(self.at(path))).await
    }
}

impl Answer {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Sees that this is an error of this status and code as RFC 6749 §5.2 has it, and returns its description.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!((self.status, self.error().as_str()), (status, code), "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.body);
        assert_eq!(self.header("cache-control"), Some("no-store"), "{}", self.body);
        let members = self.body.as_object().unwrap();
        assert_eq!(members.len(), 2, "{}", self.body);
        let challenged = self.headers.contains_key("www-authenticate");
        assert_eq!(challenged, code == "invalid_client", "{:?}", self.headers);
        let description = self.text("error_description");
        let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
        assert!(
            !description.is_empty() && description.chars().all(allowed),
            "{description}"
        );
        description
    }

    /// Sees that this is a success.
    #[track_caller]
    pub(crate) fn accepted(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.body);
        self
    }
}
