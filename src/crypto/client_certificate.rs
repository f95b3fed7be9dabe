//! Certificates that clients present, and the names in them. RFC 5280 §4, RFC 8705 §2.1.2.

use std::collections::BTreeSet;
use std::net::IpAddr;

use x509_cert::der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::der::{Any, Decode, Encode, Tag, Tagged};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::{Name, RelativeDistinguishedName};

use super::certificate::{certificates, key_of, timestamp};
use super::digest::{base64url, sha256};
use super::jwk::{KeyError, PublicKey};
use crate::model::time::Timestamp;

/// Certificates in use have 1 to 3 KiB.
const MAX_SIZE: usize = 16 * 1024;
/// Nobody's chain is longer.
const MAX_CHAIN: usize = 8;

/// A certificate that a client presents, with what it brought to have it believed. Nobody vouches for it yet.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    chain: Vec<Vec<u8>>,
    thumbprint: String,
    subject: Name,
    alternatives: Vec<GeneralName>,
    key: Option<PublicKey>,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// A name that a client's certificate must have (RFC 8705 §2.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedName<'a> {
    /// The subject, as RFC 4514 writes it.
    Subject(&'a str),
    /// A `dNSName`.
    Dns(&'a str),
    /// A `uniformResourceIdentifier`.
    Uri(&'a str),
    /// An `iPAddress`.
    Ip(IpAddr),
    /// An `rfc822Name`.
    Email(&'a str),
}

impl ClientCertificate {
    /// Reads a chain in DER, the client's own certificate first.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(chain: Vec<Vec<u8>>) -> Result<Self, KeyError> {
        if chain.len() > MAX_CHAIN || chain.iter().any(|der| der.len() > MAX_SIZE) {
            return Err(KeyError::Malformed("a chain has at most 8 certificates of 16 KiB"));
        }
        let malformed = KeyError::Malformed("not an X.509 certificate");
        let own = chain.first().ok_or(malformed)?;
        let thumbprint = base64url(sha256(own).as_bytes());
        let body = x509_cert::Certificate::from_der(own)
            .map_err(|_| malformed)?
            .tbs_certificate;
        let alternatives = body.get::<SubjectAltName>().map_err(|_| malformed)?;
        Ok(Self {
            alternatives: alternatives.map(|(_, names)| names.0).unwrap_or_default(),
            key: key_of(&body.subject_public_key_info).ok(),
            not_before: timestamp(body.validity.not_before)?,
            not_after: timestamp(body.validity.not_after)?,
            subject: body.subject,
            thumbprint,
            chain,
        })
    }

    /// The same of a text in PEM.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read_pem(text: &str) -> Result<Self, KeyError> {
        Self::read(certificates(text)?)
    }

    /// The thumbprint by which tokens are bound to it (RFC 8705 §3.1).
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The certificates in DER, its own first.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// Whether it is valid at this instant.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether it is about this key, whatever else is said of that.
    #[must_use]
    pub fn is_of(&self, key: &PublicKey) -> bool {
        self.key
            .as_ref()
            .is_some_and(|own| own.thumbprint() == key.thumbprint())
    }

    /// Whether it has this name, compared as it is written but for the case of host names.
    #[must_use]
    pub fn has(&self, name: ExpectedName<'_>) -> bool {
        let any = |is_it: &dyn Fn(&GeneralName) -> bool| self.alternatives.iter().any(is_it);
        match name {
            ExpectedName::Subject(written) => {
                subject(written).is_some_and(|expected| is_same(&expected, &self.subject))
            }
            ExpectedName::Dns(host) => {
                any(&|own| matches!(own, GeneralName::DnsName(own) if own.as_str().eq_ignore_ascii_case(host)))
            }
            ExpectedName::Uri(uri) => {
                any(&|own| matches!(own, GeneralName::UniformResourceIdentifier(own) if own.as_str() == uri))
            }
            ExpectedName::Ip(ip) => any(&|own| matches!(own, GeneralName::IpAddress(own) if address(own) == Some(ip))),
            ExpectedName::Email(address) => {
                any(&|own| matches!(own, GeneralName::Rfc822Name(own) if own.as_str() == address))
            }
        }
    }
}

/// RFC 5280 §4.2.1.6: four octets, or sixteen.
fn address(octets: &OctetString) -> Option<IpAddr> {
    let bytes = octets.as_bytes();
    let of_four = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    of_four.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok())
}

/// A distinguished name as RFC 4514 writes it, and with the spaces that many tools add; none where it is empty or cannot be
/// read.
fn subject(written: &str) -> Option<Name> {
    let plain = without_spaces(written);
    plain.parse().ok().filter(|name: &Name| !name.0.is_empty())
}

/// Leaves out spaces after separators and before `=`: those that belong to a value are escaped there (RFC 4514 §2.4).
fn without_spaces(written: &str) -> String {
    let (mut plain, mut after_separator, mut in_value, mut escaped) = (String::new(), true, false, false);
    for character in written.chars() {
        let is_plain = !escaped;
        escaped = is_plain && character == '\\';
        match character {
            ' ' if is_plain && (after_separator || !in_value) => continue,
            '=' if !in_value => (in_value, after_separator) = (true, true),
            ',' | '+' if is_plain => (in_value, after_separator) = (false, true),
            _ => after_separator = false,
        }
        plain.push(character);
    }
    plain
}

/// Whether a text can be compared with subjects.
#[must_use]
pub fn is_subject(written: &str) -> bool {
    subject(written).is_some()
}

/// Whether two names have the same attributes with the same values in the same places, in whatever kind of string.
fn is_same(one: &Name, other: &Name) -> bool {
    let parts = |name: &Name| -> Vec<BTreeSet<(ObjectIdentifier, Vec<u8>)>> {
        let attributes = |part: &RelativeDistinguishedName| {
            let attributes = part.0.iter();
            attributes
                .map(|attribute| (attribute.oid, value_of(&attribute.value)))
                .collect()
        };
        name.0.iter().map(attributes).collect()
    };
    parts(one) == parts(other)
}

/// The octets of a string whose characters are octets; of any other kind its whole encoding.
fn value_of(value: &Any) -> Vec<u8> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => value.value().to_vec(),
        _ => value.to_der().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
