//! Form and query to parameters. RFC 6749 §3.1: none may be repeated, but for `resource` and `audience`.

use crate::error::{OAuthError, OAuthErrorCode};

/// The greatest number of parameters of one request.
pub(super) const MAX_PARAMETERS: usize = 100;
/// Parameters that may be repeated (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// The parameters of a request, in order.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses `application/x-www-form-urlencoded` bytes; parameters past the hundredth are an error, and so is the
    /// character U+0000, which no parameter may have (RFC 6749, Appendix A) and PostgreSQL does not take.
    ///
    /// # Errors
    /// `invalid_request` when there are too many, or one has that character.
    pub fn parse(bytes: &[u8]) -> Result<Self, OAuthError> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(bytes)
            .take(MAX_PARAMETERS + 1)
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        if pairs.len() > MAX_PARAMETERS {
            return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, "too many parameters"));
        }
        if pairs
            .iter()
            .any(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            let description = "a parameter has the character U+0000";
            return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
        }
        Ok(Self(pairs))
    }

    /// Parameters from pairs.
    #[must_use]
    pub const fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The pairs in order.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The pairs as a query.
    #[must_use]
    pub fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }

    /// The value of a parameter; one without a value counts as absent (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether a parameter occurs more than once.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// The first parameter that is repeated and must not be.
    #[must_use]
    pub fn first_repeated(&self) -> Option<&str> {
        self.0
            .iter()
            .map(|(name, _)| name.as_str())
            .find(|name| !REPEATABLE.contains(name) && self.is_repeated(name))
    }

    /// Refuses repeated parameters.
    ///
    /// # Errors
    /// `invalid_request` that names the parameter.
    pub fn check_repeated(&self) -> Result<(), OAuthError> {
        match self.first_repeated() {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(40).collect();
                Err(OAuthError::new(
                    OAuthErrorCode::InvalidRequest,
                    format!("{name} is repeated"),
                ))
            }
        }
    }

    /// The value of a parameter that must be there.
    ///
    /// # Errors
    /// `invalid_request` that names the parameter.
    pub fn require(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::new(OAuthErrorCode::InvalidRequest, format!("{name} is missing")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_resource_and_audience_may_be_repeated() {
        let params = Params::parse(b"resource=a&resource=b&audience=a&audience=b").unwrap();
        assert!(params.check_repeated().is_ok());
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        assert!(Params::parse(b"state=a&state=a").unwrap().check_repeated().is_err());
        assert!(Params::parse(b"state=&state=a").unwrap().check_repeated().is_err());
    }

    #[test]
    fn a_parameter_without_a_value_is_absent() {
        assert_eq!(Params::parse(b"scope=&nonce").unwrap().get("scope"), None);
    }

    #[test]
    fn a_query_says_what_was_parsed() {
        let query = "client_id=app&state=st%26te&scope=openid+email&resource=a&resource=b&empty=";
        let params = Params::parse(query.as_bytes()).unwrap();
        assert_eq!(params.to_query(), query);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            if let Ok(params) = Params::parse(&bytes) {
                prop_assert!(params.pairs().len() <= MAX_PARAMETERS);
                let _ = params.check_repeated();
            }
        }
    }
}
