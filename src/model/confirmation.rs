//! The keys that tokens are bound to. RFC 7800 §3.1, RFC 8705 §3.1, RFC 9449 §6.

use serde::{Deserialize, Serialize};

/// The keys that a token is bound to, or that whoever sends a request has shown to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Confirmation {
    /// The thumbprint of the key of DPoP proofs (RFC 9449 §6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The thumbprint of a TLS client certificate (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
}

impl Confirmation {
    /// This, unless it names no key.
    #[must_use]
    pub fn non_empty(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }

    /// Whether every key that it names was shown.
    #[must_use]
    pub fn is_met_by(&self, shown: &Self) -> bool {
        let is_met = |own: &Option<String>, shown: &Option<String>| own.is_none() || own == shown;
        is_met(&self.jkt, &shown.jkt) && is_met(&self.x5t_s256, &shown.x5t_s256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(jkt: Option<&str>, x5t_s256: Option<&str>) -> Confirmation {
        Confirmation {
            jkt: jkt.map(str::to_owned),
            x5t_s256: x5t_s256.map(str::to_owned),
        }
    }

    #[test]
    fn every_key_must_be_shown() {
        for (bound, shown, expected) in [
            (of(None, None), of(None, None), true),
            (of(None, None), of(Some("a"), Some("b")), true),
            (of(Some("a"), None), of(Some("a"), None), true),
            (of(Some("a"), None), of(Some("a"), Some("b")), true),
            (of(Some("a"), None), of(None, None), false),
            (of(Some("a"), None), of(Some("b"), Some("a")), false),
            (of(None, Some("b")), of(Some("b"), None), false),
            (of(Some("a"), Some("b")), of(Some("a"), None), false),
            (of(Some("a"), Some("b")), of(Some("a"), Some("b")), true),
        ] {
            assert_eq!(bound.is_met_by(&shown), expected, "{bound:?} {shown:?}");
        }
    }

    #[test]
    fn it_is_written_as_the_specifications_have_it() {
        let both = of(Some("a"), Some("b"));
        let text = serde_json::to_string(&both).unwrap();
        assert_eq!(text, r#"{"jkt":"a","x5t#S256":"b"}"#);
        assert_eq!(serde_json::from_str::<Confirmation>(&text).unwrap(), both);
        assert_eq!(of(None, None).non_empty(), None);
    }
}
