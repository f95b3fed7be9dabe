use super::*;

use rcgen::{CertificateParams, KeyPair};

const EC: &str = include_str!("../../../tests/keys/p256_certificate.pem");

/// A certificate for these names, and its key.
fn made(names: &[&str]) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

struct Files(tempfile::TempDir);

impl Files {
    fn new((certificate, key): &(String, String)) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("certificate.pem", certificate);
        files.write("key.pem", key);
        files
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn open(&self) -> Result<Option<Tls>, FieldError> {
        Tls::open(&ServerSettings {
            tls_cert: Some(self.0.path().join("certificate.pem")),
            tls_key: Some(self.0.path().join("key.pem")),
            ..ServerSettings::default()
        })
    }

    /// The setting that is refused and what is said of its file.
    fn refused(&self) -> (String, String) {
        let error = self.open().unwrap_err();
        let (path, problem) = error.problem.split_once(".pem ").unwrap();
        assert!(path.starts_with(self.0.path().to_str().unwrap()), "{path}");
        (error.field, problem.to_owned())
    }
}

#[test]
fn without_files_there_is_no_tls() {
    assert!(Tls::open(&ServerSettings::default()).unwrap().is_none());
}

#[test]
fn names_and_times_are_told() {
    let files = Files::new(&made(&[
        "id.example.com",
        "*.id.example.com",
        "192.0.2.1",
        "2001:db8::1",
    ]));
    let tls = files.open().unwrap().unwrap();
    let described = tls.described();
    assert_eq!(
        described.names,
        ["id.example.com", "*.id.example.com", "192.0.2.1", "2001:db8::1"]
    );
    assert_eq!(described.not_before.to_string(), "1975-01-01T00:00:00Z");
    assert_eq!(described.not_after.to_string(), "4096-01-01T00:00:00Z");
    for (host, is_for) in [
        ("id.example.com", true),
        ("ID.example.com", true),
        ("a.id.example.com", true),
        ("a.b.id.example.com", false),
        ("example.com", false),
        ("192.0.2.1", true),
        ("192.0.2.2", false),
        ("[2001:db8::1]", true),
        ("", false),
    ] {
        assert_eq!(tls.is_for(host), is_for, "{host}");
    }
}

#[test]
fn one_file_may_hold_both_and_a_chain() {
    let (certificate, key) = made(&["localhost"]);
    let both = format!("{key}{certificate}{EC}");
    let tls = Files::new(&(both.clone(), both)).open().unwrap().unwrap();
    assert_eq!(tls.described().names, ["localhost"]);
    assert_eq!(tls.in_use().key.cert.len(), 2);
}

#[test]
fn what_cannot_be_used_is_named() {
    let (certificate, key) = made(&["localhost"]);
    let files = Files::new(&(certificate.clone(), key.clone()));
    let broken = certificate.replacen("MII", "MIJ", 1);
    let long = " ".repeat(256 * 1024 + 1);
    for text in ["", "no PEM", &key, &broken, &certificate[..certificate.len() / 2]] {
        files.write("certificate.pem", text);
        let told = ("server.tls_cert".into(), "holds no certificate in PEM".into());
        assert_eq!(files.refused(), told, "{text}");
    }
    files.write("certificate.pem", &long);
    assert_eq!(files.refused().1, "has more than 256 KiB");

    files.write("certificate.pem", &certificate);
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for text in ["", "no PEM", &certificate, &encrypted] {
        files.write("key.pem", text);
        let told = "holds no private key in PEM; an encrypted one cannot be used";
        assert_eq!(files.refused(), ("server.tls_key".into(), told.into()), "{text}");
    }
    files.write(
        "key.pem",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    );
    assert_eq!(files.refused().1, "holds a key that TLS cannot use");
    files.write("key.pem", &made(&["localhost"]).1);
    let (setting, told) = files.refused();
    assert_eq!(setting, "server.tls_key");
    assert!(told.starts_with("is not the key of the certificate in "), "{told}");

    std::fs::remove_file(files.0.path().join("key.pem")).unwrap();
    let (setting, told) = files.refused();
    assert_eq!(setting, "server.tls_key");
    assert!(told.starts_with("cannot be read: No such file"), "{told}");
}

#[test]
fn what_cannot_be_read_again_leaves_the_earlier_certificate() {
    let (certificate, key) = made(&["first.example"]);
    let files = Files::new(&(certificate, key));
    let tls = files.open().unwrap().unwrap();
    let (certificate, key) = made(&["second.example"]);
    files.write("certificate.pem", &certificate);
    // Its key is not there yet.
    assert!(tls.reload().is_err());
    assert_eq!(tls.described().names, ["first.example"]);
    files.write("key.pem", &key);
    tls.reload().unwrap();
    assert_eq!(tls.described().names, ["second.example"]);
    assert_eq!(tls.in_use().key.keys_match(), Ok(()));
}

#[test]
fn debug_output_names_files_alone() {
    let pair = made(&["localhost"]);
    let shown = format!("{:?}", Files::new(&pair).open().unwrap().unwrap());
    assert!(
        shown.contains("key.pem") && shown.ends_with(", .. }") && shown.len() < 400,
        "{shown}"
    );
}
