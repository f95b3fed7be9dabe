//! The guard: which addresses the server itself may fetch. RFC 6890 and the IANA registries of special-purpose addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::DocumentError;
use crate::config::HostPattern;

/// Bytes that a URL may have.
const MAX_URL: usize = 2_048;

/// Checks the address of a document as it is written: `https`, no userinfo, no fragment, no special-use address.
///
/// Hosts in `private` may have private addresses and be fetched over plain `http`. A name passes here; the addresses
/// that it leads to are judged when connecting.
pub fn check_url(text: &str, private: &[HostPattern]) -> Result<Url, DocumentError> {
    let url = parse_url(text)?;
    let listed = is_listed(&url, private);
    match url.scheme() {
        "https" => {}
        "http" if listed => {}
        "http" => {
            return Err(DocumentError::Forbidden(
                "plain http is only for hosts in outbound.allowed_private_hosts",
            ));
        }
        _ => return Err(DocumentError::Forbidden("the scheme is not https")),
    }
    if !listed && literal_address(&url).is_some_and(is_special) {
        return Err(DocumentError::Forbidden("a special-use address"));
    }
    Ok(url)
}

/// Whether the operator lists the URL's host and port as one that may be private.
pub(super) fn is_listed(url: &Url, private: &[HostPattern]) -> bool {
    match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => private.iter().any(|pattern| pattern.covers(host, port)),
        _ => false,
    }
}

/// Parses a URL that has a host and nothing that a fetched address must not have.
pub(super) fn parse_url(text: &str) -> Result<Url, DocumentError> {
    // The WHATWG parser drops blanks and line breaks; what was written must be what is fetched.
    if text.len() > MAX_URL || text.chars().any(|c| c.is_ascii_control() || c == ' ') {
        return Err(DocumentError::Forbidden("too long, or with blanks"));
    }
    let url = Url::parse(text).map_err(|_| DocumentError::Forbidden("not a URL"))?;
    if url.host().is_none() {
        return Err(DocumentError::Forbidden("no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(DocumentError::Forbidden("holds credentials"));
    }
    if url.fragment().is_some() {
        return Err(DocumentError::Forbidden("holds a fragment"));
    }
    if url.port() == Some(0) {
        return Err(DocumentError::Forbidden("port 0"));
    }
    Ok(url)
}

/// The address when the URL names one instead of a host name; the parser has normalised `0x7f.1` and its kind.
pub(super) fn literal_address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Whether an address is anything but ordinary and public. What embeds an IPv4 address is judged by that.
#[must_use]
pub fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_special_v4(address),
        IpAddr::V6(address) => is_special_v6(address),
    }
}

#[expect(clippy::match_same_arms, reason = "one arm and one comment for each registration")]
fn is_special_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // This network, private, loopback; multicast, reserved and broadcast.
        [0 | 10 | 127 | 224..=255, ..] => true,
        // Shared (RFC 6598), link-local, private, benchmarking.
        [100, 64..=127, ..] | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..] | [198, 18..=19, ..] => true,
        // Protocol assignments, documentation, the former 6to4 relays (RFC 7526).
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => true,
        _ => false,
    }
}

#[expect(clippy::match_same_arms, reason = "one arm and one comment for each registration")]
fn is_special_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Compatible (with :: and ::1) and mapped, RFC 4291 §2.5.5; NAT64, RFC 6052 §2.1; its local prefix, RFC 8215.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0 | 1, 0, 0, 0, high, low] => embeds_special(high, low),
        // 6to4, RFC 3056 §2.
        [0x2002, high, low, ..] => embeds_special(high, low),
        // Protocol assignments with Teredo (2001::/23); documentation (RFC 3849, RFC 9637).
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => true,
        // RFC 4291 §2.4: global unicast is assigned from 2000::/3; loopback, local, multicast and the rest lie outside.
        [0x2000..=0x3fff, ..] => false,
        _ => true,
    }
}

