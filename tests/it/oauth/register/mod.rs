//! Clients that register themselves. RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0.

mod described;
mod documents;
mod lifecycle;
mod metadata;
mod modes;
mod powers;
mod statement;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::directory::{CALLBACK, DIRECTORY};
use crate::support::endpoint::http;
use crate::support::log;
use crate::support::relying_party::{Answer, RelyingParty, answer};
use crate::support::server::{Builder, TestServer, with_directory};

/// A server where registration is in this mode, with further members of its settings.
fn in_mode(mode: &str, further: &str) -> Builder {
    with_directory(DIRECTORY).settings(&format!("[registration]\nmode = \"{mode}\"\n{further}"))
}

/// The least that a web client says.
fn least() -> Value {
    json!({ "redirect_uris": [CALLBACK] })
}

/// Registers a client.
async fn register(server: &TestServer, metadata: &Value, token: Option<&str>) -> Answer {
    ask(Method::POST, &server.at("/oauth2/register"), token, Some(metadata)).await
}

/// Asks an endpoint of registrations.
async fn ask(method: Method, uri: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    let mut request = http().request(method, uri);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = answer(request).await;
    for name in ["client_secret", "registration_access_token"] {
        answer.body[name].as_str().into_iter().for_each(log::keep_out);
    }
    answer
}

/// A registered client, ready to be used.
fn party<'a>(server: &'a TestServer, registered: &Answer) -> RelyingParty<'a> {
    let mut party = RelyingParty::new(server, &registered.text("client_id"));
    party.secret = registered.body["client_secret"].as_str().map(str::to_owned);
    party
}

impl Answer {
    /// Sees that a client was registered.
    #[track_caller]
    fn registered(self) -> Self {
        assert_eq!(self.status, 201, "{}", self.body);
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        self
    }

    /// Sees that the token was refused as RFC 6750 §3 has it.
    #[track_caller]
    fn unauthorized(&self) {
        assert_eq!(self.status, 401, "{}", self.body);
        let challenge = self.header("www-authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Bearer "), "{challenge}");
    }
}
