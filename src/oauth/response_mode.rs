//! How an authorization response reaches the client. OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0
//! Form Post Response Mode; `iss` in every response (RFC 9207).

use url::Url;

use crate::error::OAuthError;
use crate::model::request::ResponseMode;

/// Where a response goes and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The proven redirect URI.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
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
    /// The delivery of a successful response.
    #[must_use]
    pub fn success(&self, issuer: &str, parameters: Vec<(String, String)>) -> Delivery {
        self.deliver(issuer, parameters)
    }

    /// The delivery of an error (RFC 6749 §4.1.2.1).
    #[must_use]
    pub fn error(&self, issuer: &str, error: &OAuthError, further: Option<(String, String)>) -> Delivery {
        let mut parameters = vec![
            ("error".to_owned(), error.code.as_str().to_owned()),
            ("error_description".to_owned(), error.description.clone().into_owned()),
        ];
        parameters.extend(further);
        self.deliver(issuer, parameters)
    }

    fn deliver(&self, issuer: &str, mut parameters: Vec<(String, String)>) -> Delivery {
        if let Some(state) = &self.state {
            parameters.push(("state".to_owned(), state.clone()));
        }
        parameters.push(("iss".to_owned(), issuer.to_owned()));
        let encode = |existing: &str| {
            let mut query = url::form_urlencoded::Serializer::new(existing.to_owned());
            query.extend_pairs(&parameters);
            query.finish()
        };
        match self.mode {
            ResponseMode::FormPost => Delivery::FormPost {
                action: self.redirect_uri.clone(),
                fields: parameters,
            },
            ResponseMode::Fragment => Delivery::Redirect(format!("{}#{}", self.redirect_uri, encode(""))),
            ResponseMode::Query => {
                // RFC 6749 §3.1.2: a query that the URI has is kept.
                let separator = match Url::parse(&self.redirect_uri)
                    .ok()
                    .and_then(|url| url.query().map(str::len))
                {
                    None => "?",
                    Some(0) => "",
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
            state: Some("a b&c".into()),
        }
    }

    fn delivered(redirect_uri: &str, mode: ResponseMode) -> Delivery {
        target(redirect_uri, mode).success("https://id.example", vec![("code".into(), "x".into())])
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