fn embeds_special(high: u16, low: u16) -> bool {
    is_special_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipnet::IpNet;
    use proptest::prelude::*;

    const SPECIAL_V4: &[&str] = &[
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ];
    const SPECIAL_V6: &[&str] = &[
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "64:ff9b:1:8000::/49",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "::ffff:0:0:0/96",
    ];

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn patterns(texts: &[&str]) -> Vec<HostPattern> {
        texts
            .iter()
            .map(|text| HostPattern::try_from((*text).to_owned()).unwrap())
            .collect()
    }

    #[test]
    fn both_ends_of_every_special_network_are_special_and_their_neighbours_are_not() {
        for network in networks(SPECIAL_V4).into_iter().chain(networks(SPECIAL_V6)) {
            assert!(is_special(network.network()), "{network}");
            assert!(is_special(network.broadcast()), "{network}");
        }
        for public in [
            "1.0.0.0",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
        ] {
            assert!(!is_special(public.parse().unwrap()), "{public}");
        }
        for public in [
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "8.8.8.8",
            "2001:200::",
        ] {
            assert!(!is_special(public.parse().unwrap()), "{public}");
        }
        for public in ["2001:db9::", "2606:4700::1111", "2a00::1", "3ffe::1", "3fff:1000::"] {
            assert!(!is_special(public.parse().unwrap()), "{public}");
        }
        for special in ["::", "::1", "64:ff9b:2::", "4000::", "1fff:ffff::1"] {
            assert!(is_special(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn urls_are_judged_as_they_are_meant() {
        let refused = [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:application/json,{}",
            "example.com/keys",
            "https://",
            "https://user@example.com/",
            "https://:pass@example.com/",
            "https://example.com/#keys",
            "https://example.com/#",
            "https://example.com:0/",
            "https://exa\nmple.com/",
            " https://example.com/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://2130706433/",
            "https://１２７.0.0.1/",
            "https://0/",
            "https://10.0.0.1:8443/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://[64:ff9b:1::10.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fe80::1%25eth0]/",
            "https://[fd00::1]/",
        ];
        for text in refused {
            assert!(
                matches!(check_url(text, &[]), Err(DocumentError::Forbidden(_))),
                "{text}"
            );
        }
        assert!(check_url(&format!("https://example.com/{}", "a".repeat(MAX_URL)), &[]).is_err());
        let accepted = [
            "https://example.com/jwks.json",
            "https://example.com:8443/?a=b",
            "https://8.8.8.8/",
            "https://[::ffff:8.8.8.8]/",
        ];
        for text in accepted {
            assert!(check_url(text, &[]).is_ok(), "{text}");
        }
    }

    #[test]
    fn listed_hosts_may_be_private_and_plain_on_their_port_only() {
        let private = patterns(&["127.0.0.1:8080", "[::1]", "keys.internal"]);
        for text in [
            "http://127.0.0.1:8080/",
            "https://127.0.0.1:8080/",
            "http://[::1]:9/",
            "http://KEYS.internal/",
        ] {
            assert!(check_url(text, &private).is_ok(), "{text}");
        }
        for text in [
            "http://127.0.0.1:8081/",
            "http://127.0.0.2:8080/",
            "http://keys.internal.example/",
            "ftp://[::1]/",
        ] {
            assert!(check_url(text, &private).is_err(), "{text}");
        }
        assert!(check_url("http://a@127.0.0.1:8080/", &private).is_err());
    }

    proptest! {
        #[test]
        fn special_v4_is_what_the_registry_lists(bits: u32) {
            let address = IpAddr::from(Ipv4Addr::from_bits(bits));
            let listed = networks(SPECIAL_V4).iter().any(|network| network.contains(&address));
            prop_assert_eq!(is_special(address), listed);
        }

        #[test]
        fn what_embeds_an_address_is_judged_by_it(bits: u32, tail: u64) {
            let expected = is_special(Ipv4Addr::from_bits(bits).into());
            let low = u128::from(bits);
            let forms = [
                low,
                0xffff_u128 << 32 | low,
                0x0064_ff9b_u128 << 96 | low,
                0x0064_ff9b_0001_u128 << 80 | low,
                0x2002_u128 << 112 | low << 80 | u128::from(tail),
            ];
            for form in forms {
                prop_assert_eq!(is_special(Ipv6Addr::from_bits(form).into()), expected);
            }
        }

        #[test]
        fn special_v6_networks_are_refused(index in 0..SPECIAL_V6.len(), bits: u128) {
            let network: ipnet::Ipv6Net = SPECIAL_V6[index].parse().unwrap();
            let host = bits & network.hostmask().to_bits();
            prop_assert!(is_special(Ipv6Addr::from_bits(network.network().to_bits() | host).into()));
        }

        #[test]
        fn what_passes_is_https_without_userinfo_and_never_special(
            text in "(https?|HTTPS|ws)?(://|:)?[a-z0-9.@:%#x\\[\\]\\\\/?１。]{0,24}"
        ) {
            if let Ok(url) = check_url(&text, &[]) {
                prop_assert_eq!(url.scheme(), "https");
                prop_assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
                prop_assert!(!literal_address(&url).is_some_and(is_special));
            }
        }
    }
}
