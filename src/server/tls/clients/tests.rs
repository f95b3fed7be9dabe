use super::*;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};

const NOW: Timestamp = Timestamp::from_seconds(1_772_532_000);

fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    parameters.distinguished_name = subject;
    parameters
}

/// An authority, by itself or under another, with its certificate in PEM and DER.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: Vec<u8>,
}

impl Authority {
    fn new(name: &str, under: Option<&Self>) -> Self {
        let (mut parameters, key) = (parameters(name), KeyPair::generate().unwrap());
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = match under {
            Some(above) => parameters.signed_by(&key, &above.issuer),
            None => parameters.self_signed(&key),
        }
        .unwrap();
        Self {
            issuer: Issuer::new(parameters, key),
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
        }
    }

    fn issue(&self, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut parameters = parameters("client");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut parameters);
        let key = KeyPair::generate().unwrap();
        parameters.signed_by(&key, &self.issuer).unwrap().der().to_vec()
    }
}

fn open(text: &str) -> (tempfile::TempDir, Result<Option<ClientAuthorities>, FieldError>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clients.pem");
    std::fs::write(&file, text).unwrap();
    let settings = MtlsSettings {
        client_ca_file: Some(file),
        ..MtlsSettings::default()
    };
    (folder, ClientAuthorities::open(&settings))
}

#[test]
fn without_a_file_there_are_none() {
    assert!(ClientAuthorities::open(&MtlsSettings::default()).unwrap().is_none());
}

#[test]
fn authorities_vouch_for_certificates_of_clients_in_their_time() {
    let (own, other) = (Authority::new("own", None), Authority::new("other", None));
    let between = Authority::new("between", Some(&own));
    let (_folder, authorities) = open(&own.pem);
    let authorities = authorities.unwrap().unwrap();
    let plain = own.issue(|_| {});
    let through = between.issue(|_| {});
    let expired = own.issue(|certificate| certificate.not_after = rcgen::date_time_ymd(2026, 3, 2));
    let early = own.issue(|certificate| certificate.not_before = rcgen::date_time_ymd(2026, 3, 4));
    let of_server = own.issue(|certificate| {
        certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    let any = own.issue(|certificate| certificate.extended_key_usages.clear());
    for (chain, expected) in [
        (vec![plain.clone()], true),
        (vec![any], true),
        (vec![through.clone(), between.der.clone()], true),
        // Nobody brought what leads to the authority.
        (vec![through.clone()], false),
        (vec![through, other.der.clone()], false),
        (vec![other.issue(|_| {})], false),
        (vec![other.issue(|_| {}), own.der.clone()], false),
        (vec![expired], false),
        (vec![early], false),
        (vec![of_server], false),
        (vec![b"no certificate".to_vec()], false),
        (vec![], false),
    ] {
        assert_eq!(authorities.vouch_for(&chain, NOW), expected, "{}", chain.len());
    }
    assert!(!authorities.vouch_for(&[plain], Timestamp::from_seconds(-1)));
}

#[test]
fn they_are_read_again_and_stay_where_they_cannot() {
    let (first, second) = (Authority::new("first", None), Authority::new("second", None));
    let (folder, authorities) = open(&first.pem);
    let authorities = authorities.unwrap().unwrap();
    let (of_first, of_second) = (vec![first.issue(|_| {})], vec![second.issue(|_| {})]);
    let file = folder.path().join("clients.pem");
    std::fs::write(&file, "lost").unwrap();
    assert!(authorities.reload().is_err());
    assert!(authorities.vouch_for(&of_first, NOW));
    std::fs::write(&file, &second.pem).unwrap();
    authorities.reload().unwrap();
    assert!(!authorities.vouch_for(&of_first, NOW) && authorities.vouch_for(&of_second, NOW));
    std::fs::write(&file, format!("{}{}", first.pem, second.pem)).unwrap();
    authorities.reload().unwrap();
    assert!(authorities.vouch_for(&of_first, NOW) && authorities.vouch_for(&of_second, NOW));
}

#[test]
fn what_cannot_be_used_is_said() {
    let broken = Authority::new("own", None).pem.replacen("MII", "!!!", 1);
    for (text, problem) in [
        ("", "holds no certificate in PEM"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "holds a certificate that is of no authority",
        ),
        (broken.as_str(), "holds something that is no certificate in PEM"),
    ] {
        let (folder, opened) = open(text);
        let error = opened.unwrap_err();
        let file = folder.path().join("clients.pem");
        assert_eq!(
            error.to_string(),
            format!("mtls.client_ca_file: {} {problem}", file.display())
        );
    }
    let (folder, _) = open("");
    let settings = MtlsSettings {
        client_ca_file: Some(folder.path().join("none.pem")),
        ..MtlsSettings::default()
    };
    let error = ClientAuthorities::open(&settings).unwrap_err();
    assert!(error.problem.contains("cannot be read"), "{error}");
}
