//! Certificates of listeners, made for one test.

use rcgen::{CertificateParams, KeyPair};
use reqwest::redirect::Policy;

/// A certificate for this machine that nobody but its own clients trusts.
#[derive(Debug)]
pub(crate) struct Certified {
    /// In PEM.
    pub(crate) certificate: String,
    /// Its key, in PEM.
    pub(crate) key: String,
}

impl Certified {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(["localhost".into(), "127.0.0.1".into()]).expect("names");
        Self {
            certificate: parameters.self_signed(&key).expect("a certificate").pem(),
            key: key.serialize_pem(),
        }
    }

    /// A client that trusts this certificate alone, follows nothing, and makes a connection for each request.
    pub(crate) fn client(&self) -> reqwest::ClientBuilder {
        let trusted = reqwest::Certificate::from_pem(self.certificate.as_bytes()).expect("a certificate");
        reqwest::Client::builder()
            .tls_certs_only([trusted])
            .pool_max_idle_per_host(0)
            .redirect(Policy::none())
            .no_proxy()
    }
}
