//! Public keys out of X.509 certificates, and whom they are for. RFC 5280.
//!
//! A certificate is taken as its owner registered it: no chain is built and no revocation is asked for.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{KeyUsage, SubjectAltName};
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

use super::jwk::{KeyError, PublicKey};
use crate::model::time::Timestamp;

/// Certificates in use have 1 to 3 KiB.
const MAX_PEM_SIZE: usize = 64 * 1024;

/// RFC 3279 §2.3.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480 §2.1.1 and §2.1.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// RFC 8410 §3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What a certificate says about its key.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The key that it certifies.
    pub key: PublicKey,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// Whom a server's certificate is for, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The hosts that it names: domain names, which may begin with `*.`, and addresses.
    pub names: Vec<String>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// Reads whom a certificate in DER is for, whatever its key is.
pub fn describe(der: &[u8]) -> Result<Described, KeyError> {
    let malformed = KeyError::Malformed("not an X.509 certificate");
    let body = x509_cert::Certificate::from_der(der)
        .map_err(|_| malformed)?
        .tbs_certificate;
    let names = body.get::<SubjectAltName>().map_err(|_| malformed)?;
    let names = names.map(|(_, names)| names.0).unwrap_or_default();
    Ok(Described {
        names: names.iter().filter_map(host).collect(),
        not_before: timestamp(body.validity.not_before)?,
        not_after: timestamp(body.validity.not_after)?,
    })
}

/// The host that is named, if it is one. RFC 5280 §4.2.1.6: addresses have four octets or sixteen.
fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let v4 = <[u8; 4]>::try_from(octets).map(|octets| Ipv4Addr::from(octets).to_string());
            let v6 = || <[u8; 16]>::try_from(octets).map(|octets| Ipv6Addr::from(octets).to_string());
            v4.or_else(|_| v6()).ok()
        }
        _ => None,
    }
}

impl PublicKey {
    /// Reads the first certificate of a PEM text, with its key and its time of validity.
    pub fn from_certificate_pem(pem: &str) -> Result<Certificate, KeyError> {
        let der = certificates(pem)?.swap_remove(0);
        let certificate =
            x509_cert::Certificate::from_der(&der).map_err(|_| KeyError::Malformed("not an X.509 certificate"))?;
        let body = certificate.tbs_certificate;
        let usage = body
            .get::<KeyUsage>()
            .map_err(|_| KeyError::Malformed("not an X.509 certificate"))?;
        // RFC 5280 §4.2.1.3: a certificate that names usages verifies signatures only if it names that.
        if usage.is_some_and(|(_, usage)| !usage.digital_signature()) {
            return Err(KeyError::Unsupported("the certificate is not for digital signatures"));
        }
        Ok(Certificate {
            key: key_of(&body.subject_public_key_info)?,
            not_before: timestamp(body.validity.not_before)?,
            not_after: timestamp(body.validity.not_after)?,
        })
    }
}

/// The certificates of a text (RFC 7468 §5) in DER, at least one; text around them and any breaking of their lines are
/// forgiven.
pub(super) fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, KeyError> {
    if pem.len() > MAX_PEM_SIZE {
        return Err(KeyError::Malformed("a PEM text has at most 64 KiB"));
    }
    let malformed = KeyError::Malformed("not a PEM text with a certificate");
    let (mut rest, mut found) = (pem, Vec::new());
    while let Some((_, begun)) = rest.split_once("-----BEGIN CERTIFICATE-----") {
        let (body, after) = begun.split_once("-----END CERTIFICATE-----").ok_or(malformed)?;
        let body: String = body
            .chars()
            .filter(|character| !character.is_ascii_whitespace())
            .collect();
        found.push(STANDARD.decode(body).map_err(|_| malformed)?);
        rest = after;
    }
    if found.is_empty() { Err(malformed) } else { Ok(found) }
}

