//! Mail addresses.

/// The longest in bytes (RFC 5321 §4.5.3.1.3).
const MAX_LENGTH: usize = 254;

/// Whether a text is a mail address that one message can go to, and nothing beside it: a name, an at sign, a host, and no
/// character that would end a header or begin another address.
#[must_use]
pub fn is_mail_address(text: &str) -> bool {
    let is_plain = |part: &str| {
        let is_odd = |c: char| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"@".contains(c);
        !part.is_empty() && !part.contains(is_odd)
    };
    let is_host = |host: &str| host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
    text.len() <= MAX_LENGTH
        && text
            .split_once('@')
            .is_some_and(|(name, host)| is_plain(name) && is_plain(host) && is_host(host))
}

#[cfg(test)]
mod tests {
    use super::is_mail_address;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for good in ["alice@example.com", "a.b+c@mail.example.co.uk", "jürgen@büro.example"] {
            assert!(is_mail_address(good), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "alice@host",
            "a@b@example.com",
            "a b@example.com",
            "a@.example",
            "a@example.",
            &long,
        ] {
            assert!(!is_mail_address(bad), "{bad}");
        }
        for header in [
            "alice@example.com\r\nBcc: b@example.com",
            "<alice@example.com>",
            "a@example.com,b@example.com",
        ] {
            assert!(!is_mail_address(header), "{header}");
        }
    }
}
