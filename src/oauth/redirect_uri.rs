//! Redirect URIs: compared exactly, but for the port of loopback URIs of native applications.

use url::{Host, Url};

use crate::model::client::{ApplicationType, Client};

/// Whether a client registered this redirect URI (RFC 9700 §4.1.3: exact string comparison).
#[must_use]
pub fn is_registered(client: &Client, requested: &str) -> bool {
    is_among(&client.redirect_uris, client.application_type, requested)
}

/// Whether a client registered that people may go here once they signed out (RP-Initiated Logout §3).
#[must_use]
pub fn is_registered_after_logout(client: &Client, requested: &str) -> bool {
    is_among(&client.post_logout_redirect_uris, client.application_type, requested)
}

fn is_among(uris: &[String], application: ApplicationType, requested: &str) -> bool {
    uris.iter().any(|registered| registered == requested)
        || (application == ApplicationType::Native
            && uris.iter().any(|registered| is_same_loopback(registered, requested)))
}

/// RFC 8252 §7.3: any port of a loopback redirect URI; everything else is the same.
fn is_same_loopback(registered: &str, requested: &str) -> bool {
    let (Some(registered), Some(asked)) = (loopback(registered), loopback(requested)) else {
        return false;
    };
    // Serialising again shows that parsing changed nothing: no encoding trick hides in the text.
    asked.as_str() == requested && without_port(registered) == without_port(asked)
}

/// Whether pages of this origin are a client's: those of its redirect URIs, at any port of a loopback one of a native
/// application (RFC 8252 §7.3).
#[must_use]
pub fn is_origin_of(client: &Client, origin: &str) -> bool {
    let is_native = client.application_type == ApplicationType::Native;
    let asked = loopback(origin).filter(|asked| is_native && asked.origin().ascii_serialization() == origin);
    client.redirect_uris.iter().any(|uri| {
        let same = Url::parse(uri)
            .is_ok_and(|uri| matches!(uri.scheme(), "https" | "http") && uri.origin().ascii_serialization() == origin);
        let is_at_home = |asked: &Url| loopback(uri).is_some_and(|own| own.host() == asked.host());
        same || asked.as_ref().is_some_and(is_at_home)
    })
}

fn loopback(uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.octets() == [127, 0, 0, 1],
        Host::Ipv6(address) => address.is_loopback(),
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (url.scheme() == "http" && is_loopback && plain).then_some(url)
}

/// Whether a redirect URI leads to a program on the person's own device: over a loopback address, or by a scheme of its own
/// (RFC 8252 §7).
#[must_use]
pub fn is_on_device(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    loopback(uri).is_some() || !matches!(url.scheme(), "http" | "https")
}

fn without_port(mut url: Url) -> Url {
    // A loopback http URL always has a host, so this cannot fail.
    let _ = url.set_port(None);
    url
}