pub(super) fn key_of(info: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, KeyError> {
    let bits = info
        .subject_public_key
        .as_bytes()
        .ok_or(KeyError::Malformed("the key has a broken octet"))?;
    match info.algorithm.oid {
        RSA_ENCRYPTION => {
            let (n, e) = rsa_components(bits).map_err(|_| KeyError::Malformed("not an RSA key"))?;
            PublicKey::rsa(&n, &e)
        }
        EC_PUBLIC_KEY => {
            let curve = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|curve| curve.decode_as().ok());
            if curve != Some(P256) {
                return Err(KeyError::Unsupported("EC keys are uncompressed points of P-256"));
            }
            PublicKey::p256_point(bits)
        }
        ED25519 => PublicKey::ed25519(bits),
        _ => Err(KeyError::Unsupported("a certificate's key is RSA, P-256 or Ed25519")),
    }
}

/// The modulus and exponent of an `RSAPublicKey` (RFC 8017 §A.1.1).
pub(super) fn rsa_components(der: &[u8]) -> der::Result<(Vec<u8>, Vec<u8>)> {
    let mut reader = SliceReader::new(der)?;
    let components = reader.sequence(|key| {
        let modulus = UintRef::decode(key)?.as_bytes().to_vec();
        Ok((modulus, UintRef::decode(key)?.as_bytes().to_vec()))
    })?;
    reader.finish(components)
}

pub(super) fn timestamp(time: Time) -> Result<Timestamp, KeyError> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds
        .map(Timestamp::from_seconds)
        .map_err(|_| KeyError::Malformed("a time of validity is out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::signing_key::Algorithm;

    const RSA: &str = include_str!("../../tests/keys/rsa_2048_certificate.pem");
    const EC: &str = include_str!("../../tests/keys/p256_certificate.pem");
    const ENCRYPTION: &str = include_str!("../../tests/keys/p256_encryption_certificate.pem");

    #[test]
    fn keys_and_times_are_read() {
        for (pem, algorithm, thumbprint) in [
            (RSA, Algorithm::Rs256, "yhOwcohIsH90hL3eWIDF2Xqg0PMNrVNFWOB3WNzRtGo"),
            (EC, Algorithm::Es256, "PVw70tgyQUqn45q1bIa6LahTDn5RfGXKv3TuOaeVXuU"),
        ] {
            let certificate = PublicKey::from_certificate_pem(pem).unwrap();
            assert!(certificate.key.supports(algorithm));
            assert_eq!(certificate.key.thumbprint(), thumbprint);
            assert_eq!(certificate.not_before.to_string(), "2026-11-22T03:27:25Z");
            assert_eq!(certificate.not_after.to_string(), "2126-10-29T03:27:25Z");
        }
    }

    #[test]
    fn the_first_of_several_is_taken_however_its_lines_are_broken() {
        let chain = format!("subject=CN = example\r\n{}{RSA}", EC.replace('\n', "\r\n"));
        assert_eq!(
            PublicKey::from_certificate_pem(&chain).unwrap().key.thumbprint(),
            "PVw70tgyQUqn45q1bIa6LahTDn5RfGXKv3TuOaeVXuU"
        );
    }

    #[test]
    fn certificates_for_encryption_are_refused() {
        let error = PublicKey::from_certificate_pem(ENCRYPTION).unwrap_err();
        assert_eq!(
            error,
            KeyError::Unsupported("the certificate is not for digital signatures")
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let broken = EC.replacen("MII", "MIJ", 1);
        let key = EC.replace("CERTIFICATE", "PUBLIC KEY");
        for pem in [
            "",
            "-----BEGIN CERTIFICATE-----",
            &broken,
            &key,
            &" ".repeat(MAX_PEM_SIZE + 1),
        ] {
            assert!(matches!(
                PublicKey::from_certificate_pem(pem),
                Err(KeyError::Malformed(_))
            ));
        }
    }
}
