//! Forwarded addresses: RFC 7239 `Forwarded`, and the `X-Forwarded-For` that came before it. Believed from trusted proxies
//! alone; anything else than an address is an address that nobody knows.

use std::net::IpAddr;

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whether a request says that it comes from elsewhere than its peer.
pub(super) fn is_claimed(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| *name == FORWARDED || name.as_str().starts_with("x-forwarded-"))
}

/// Where a request comes from that a trusted proxy at `peer` sent; none where nobody knows.
pub(super) fn address(headers: &HeaderMap, peer: IpAddr, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let known = |hops: Vec<Option<IpAddr>>| first_beyond(&hops, &is_trusted);
    let hops = [
        hops(headers, &X_FORWARDED_FOR, listed),
        hops(headers, &FORWARDED, elements),
    ];
    match hops {
        // A proxy that forwards a request, and does not say for whom, is not who asks.
        [x, forwarded] if x.is_empty() && forwarded.is_empty() => (!is_claimed(headers)).then_some(peer),
        [x, forwarded] if forwarded.is_empty() => known(x),
        [x, forwarded] if x.is_empty() => known(forwarded),
        // A proxy that adds to one of them passes the other on as a stranger wrote it: they must agree.
        [x, forwarded] => known(x).filter(|ip| known(forwarded) == Some(*ip)),
    }
}

/// The last hop that is no trusted proxy; the first of all where each is one.
fn first_beyond(hops: &[Option<IpAddr>], is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let beyond = hops.iter().rev().find(|hop| !hop.is_some_and(&is_trusted));
    beyond.or(hops.first()).copied().flatten()
}

/// The hops of every line of a header, furthest first.
fn hops(headers: &HeaderMap, name: &HeaderName, read: fn(&str) -> Vec<Option<IpAddr>>) -> Vec<Option<IpAddr>> {
    headers
        .get_all(name)
        .flat_map(|line| line.to_str().map_or_else(|_| vec![None], read))
        .collect()
}

/// The hops of a line of `X-Forwarded-For`.
fn listed(line: &str) -> Vec<Option<IpAddr>> {
    let hops = line.split(',').map(str::trim);
    hops.filter(|hop| !hop.is_empty()).map(node).collect()
}

/// The hops of a line of `Forwarded` (RFC 7239 §4).
fn elements(line: &str) -> Vec<Option<IpAddr>> {
    let Some(elements) = split(line, ',') else {
        // An open quotation hides what was added after it.
        return vec![None];
    };
    let elements = elements.into_iter().map(str::trim);
    elements.filter(|element| !element.is_empty()).map(element).collect()
}

/// The `for` of an element; none unless every pair is well formed, or quotations of two authors would run together.
fn element(text: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in split(text, ';')?.into_iter().filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = plain(value.trim())?;
        if name.trim().eq_ignore_ascii_case("for") && found.replace(node(&value)?).is_some() {
            return None;
        }
    }
    found
}

/// Splits at a separator that stands outside quotations; none where a quotation is left open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut begin, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(text.get(begin..at)?);
                begin = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(begin..)?);
    (!quoted).then_some(parts)
}

/// A value without its quotation marks; none where it is neither a token nor one quotation.
fn plain(value: &str) -> Option<String> {
    let Some(inner) = value.strip_prefix('"') else {
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | ',' | ';');
        return (!value.is_empty() && value.chars().all(is_plain)).then(|| value.to_owned());
    };
    let (mut plain, mut chars) = (String::new(), inner.strip_suffix('"')?.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => plain.push(chars.next()?),
            c => plain.push(c),
        }
    }
    Some(plain)
}

