//! A browser's cookies. RFC 6265bis, as far as a server on one host meets it: prefixes, `Secure`, `Path`, `SameSite`, deletion.

use reqwest::header::{HeaderMap, SET_COOKIE};
use url::{Host, Url};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SameSite {
    Strict,
    Lax,
    None,
}

/// One stored cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    host: String,
    path: String,
    secure: bool,
    same_site: SameSite,
}

/// What a request is, as far as `SameSite` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// Typed into the address bar, or sent from a page of the same site.
    SameSite,
    /// A link or redirect on a page of another site.
    CrossSiteLink,
    /// A form posted from a page of another site.
    CrossSitePost,
}

/// The cookies of one browser, over all hosts.
#[derive(Debug, Clone, Default)]
pub(crate) struct CookieJar {
    cookies: Vec<Cookie>,
}

impl CookieJar {
    /// Stores and deletes what an answer from `url` sets.
    pub(crate) fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let line = header.to_str().expect("a Set-Cookie header is text");
            let Some((cookie, is_expired)) = parse(url, line) else {
                continue;
            };
            self.cookies
                .retain(|old| (&old.name, &old.host, &old.path) != (&cookie.name, &cookie.host, &cookie.path));
            if !is_expired {
                self.cookies.push(cookie);
            }
        }
    }

    /// The `Cookie` header of a request, if any cookie goes with it: longest path first.
    pub(crate) fn header(&self, url: &Url, sender: Sender) -> Option<String> {
        let mut sent: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.goes_to(url, sender))
            .collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The cookie of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Cookie> {
        self.cookies.iter().find(|cookie| cookie.name == name)
    }

    /// Puts another value into a cookie, as a thief would; the cookie must exist.
    pub(crate) fn replace(&mut self, name: &str, value: &str) {
        let cookie = self.cookies.iter_mut().find(|cookie| cookie.name == name);
        value.clone_into(&mut cookie.unwrap_or_else(|| panic!("no cookie {name}")).value);
    }

    /// Forgets one cookie.
    pub(crate) fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }
}

impl Cookie {
    fn goes_to(&self, url: &Url, sender: Sender) -> bool {
        let site = match sender {
            Sender::SameSite => true,
            Sender::CrossSiteLink => self.same_site != SameSite::Strict,
            Sender::CrossSitePost => self.same_site == SameSite::None,
        };
        let host = url.host_str() == Some(self.host.as_str());
        site && host && (!self.secure || is_trustworthy(url)) && path_matches(url.path(), &self.path)
    }
}

/// Whether a browser treats an address as secure: TLS, or loopback.
pub(crate) fn is_trustworthy(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_local
}

/// RFC 6265 §5.1.4.
fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

/// A cookie as set by an answer from `url` and whether it is a deletion; none where a browser would refuse it.
fn parse(url: &Url, line: &str) -> Option<(Cookie, bool)> {
    let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
    let (name, value) = pair.split_once('=')?;
    let attributes: Vec<(String, &str)> = rest.split(';').map(attribute).collect();
    let find = |wanted: &str| {
        attributes
            .iter()
            .rev()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| *value)
    };
    let (secure, path) = (
        find("secure").is_some(),
        find("path").filter(|path| path.starts_with('/')),
    );
    let domain = find("domain").filter(|domain| !domain.is_empty());
    let is_whole_host = secure && domain.is_none() && path == Some("/");
    let same_site = match find("samesite").map(str::to_ascii_lowercase).as_deref() {
        Some("strict") => SameSite::Strict,
        Some("none") => SameSite::None,
        _ => SameSite::Lax,
    };
    let is_refused = secure && !is_trustworthy(url)
        || name.starts_with("__Secure-") && !secure
        || name.starts_with("__Host-") && !is_whole_host
        || same_site == SameSite::None && !secure
        || domain.is_some_and(|domain| url.host_str() != Some(domain.trim_start_matches('.')));
    let is_expired = find("max-age").map_or_else(
        || find("expires").is_some_and(|date| date.contains("1970")),
        |age| age.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
    );
    let path = path.map_or_else(|| default_path(url), str::to_owned);
    let (name, value, host) = (
        name.trim().to_owned(),
        value.trim().to_owned(),
        url.host_str()?.to_owned(),
    );
    (!is_refused).then_some((
        Cookie {
            name,
            value,
            host,
            path,
            secure,
            same_site,
        },
        is_expired,
    ))
}

fn attribute(text: &str) -> (String, &str) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim().to_ascii_lowercase(), value.trim())
}

/// RFC 6265 §5.1.4: the folder of the address.
fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path()[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CookieJar, Sender};
    use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
    use url::Url;

    fn jar(from: &str, lines: &[&str]) -> CookieJar {
        let mut jar = CookieJar::default();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SET_COOKIE, HeaderValue::from_str(line).unwrap());
        }
        jar.keep(&Url::parse(from).unwrap(), &headers);
        jar
    }

    fn sent(jar: &CookieJar, to: &str, sender: Sender) -> String {
        jar.header(&Url::parse(to).unwrap(), sender).unwrap_or_default()
    }

    #[test]
    fn cookies_go_where_they_belong() {
        let lines = [
            "a=1; Path=/one",
            "b=2; Path=/",
            "__Host-c=3; Path=/; Secure; HttpOnly; SameSite=Lax",
        ];
        let jar = jar("http://127.0.0.1:1/login", &lines);
        assert_eq!(
            sent(&jar, "http://127.0.0.1:2/one/two", Sender::SameSite),
            "a=1; b=2; __Host-c=3"
        );
        assert_eq!(
            sent(&jar, "http://127.0.0.1:2/oneself", Sender::SameSite),
            "b=2; __Host-c=3"
        );
        assert_eq!(sent(&jar, "http://localhost:1/one", Sender::SameSite), "");
    }

    #[test]
    fn other_sites_get_less() {
        let lines = [
            "s=1; SameSite=Strict",
            "l=2; SameSite=Lax",
            "n=3; SameSite=None; Secure",
            "d=4",
        ];
        let jar = jar("http://localhost/", &lines);
        assert_eq!(sent(&jar, "http://localhost/", Sender::SameSite), "s=1; l=2; n=3; d=4");
        assert_eq!(sent(&jar, "http://localhost/", Sender::CrossSiteLink), "l=2; n=3; d=4");
        assert_eq!(sent(&jar, "http://localhost/", Sender::CrossSitePost), "n=3");
    }

    #[test]
    fn wrong_cookies_are_refused() {
        for line in [
            "__Host-a=1; Path=/",
            "__Host-a=1; Secure; Path=/x",
            "__Host-a=1; Secure; Path=/; Domain=localhost",
            "__Secure-a=1",
            "a=1; SameSite=None",
            "a=1; Domain=elsewhere.example",
        ] {
            assert_eq!(
                sent(
                    &jar("http://localhost/", &[line]),
                    "http://localhost/",
                    Sender::SameSite
                ),
                "",
                "{line}"
            );
        }
        assert!(jar("http://plain.example/", &["a=1; Secure"]).named("a").is_none());
    }

    #[test]
    fn cookies_are_deleted_replaced_and_removed() {
        let mut jar = jar(
            "http://localhost/",
            &["a=1", "b=1", "c=1", "d=1", "a=2", "b=; Max-Age=0"],
        );
        assert_eq!(jar.named("a").unwrap().value, "2");
        assert!(jar.named("b").is_none());
        jar.replace("c", "stolen");
        jar.remove("d");
        assert_eq!(sent(&jar, "http://localhost/", Sender::SameSite), "c=stolen; a=2");
    }
}
