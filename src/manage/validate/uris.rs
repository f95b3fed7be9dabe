//! Addresses: where responses go, what is fetched, what people may follow.

use url::{Host, Url};

use super::{Check, wrong};
use crate::config::HostPattern;
use crate::error::FieldError;
use crate::model::client::ApplicationType;

fn parse(place: &str, key: &str, text: &str) -> Result<Url, FieldError> {
    // The parser forgives what would make two spellings of one address; addresses here are compared exactly.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let problem = format!("`{text}` has characters that a URI must percent-encode");
        return Err(wrong(place, key, problem));
    }
    let uri = Url::parse(text).map_err(|_| {
        let problem = format!("`{text}` is not an absolute URI; write https://host/path");
        wrong(place, key, problem)
    })?;
    if !uri.username().is_empty() || uri.password().is_some() {
        return Err(wrong(
            place,
            key,
            format!("`{text}` must not have a user name or password"),
        ));
    }
    if text.contains('#') {
        return Err(wrong(place, key, format!("`{text}` must not have a fragment")));
    }
    Ok(uri)
}

/// Checks an absolute URI without a fragment.
pub(super) fn absolute(place: &str, key: &str, text: &str) -> Check {
    parse(place, key, text).map(drop)
}

/// Checks an https address.
pub(super) fn secure(place: &str, key: &str, text: &str) -> Check {
    if parse(place, key, text)?.scheme() == "https" {
        return Ok(());
    }
    Err(wrong(place, key, format!("`{text}` must be https")))
}

/// Checks an address that people may follow.
pub(in crate::manage) fn link(place: &str, key: &str, text: &str) -> Check {
    let uri = Url::parse(text).ok();
    if uri.is_some_and(|uri| matches!(uri.scheme(), "https" | "http")) {
        return Ok(());
    }
    Err(wrong(
        place,
        key,
        format!("`{text}` is not a web address; write https://host/path"),
    ))
}

/// Checks an address that this server fetches.
pub(super) fn fetched(place: &str, key: &str, text: &str, private_hosts: &[HostPattern]) -> Check {
    let uri = parse(place, key, text)?;
    let host = uri.host_str().unwrap_or_default();
    let port = uri.port_or_known_default().unwrap_or_default();
    match uri.scheme() {
        "https" => Ok(()),
        "http" if private_hosts.iter().any(|pattern| pattern.covers(host, port)) => Ok(()),
        _ => {
            let problem = format!("`{text}` must be https, or its host be listed in outbound.allowed_private_hosts");
            Err(wrong(place, key, problem))
        }
    }
}

/// Whether this machine is meant: the names that RFC 8252 §7.3 and §8.3 speak of.
fn is_loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The first character of a host that no host's name has: the URL Standard forgives quotes, and marks that end a
/// directive of a content security policy or an item of a list.
fn foreign_to_hosts(uri: &Url) -> Option<char> {
    let (Some(host), false) = (uri.host_str(), matches!(uri.host(), Some(Host::Ipv6(_)))) else {
        return None;
    };
    host.chars()
        .find(|mark| !mark.is_ascii_alphanumeric() && !['-', '.', '_'].contains(mark))
}

/// Checks where responses may go (RFC 6749 §3.1.2, RFC 8252 §7, OpenID Connect Registration §2).
pub(super) fn redirect(place: &str, key: &str, text: &str, application: ApplicationType) -> Check {
    let uri = parse(place, key, text)?;
    if uri.host_str().is_some_and(|host| host.contains('*')) {
        let problem = format!("`{text}` has a wildcard, but addresses are compared exactly; list each one");
        return Err(wrong(place, key, problem));
    }
    if let Some(mark) = foreign_to_hosts(&uri) {
        let problem = format!("`{text}` has `{mark}` in its host; a host has letters, digits, `-`, `.` and `_`");
        return Err(wrong(place, key, problem));
    }
    let problem = match (uri.scheme(), application) {
        ("https", _) if uri.host().is_some() => return Ok(()),
        ("http", _) if is_loopback(&uri) => return Ok(()),
        ("http", _) => "must be https; plain http is for localhost, 127.0.0.1 and [::1]",
        // RFC 8252 §7.1: a scheme that is a domain name in reverse, so that it is somebody's own
        (scheme, ApplicationType::Native) if scheme.contains('.') => return Ok(()),
        (_, ApplicationType::Native) => "a private-use scheme needs a dot: a domain name in reverse, com.example.app:/",
        (_, ApplicationType::Web) => "must be https; private-use schemes need application_type = \"native\"",
    };
    Err(wrong(place, key, format!("`{text}` {problem}")))
}

/// Checks what a signed-out page loads: scheme, host and port are those of a redirect URI (Front-Channel Logout §2).
pub(super) fn front_channel(place: &str, text: &str, redirect_uris: &[String]) -> Check {
    let key = "frontchannel_logout_uri";
    redirect(place, key, text, ApplicationType::Web)?;
    let origin = |text: &str| Url::parse(text).ok().map(|uri| uri.origin());
    let own = origin(text);
    if redirect_uris.iter().any(|uri| origin(uri) == own) {
        return Ok(());
    }
    let problem = format!("`{text}` must have the scheme, host and port of one of redirect_uris");
    Err(wrong(place, key, problem))
}