/// The address of a node (RFC 7239 §6): with or without a port; none for `unknown` and for identifiers that hide it.
fn node(text: &str) -> Option<IpAddr> {
    let is_port = |port: &str| {
        let hidden = port.strip_prefix('_').is_some_and(|rest| !rest.is_empty());
        hidden || (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
    };
    let ip = if let Some(rest) = text.strip_prefix('[') {
        let (ip, port) = rest.split_once(']')?;
        let good = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        good.then(|| ip.parse().ok().filter(IpAddr::is_ipv6))?
    } else {
        match text.split_once(':') {
            Some((ip, port)) if is_port(port) => ip.parse().ok().filter(IpAddr::is_ipv4),
            _ => text.parse().ok(),
        }
    };
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    const PEER: &str = "10.0.0.1";

    fn seen(lines: &[(&'static str, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_bytes(line.as_bytes()).unwrap(),
            );
        }
        let is_trusted = |ip: IpAddr| ip.to_string().starts_with("10.");
        address(&headers, PEER.parse().unwrap(), is_trusted).map(|ip| ip.to_string())
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_is_the_visitor() {
        for (line, ip) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("198.51.100.1, 192.0.2.7", Some("192.0.2.7")),
            ("198.51.100.1, 192.0.2.7, 10.0.0.9, 10.0.0.8", Some("192.0.2.7")),
            ("10.0.0.9, 10.0.0.8", Some("10.0.0.9")),
            (" , ,", None),
            ("192.0.2.7:4711", Some("192.0.2.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:4711", Some("2001:db8::7")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("[::ffff:10.0.0.9]", Some("10.0.0.9")),
            ("unknown", None),
            ("192.0.2.7, unknown", None),
            ("unknown, 192.0.2.7", Some("192.0.2.7")),
            ("192.0.2.7:", None),
            ("[192.0.2.7]", None),
            ("[2001:db8::7", None),
            ("192.0.2.7:port", None),
            ("fe80::1%eth0", None),
            ("192.0.2.256", None),
        ] {
            assert_eq!(seen(&[("x-forwarded-for", line)]).as_deref(), ip, "{line}");
        }
        let lines = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-for", "192.0.2.7, 10.0.0.2"),
        ];
        assert_eq!(seen(&lines).as_deref(), Some("192.0.2.7"), "several lines are one list");
        assert_eq!(seen(&[]).as_deref(), Some(PEER));
        assert_eq!(seen(&[("x-forwarded-proto", "https")]), None);
        assert_eq!(seen(&[("x-forwarded-for", "\u{e9}")]), None);
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_has_it() {
        for (line, ip) in [
            ("for=192.0.2.43", Some("192.0.2.43")),
            ("For=\"[2001:db8:cafe::17]:4711\"", Some("2001:db8:cafe::17")),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", Some("192.0.2.60")),
            ("for=192.0.2.43, FOR=198.51.100.17", Some("198.51.100.17")),
            ("for=\"192.0.2.43:47011\" , for=10.0.0.9", Some("192.0.2.43")),
            ("for=\"\\192.0.2.43\"", Some("192.0.2.43")),
            ("for=192.0.2.43;by=\"a,b;c\"", Some("192.0.2.43")),
            ("for=unknown", None),
            ("for=_hidden, for=_SEVKISEK", None),
            ("for=192.0.2.43, for=unknown", None),
            ("proto=https", None),
            ("for=192.0.2.43;for=192.0.2.44", None),
            ("192.0.2.43", None),
            ("for=", None),
            ("for=\"\"", None),
            // What a stranger wrote before it does not swallow what the proxy added.
            ("for=\"x, for=192.0.2.43", None),
            ("for=192.0.2.1;by=\", for=192.0.2.43", None),
            ("for=192.0.2.1;by=\", for=\"[2001:db8::1]:1\"", None),
            ("for=192.0.2.1;by=\"\\\", for=\"[2001:db8::1]:1\"", None),
        ] {
            assert_eq!(seen(&[("forwarded", line)]).as_deref(), ip, "{line}");
        }
    }

    #[test]
    fn two_headers_must_agree() {
        let both = |x, forwarded| seen(&[("x-forwarded-for", x), ("forwarded", forwarded)]);
        assert_eq!(
            both("198.51.100.1, 192.0.2.7", "for=\"192.0.2.7:80\"").as_deref(),
            Some("192.0.2.7")
        );
        assert_eq!(both("192.0.2.7", "for=10.0.0.9"), None);
        assert_eq!(both("unknown", "for=unknown"), None);
    }

    #[test]
    fn every_forwarding_header_is_a_claim() {
        let claims = |name| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("x"));
            is_claimed(&headers)
        };
        assert!(claims("forwarded") && claims("x-forwarded-for") && claims("x-forwarded-host"));
        assert!(!claims("x-request-id") && !claims("host"));
    }
}
