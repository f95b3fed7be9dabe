//! Requests of clients to end a session. OpenID Connect RP-Initiated Logout 1.0 §2, §3.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::params::Params;
use super::{redirect_uri, subject};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::session::Session;
use crate::model::user::User;
use crate::oidc::id_token::own_claims;
use crate::oidc::sid;
use crate::work::{Shared, View};

/// Parameters of a request; what else comes along is ignored.
pub const PARAMETERS: [&str; 6] = [
    "id_token_hint",
    "logout_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];
/// Bytes that an ID token may have.
const MAX_HINT: usize = 16_384;

/// A request whose every parameter was found good.
#[derive(Debug, Clone, Default)]
pub struct EndSession {
    /// The client that asks, where the request tells.
    pub client: Option<Arc<Client>>,
    /// Where the person goes afterwards, with `state`.
    pub next: Option<String>,
    hint: Option<Hint>,
    logout_hint: Option<String>,
}

#[derive(Debug, Clone)]
struct Hint {
    sub: Option<String>,
    sid: Option<String>,
}

/// What is wrong with a request. The person is told on our page, and nobody is redirected (§4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// No such client, or a disabled one.
    UnknownClient,
    /// The client has not registered the address to go to.
    UnregisteredUri,
    /// The request cannot be read, or contradicts itself.
    Invalid(String),
}

fn invalid(problem: &str) -> Problem {
    Problem::Invalid(problem.to_owned())
}

/// Checks a request.
///
/// # Errors
/// A fault of the database; what is wrong with the request is a value.
pub fn read(view: &mut View<'_>, params: &Params) -> Result<std::result::Result<EndSession, Problem>> {
    if PARAMETERS.into_iter().any(|name| params.is_repeated(name)) {
        return Ok(Err(invalid("a parameter is repeated")));
    }
    let (hint, audience) = match hint(view, params) {
        Ok(Some((hint, audience))) => (Some(hint), Some(audience)),
        Ok(None) => (None, None),
        Err(problem) => return Ok(Err(problem)),
    };
    let named = params.get("client_id");
    // §2: "When both client_id and id_token_hint are present, the OP MUST verify that the Client Identifier matches"
    if named.is_some_and(|named| audience.as_deref().is_some_and(|audience| audience != named)) {
        return Ok(Err(invalid("id_token_hint is of another client than client_id")));
    }
    let client = match audience.as_deref().or(named) {
        None => None,
        Some(client_id) => {
            let client = view.directory.client(view.tx, client_id)?;
            let Some(client) = client.filter(|client| !client.disabled) else {
                return Ok(Err(Problem::UnknownClient));
            };
            Some(client)
        }
    };
    let hint = match (hint, client.as_deref()) {
        (Some(hint), Some(client)) => {
            let user = hint.sub.map(|sub| subject::user_named(view, client, sub)).transpose()?;
            Some(Hint { sub: user, ..hint })
        }
        (hint, _) => hint,
    };
    let next = match next(client.as_deref(), params) {
        Ok(next) => next,
        Err(problem) => return Ok(Err(problem)),
    };
    Ok(Ok(EndSession {
        client,
        next,
        hint,
        logout_hint: params.get("logout_hint").map(str::to_owned),
    }))
}

/// An ID token of ours, expired or not (§2), with the client it was issued to.
fn hint(view: &View<'_>, params: &Params) -> std::result::Result<Option<(Hint, String)>, Problem> {
    let Some(token) = params.get("id_token_hint") else {
        return Ok(None);
    };
    let wrong = || invalid("id_token_hint is not an ID token of ours");
    if token.len() > MAX_HINT {
        return Err(wrong());
    }
    let claims = own_claims(view, token).ok_or_else(wrong)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let audience = text("aud").ok_or_else(wrong)?;
    let hint = Hint {
        sub: text("sub"),
        sid: text("sid"),
    };
    Ok(Some((hint, audience)))
}

/// §3: "MUST NOT perform post-logout redirection if the `post_logout_redirect_uri` value supplied does not exactly match one
/// of the previously registered" values.
fn next(client: Option<&Client>, params: &Params) -> std::result::Result<Option<String>, Problem> {
    let Some(uri) = params.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    let Some(client) = client else {
        return Err(invalid("post_logout_redirect_uri needs id_token_hint or client_id"));
    };
    if !redirect_uri::is_registered_after_logout(client, uri) {
        return Err(Problem::UnregisteredUri);
    }
    Ok(Some(match params.get("state") {
        None => uri.to_owned(),
        Some(state) => with_state(uri, state),
    }))
}

fn with_state(uri: &str, state: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    let separator = match Url::parse(uri).ok().and_then(|url| url.query().map(str::len)) {
        None => "?",
        Some(0) => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{query}")
}

impl EndSession {
    /// Whether the request proves that it comes from a client which was told of this very session: then nobody needs to be
    /// asked (§2, §6).
    #[must_use]
    pub fn is_about(&self, shared: &Shared, session: &Session, user: &User) -> bool {
        let (Some(hint), Some(client)) = (&self.hint, &self.client) else {
            return false;
        };
        let sid = sid(shared, client, session.id);
        let names = [
            user.id.to_string(),
            sid.clone(),
            user.username.clone(),
            user.email().unwrap_or_default().to_owned(),
        ];
        let hinted = self.logout_hint.as_ref();
        hint.sid == Some(sid)
            && hint.sub == Some(session.user.to_string())
            && hinted.is_none_or(|hinted| names.contains(hinted))
    }

    /// Whether an ID token of ours came along.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        self.hint.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_joins_the_query_that_is_there() {
        for (uri, expected) in [
            ("https://app.example/out", "https://app.example/out?state=a%26b"),
            ("https://app.example/out?", "https://app.example/out?state=a%26b"),
            ("https://app.example/out?x=1", "https://app.example/out?x=1&state=a%26b"),
            ("com.example.app:/out", "com.example.app:/out?state=a%26b"),
        ] {
            assert_eq!(with_state(uri, "a&b"), expected);
        }
    }

    #[test]
    fn nobody_goes_where_no_client_registered_to_go() {
        let client = Client {
            redirect_uris: vec!["https://app.example/callback".into()],
            post_logout_redirect_uris: vec!["https://app.example/out".into()],
            ..Client::default()
        };
        let asked = |uri: &str| Params::from_pairs(vec![("post_logout_redirect_uri".into(), uri.into())]);
        for uri in [
            "https://app.example/out/",
            "https://app.example/out?x",
            "https://app.example/callback",
            "https://evil.example/",
            "//evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(next(Some(&client), &asked(uri)), Err(Problem::UnregisteredUri), "{uri}");
        }
        let good = asked("https://app.example/out");
        assert_eq!(next(Some(&client), &good), Ok(Some("https://app.example/out".into())));
        assert!(matches!(next(None, &good), Err(Problem::Invalid(_))));
        assert_eq!(next(None, &asked("")), Ok(None));
    }
}
