//! Certificates that clients show, and authorities that vouch for them, made for one test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::crypto::client_certificate::ClientCertificate;
use countersign::crypto::digest::{base64url, sha256};
use countersign::crypto::jwk::PublicKey;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

/// The header of RFC 9440.
pub(crate) const HEADER: &str = "client-cert";

/// Parameters of a certificate for this common name.
fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    parameters.distinguished_name = subject;
    parameters
}

/// Somebody who vouches for clients.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate in PEM.
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let (mut parameters, key) = (parameters("authority"), KeyPair::generate().expect("a key"));
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = parameters.self_signed(&key).expect("a certificate").pem();
        Self {
            issuer: Issuer::new(parameters, key),
            pem,
        }
    }

    /// A certificate of this client, with changes.
    pub(crate) fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Shown {
        let (mut parameters, key) = (parameters(name), KeyPair::generate().expect("a key"));
        change(&mut parameters);
        Shown::new(&parameters.signed_by(&key, &self.issuer).expect("a certificate"), &key)
    }
}

/// A client's certificate with its key.
pub(crate) struct Shown {
    der: Vec<u8>,
    /// The certificate in PEM.
    pub(crate) pem: String,
    /// Its key in PEM.
    pub(crate) key: String,
}

impl Shown {
    fn new(certificate: &Certificate, key: &KeyPair) -> Self {
        Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// One that nobody vouches for, with changes.
    pub(crate) fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (mut parameters, key) = (parameters("itself"), KeyPair::generate().expect("a key"));
        change(&mut parameters);
        Self::new(&parameters.self_signed(&key).expect("a certificate"), &key)
    }

    /// The same key in another certificate.
    pub(crate) fn renewed(&self) -> Self {
        let key = KeyPair::from_pem(&self.key).expect("a key");
        Self::new(&parameters("renewed").self_signed(&key).expect("a certificate"), &key)
    }

    /// It, as a proxy hands it on.
    pub(crate) fn header(&self) -> String {
        format!(":{}:", STANDARD.encode(&self.der))
    }

    /// Its thumbprint (RFC 8705 §3.1).
    pub(crate) fn thumbprint(&self) -> String {
        let read = ClientCertificate::read_pem(&self.pem).expect("a certificate");
        assert_eq!(read.thumbprint(), base64url(sha256(&self.der).as_bytes()));
        read.thumbprint().to_owned()
    }

    /// Its key, as a client registers it.
    pub(crate) fn jwks(&self) -> Value {
        let key = PublicKey::from_certificate_pem(&self.pem).expect("a certificate").key;
        json!({ "keys": [key.to_jwk()] })
    }

    /// It, as an HTTP client shows it.
    pub(crate) fn identity(&self) -> reqwest::Identity {
        reqwest::Identity::from_pem(format!("{}{}", self.pem, self.key).as_bytes()).expect("an identity")
    }
}
