//! Certificates of clients: at the handshake, that they have the key; afterwards, who vouches for them. RFC 8705 §2, §7.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};

use super::{read, refused};
use crate::config::MtlsSettings;
use crate::error::FieldError;
use crate::model::time::Timestamp;

const AUTHORITIES: &str = "mtls.client_ca_file";

/// Takes any certificate whose key signs the handshake, and connections without one. What a certificate is worth depends on
/// the client that it is of, which the request names later.
#[derive(Debug)]
pub(super) struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyCertificate {
    pub(super) fn new() -> Self {
        Self {
            algorithms: default_provider().signature_verification_algorithms,
        }
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The authorities that vouch for certificates of clients, and the file that they come from.
pub struct ClientAuthorities {
    file: PathBuf,
    in_use: RwLock<Arc<dyn ClientCertVerifier>>,
}

impl ClientAuthorities {
    /// Reads the file that settings name; `None` where they name none.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn open(settings: &MtlsSettings) -> Result<Option<Self>, FieldError> {
        let Some(file) = &settings.client_ca_file else {
            return Ok(None);
        };
        Ok(Some(Self {
            in_use: RwLock::new(authorities(file)?),
            file: file.clone(),
        }))
    }

    /// Reads the file again; the earlier authorities stay where it cannot be used.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn reload(&self) -> Result<(), FieldError> {
        let read = authorities(&self.file)?;
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Whether one of them vouches at `now` for the first certificate of a chain in DER as a client's (RFC 5280 §6).
    #[must_use]
    pub fn vouch_for(&self, chain: &[Vec<u8>], now: Timestamp) -> bool {
        let mut chain = chain.iter().map(|der| CertificateDer::from(der.as_slice()));
        let (Some(own), Ok(seconds)) = (chain.next(), u64::try_from(now.as_seconds())) else {
            return false;
        };
        let between: Vec<CertificateDer<'_>> = chain.collect();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let in_use = Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner));
        in_use.verify_client_cert(&own, &between, at).is_ok()
    }
}

impl fmt::Debug for ClientAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuthorities")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

fn authorities(file: &Path) -> Result<Arc<dyn ClientCertVerifier>, FieldError> {
    let unusable = |problem: &str| refused(AUTHORITIES, file, problem);
    let text = read(AUTHORITIES, file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|_| unusable("holds something that is no certificate in PEM"))?;
        roots
            .add(certificate)
            .map_err(|_| unusable("holds a certificate that is of no authority"))?;
    }
    if roots.is_empty() {
        return Err(unusable("holds no certificate in PEM"));
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
    builder
        .build()
        .map_err(|error| unusable(&format!("cannot be used: {error}")))
}

#[cfg(test)]
mod tests;
