//! How an authorization response reaches the client. OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0
//! Form Post Response Mode, JWT Secured Authorization Response Mode (JARM); `iss` in every response (RFC 9207).

use serde_json::{Map, Value};

use crate::error::OAuthError;
use crate::model::request::ResponseMode;
use crate::model::time::Timestamp;

/// Where a response goes and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The proven redirect URI.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// Whom it is for.
    pub client_id: String,
    /// Echoed.
    pub state: Option<String>,
}

/// A response ready to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// By redirect to this address.
    Redirect(String),
    /// By a page that posts these fields to this address.
    FormPost {
        /// The redirect URI.
        action: String,
        /// The fields.
        fields: Vec<(String, String)>,
    },
}

impl Target {
    /// The parameters of an error (RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn error(error: &OAuthError) -> Vec<(String, String)> {
        vec![
            ("error".to_owned(), error.code.as_str().to_owned()),
            ("error_description".to_owned(), error.description.clone().into_owned()),
        ]
    }

    /// The claims of a response that is signed: its parameters, and for whom and until when it is (JARM §2.1).
    #[must_use]
    pub fn claims(&self, issuer: &str, expires: Timestamp, parameters: Vec<(String, String)>) -> Map<String, Value> {
        let mut claims = Map::new();
        for (name, value) in self.with_state(parameters) {
            claims.insert(name, value.into());
        }
        claims.insert("iss".to_owned(), issuer.into());
        claims.insert("aud".to_owned(), self.client_id.as_str().into());
        claims.insert("exp".to_owned(), expires.as_seconds().into());
        claims
    }

    /// The delivery of a response that is not signed.
    #[must_use]
    pub fn plain(&self, issuer: &str, parameters: Vec<(String, String)>) -> Delivery {
        let mut parameters = self.with_state(parameters);
        parameters.push(("iss".to_owned(), issuer.to_owned()));
        self.carry(parameters)
    }

    /// The delivery of a response that was signed into this JWT (JARM §2.3).
    #[must_use]
    pub fn signed(&self, jwt: String) -> Delivery {
        self.carry(vec![("response".to_owned(), jwt)])
    }

    fn with_state(&self, mut parameters: Vec<(String, String)>) -> Vec<(String, String)> {
        if let Some(state) = &self.state {
            parameters.push(("state".to_owned(), state.clone()));
        }
        parameters
    }

    fn carry(&self, parameters: Vec<(String, String)>) -> Delivery {
        let encode = |existing: &str| {
            let mut query = url::form_urlencoded::Serializer::new(existing.to_owned());
            query.extend_pairs(&parameters);
            query.finish()
        };
        match self.mode.carrier() {
            ResponseMode::FormPost | ResponseMode::FormPostJwt => Delivery::FormPost {
                action: self.redirect_uri.clone(),
                fields: parameters,
            },
            ResponseMode::Fragment | ResponseMode::FragmentJwt => {
                Delivery::Redirect(format!("{}#{}", self.redirect_uri, encode("")))
            }
            ResponseMode::Query | ResponseMode::QueryJwt => {
                // RFC 6749 §3.1.2: a query that the URI has is kept.
                let separator = match self.redirect_uri.split_once('?') {
                    None => "?",
                    Some((_, "")) => "",
                    Some(_) => "&",
                };
                Delivery::Redirect(format!("{}{separator}{}", self.redirect_uri, encode("")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(redirect_uri: &str, mode: ResponseMode) -> Target {
        Target {
            redirect_uri: redirect_uri.into(),
            mode,
            client_id: "app".into(),
            state: Some("a b&c".into()),
        }
    }

    fn delivered(redirect_uri: &str, mode: ResponseMode) -> Delivery {
        target(redirect_uri, mode).plain("https://id.example", vec![("code".into(), "x".into())])
    }

    #[test]
    fn every_response_carries_state_and_issuer() {
        let tail = "code=x&state=a+b%26c&iss=https%3A%2F%2Fid.example";
        for (uri, mode, expected) in [
            ("https://app/cb", ResponseMode::Query, format!("https://app/cb?{tail}")),
            (
                "https://app/cb?a=1",
                ResponseMode::Query,
                format!("https://app/cb?a=1&{tail}"),
            ),
            ("com.app:/cb", ResponseMode::Query, format!("com.app:/cb?{tail}")),
            (
                "https://app/cb",
                ResponseMode::Fragment,
                format!("https://app/cb#{tail}"),
            ),
        ] {
            assert_eq!(delivered(uri, mode), Delivery::Redirect(expected));
        }
        let Delivery::FormPost { fields, .. } = delivered("https://app/cb", ResponseMode::FormPost) else {
            panic!("not a form post");
        };
        assert_eq!(fields.len(), 3);
    }
}
