//! Certificates: as PEM, and as DER that is wrapped for the fuzzer.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::crypto::jwk::PublicKey;
use libfuzzer_sys::fuzz_target;

fn try_pem(pem: &str) {
    if let Ok(certificate) = PublicKey::from_certificate_pem(pem) {
        let again = PublicKey::from_jwk(&certificate.key.to_jwk()).expect("what was written can be read");
        assert_eq!(again, certificate.key);
    }
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(pem) = std::str::from_utf8(bytes) {
        try_pem(pem);
    }
    let body = STANDARD.encode(bytes);
    try_pem(&format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"));
});
