use super::*;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};

use crate::model::signing_key::Algorithm;

const EC: &str = include_str!("../../../tests/keys/p256_certificate.pem");
const RSA: &str = include_str!("../../../tests/keys/rsa_2048_certificate.pem");

/// A certificate with every kind of name.
fn named() -> ClientCertificate {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    let mut name = DistinguishedName::new();
    name.push(DnType::CountryName, "CH");
    name.push(DnType::OrganizationName, "Example, Works");
    name.push(DnType::CommonName, "payroll");
    parameters.distinguished_name = name;
    parameters.subject_alt_names = vec![
        SanType::DnsName("payroll.example.com".try_into().unwrap()),
        SanType::URI("spiffe://example.com/payroll".try_into().unwrap()),
        SanType::IpAddress("192.0.2.7".parse().unwrap()),
        SanType::IpAddress("2001:db8::7".parse().unwrap()),
        SanType::Rfc822Name("payroll@example.com".try_into().unwrap()),
    ];
    let certificate = parameters.self_signed(&KeyPair::generate().unwrap()).unwrap();
    ClientCertificate::read(vec![certificate.der().to_vec()]).unwrap()
}

#[test]
fn names_are_those_that_it_has() {
    let own = named();
    let ip = |text: &str| ExpectedName::Ip(text.parse().unwrap());
    for (name, has) in [
        // RFC 4514 §2.1: the last part comes first.
        (ExpectedName::Subject("CN=payroll,O=Example\\, Works,C=CH"), true),
        (ExpectedName::Subject("cn=payroll,o=Example\\2C Works,c=CH"), true),
        (
            ExpectedName::Subject("CN = payroll, O = Example\\, Works, C = CH"),
            true,
        ),
        (ExpectedName::Subject("CN=payroll,O=Example\\,Works,C=CH"), false),
        (ExpectedName::Subject("CN=\\ payroll,O=Example\\, Works,C=CH"), false),
        (ExpectedName::Subject("C=CH,O=Example\\, Works,CN=payroll"), false),
        (ExpectedName::Subject("CN=payroll"), false),
        (
            ExpectedName::Subject("CN=payroll,O=Example\\, Works,C=CH,CN=payroll"),
            false,
        ),
        (ExpectedName::Subject("CN=Payroll,O=Example\\, Works,C=CH"), false),
        (ExpectedName::Subject("CN=payroll+O=Example\\, Works,C=CH"), false),
        (ExpectedName::Subject(""), false),
        (ExpectedName::Subject("payroll"), false),
        (ExpectedName::Dns("payroll.example.com"), true),
        (ExpectedName::Dns("Payroll.Example.com"), true),
        (ExpectedName::Dns("example.com"), false),
        (ExpectedName::Dns("spiffe://example.com/payroll"), false),
        (ExpectedName::Uri("spiffe://example.com/payroll"), true),
        (ExpectedName::Uri("spiffe://example.com/Payroll"), false),
        (ExpectedName::Uri("payroll.example.com"), false),
        (ip("192.0.2.7"), true),
        (ip("192.0.2.8"), false),
        (ip("2001:db8::7"), true),
        (ip("::ffff:192.0.2.7"), false),
        (ExpectedName::Email("payroll@example.com"), true),
        (ExpectedName::Email("payroll.example.com"), false),
    ] {
        assert_eq!(own.has(name), has, "{name:?}");
    }
}

#[test]
fn subjects_are_written_as_rfc_4514_has_it() {
    for (text, is) in [
        ("CN=payroll", true),
        ("CN=payroll,O=Example Works,C=CH", true),
        ("2.5.4.3=payroll", true),
        ("", false),
        ("payroll", false),
        ("CN=a,NOSUCH=b", false),
    ] {
        assert_eq!(is_subject(text), is, "{text}");
    }
}

#[test]
fn it_is_known_by_its_thumbprint_and_its_key() {
    let own = ClientCertificate::read_pem(EC).unwrap();
    let expected = base64url(sha256(&own.chain()[0]).as_bytes());
    assert_eq!(own.thumbprint(), expected);
    let key = PublicKey::from_certificate_pem(EC).unwrap().key;
    assert!(key.supports(Algorithm::Es256) && own.is_of(&key));
    assert!(!own.is_of(&PublicKey::from_certificate_pem(RSA).unwrap().key));
    assert!(named().key.is_some());
}

#[test]
fn it_is_valid_in_its_time() {
    let own = ClientCertificate::read_pem(EC).unwrap();
    // From 2026-11-22T03:27:25Z until 2126-10-29T03:27:25Z.
    let (from, until) = (1_795_318_045, 4_948_918_045);
    for (at, is) in [(from - 1, false), (from, true), (until, true), (until + 1, false)] {
        assert_eq!(own.is_valid_at(Timestamp::from_seconds(at)), is, "{at}");
    }
}

#[test]
fn the_first_is_the_clients_own() {
    let chain = format!("{EC}{RSA}");
    let own = ClientCertificate::read_pem(&chain).unwrap();
    assert_eq!(own.thumbprint(), ClientCertificate::read_pem(EC).unwrap().thumbprint());
    assert_eq!(own.chain().len(), 2);
}

#[test]
fn anything_else_is_refused() {
    let der = named().chain()[0].clone();
    let cut = der[..der.len() - 1].to_vec();
    let longer = [der.clone(), vec![0]].concat();
    for chain in [
        vec![],
        vec![vec![]],
        vec![cut],
        vec![longer],
        vec![vec![0x30; MAX_SIZE + 1]],
        vec![der.clone(); MAX_CHAIN + 1],
    ] {
        assert!(ClientCertificate::read(chain).is_err());
    }
    assert!(ClientCertificate::read(vec![der; MAX_CHAIN]).is_ok());
    assert!(ClientCertificate::read_pem("").is_err());
}
