//! What the tour finds ready: the directory, and the key of the client that signs its own assertions.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Places;
use crate::crypto::digest::base64url;
use crate::crypto::key_ring::{SigningKeyPair, generate};
use crate::crypto::random::Random;
use crate::error::{Fault, Result};
use crate::manage::directory::{self, Document, Options};
use crate::model::actor::Actor;
use crate::model::secret::Secret;
use crate::model::signing_key::Algorithm;
use crate::server::Server;
use crate::work::Origin;

const DIRECTORY: &str = include_str!("directory.toml");

/// Who can sign in: username and password, as in the directory.
pub(super) const ALICE: (&str, &str) = ("alice", "wonderland-tea-party");
/// The other one.
pub(super) const BOB: (&str, &str) = ("bob", "staff-needs-two-proofs");
/// The one whose telephone is on record.
pub(super) const CAROL: (&str, &str) = ("carol", "calls-and-text-messages");
/// The tour's web app, as in the directory.
pub(super) const CLIENT_ID: &str = "harbour-payroll";
/// The API, as in the directory: what access tokens for it are meant for (RFC 8707).
pub(super) const RESOURCE: &str = "https://api.example.com/transfers";

const KEY_FILE: &str = "integration-key.pem";
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// Makes the directory as the tour needs it, and changes nothing where it is. What people enrolled stays. Blocks.
///
/// # Errors
/// A fault of the database, or of files in the data folder.
pub fn prepare(server: &Arc<Server>) -> Result<()> {
    let shared = server.shared();
    let text = directory_text(server)?;
    let mut document = Document::default();
    document.add("directory.toml", &text)?;
    let actor = Actor::Server;
    let stored = server.read_blocking(|view| directory::stored_passwords(view, &actor, &document))?;
    let settled = document.settle(&stored, shared, &mut Random::from_os())?;
    server.perform_blocking(Origin::default(), move |work| {
        directory::apply(work, &actor, &settled, Options::default()).map(drop)
    })
}

/// The folder that everything is kept in.
pub(super) fn folder(master_key_file: &Path) -> &Path {
    master_key_file.parent().unwrap_or(Path::new("."))
}

/// The secret of the tour's web app: known to whoever has the data folder's master key, and written nowhere.
pub(super) fn payroll_secret(server: &Server) -> Secret {
    let key = server.shared().master.derive("demo client secret");
    Secret::new(base64url(&key.sign(&[CLIENT_ID.as_bytes()])))
}

fn directory_text(server: &Server) -> Result<String> {
    let settings = &server.shared().settings;
    let places = Places::beside(settings.server.bind.port())?;
    let key = integration_key(&folder(&settings.secrets.master_key_file).join(KEY_FILE))?;
    let jwk = key.public_jwk();
    let coordinate = |name: &str| jwk.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    Ok(DIRECTORY
        .replace("{{app}}", &places.app_origin())
        .replace("{{payroll_secret}}", payroll_secret(server).expose())
        .replace("{{integration_x}}", coordinate("x"))
        .replace("{{integration_y}}", coordinate("y")))
}

/// The integration's key, made at first start.
fn integration_key(file: &Path) -> Result<SigningKeyPair> {
    let private = match fs::read_to_string(file) {
        Ok(text) => from_pem(&Zeroizing::new(text))
            .ok_or_else(|| Fault::new(format!("{} is not a private key in PEM; delete it", file.display())))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let (private, _) = generate(Algorithm::Es256)?;
            write_private(file, &to_pem(&private))
                .map_err(|error| Fault::from_error(&format!("write {}", file.display()), error))?;
            private
        }
        Err(error) => return Err(Fault::from_error(&format!("read {}", file.display()), error).into()),
    };
    Ok(SigningKeyPair::from_pkcs8(Algorithm::Es256, &private)?)
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// RFC 7468 §3: base64 in lines of 64 characters.
fn to_pem(der: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(format!("{PEM_BEGIN}\n"));
    for (index, letter) in encoded.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push('\n');
    pem.push_str(PEM_END);
    pem.push('\n');
    pem
}

fn from_pem(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let body = text.trim().strip_prefix(PEM_BEGIN)?.strip_suffix(PEM_END)?;
    let encoded: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    STANDARD.decode(encoded.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integration_key_is_made_once_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(KEY_FILE);
        let made = integration_key(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(integration_key(&file).unwrap().kid(), made.kid());
        fs::write(&file, "-----BEGIN PRIVATE KEY-----\nAA").unwrap();
        assert!(integration_key(&file).is_err());
    }

    #[test]
    fn pem_has_lines_of_64_characters() {
        let (der, _) = generate(Algorithm::Es256).unwrap();
        let pem = to_pem(&der);
        let lines: Vec<&str> = pem.lines().collect();
        assert_eq!((lines[0], *lines.last().unwrap()), (PEM_BEGIN, PEM_END));
        assert!(lines[1..lines.len() - 2].iter().all(|line| line.len() == 64));
        assert_eq!(*from_pem(&pem).unwrap(), *der);
    }

    #[test]
    fn who_can_sign_in_is_who_is_in_the_directory() {
        for (username, password) in [ALICE, BOB] {
            let entry = format!("username = \"{username}\"\npassword = \"{password}\"");
            assert!(DIRECTORY.contains(&entry), "{entry}");
        }
        assert!(DIRECTORY.contains(&format!("client_id = \"{CLIENT_ID}\"")));
        assert!(DIRECTORY.contains(&format!("identifier = \"{RESOURCE}\"")));
    }
}
