//! A provider's metadata. OpenID Connect Discovery §3, §4.3, RFC 8414 §3.3, RFC 9207 §3.

use serde_json::Value;
use url::Url;

use super::Problem;
use crate::model::issuer::Issuer;

/// What of a provider's metadata is of use here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Where browsers go.
    pub authorization_endpoint: Url,
    /// Where codes are redeemed.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Whether each of its answers names it.
    pub names_itself: bool,
}

/// Where the metadata of an issuer is (Discovery §4).
#[must_use]
pub fn address_of(issuer: &Issuer) -> String {
    format!(
        "{}/.well-known/openid-configuration",
        issuer.issuer.trim_end_matches('/')
    )
}

impl Metadata {
    /// Reads the document that an issuer publishes.
    ///
    /// # Errors
    /// [`Problem::Unavailable`] when it is another issuer's, or something is missing.
    pub fn read(document: &Value, issuer: &Issuer) -> Result<Self, Problem> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        // §4.3: MUST be identical to the issuer that it was retrieved for.
        if text("issuer") != Some(issuer.issuer.as_str()) {
            return Err(Problem::Unavailable("its metadata are of another issuer"));
        }
        let missing = Problem::Unavailable("its metadata lack an endpoint");
        let endpoint = |name: &str| text(name).map(str::to_owned).ok_or(missing);
        let authorization_endpoint = Url::parse(&endpoint("authorization_endpoint")?).map_err(|_| missing)?;
        // RFC 6749 §3.1: no fragment; and no plain http where the issuer itself is not.
        let is_plain = authorization_endpoint.scheme() == "http" && issuer.issuer.starts_with("http://");
        let is_web = authorization_endpoint.scheme() == "https" || is_plain;
        if !is_web || authorization_endpoint.fragment().is_some() {
            return Err(Problem::Unavailable("its authorization endpoint cannot be used"));
        }
        let promised = document.get("authorization_response_iss_parameter_supported");
        Ok(Self {
            authorization_endpoint,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            names_itself: promised.and_then(Value::as_bool).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn issuer() -> Issuer {
        Issuer {
            issuer: "https://login.example".into(),
            ..Issuer::default()
        }
    }

    fn document() -> Value {
        json!({
            "issuer": "https://login.example",
            "authorization_endpoint": "https://login.example/authorize?tenant=1",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/keys",
        })
    }

    #[test]
    fn metadata_are_believed_of_their_own_issuer_alone() {
        let read = Metadata::read(&document(), &issuer()).unwrap();
        assert!(!read.names_itself);
        assert_eq!(read.authorization_endpoint.query(), Some("tenant=1"));
        for (member, value) in [
            ("issuer", json!("https://login.example/")),
            ("issuer", json!("https://other.example")),
            ("issuer", Value::Null),
            ("authorization_endpoint", json!("http://login.example/authorize")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("authorization_endpoint", json!("https://login.example/#a")),
            ("authorization_endpoint", json!(7)),
            ("token_endpoint", Value::Null),
            ("jwks_uri", Value::Null),
        ] {
            let mut wrong = document();
            wrong[member] = value;
            assert!(Metadata::read(&wrong, &issuer()).is_err(), "{wrong}");
        }
        assert!(Metadata::read(&json!([]), &issuer()).is_err());
    }

    #[test]
    fn an_issuer_with_a_path_has_its_metadata_below_it() {
        for (name, expected) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/t",
                "https://a.example/t/.well-known/openid-configuration",
            ),
        ] {
            let issuer = Issuer {
                issuer: name.into(),
                ..Issuer::default()
            };
            assert_eq!(address_of(&issuer), expected);
        }
    }
}
