//! The certificate of the listener: read from its files, and read again while connections go on. RFC 8446, RFC 5246.

mod clients;

pub use clients::ClientAuthorities;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{InconsistentKeys, ServerConfig};
use zeroize::Zeroizing;

use crate::config::ServerSettings;
use crate::crypto::certificate::{self, Described};
use crate::error::{Fault, FieldError};
use clients::AnyCertificate;

/// A certificate with its chain has some KiB.
const MAX_FILE_SIZE: u64 = 256 * 1024;

const CERTIFICATE: &str = "server.tls_cert";
const KEY: &str = "server.tls_key";

/// The certificate in use, with its key, and the files that they come from.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    in_use: RwLock<Arc<Certified>>,
}

/// Whether a listener asks clients for certificates, about which browsers would ask people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsksClients {
    /// It does not.
    No,
    /// It does.
    ForCertificate,
}

struct Certified {
    key: Arc<CertifiedKey>,
    described: Described,
}

impl Tls {
    /// Reads the certificate and the key that settings name; `None` where they name none.
    ///
    /// # Errors
    /// Which of the two cannot be used, and why.
    pub fn open(settings: &ServerSettings) -> Result<Option<Self>, FieldError> {
        let (Some(certificate), Some(key)) = (&settings.tls_cert, &settings.tls_key) else {
            return Ok(None);
        };
        Ok(Some(Self {
            in_use: RwLock::new(Arc::new(certified(certificate, key)?)),
            certificate: certificate.clone(),
            key: key.clone(),
        }))
    }

    /// Reads both files again. New connections get what was read; the earlier certificate stays where it cannot be used.
    ///
    /// # Errors
    /// Which of the two cannot be used, and why.
    pub fn reload(&self) -> Result<(), FieldError> {
        let read = Arc::new(certified(&self.certificate, &self.key)?);
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// What the certificate in use says.
    #[must_use]
    pub fn described(&self) -> Described {
        self.in_use().described.clone()
    }

    /// Whether clients that ask for this host take the certificate for it. RFC 9525 §6.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let in_use = self.in_use();
        let leaf = in_use.key.end_entity_cert().and_then(ParsedCertificate::try_from);
        match (leaf, ServerName::try_from(host)) {
            (Ok(leaf), Ok(name)) => verify_server_name(&leaf, &name).is_ok(),
            _ => false,
        }
    }

    /// How a listener speaks: TLS 1.2 and 1.3 (RFC 9325 §3.1.1), with the certificate that is in use at the time. The
    /// HTTP server adds the protocols that it can be asked for (RFC 7301). One that asks for certificates takes them
    /// unjudged, and connections without.
    ///
    /// # Errors
    /// A fault when the cryptography has neither version.
    pub fn config(self: &Arc<Self>, asks: AsksClients) -> Result<ServerConfig, Fault> {
        let certificate: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| Fault::from_error("prepare TLS", error))?;
        let builder = match asks {
            AsksClients::No => builder.with_no_client_auth(),
            AsksClients::ForCertificate => builder.with_client_cert_verifier(Arc::new(AnyCertificate::new())),
        };
        Ok(builder.with_cert_resolver(certificate))
    }

    fn in_use(&self) -> Arc<Certified> {
        Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.in_use().key))
    }
}

/// The certificate, with those that lead to its authority, and its key.
fn certified(certificate: &Path, key: &Path) -> Result<Certified, FieldError> {
    let not_a_certificate = || refused(CERTIFICATE, certificate, "holds no certificate in PEM");
    let text = read(CERTIFICATE, certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|_| not_a_certificate())?;
    let described = chain
        .first()
        .and_then(|leaf| certificate::describe(leaf).ok())
        .ok_or_else(not_a_certificate)?;
    let text = read(KEY, key)?;
    let private = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|_| refused(KEY, key, "holds no private key in PEM; an encrypted one cannot be used"))?;
    let certified = CertifiedKey::from_der(chain, private, &default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let told = format!("is not the key of the certificate in {}", certificate.display());
            refused(KEY, key, &told)
        }
        rustls::Error::InvalidCertificate(_) => not_a_certificate(),
        _ => refused(KEY, key, "holds a key that TLS cannot use"),
    })?;
    Ok(Certified {
        key: Arc::new(certified),
        described,
    })
}

fn read(setting: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, FieldError> {
    let unreadable = |error: io::Error| refused(setting, path, &format!("cannot be read: {error}"));
    let mut content = Zeroizing::new(Vec::new());
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_SIZE + 1)
        .read_to_end(&mut content)
        .map_err(unreadable)?;
    if u64::try_from(content.len()).is_ok_and(|size| size <= MAX_FILE_SIZE) {
        Ok(content)
    } else {
        Err(refused(setting, path, "has more than 256 KiB"))
    }
}

fn refused(setting: &str, path: &Path, problem: &str) -> FieldError {
    FieldError::new(setting, format!("{} {problem}", path.display()))
}

#[cfg(test)]
mod tests;
