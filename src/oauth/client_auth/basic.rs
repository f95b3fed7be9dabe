//! HTTP Basic with form-encoded identifier and secret. RFC 6749 §2.3.1, Appendix B.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::{OAuthError, OAuthErrorCode};
use crate::model::secret::Secret;

/// Reads an `Authorization` header.
pub(super) fn parse(header: &str) -> Result<(String, Secret), OAuthError> {
    let failed = || {
        OAuthError::new(
            OAuthErrorCode::InvalidClient,
            "the Authorization header is not HTTP Basic",
        )
    };
    let (scheme, encoded) = header.split_once(' ').ok_or_else(failed)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(failed());
    }
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| failed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| failed())?;
    let (client_id, secret) = decoded.split_once(':').ok_or_else(failed)?;
    Ok((form_decoded(client_id), Secret::new(form_decoded(secret))))
}

/// A value as `application/x-www-form-urlencoded` carries it.
fn form_decoded(text: &str) -> String {
    // `&` and `=` would end a value in a form; here they are data.
    let guarded = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(guarded.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(credentials: &str) -> (String, String) {
        let (id, secret) = parse(&format!("Basic {}", STANDARD.encode(credentials))).unwrap();
        (id, secret.expose().to_owned())
    }

    #[test]
    fn both_parts_are_form_decoded() {
        assert_eq!(parsed("a%3Ab:s%25+c"), ("a:b".into(), "s% c".into()));
        assert_eq!(parsed("id:p&=q"), ("id".into(), "p&=q".into()));
        assert_eq!(parsed("id:a:b"), ("id".into(), "a:b".into()));
    }

    #[test]
    fn anything_else_is_refused() {
        for header in ["Basic", "Basic !!", "Bearer abc", "", "Basic YQ=="] {
            assert!(parse(header).is_err(), "{header}");
        }
    }
}
