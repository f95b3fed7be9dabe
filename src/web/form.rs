//! Forms of our pages: they must come from our page, in the browser that was shown it.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, ORIGIN};

use super::cookies::Browser;
use crate::crypto::digest::{base64url, base64url_decode};
use crate::error::{Denial, OAuthError, OAuthErrorCode, Result};
use crate::oauth::params::Params;
use crate::server::Server;

/// The token that a form of `browser` about `subject` carries.
pub(super) fn token(server: &Server, browser: &Browser, subject: &str) -> String {
    base64url(
        &server
            .shared()
            .form_key
            .sign(&[browser.secret.expose().as_bytes(), subject.as_bytes()]),
    )
}

/// Whether the browser says that another site sent this.
pub(super) fn is_foreign(request: &HttpRequest, server: &Server) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let own_origin = server.shared().settings.origin();
    header(ORIGIN.as_str()).is_some_and(|origin| origin != own_origin)
        || header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// A posted form about `subject`, if it came from our page in this browser.
pub(super) fn read(request: &HttpRequest, body: &[u8], server: &Server, subject: &str) -> Result<(Browser, Params)> {
    let browser = Browser::known(request, server).ok_or(Denial::CrossSite)?;
    let params = Params::parse(body)?;
    let tag = params.get("csrf").and_then(base64url_decode).ok_or(Denial::CrossSite)?;
    let parts = [browser.secret.expose().as_bytes(), subject.as_bytes()];
    if is_foreign(request, server) || !server.shared().form_key.verify(&parts, &tag) {
        return Err(Denial::CrossSite.into());
    }
    Ok((browser, params))
}

/// The parameters of a form posted to a protocol endpoint (RFC 6749 §3.2, Appendix B).
pub(super) fn parameters(request: &HttpRequest, body: &[u8]) -> std::result::Result<Params, OAuthError> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let description = "the body must be application/x-www-form-urlencoded";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequest, description));
    }
    Params::parse(body)
}
