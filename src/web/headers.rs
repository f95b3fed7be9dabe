//! Headers of every answer, the content policy of pages, and the header that credentials come in.

use actix_web::HttpRequest;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use crate::error::{OAuthError, OAuthErrorCode};

/// How the policy of what any site may frame ends.
const FRAMED_BY_ALL: &str = "frame-ancestors *";

/// What every answer carries.
pub(crate) fn secure(headers: &mut HeaderMap, https: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Our own forms need their Origin; nobody else learns where a person came from.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, nothing);
    }
    let policy = headers
        .get(CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok());
    if !policy.is_some_and(|policy| policy.ends_with(FRAMED_BY_ALL)) {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if https {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}

/// The `Authorization` header, if there is one.
///
/// # Errors
/// `invalid_request` where there are more: one method per request (RFC 6749 §2.3, RFC 6750 §2).
pub(super) fn authorization(request: &HttpRequest) -> Result<Option<&HeaderValue>, OAuthError> {
    let mut given = request.headers().get_all(AUTHORIZATION);
    let first = given.next();
    if given.next().is_some() {
        let description = "there is more than one Authorization header";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    }
    Ok(first)
}

/// The content policy of a page: our own styles and scripts, nothing inline, and forms that may end up at `form_target`,
/// the origin or scheme of the running request's proven redirect URI (Chromium applies `form-action` to redirects too);
/// and frames of these origins alone.
pub(super) fn page_policy(form_target: Option<&str>, frames: &[String]) -> String {
    let frames = match frames {
        [] => String::new(),
        frames => format!("frame-src {}; ", frames.join(" ")),
    };
    let target = form_target.map(|source| format!(" {source}")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
         {frames}base-uri 'none'; form-action 'self'{target}; frame-ancestors 'none'"
    )
}