/// What a page's `form-action` must name so that the browser may follow us there: the redirect URI's origin, or its
/// scheme where a policy cannot name the origin: private schemes, and IPv6 addresses (CSP Level 3 §2.3.1).
#[must_use]
pub fn form_action_source(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    let named = matches!(url.scheme(), "http" | "https") && !matches!(url.host(), Some(Host::Ipv6(_)));
    if named {
        let origin = url.origin().ascii_serialization();
        // The URL Standard lets a host hold `;` and `,`, which would end the directive or the header.
        return (!origin.contains([';', ','])).then_some(origin);
    }
    // A scheme is letters, digits, `+`, `-`, `.`: nothing that could end the directive.
    Some(format!("{}:", url.scheme()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn native(uri: &str) -> Client {
        Client {
            application_type: ApplicationType::Native,
            redirect_uris: vec![uri.to_owned()],
            ..Client::default()
        }
    }

    #[test]
    fn web_clients_match_exactly() {
        let client = Client {
            redirect_uris: vec!["https://app.example/cb".into()],
            ..Client::default()
        };
        assert!(is_registered(&client, "https://app.example/cb"));
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example:443/cb",
            "https://APP.example/cb",
            "https://app.example/cb#f",
            "https://app.example/./cb",
            "http://app.example/cb",
            "https://app.example.evil/cb",
            "https://app.example@evil/cb",
        ] {
            assert!(!is_registered(&client, other), "{other}");
        }
        let client = Client {
            redirect_uris: vec!["http://127.0.0.1:1/cb".into()],
            ..Client::default()
        };
        assert!(!is_registered(&client, "http://127.0.0.1:2/cb"));
    }

    #[test]
    fn native_clients_may_use_any_loopback_port() {
        for host in ["127.0.0.1", "[::1]", "localhost"] {
            let client = native(&format!("http://{host}/cb"));
            assert!(is_registered(&client, &format!("http://{host}:1717/cb")));
            assert!(is_registered(&client, &format!("http://{host}/cb")));
            for other in ["/cb2", "/cb?x", "/cb#f", "/%63b"] {
                assert!(
                    !is_registered(&client, &format!("http://{host}:1717{other}")),
                    "{other}"
                );
            }
            assert!(!is_registered(&client, &format!("https://{host}:1717/cb")));
        }
        assert!(!is_registered(&native("http://127.0.0.1/cb"), "http://localhost:5/cb"));
        assert!(!is_registered(&native("http://127.0.0.1/cb"), "http://127.1:5/cb"));
        assert!(!is_registered(
            &native("http://127.0.0.1/cb"),
            "http://user@127.0.0.1:5/cb"
        ));
    }

    #[test]
    fn the_origins_of_a_client_are_those_of_its_redirect_uris() {
        let web = Client {
            redirect_uris: ["https://app.example/cb", "http://127.0.0.1/cb", "com.example:/cb"]
                .map(str::to_owned)
                .into(),
            ..Client::default()
        };
        let native = Client {
            application_type: ApplicationType::Native,
            redirect_uris: ["https://app.example/cb", "http://127.0.0.1/cb", "http://[::1]:9/cb"]
                .map(str::to_owned)
                .into(),
            ..Client::default()
        };
        for (origin, of_web, of_native) in [
            ("https://app.example", true, true),
            ("http://127.0.0.1", true, true),
            ("http://127.0.0.1:5555", false, true),
            ("http://[::1]:5555", false, true),
            ("http://localhost:5555", false, false),
            ("https://127.0.0.1:5555", false, false),
            ("http://127.1:5555", false, false),
            ("http://127.0.0.1:5555/", false, false),
            ("http://127.0.0.1:5555/cb", false, false),
            ("http://user@127.0.0.1:5555", false, false),
            ("http://127.0.0.1.evil.example", false, false),
            ("https://app.example:8443", false, false),
            ("http://app.example", false, false),
            ("https://app.example.evil", false, false),
            ("null", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_origin_of(&web, origin), of_web, "{origin}");
            assert_eq!(is_origin_of(&native, origin), of_native, "{origin}");
        }
    }

    #[test]
    fn a_policy_names_the_origin_or_the_scheme() {
        for (uri, source) in [
            (
                "https://app.example:8443/cb?x=;script-src",
                Some("https://app.example:8443"),
            ),
            ("http://127.0.0.1:1717/cb", Some("http://127.0.0.1:1717")),
            ("http://[::1]:1717/cb", Some("http:")),
            ("com.example.app:/cb", Some("com.example.app:")),
            ("https://app.example;script-src/cb", None),
            ("https://app.example,evil.example/cb", None),
            ("a b; script-src *:/cb", None),
        ] {
            assert_eq!(form_action_source(uri).as_deref(), source, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_the_port_may_differ(port in 1_u16.., path in "/[a-z]{0,8}", other in "/[a-z]{0,8}") {
            let client = native(&format!("http://127.0.0.1{path}"));
            let matches = is_registered(&client, &format!("http://127.0.0.1:{port}{other}"));
            prop_assert_eq!(matches, path == other && port != 80);
        }

        #[test]
        fn no_text_breaks_the_comparison(text in ".*") {
            let client = native("http://127.0.0.1/cb");
            if is_registered(&client, &text) {
                prop_assert!(text.starts_with("http://127.0.0.1"));
            }
        }
    }
}
